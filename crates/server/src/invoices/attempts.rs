//! What was asked of the authority for an invoice, and what it said.

use axum::Json;
use axum::extract::Path;
use ledger::Attempt;
use serde::Serialize;
use utoipa::ToSchema;

use crate::call::{Call, InvoicesRead};
use crate::examples;
use crate::page::Page;
use crate::problem::{Problem, ProblemView};

/// One exchange with the authority.
#[derive(Serialize, ToSchema)]
#[schema(title = "Attempt", as = Attempt)]
pub(crate) struct AttemptView {
    /// When it was asked.
    #[schema(example = "2026-11-20T09:30:01.000000Z", format = DateTime)]
    pub at: String,
    /// What was asked.
    #[schema(example = "confirm api/invoice/…/confirm")]
    pub asked: String,
    /// The first words of the answer.
    #[schema(example = "200 {…}")]
    pub answer: String,
    /// How long it took, in microseconds.
    #[schema(example = 184_000)]
    pub duration_us: u64,
    /// `answered`; `unanswered`: nobody knows whether it arrived; `not_sent`: no connection could be
    /// opened, so that nothing left.
    #[schema(example = "answered")]
    pub outcome: String,
}

/// Show what was asked of the authority.
///
/// Every exchange for this invoice, the first one first, kept for ever.
#[utoipa::path(
    get,
    path = "/v1/invoices/{id}/attempts",
    operation_id = "listAttempts",
    tag = "invoices",
    params(("id" = String, Path, description = "The invoice's id.",
        example = "in_aeaqcaibaeaqcaibaebagbafaydqqcik")),
    responses(
        (status = 200, description = "The exchanges.", body = Page<AttemptView>,
            example = json!(examples::attempts())),
        (status = 404, description = "`invoice_unknown`: the key reaches no such invoice.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("invoice_unknown", 404))),
    )
)]
pub(crate) async fn attempts(
    call: Call<InvoicesRead>,
    Path(id): Path<String>,
) -> Result<Json<Page<AttemptView>>, Problem> {
    let record = call.record(&id).await?;
    let attempts = call.app.ledger().attempts(&call.caller.tenant, &record.invoice.invoice).await?;
    let items = attempts.into_iter().map(AttemptView::of).collect();
    Ok(Page::whole(items))
}

impl AttemptView {
    fn of(attempt: Attempt) -> Self {
        Self {
            at: attempt.at.to_string(),
            asked: attempt.asked,
            answer: attempt.answer,
            duration_us: attempt.duration_micros,
            outcome: attempt.outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{TestApp, draft};

    #[tokio::test]
    async fn tells_what_was_asked_of_the_authority() {
        let app = TestApp::asking().await;
        let issued = app.issue("k1", &draft()).await;
        issued.assert_status(422);
        let path = issued.text("/invoice/links/attempts");
        let attempts = app.get(path).await;
        attempts.assert_status(200);
        assert!(attempts.text("/items/0/answer").starts_with("200 "), "{}", attempts.json);
        app.get_as(&app.stranger, path).await.assert_problem(404, "invoice_unknown");
    }
}
