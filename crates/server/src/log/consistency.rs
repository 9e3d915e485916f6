//! That a log has only grown since somebody looked last.

use axum::extract::{Path, State};
use axum::response::Response;
use ledger::WhichCheckpoint;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::examples;
use crate::parameters::{Parameters, bad_query};
use crate::problem::{Problem, ProblemView};

/// Between which sizes.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Sizes {
    /// How many entries the log had when it was looked at last; 0 if never.
    #[param(example = 1)]
    old: u64,
    /// The size of a published checkpoint; the last one without it.
    #[param(example = 2)]
    size: Option<u64>,
}

/// Get the proof that a log has only grown.
///
/// A consistency proof (RFC 6962, 2.1.2) between two sizes, with the checkpoint of the second one: in
/// the form in which any witness takes it (C2SP `tlog-witness`, `add-checkpoint`).
#[utoipa::path(
    get,
    path = "/v1/outlets/{id}/log/consistency",
    operation_id = "getConsistency",
    tag = "verification",
    params(
        ("id" = String, Path, description = "The outlet's id.", example = "ou_aeaqcaibaeaqcaib"),
        Sizes,
    ),
    responses(
        (status = 200, description = "The proof and the checkpoint.", body = String,
            content_type = "text/plain", example = json!(examples::CONSISTENCY)),
        (status = 400, description = "`bad_query`: the log has no such sizes.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("bad_query", 400))),
        (status = 404, description = "`outlet_unknown`: there is no such outlet, or it has sealed \
            nothing yet.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("outlet_unknown", 404))),
    )
)]
pub(crate) async fn consistency(
    State(app): State<App>,
    Path(id): Path<String>,
    Parameters(sizes): Parameters<Sizes>,
) -> Result<Response, Problem> {
    let outlet = super::outlet(&id)?;
    let which = sizes.size.map_or(WhichCheckpoint::Last, WhichCheckpoint::Of);
    if let Some(request) = app.ledger().witness_request(&outlet, sizes.old, which).await? {
        return Ok(super::text(&request));
    }
    let last = app.ledger().checkpoint(&outlet, WhichCheckpoint::Last).await?;
    let last = last.ok_or_else(|| super::unknown(&id))?.size;
    Err(bad_query(format!(
        "old is at most size, and size that of a published checkpoint, of which the last is {last}"
    )))
}
