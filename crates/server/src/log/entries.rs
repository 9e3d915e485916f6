//! Bundles of entries, for the tenant and its auditors.

use axum::extract::Path;
use axum::response::Response;
use proof::{TilePath, entry_bundle};

use crate::call::{Call, InvoicesRead};
use crate::problem::{NO_SUCH_RESOURCE, Problem, RECORD_UNREADABLE};

/// `tile/entries/<index>[.p/<width>]`: the statements, each led by its length in two bytes. The leaf
/// of each is SHA-256 over 0x00 and the statement.
pub(super) async fn entries(
    call: Call<InvoicesRead>,
    Path((id, index)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let outlet = call.outlet(&id).await?;
    let nothing = || Problem::new(NO_SUCH_RESOURCE);
    let path = TilePath::parse(&format!("entries/{index}")).ok_or_else(nothing)?;
    let ledger = call.app.ledger();
    let statements = ledger.statements(&call.caller.tenant, &outlet.id, path).await?;
    let statements = statements.ok_or_else(nothing)?;
    let bundle = entry_bundle(statements.iter().map(Vec::as_slice));
    let bundle = bundle.ok_or_else(|| Problem::new(RECORD_UNREADABLE))?;
    Ok(super::lasting("private, max-age=31536000, immutable", bundle))
}
