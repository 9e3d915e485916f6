//! A batch that is planned while the one before it is signed and written, so that its own signatures are
//! made while that one commits.
//!
//! It is planned within the transaction before, which has written all that a plan asks for but the codes
//! of its own entries, and these it is told. It holds if that one commits and nobody else has written
//! since: SQLite tells whether another connection has committed (`PRAGMA data_version`). Where it does
//! not hold, nothing is lost but the work, and the batch is planned anew. ADR 20.

use std::collections::HashMap;
use std::time::Duration;

use invoice::OutletId;
use rusqlite::Connection;

use super::{facts, write};
use crate::anchor::Keeper;
use crate::batch::{self, Logs, Signatures, Slot, Workers};
use crate::error::LedgerError;
use crate::record::Head;

pub(super) struct Ahead {
    heads: HashMap<OutletId, Head>,
    logs: Logs,
    signatures: Signatures,
    /// What others had committed when it was planned.
    version: i64,
}

impl Ahead {
    /// Plans the orders upon what the open transaction has made of the ledger (`before` are its own), and
    /// has them signed. None where one of them fails, or is long to prepare: then they are planned in
    /// their own transaction, which tells why.
    pub(super) fn plan(
        connection: &Connection,
        (before, slots): (&[Slot], &mut [Slot]),
        (grown, keeper, workers): (&Logs, Option<&Keeper>, &Workers),
        preparing_max: Duration,
    ) -> Result<Option<Self>, LedgerError> {
        let facts = facts::load(connection, (before, slots), (grown, keeper))?;
        let mut logs = Logs::default();
        logs.begin(&facts);
        let mut heads = batch::plan(slots, facts);
        // The other threads sign what is before it, and those who wait for that wait for this too.
        if !batch::prepare_within(slots, preparing_max) {
            return Ok(None);
        }
        batch::chain(slots, &mut heads);
        logs.grow(slots, 0);
        let mut signatures = Signatures::new();
        signatures.ask(slots, 0, workers);
        Ok(Some(Self { heads, logs, signatures, version: version(connection)? }))
    }

    /// Writes what was planned into the transaction that has begun, if it holds.
    pub(super) fn write(
        self,
        connection: &Connection,
        slots: &mut [Slot],
    ) -> Result<Written, LedgerError> {
        let Self { heads, logs, signatures, version: planned } = self;
        if version(connection)? != planned {
            return Ok(Written::Outdated);
        }
        let all = write::rows(connection, slots, &heads, &logs)?;
        Ok(if all { Written::All(signatures, logs) } else { Written::Dropped })
    }
}

/// What became of a batch that was planned ahead.
pub(super) enum Written {
    All(Signatures, Logs),
    /// Somebody else has written since.
    Outdated,
    /// As in [`write::rows`].
    Dropped,
}

/// Another number as soon as another connection, of whatever process, has committed.
fn version(connection: &Connection) -> Result<i64, LedgerError> {
    let mut statement = connection.prepare_cached("PRAGMA data_version")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::super::connection::open_writer;
    use super::super::rewrite_file;
    use super::*;

    fn planned(connection: &Connection, workers: &Workers) -> Ahead {
        let nobody = (&Logs::default(), None, workers);
        Ahead::plan(connection, (&[], &mut []), nobody, Duration::MAX).unwrap().unwrap()
    }

    fn does_hold(ahead: Ahead, connection: &Connection) -> bool {
        matches!(ahead.write(connection, &mut []).unwrap(), Written::All(..))
    }

    #[test]
    fn a_plan_holds_until_another_connection_commits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let (one, other) =
            (open_writer(&path, rewrite_file).unwrap(), open_writer(&path, rewrite_file).unwrap());
        let workers = Workers::new(1).unwrap();
        let write =
            "INSERT INTO tenants (id, name, created_at) VALUES (hex(randomblob(8)), 'A', 1)";

        one.execute_batch("BEGIN IMMEDIATE").unwrap();
        let ahead = planned(&one, &workers);
        one.execute(write, []).unwrap();
        one.execute_batch("COMMIT; BEGIN IMMEDIATE").unwrap();
        assert!(does_hold(ahead, &one), "its own commit is what it was planned upon");

        let ahead = planned(&one, &workers);
        one.execute_batch("COMMIT").unwrap();
        other.execute(write, []).unwrap();
        one.execute_batch("BEGIN IMMEDIATE").unwrap();
        assert!(!does_hold(ahead, &one));

        let ahead = planned(&one, &workers);
        one.execute_batch("COMMIT; PRAGMA wal_checkpoint(PASSIVE); BEGIN IMMEDIATE").unwrap();
        assert!(does_hold(ahead, &one), "a checkpoint changes nothing");
    }
}
