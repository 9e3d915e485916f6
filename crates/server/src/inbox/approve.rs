//! Approve a received document.

use authorities::Decision;
use axum::Json;
use axum::extract::Path;

use super::given::give;
use super::view::DetailsView;
use crate::call::{Call, InboxWrite};
use crate::examples;
use crate::problem::{Problem, ProblemView};

/// Approve a received document.
///
/// The approval is signed with the taxpayer's key and kept; it is due to the issuer and to the
/// authority, and `deliveries` tells where it stands with each.
///
/// It takes no `Idempotency-Key`: a word is given once, so that a repeated request is a
/// `document_decided` and signs nothing.
#[utoipa::path(
    post,
    path = "/v1/inbox/{id}/approve",
    operation_id = "approveReceivedDocument",
    tag = "inbox",
    params(("id" = String, Path, description = "The document's id.",
        example = "rd_aeaqcaibaeaqcaib_1")),
    responses(
        (status = 200, description = "Approved.", body = DetailsView,
            example = json!(examples::received_document())),
        (status = 404, description = "`document_unknown`: the key reaches no such document.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("document_unknown", 404))),
        (status = 409, description = "`document_decided`, `not_approvable`.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("document_decided", 409))),
    )
)]
pub(crate) async fn approve(
    call: Call<InboxWrite>,
    Path(id): Path<String>,
) -> Result<Json<DetailsView>, Problem> {
    give(&call, &id, Decision::Approved).await
}
