//! One received document.

use axum::Json;
use axum::extract::Path;
use ledger::{InboxId, Outlet};

use super::view::DetailsView;
use crate::call::{Call, InboxRead};
use crate::examples;
use crate::problem::{DOCUMENT_UNKNOWN, Problem, ProblemView};

/// Show a received document.
///
/// With its bytes, our signed acknowledgement, and the buyer's word where it was given.
#[utoipa::path(
    get,
    path = "/v1/inbox/{id}",
    operation_id = "getReceivedDocument",
    tag = "inbox",
    params(("id" = String, Path, description = "The document's id.",
        example = "rd_aeaqcaibaeaqcaib_1")),
    responses(
        (status = 200, description = "The document.", body = DetailsView,
            example = json!(examples::received_document())),
        (status = 404, description = "`document_unknown`: the key reaches no such document.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("document_unknown", 404))),
    )
)]
pub(crate) async fn show(
    call: Call<InboxRead>,
    Path(id): Path<String>,
) -> Result<Json<DetailsView>, Problem> {
    let (_, found) = call.place(&id).await?;
    let document = call.app.ledger().inbox_document(&call.caller.tenant, &found).await?;
    Ok(Json(DetailsView::of(document.ok_or_else(|| unknown(&id))?)))
}

impl<R> Call<R> {
    /// Where a document is, and that the caller reaches it; not that it is there.
    pub(super) async fn place(&self, text: &str) -> Result<(Outlet, InboxId), Problem> {
        let id = InboxId::parse(text).ok_or_else(|| unknown(text))?;
        if !self.caller.reaches(&id.outlet) {
            return Err(unknown(text));
        }
        let outlet = self.app.ledger().outlet(&self.caller.tenant, &id.outlet).await?;
        let outlet = outlet.ok_or_else(|| unknown(text))?;
        self.caller.check_environment(outlet.environment)?;
        Ok((outlet, id))
    }
}

pub(super) fn unknown(id: &str) -> Problem {
    Problem::new(DOCUMENT_UNKNOWN).with("document", id)
}
