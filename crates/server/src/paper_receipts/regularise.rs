//! Regularise a receipt on paper.

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use fiscal::{Issued, Patience, RegulariseError};
use invoice::SECOND;

use super::view::PaperDetails;
use crate::call::{Call, InvoicesWrite};
use crate::examples;
use crate::problem::{PAPER_RECEIPT_UNKNOWN, Problem, ProblemView};

/// Regularise a receipt on paper.
///
/// Issues the invoice that stands for it: of the same kind, with today's date, with what was sold and
/// the receipt's name. The authority alone is told; the customer holds the receipt.
///
/// It takes no `Idempotency-Key`: one invoice at a time stands for a receipt. Repeating a request
/// answers with the same receipt and invoice, with 200; only where the authority has refused the
/// invoice is another one issued.
#[utoipa::path(
    post,
    path = "/v1/paper-receipts/{id}/regularise",
    operation_id = "regularisePaperReceipt",
    tag = "paper_receipts",
    params(("id" = String, Path, description = "The receipt's id.",
        example = json!(examples::PAPER))),
    responses(
        (status = 200, description = "An invoice stood for it before. Nothing was written.",
            body = PaperDetails, example = json!(examples::paper())),
        (status = 201, description = "`invoice` stands for it now.", body = PaperDetails,
            example = json!(examples::paper())),
        (status = 404, description = "`paper_receipt_unknown`: the key reaches no such receipt.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("paper_receipt_unknown", 404))),
        (status = 409, description = "`no_numbers`: the outlet has no number left for the invoice.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("no_numbers", 409))),
        (status = 422, description = "`invalid_document`: the rules have changed since it was \
            recorded. `authority_refused`: the authority's own code and words.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::invalid_document())),
    )
)]
pub(crate) async fn regularise(
    call: Call<InvoicesWrite>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<PaperDetails>), Problem> {
    let (outlet, paper) = call.paper(&id).await?;
    let desk = call.desk(&outlet.id).await?;
    let patience = i64::try_from(call.app.settings().patience.as_micros()).unwrap_or(60 * SECOND);
    let until = Patience::Until(desk.clock.now().plus_micros(patience));
    let (permit, place) = (call.app.begin_issue()?, paper.summary.id);
    // A task of its own: a client that hangs up does not cut it in two.
    let issuing = tokio::spawn(async move {
        let issued = fiscal::regularise(&desk, &place, until).await;
        drop(permit);
        issued
    });
    let issued = issuing.await.expect("issuing does not panic").map_err(|error| match error {
        RegulariseError::Unknown => Problem::new(PAPER_RECEIPT_UNKNOWN).with("paper", &id),
        RegulariseError::Issue(error) => error.into(),
    })?;
    let status = match issued {
        Issued::Sealed(..) | Issued::Underway(_) => StatusCode::CREATED,
        Issued::Replayed(_) => StatusCode::OK,
        Issued::Refused(_) => return Err(Problem::of_refusal("refused", "", "")),
    };
    call.app.wake_agent();
    let (_, paper) = call.paper(&id).await?;
    Ok((status, Json(PaperDetails::of(paper))))
}
