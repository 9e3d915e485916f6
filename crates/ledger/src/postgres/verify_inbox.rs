//! Whether what others sent is what was kept of it.

use deadpool_postgres::Transaction;
use tokio_postgres::Row;

use super::rows::get;
use super::verify_rest::Rows;
use crate::error::LedgerError;
use crate::verify::{Place, VerifyError, check_received};

pub(super) async fn check(snapshot: &Transaction<'_>) -> Result<(), VerifyError> {
    let received = |row: &Row| Ok(Place::Received { outlet: get(row, 0)?, sequence: get(row, 1)? });
    documents(snapshot, INBOX, received).await?;
    let word = |row: &Row| Ok(Place::Approval { invoice: get(row, 0)?, ordinal: get(row, 1)? });
    documents(snapshot, APPROVALS, word).await
}

async fn documents(
    snapshot: &Transaction<'_>,
    sql: &str,
    place: impl Fn(&Row) -> Result<Place, LedgerError>,
) -> Result<(), VerifyError> {
    let mut rows = Rows::open(snapshot, sql, &[]).await?;
    while let Some(some) = rows.at_most(DOCUMENTS_AT_ONCE).await? {
        for row in &some {
            let place = place(row)?;
            let (document, hash): (Vec<u8>, Vec<u8>) = (get(row, 2)?, get(row, 3)?);
            check_received(|| place.clone(), &document, (&hash, get(row, 4)?))?;
        }
    }
    Ok(())
}

/// A document has up to ten megabytes, and some kilobytes as a rule.
const DOCUMENTS_AT_ONCE: i32 = 16;

/// Every document that was received, in the order of its table.
const INBOX: &str = "-- verify: inbox
    SELECT outlet, sequence, document, document_hash, document_bytes FROM inbox
    ORDER BY outlet, sequence";
const APPROVALS: &str = "-- verify: received approvals
    SELECT invoice, ordinal, document, document_hash, document_bytes FROM received_approvals
    ORDER BY outlet, invoice, ordinal";
