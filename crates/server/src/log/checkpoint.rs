//! The last checkpoint of an outlet's log.

use axum::extract::{Path, State};
use axum::response::Response;
use ledger::WhichCheckpoint;

use crate::app::App;
use crate::examples;
use crate::problem::{Problem, ProblemView};

/// Get the last checkpoint.
///
/// A signed note in C2SP's form `tlog-checkpoint`: the log's name, how many entries it has, the root
/// of its Merkle tree (RFC 6962), and the outlet's signature; below it the cosignatures of witnesses,
/// if there are any. The log's tiles stand beside it under `tile/`, as `tlog-tiles` has them.
#[utoipa::path(
    get,
    path = "/v1/outlets/{id}/log/checkpoint",
    operation_id = "getCheckpoint",
    tag = "verification",
    params(("id" = String, Path, description = "The outlet's id.",
        example = "ou_aeaqcaibaeaqcaib")),
    responses(
        (status = 200, description = "The note.", body = String, content_type = "text/plain",
            example = json!(examples::CHECKPOINT)),
        (status = 404, description = "`outlet_unknown`: there is no such outlet, or it has sealed \
            nothing yet.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("outlet_unknown", 404))),
    )
)]
pub(crate) async fn checkpoint(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let outlet = super::outlet(&id)?;
    let last = app.ledger().checkpoint(&outlet, WhichCheckpoint::Last).await?;
    let last = last.ok_or_else(|| super::unknown(&id))?;
    Ok(super::text(&super::note(&last)?))
}
