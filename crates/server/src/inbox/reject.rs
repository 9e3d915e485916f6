//! Reject a received document.

use authorities::Decision;
use axum::Json;
use axum::extract::Path;
use utoipa::ToSchema;

use super::given::give;
use super::view::DetailsView;
use crate::call::{Call, InboxWrite};
use crate::document::Document;
use crate::examples;
use crate::fields::Fields;
use crate::limits::REJECTION_MAX;
use crate::problem::{Problem, ProblemView};

/// Why a document is rejected.
#[derive(ToSchema)]
#[schema(title = "Rejection")]
#[expect(dead_code, reason = "it is only documented; the body is read strictly by hand")]
pub(crate) struct RejectionBody {
    /// For its issuer and the authority: 1 to 250 characters.
    #[schema(example = "No pedimos esto.", max_length = 250)]
    reason: String,
}

/// Reject a received document.
///
/// The rejection is signed with the taxpayer's key and kept; it is due to the issuer and to the
/// authority, and `deliveries` tells where it stands with each.
///
/// It takes no `Idempotency-Key`: a word is given once, so that a repeated request is a
/// `document_decided` and signs nothing.
#[utoipa::path(
    post,
    path = "/v1/inbox/{id}/reject",
    operation_id = "rejectReceivedDocument",
    tag = "inbox",
    params(("id" = String, Path, description = "The document's id.",
        example = "rd_aeaqcaibaeaqcaib_1")),
    request_body(content = RejectionBody, description = "The reason.",
        example = json!({"reason": "No pedimos esto."})),
    responses(
        (status = 200, description = "Rejected.", body = DetailsView,
            example = json!(examples::received_document())),
        (status = 404, description = "`document_unknown`: the key reaches no such document.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("document_unknown", 404))),
        (status = 409, description = "`document_decided`, `not_approvable`.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("document_decided", 409))),
        (status = 422, description = "`invalid_document`: the reason is not right.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::invalid_document())),
    )
)]
pub(crate) async fn reject(
    call: Call<InboxWrite>,
    Path(id): Path<String>,
    document: Document,
) -> Result<Json<DetailsView>, Problem> {
    let mut fields = Fields::of(&document.json, &["reason"]);
    let reason = fields.parsed("reason", |text| match text.chars().count() {
        1..=REJECTION_MAX => Ok(text.to_owned()),
        count => Err(format!("{count} > {REJECTION_MAX}")),
    });
    fields.finish()?;
    give(&call, &id, Decision::Rejected(reason.unwrap_or_default())).await
}
