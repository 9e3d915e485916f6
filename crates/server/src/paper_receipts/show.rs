//! One receipt on paper.

use axum::Json;
use axum::extract::Path;
use ledger::{Outlet, Paper, PaperId};

use super::view::PaperDetails;
use crate::call::{Call, InvoicesRead};
use crate::examples;
use crate::problem::{PAPER_RECEIPT_UNKNOWN, Problem, ProblemView};

/// Show a receipt on paper.
///
/// With what was sold, and the invoice that stands for it where there is one.
#[utoipa::path(
    get,
    path = "/v1/paper-receipts/{id}",
    operation_id = "getPaperReceipt",
    tag = "paper_receipts",
    params(("id" = String, Path, description = "The receipt's id.",
        example = json!(examples::PAPER))),
    responses(
        (status = 200, description = "The receipt.", body = PaperDetails,
            example = json!(examples::paper())),
        (status = 404, description = "`paper_receipt_unknown`: the key reaches no such receipt.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("paper_receipt_unknown", 404))),
    )
)]
pub(crate) async fn show(
    call: Call<InvoicesRead>,
    Path(id): Path<String>,
) -> Result<Json<PaperDetails>, Problem> {
    let (_, paper) = call.paper(&id).await?;
    Ok(Json(PaperDetails::of(paper)))
}

impl<R> Call<R> {
    /// A receipt that the caller reaches, by the text of its id.
    pub(super) async fn paper(&self, text: &str) -> Result<(Outlet, Paper), Problem> {
        let unknown = || Problem::new(PAPER_RECEIPT_UNKNOWN).with("paper", text);
        let id = PaperId::parse(text).ok_or_else(unknown)?;
        if !self.caller.reaches(&id.outlet) {
            return Err(unknown());
        }
        let outlet = self.app.ledger().outlet(&self.caller.tenant, &id.outlet).await?;
        let outlet = outlet.ok_or_else(unknown)?;
        self.caller.check_environment(outlet.environment)?;
        let paper = self.app.ledger().paper(&self.caller.tenant, &id).await?;
        Ok((outlet, paper.ok_or_else(unknown)?))
    }
}
