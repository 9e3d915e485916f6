//! A witness's word on a checkpoint.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use ledger::WhichCheckpoint;
use proof::{Note, NoteSignature};
use serde::Deserialize;

use crate::app::App;
use crate::parameters::{Parameters, bad_query};
use crate::problem::{COSIGNATURE_REFUSED, Problem};

/// Which checkpoint it is about.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct About {
    size: u64,
}

/// `POST cosignatures?size=N`: the body is what a witness answers to `add-checkpoint`, lines of
/// cosignatures. Those of configured witnesses are kept, once each, and published with the
/// checkpoint; others are ignored, as the specification has it. Nobody need be let in for this: a
/// line is true or it is not.
pub(super) async fn cosign(
    State(app): State<App>,
    Path(id): Path<String>,
    Parameters(About { size }): Parameters<About>,
    body: Bytes,
) -> Result<Response, Problem> {
    let outlet = super::outlet(&id)?;
    let lines = lines(&body)?;
    let which = WhichCheckpoint::Of(size);
    let Some(checkpoint) = app.ledger().checkpoint(&outlet, which).await? else {
        let last = app.ledger().checkpoint(&outlet, WhichCheckpoint::Last).await?;
        last.ok_or_else(|| super::unknown(&id))?;
        return Err(bad_query("size is not that of a published checkpoint"));
    };
    let mut known = 0;
    for witness in &app.settings().witnesses {
        let text = checkpoint.text();
        let found = witness.find(&text, &lines, signing::is_ed25519_signature);
        if let Some(cosignature) = found {
            app.ledger().cosign(&outlet, size, witness.line(&cosignature)).await?;
            known += 1;
        }
    }
    if known == 0 {
        return Err(Problem::new(COSIGNATURE_REFUSED));
    }
    let now = app.ledger().checkpoint(&outlet, which).await?.unwrap_or(checkpoint);
    Ok(super::text(&super::note(&now)?))
}

fn lines(body: &[u8]) -> Result<Vec<NoteSignature>, Problem> {
    let refused = || Problem::new(COSIGNATURE_REFUSED);
    let text = std::str::from_utf8(body).map_err(|_| refused())?;
    Note::parse_signatures(text).map_err(|_| refused())
}
