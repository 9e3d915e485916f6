//! Verifies a ledger file: all chains, and beside them everything else, as of one moment.

use std::panic::resume_unwind;
use std::path::Path;
use std::thread;

use rusqlite::Connection;

use super::open_reader;
use super::rows::{all, count, one};
use super::verify_rest;
use super::verify_rows::{page, stored_end, stored_tile};
use crate::error::LedgerError;
use crate::verify::{Break, Place, Report, Verifier, VerifyError, WORTH_THREADS, Walk, check_tile};

/// Verifies the ledger file at `path`: every chain, hash, signature, number and index.
///
/// `keys` gives the verifier of a key id, from wherever the caller trusts; `progress` is told how
/// many entries have been checked. Works on every core, in bounded memory, and while the ledger is
/// open: it reads the snapshot of its beginning. A ledger whose last entries were cut off together
/// with all that hangs on them is sound in itself: compare [`crate::OutletReport::head`] with a
/// head that is kept elsewhere.
pub fn verify(
    path: &Path,
    keys: &dyn Fn(&str) -> Option<Verifier>,
    progress: &mut dyn FnMut(u64),
) -> Result<Report, VerifyError> {
    let (snapshot, twin) = snapshots(path)?;
    let expected = one(&snapshot, EXPECTED, [], |row| count(row, 0))?.unwrap_or(0);
    check_no_stray_outlet(&snapshot)?;
    let outlets = all(&snapshot, OUTLETS, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut walk = Walk::new(&outlets, keys, expected)?;
    let numbers = match twin {
        None => {
            chains(&snapshot, &mut walk, progress)?;
            verify_rest::check(&snapshot, &outlets)?
        }
        Some(twin) => thread::scope(|scope| {
            let interrupt = twin.get_interrupt_handle();
            let outlets = &outlets;
            let beside = scope.spawn(move || verify_rest::check(&twin, outlets));
            chains(&snapshot, &mut walk, progress).inspect_err(|_| interrupt.interrupt())?;
            beside.join().unwrap_or_else(|panic| resume_unwind(panic))
        })?,
    };
    Ok(walk.report(numbers))
}

/// A connection that has begun to read, and where it is worth it a second one that reads the same
/// moment: nobody wrote between their beginnings.
fn snapshots(path: &Path) -> Result<(Connection, Option<Connection>), LedgerError> {
    let first = open_reader(path)?;
    let expected = one(&first, EXPECTED, [], |row| count(row, 0))?.unwrap_or(0);
    if expected >= WORTH_THREADS {
        let (second, watch) = (open_reader(path)?, open_reader(path)?);
        let version = || one(&watch, VERSION, [], |row| row.get::<_, i64>(0));
        for _ in 0..TWIN_TRIES {
            let before = version()?;
            begin(&first)?;
            begin(&second)?;
            if version()? == before {
                return Ok((first, Some(second)));
            }
            first.execute_batch("ROLLBACK")?;
            second.execute_batch("ROLLBACK")?;
        }
    }
    begin(&first)?;
    Ok((first, None))
}

/// The moment that is read is that of the first statement.
fn begin(connection: &Connection) -> Result<(), LedgerError> {
    connection.execute_batch("BEGIN")?;
    one(connection, EXPECTED, [], |_| Ok(()))?;
    Ok(())
}

fn chains(
    snapshot: &Connection,
    walk: &mut Walk<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<(), VerifyError> {
    loop {
        while let Some(start) = walk.wants() {
            walk.read(page(snapshot, &start)?);
        }
        let Some(step) = walk.step()? else { return Ok(()) };
        for root in step.filled {
            check_tile(&step.outlet, root, stored_tile(snapshot, &step.outlet, root)?)?;
        }
        if let Some(end) = step.end {
            walk.end(stored_end(snapshot, &step.outlet, end.has_orphans)?)?;
        }
        progress(walk.entries());
    }
}

/// Entries and heads belong to outlets that exist.
fn check_no_stray_outlet(snapshot: &Connection) -> Result<(), VerifyError> {
    match one(snapshot, STRAY_OUTLETS, [], |row| row.get::<_, String>(0))? {
        None => Ok(()),
        Some(outlet) => {
            let place = Place::Head { outlet: outlet.clone() };
            Err(Break::new(place, "the outlet", (&outlet, &"a registered one")).into())
        }
    }
}

/// A server commits every few milliseconds, and two connections begin to read within a fraction of
/// one: of a few tries one meets no commit. If none does, everything is read by one connection.
const TWIN_TRIES: usize = 100;

/// About how many entries there are.
const EXPECTED: &str = "-- verify: expected entries
    SELECT coalesce(sum(sequence), 0) FROM heads";
/// Another number after any other connection's commit.
const VERSION: &str = "PRAGMA data_version";
const OUTLETS: &str = "-- verify: outlets
    SELECT tenant, id FROM outlets ORDER BY id";
/// Each outlet of a table is found by its index, and the rows between are skipped.
const STRAY_OUTLETS: &str = "-- verify: outlets that do not exist
    WITH RECURSIVE of_entries (outlet) AS (
        SELECT min(outlet) FROM entries UNION ALL
        SELECT (SELECT min(e.outlet) FROM entries e WHERE e.outlet > o.outlet)
        FROM of_entries o WHERE o.outlet IS NOT NULL
    ), of_invoices (outlet) AS (
        SELECT min(outlet) FROM invoices UNION ALL
        SELECT (SELECT min(i.outlet) FROM invoices i WHERE i.outlet > o.outlet)
        FROM of_invoices o WHERE o.outlet IS NOT NULL
    ), of_checkpoints (outlet) AS (
        SELECT min(outlet) FROM checkpoints UNION ALL
        SELECT (SELECT min(c.outlet) FROM checkpoints c WHERE c.outlet > o.outlet)
        FROM of_checkpoints o WHERE o.outlet IS NOT NULL
    )
    SELECT outlet FROM (SELECT outlet FROM of_entries UNION SELECT outlet FROM of_invoices
        UNION SELECT outlet FROM of_checkpoints UNION SELECT outlet FROM heads
        UNION SELECT outlet FROM log_tiles)
    WHERE outlet IS NOT NULL AND outlet NOT IN (SELECT id FROM outlets) ORDER BY outlet LIMIT 1";
