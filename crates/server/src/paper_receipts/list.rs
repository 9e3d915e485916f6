//! Receipts on paper.

use axum::Json;
use ledger::{PaperFilter, PaperId, PaperSummary};
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::PaperView;
use crate::call::{Call, InvoicesRead};
use crate::examples;
use crate::page::{Page, limit, read_cursor, write_cursor};
use crate::parameters::Parameters;
use crate::problem::{Problem, ProblemView};

/// Which receipts to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Of this outlet.
    #[param(example = "ou_aeaqcaibaeaqcaib")]
    outlet: Option<String>,
    /// Only those that the authority has no invoice for.
    #[param(example = true)]
    unsettled: Option<bool>,
    /// Rows: 1 to 200, 50 without it.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[param(example = "MTc4MDAwMDAwMDAwMDAwMA")]
    cursor: Option<String>,
}

/// List receipts on paper.
///
/// Of the outlets that the key reaches, those that were recorded last first.
#[utoipa::path(
    get,
    path = "/v1/paper-receipts",
    operation_id = "listPaperReceipts",
    tag = "paper_receipts",
    params(Wanted),
    responses(
        (status = 200, description = "The receipts.", body = Page<PaperView>,
            example = json!(examples::papers())),
        (status = 400, description = "`bad_query`, `bad_cursor`: a parameter is not right.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("bad_query", 400))),
        (status = 404, description = "`outlet_unknown`: the key reaches no such outlet.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("outlet_unknown", 404))),
    )
)]
pub(crate) async fn list(
    call: Call<InvoicesRead>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<Page<PaperView>>, Problem> {
    let limit = limit(wanted.limit)?;
    let outlets = call.listed(wanted.outlet.as_deref()).await?;
    let outlets = outlets.into_iter().map(|outlet| outlet.id).collect();
    let cursor = wanted.cursor.as_deref();
    let before = cursor.map(|cursor| read_cursor(cursor, PaperId::parse)).transpose()?;
    let filter = PaperFilter { outlets, unsettled: wanted.unsettled.unwrap_or(false), before };
    let found = call.app.ledger().papers(&call.caller.tenant, filter, limit).await?;
    let cursor = |last: &PaperSummary| write_cursor(last.at, &last.id);
    Ok(Page::of(found, limit, cursor, PaperView::of))
}
