//! What a ledger holds beside its chains: numbers, keys, claims, and the schema itself.

use deadpool_postgres::Transaction;
use tokio_postgres::{Portal, Row};

use super::rows::{Params, all, count, get, one};
use super::{verify_claims, verify_inbox, verify_papers, verify_ranges, verify_schema};
use crate::anchor::Recovery;
use crate::error::LedgerError;
use crate::verify::{
    Break, NumberRow, OutletReport, Place, SeriesCheck, VerifyError, lost, stray_key,
};

/// Checks all of it, and counts the numbers of these outlets (tenant, id), in their order.
pub(super) async fn check(
    snapshot: &Transaction<'_>,
    outlets: &[(String, String)],
) -> Result<Vec<OutletReport>, VerifyError> {
    let mut counted = Vec::with_capacity(outlets.len());
    for (_, outlet) in outlets {
        let mut report = OutletReport { outlet: outlet.clone(), ..OutletReport::default() };
        numbers(snapshot, &mut report).await?;
        counted.push(report);
    }
    check_tenants(snapshot).await?;
    check_keys(snapshot).await?;
    check_submissions(snapshot).await?;
    verify_claims::check(snapshot).await?;
    verify_papers::check(snapshot).await?;
    verify_inbox::check(snapshot).await?;
    verify_ranges::check(snapshot).await?;
    // Last: what was rewritten tells more than that somebody took a trigger away to do it.
    verify_schema::check(snapshot).await?;
    Ok(counted)
}

async fn numbers(snapshot: &Transaction<'_>, report: &mut OutletReport) -> Result<(), VerifyError> {
    let annulled = verify_ranges::shares(snapshot, report).await?;
    let recoveries = recoveries(snapshot, &report.outlet).await?;
    report.lost = lost(&recoveries);
    let outlet = report.outlet.as_str();
    let mut check = SeriesCheck::new(outlet.to_owned(), &recoveries, annulled);
    let mut series = 0_u64;
    let mut rows = Rows::open(snapshot, NUMBERS, &[&outlet]).await?;
    while let Some(some) = rows.next().await? {
        for row in &some {
            if let Some(end) = check.number(number(row)?)? {
                series += 1;
                check_series(snapshot, outlet, end).await?;
            }
        }
    }
    for end in check.end()? {
        series += 1;
        check_series(snapshot, outlet, end).await?;
    }
    report.free = check.free;
    let place = || Place::Head { outlet: outlet.to_owned() };
    let free = counted(snapshot, COUNT_FREE, outlet).await?;
    Break::unless_equal(place, "the count of free numbers", (&free, &check.free))?;
    let stored = counted(snapshot, COUNT_SERIES, outlet).await?;
    Ok(Break::unless_equal(place, "the count of series", (&stored, &series))?)
}

/// What is no recovery is found where the chain is checked.
async fn recoveries(
    snapshot: &Transaction<'_>,
    outlet: &str,
) -> Result<Vec<Recovery>, LedgerError> {
    let read = |row: &Row| Ok((count(row, 0)?, get::<Vec<u8>>(row, 1)?));
    let rows = all(snapshot, RECOVERIES, &[&outlet], read).await?;
    Ok(rows.iter().filter_map(|(sequence, note)| Recovery::parse(*sequence, note)).collect())
}

/// The series' row says the highest number that was ever taken.
async fn check_series(
    snapshot: &Transaction<'_>,
    outlet: &str,
    (series, ordinal): (String, i64),
) -> Result<(), VerifyError> {
    let stored = one(snapshot, SERIES, &[&outlet, &series], |row| get::<i64>(row, 0)).await?;
    let place = || Place::number(outlet, &series, ordinal);
    let both = (&stored.unwrap_or(0), &ordinal);
    Ok(Break::unless_equal(place, "the series' last number", both)?)
}

async fn counted(snapshot: &Transaction<'_>, sql: &str, outlet: &str) -> Result<u64, LedgerError> {
    Ok(one(snapshot, sql, &[&outlet], |row| count(row, 0)).await?.unwrap_or(0))
}

/// Heads and numbers are of their outlet's tenant.
async fn check_tenants(snapshot: &Transaction<'_>) -> Result<(), VerifyError> {
    let read = |row: &Row| Ok((get::<String>(row, 0)?, get::<String>(row, 1)?));
    match one(snapshot, STRAY_TENANTS, &[], read).await? {
        None => Ok(()),
        Some((outlet, stored)) => {
            let expected = format!("that of {outlet}");
            Err(Break::new(Place::Head { outlet }, "the tenant", (&stored, &expected)).into())
        }
    }
}

/// Every idempotency key points to an invoice of its tenant, to the one that was sealed with it, and
/// no other key does.
async fn check_keys(snapshot: &Transaction<'_>) -> Result<(), VerifyError> {
    let place = |row: &Row| {
        Ok::<_, LedgerError>(Place::Idempotency { tenant: get(row, 0)?, key: get(row, 1)? })
    };
    let read = |row: &Row| Ok((place(row)?, get::<String>(row, 2)?, get(row, 3)?, get(row, 4)?));
    if let Some((place, invoice, at, sealed_at)) = one(snapshot, STRAY_KEYS, &[], read).await? {
        return Err(stray_key(place, &invoice, (at, sealed_at)).into());
    }
    let read = |row: &Row| Ok((place(row)?, count(row, 2)?));
    match one(snapshot, SHARED_KEYS, &[], read).await? {
        None => Ok(()),
        Some((place, keys)) => {
            Err(Break::new(place, "the count of its invoice's keys", (&keys, &1)).into())
        }
    }
}

async fn check_submissions(snapshot: &Transaction<'_>) -> Result<(), VerifyError> {
    match one(snapshot, STRAY_SUBMISSIONS, &[], |row| get::<String>(row, 0)).await? {
        None => Ok(()),
        Some(invoice) => {
            let place = Place::Submission { invoice: invoice.clone() };
            Err(Break::new(place, "the invoice", (&invoice, &"one that exists")).into())
        }
    }
}

/// A query that the server keeps open.
pub(super) struct Rows<'a> {
    snapshot: &'a Transaction<'a>,
    portal: Portal,
}

impl<'a> Rows<'a> {
    pub(super) async fn open(
        snapshot: &'a Transaction<'a>,
        sql: &str,
        params: Params<'_>,
    ) -> Result<Self, LedgerError> {
        let statement = snapshot.prepare_cached(sql).await?;
        let portal = snapshot.bind(&statement, params).await?;
        Ok(Self { snapshot, portal })
    }

    /// The next rows; none when there are no more.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Row>>, LedgerError> {
        self.at_most(ROWS_AT_ONCE).await
    }

    /// The same, of rows that are large.
    pub(super) async fn at_most(&mut self, count: i32) -> Result<Option<Vec<Row>>, LedgerError> {
        let rows = self.snapshot.query_portal(&self.portal, count).await?;
        Ok((!rows.is_empty()).then_some(rows))
    }
}

fn number(row: &Row) -> Result<NumberRow, LedgerError> {
    Ok(NumberRow {
        series: get(row, 0)?,
        ordinal: get(row, 1)?,
        turn: get(row, 2)?,
        stage: get(row, 3)?,
        free_for: get(row, 4)?,
        refusal: get(row, 5)?,
        invoice: get(row, 6)?,
        held_for: get(row, 7)?,
        sequence: count(row, 8)?,
        refused_at: get::<Option<i64>>(row, 9)?.map(i64::unsigned_abs),
    })
}

/// Rows that are in memory at once.
const ROWS_AT_ONCE: i32 = 1_024;

const NUMBERS: &str = "-- verify: numbers
    SELECT i.series, i.ordinal, i.turn, i.stage, f.turn,
           CASE WHEN i.stage IN ('refused', 'sealed_refused') THEN
               (SELECT e.elements FROM entries e WHERE e.outlet = i.outlet
                    AND e.opening = i.sequence AND e.opening < e.sequence AND e.kind = 'refused'
                ORDER BY e.sequence LIMIT 1)
           END, i.invoice, f.held_for, i.sequence,
           CASE WHEN i.stage IN ('refused', 'sealed_refused') THEN
               (SELECT e.sequence FROM entries e WHERE e.outlet = i.outlet
                    AND e.opening = i.sequence AND e.opening < e.sequence AND e.kind = 'refused'
                ORDER BY e.sequence LIMIT 1)
           END
    FROM invoices i LEFT JOIN free_numbers f
      ON f.outlet = i.outlet AND f.series = i.series AND f.ordinal = i.ordinal
    WHERE i.outlet = $1 ORDER BY i.series, i.ordinal, i.turn";
const RECOVERIES: &str = "-- verify: recoveries
    SELECT sequence, coalesce(note, ''::bytea) FROM entries
    WHERE outlet = $1 AND kind = 'recovered' ORDER BY sequence";
const COUNT_FREE: &str = "-- verify: count of free numbers
    SELECT count(*) FROM free_numbers WHERE outlet = $1";
const COUNT_SERIES: &str = "-- verify: count of series
    SELECT count(*) FROM series WHERE outlet = $1";
const SERIES: &str = "-- verify: series
    SELECT last FROM series WHERE outlet = $1 AND series = $2";
/// A key is written in its invoice's transaction, at the invoice's time, and no two invoices of an
/// outlet have one time.
const STRAY_KEYS: &str = "-- verify: idempotency
    SELECT k.tenant, k.key, k.invoice, k.at, i.at FROM idempotency k
    LEFT JOIN invoices i ON i.outlet = k.outlet AND i.invoice = k.invoice AND i.tenant = k.tenant
    WHERE i.at IS NULL OR i.at <> k.at ORDER BY k.tenant, k.key LIMIT 1";
const SHARED_KEYS: &str = "-- verify: keys of one invoice
    SELECT tenant, max(key), count(*) FROM idempotency
    GROUP BY tenant, outlet, invoice HAVING count(*) > 1 ORDER BY tenant, max(key) LIMIT 1";
const STRAY_SUBMISSIONS: &str = "-- verify: submissions
    SELECT s.invoice FROM submissions s
    LEFT JOIN invoices i ON i.outlet = s.outlet AND i.sequence = s.sequence
        AND i.invoice = s.invoice AND i.tenant = s.tenant
    WHERE i.invoice IS NULL ORDER BY s.outlet, s.sequence LIMIT 1";
const STRAY_TENANTS: &str = "-- verify: tenants
    SELECT s.outlet, s.tenant FROM (SELECT outlet, tenant FROM heads
        UNION ALL SELECT outlet, tenant FROM series
        UNION ALL SELECT outlet, tenant FROM free_numbers
        UNION ALL SELECT outlet, tenant FROM checkpoints
        UNION ALL SELECT outlet, tenant FROM log_tiles
        UNION ALL SELECT outlet, tenant FROM cosignatures) s
    LEFT JOIN outlets o ON o.id = s.outlet
    WHERE o.tenant IS DISTINCT FROM s.tenant ORDER BY s.outlet LIMIT 1";
