//! Verifies a database: all chains, and beside them everything else, as of one moment.

use std::pin::pin;

use deadpool_postgres::Transaction;

use super::beside::{begin, same_snapshot, snapshot};
use super::rows::{all, count, get, one};
use super::verify_rest;
use super::verify_rows::{page, stored_end, stored_tile};
use crate::error::LedgerError;
use crate::verify::{
    Break, OutletReport, Place, Report, Verifier, VerifyError, WORTH_THREADS, Walk, check_tile,
};

/// As [`crate::verify`] of a file, of the database at an address. Beside its connection it opens a
/// second one, which reads the same moment, and the thread that polls it waits for the others.
pub async fn verify(
    address: &str,
    keys: &dyn Fn(&str) -> Option<Verifier>,
    progress: &mut dyn FnMut(u64),
) -> Result<Report, VerifyError> {
    let mut client = begin(address).await?;
    let snapshot = snapshot(&mut client).await?;
    let expected = one(&snapshot, EXPECTED, &[], |row| count(row, 0)).await?.unwrap_or(0);
    check_no_stray_outlet(&snapshot).await?;
    let outlets = all(&snapshot, OUTLETS, &[], |row| Ok((get(row, 0)?, get(row, 1)?))).await?;
    let mut walk = Walk::new(&outlets, keys, expected)?;
    let numbers = match exported(&snapshot, expected).await? {
        None => {
            chains(&snapshot, &mut walk, progress).await?;
            verify_rest::check(&snapshot, &outlets).await?
        }
        Some(name) => {
            let chains = chains(&snapshot, &mut walk, progress);
            Box::pin(beside(chains, rest(address, &name, &outlets))).await?
        }
    };
    Ok(walk.report(numbers))
}

/// The name by which another connection sees the same moment, where it is worth one. A server that
/// stands by does not give it.
async fn exported(
    snapshot: &Transaction<'_>,
    expected: u64,
) -> Result<Option<String>, LedgerError> {
    if expected < WORTH_THREADS {
        return Ok(None);
    }
    Ok(one(snapshot, EXPORTED, &[], |row| get(row, 0)).await?.flatten())
}

async fn rest(
    address: &str,
    name: &str,
    outlets: &[(String, String)],
) -> Result<Vec<OutletReport>, VerifyError> {
    let mut client = begin(address).await?;
    let snapshot = same_snapshot(&mut client, name).await?;
    verify_rest::check(&snapshot, outlets).await
}

/// Both at once. The first's failure ends both; the second's is told after the first has ended.
async fn beside<T>(
    first: impl Future<Output = Result<(), VerifyError>>,
    second: impl Future<Output = Result<T, VerifyError>>,
) -> Result<T, VerifyError> {
    let (mut first, mut second) = (pin!(first), pin!(second));
    tokio::select! {
        ended = &mut first => {
            ended?;
            second.await
        }
        ended = &mut second => {
            first.await?;
            ended
        }
    }
}

async fn chains(
    snapshot: &Transaction<'_>,
    walk: &mut Walk<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<(), VerifyError> {
    loop {
        while let Some(start) = walk.wants() {
            walk.read(page(snapshot, &start).await?);
        }
        let Some(step) = walk.step()? else { return Ok(()) };
        for root in step.filled {
            check_tile(&step.outlet, root, stored_tile(snapshot, &step.outlet, root).await?)?;
        }
        if let Some(end) = step.end {
            walk.end(stored_end(snapshot, &step.outlet, end.has_orphans).await?)?;
        }
        progress(walk.entries());
    }
}

/// Entries and heads belong to outlets that exist.
async fn check_no_stray_outlet(snapshot: &Transaction<'_>) -> Result<(), VerifyError> {
    match one(snapshot, STRAY_OUTLETS, &[], |row| get::<String>(row, 0)).await? {
        None => Ok(()),
        Some(outlet) => {
            let place = Place::Head { outlet: outlet.clone() };
            Err(Break::new(place, "the outlet", (&outlet, &"a registered one")).into())
        }
    }
}

/// About how many entries there are.
const EXPECTED: &str = "-- verify: expected entries
    SELECT coalesce(sum(sequence), 0)::bigint FROM heads";
const EXPORTED: &str = "-- verify: the moment's name
    SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_export_snapshot() END";
const OUTLETS: &str = "-- verify: outlets
    SELECT tenant, id FROM outlets ORDER BY id";
const STRAY_OUTLETS: &str = "-- verify: outlets that do not exist
    WITH RECURSIVE of_entries (outlet) AS (
        (SELECT outlet FROM entries ORDER BY outlet LIMIT 1)
        UNION ALL
        SELECT (SELECT e.outlet FROM entries e WHERE e.outlet > o.outlet ORDER BY e.outlet LIMIT 1)
        FROM of_entries o WHERE o.outlet IS NOT NULL
    ), of_invoices (outlet) AS (
        (SELECT outlet FROM invoices ORDER BY outlet LIMIT 1)
        UNION ALL
        SELECT (SELECT i.outlet FROM invoices i WHERE i.outlet > o.outlet ORDER BY i.outlet LIMIT 1)
        FROM of_invoices o WHERE o.outlet IS NOT NULL
    )
    SELECT s.outlet FROM (SELECT outlet FROM of_entries UNION SELECT outlet FROM of_invoices
        UNION SELECT outlet FROM heads) s
    WHERE s.outlet IS NOT NULL AND NOT EXISTS (SELECT 1 FROM outlets o WHERE o.id = s.outlet)
    ORDER BY s.outlet LIMIT 1";
