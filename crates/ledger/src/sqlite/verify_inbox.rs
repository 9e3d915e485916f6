//! Whether what others sent is what was kept of it.

use rusqlite::{Connection, Row};

use crate::verify::{Place, VerifyError, check_received};

pub(super) fn check(connection: &Connection) -> Result<(), VerifyError> {
    documents(connection, INBOX, |row| {
        Ok(Place::Received { outlet: row.get(0)?, sequence: row.get(1)? })
    })?;
    documents(connection, APPROVALS, |row| {
        Ok(Place::Approval { invoice: row.get(0)?, ordinal: row.get(1)? })
    })
}

fn documents(
    connection: &Connection,
    sql: &str,
    place: impl Fn(&Row<'_>) -> rusqlite::Result<Place>,
) -> Result<(), VerifyError> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let place = place(row)?;
        let (document, hash): (Vec<u8>, Vec<u8>) = (row.get(2)?, row.get(3)?);
        check_received(|| place.clone(), &document, (&hash, row.get(4)?))?;
    }
    Ok(())
}

/// Every document that was received, in the order of its table.
const INBOX: &str = "-- verify: inbox
    SELECT outlet, sequence, document, document_hash, document_bytes FROM inbox
    ORDER BY outlet, sequence";
const APPROVALS: &str = "-- verify: received approvals
    SELECT invoice, ordinal, document, document_hash, document_bytes FROM received_approvals
    ORDER BY outlet, invoice, ordinal";
