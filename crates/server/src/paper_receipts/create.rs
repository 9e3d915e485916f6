//! Record a receipt on paper.

use axum::Json;
use axum::http::StatusCode;
use fiscal::PaperReceipt;
use invoice::{Amount, Json as Tree};
use utoipa::ToSchema;

use super::view::PaperDetails;
use crate::call::{Call, InvoicesWrite};
use crate::document::Document;
use crate::examples;
use crate::fields::Fields;
use crate::problem::{Problem, ProblemView};

/// A receipt as it lies in the book.
#[derive(ToSchema)]
#[schema(title = "NewPaperReceipt")]
#[expect(dead_code, reason = "it is only documented; the body is read strictly by hand")]
pub(crate) struct NewPaperBody {
    /// The outlet that issued it.
    #[schema(example = "ou_aeaqcaibaeaqcaib")]
    outlet: String,
    /// Its number, as printed.
    #[schema(example = json!(examples::NUMBER_OF_PAPER))]
    number: String,
    /// Its date.
    #[schema(example = "2026-11-18", format = Date)]
    issued_on: String,
    /// The day from which the outlet could issue nothing else; the receipt's own without it.
    #[schema(example = "2026-11-18", format = Date)]
    since: Option<String>,
    /// Its total, as printed.
    #[schema(example = "1180.00")]
    total: String,
    /// What was sold, as a draft of `POST /v1/invoices` without `outlet`, `issued_on` and `credit`.
    #[schema(value_type = Object)]
    draft: Tree,
}

/// Record a receipt on paper.
///
/// What an outlet issued by hand while it could issue nothing else, where its authority's law knows
/// that. Its lines are priced at once, so that an invoice can stand for it as it is recorded; `POST
/// /v1/paper-receipts/{id}/regularise` issues that invoice.
///
/// It takes no `Idempotency-Key`: a number is recorded once. Repeating a request gives the receipt
/// that it recorded, with 200; the same number with anything else is a fault.
#[utoipa::path(
    post,
    path = "/v1/paper-receipts",
    operation_id = "recordPaperReceipt",
    tag = "paper_receipts",
    request_body(content = NewPaperBody, description = "The receipt.",
        example = json!(examples::new_paper())),
    responses(
        (status = 200, description = "The same request recorded it before. Nothing was written.",
            body = PaperDetails, example = json!(examples::paper())),
        (status = 201, description = "Recorded.", body = PaperDetails,
            example = json!(examples::paper())),
        (status = 404, description = "`outlet_unknown`: the key reaches no such outlet.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("outlet_unknown", 404))),
        (status = 422, description = "`invalid_document`: everything that is wrong with it.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::invalid_document())),
    )
)]
pub(crate) async fn create(
    call: Call<InvoicesWrite>,
    document: Document,
) -> Result<(StatusCode, Json<PaperDetails>), Problem> {
    let (outlet, receipt) = read(&call, &document.json)?;
    let outlet = call.outlet(&outlet).await?;
    let desk = call.desk(&outlet.id).await?;
    let (id, is_new) = fiscal::record_paper(&desk, receipt).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    let (_, paper) = call.paper(&id.to_string()).await?;
    Ok((status, Json(PaperDetails::of(paper))))
}

fn read(call: &Call<InvoicesWrite>, json: &Tree) -> Result<(String, PaperReceipt), Problem> {
    let mut fields = Fields::of(json, FIELDS);
    let day = |text: &str| text.parse().map_err(|_| "no date");
    let outlet = fields.text("outlet");
    let number = fields.text("number");
    let issued_on = fields.parsed("issued_on", day);
    let since = match fields.member("since") {
        Some(_) => fields.parsed("since", day),
        None => None,
    };
    let total = fields.parsed("total", |text| Amount::parse(text).map_err(|_| "no amount"));
    let draft = fields.member("draft").cloned();
    if draft.is_none() {
        fields.missing("draft");
    }
    fields.finish()?;
    let there = "a field without a fault is there";
    let receipt = PaperReceipt {
        number,
        issued_on: issued_on.expect(there),
        since,
        total: total.expect(there),
        draft: draft.expect(there),
        by: call.caller.key_id.clone(),
    };
    Ok((outlet, receipt))
}

const FIELDS: &[&str] = &["outlet", "number", "issued_on", "since", "total", "draft"];
