//! What came in.

use axum::Json;
use ledger::{InboxFilter, InboxId, InboxSummary};
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::ReceivedView;
use crate::call::{Call, InboxRead};
use crate::examples;
use crate::page::{Page, limit, read_cursor, write_cursor};
use crate::parameters::Parameters;
use crate::problem::{Problem, ProblemView};

/// Which received documents to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Of this outlet.
    #[param(example = "ou_aeaqcaibaeaqcaib")]
    outlet: Option<String>,
    /// Rows: 1 to 200, 50 without it.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[param(example = "MTc4MDAwMDAwMDAwMDAwMA")]
    cursor: Option<String>,
}

/// List received documents.
///
/// Documents that other taxpayers sent to one of the outlets that the key reaches, newest first.
#[utoipa::path(
    get,
    path = "/v1/inbox",
    operation_id = "listReceivedDocuments",
    tag = "inbox",
    params(Wanted),
    responses(
        (status = 200, description = "The documents.", body = Page<ReceivedView>,
            example = json!(examples::inbox())),
        (status = 400, description = "`bad_query`, `bad_cursor`: a parameter is not right.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("bad_query", 400))),
        (status = 404, description = "`outlet_unknown`: the key reaches no such outlet.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("outlet_unknown", 404))),
    )
)]
pub(crate) async fn list(
    call: Call<InboxRead>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<Page<ReceivedView>>, Problem> {
    let limit = limit(wanted.limit)?;
    let outlets = call.listed(wanted.outlet.as_deref()).await?;
    let outlets = outlets.into_iter().map(|outlet| outlet.id).collect();
    let cursor = wanted.cursor.as_deref();
    let before = cursor.map(|cursor| read_cursor(cursor, InboxId::parse)).transpose()?;
    let filter = InboxFilter { outlets, before };
    let found = call.app.ledger().inbox(&call.caller.tenant, filter, limit).await?;
    let cursor = |last: &InboxSummary| write_cursor(last.received_at, &last.id);
    Ok(Page::of(found, limit, cursor, ReceivedView::of))
}
