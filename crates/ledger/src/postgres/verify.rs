//! Streams the rows of a database through the checks, in one snapshot and bounded memory: the server
//! keeps the query open, and hands out so many rows at a time.

use std::collections::HashMap;

use deadpool_postgres::Transaction;
use proof::TileRoot;
use tokio_postgres::{Portal, Row};

use super::beside::{begin, snapshot};
use super::rows::{Params, all, count, get, one};
use super::{verify_claims, verify_papers, verify_ranges, verify_schema};
use crate::error::LedgerError;
use crate::verify::{
    Break, ChainCheck, CheckpointRow, EntryRow, HeadRow, InvoiceRow, NumberRow, OutletReport,
    Place, RangeRow, Report, SeriesCheck, StoredEnd, Verifier, VerifyError, check_invoice,
    check_tile, lost,
};
use crate::word::integer;

/// As [`crate::verify`] of a file, of the database at an address.
pub async fn verify(
    address: &str,
    keys: &dyn Fn(&str) -> Option<Verifier>,
    progress: &mut dyn FnMut(u64),
) -> Result<Report, VerifyError> {
    let mut client = begin(address).await?;
    let snapshot = snapshot(&mut client).await?;
    let mut report = Report::default();
    check_no_stray_outlet(&snapshot).await?;
    for (tenant, outlet) in outlets(&snapshot).await? {
        let check = ChainCheck::new(tenant, outlet, keys);
        let mut outlet = chain(&snapshot, check, (report.entries, progress)).await?;
        invoices(&snapshot, &mut outlet).await?;
        numbers(&snapshot, &mut outlet).await?;
        report.entries += outlet.entries;
        report.outlets.push(outlet);
    }
    check_tenants(&snapshot).await?;
    check_keys(&snapshot).await?;
    check_submissions(&snapshot).await?;
    verify_claims::check(&snapshot).await?;
    verify_papers::check(&snapshot).await?;
    verify_ranges::check(&snapshot).await?;
    // Last: what was rewritten tells more than that somebody took a trigger away to do it.
    verify_schema::check(&snapshot).await?;
    Ok(report)
}

async fn outlets(snapshot: &Transaction<'_>) -> Result<Vec<(String, String)>, LedgerError> {
    all(snapshot, OUTLETS, &[], |row| Ok((get(row, 0)?, get(row, 1)?))).await
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

async fn chain(
    snapshot: &Transaction<'_>,
    mut check: ChainCheck<'_>,
    (before, progress): (u64, &mut dyn FnMut(u64)),
) -> Result<OutletReport, VerifyError> {
    let outlet = check.report.outlet.clone();
    let mut rows = Rows::open(snapshot, &format!("{ENTRY} {CHAIN}"), &[&outlet]).await?;
    while let Some(some) = rows.next().await? {
        let first = check.report.entries;
        let end = first + some.len() as u64;
        let mut checkpoints =
            checkpoints(snapshot, &outlet, (first, end)).await?.into_iter().peekable();
        for row in &some {
            check.entry(&entry(row)?)?;
            for root in check.take_filled() {
                check_tile(&outlet, root, stored_tile(snapshot, &outlet, root).await?)?;
            }
            while let Some(row) = checkpoints.next_if(|row| row.size <= check.report.entries) {
                check.checkpoint(&row)?;
            }
        }
        progress(before + check.report.entries);
    }
    let report = check.end(stored_end(snapshot, &outlet).await?)?;
    progress(before + report.entries);
    Ok(report)
}

/// The checkpoints of more entries than `first`, up to `end` of them.
async fn checkpoints(
    snapshot: &Transaction<'_>,
    outlet: &str,
    (first, end): (u64, u64),
) -> Result<Vec<CheckpointRow>, LedgerError> {
    let of: Params = &[&outlet, &integer(first), &integer(end)];
    all(snapshot, CHECKPOINTS, of, checkpoint).await
}

fn checkpoint(row: &Row) -> Result<CheckpointRow, LedgerError> {
    Ok(CheckpointRow {
        size: count(row, 0)?,
        tenant: get(row, 1)?,
        root: get(row, 2)?,
        key_id: get(row, 3)?,
        signature: get(row, 4)?,
    })
}

async fn stored_tile(
    snapshot: &Transaction<'_>,
    outlet: &str,
    root: TileRoot,
) -> Result<Option<Vec<u8>>, LedgerError> {
    let of: Params = &[&outlet, &i64::from(root.level), &integer(root.ordinal)];
    one(snapshot, TILE, of, |row| get(row, 0)).await
}

async fn stored_end(snapshot: &Transaction<'_>, outlet: &str) -> Result<StoredEnd, LedgerError> {
    let read = |row: &Row| {
        let (sequence, hash) = (count(row, 0)?, get(row, 1)?);
        Ok(HeadRow {
            sequence,
            hash,
            at: get(row, 2)?,
            frontier: get(row, 3)?,
            generation: get(row, 4)?,
            since: get(row, 5)?,
        })
    };
    let head = one(snapshot, HEAD, &[&outlet], read).await?;
    let last_checkpoint = counted(snapshot, LAST_CHECKPOINT, outlet).await?;
    let tiles = counted(snapshot, COUNT_OF_TILES, outlet).await?;
    Ok(StoredEnd { head, last_checkpoint, tiles })
}

async fn invoices(
    snapshot: &Transaction<'_>,
    report: &mut OutletReport,
) -> Result<(), VerifyError> {
    let outlet = report.outlet.clone();
    let mut visited = 0;
    let mut rows = Rows::open(snapshot, INVOICES, &[&outlet]).await?;
    while let Some(some) = rows.next().await? {
        let some = some.iter().map(invoice).collect::<Result<Vec<_>, _>>()?;
        let mut entries = entries_of(snapshot, &outlet, &some).await?;
        for row in &some {
            let entries = entries.remove(&row.sequence).unwrap_or_default();
            visited += entries.len() as u64;
            check_invoice(row, &entries, report)?;
        }
    }
    let wanted = counted(snapshot, COUNT_OF_INVOICES, &outlet).await?;
    if visited == wanted { Ok(()) } else { Err(orphan(snapshot, &outlet).await?.into()) }
}

/// The entries of some invoices, by the sequence of the first, in their order.
async fn entries_of(
    snapshot: &Transaction<'_>,
    outlet: &str,
    some: &[InvoiceRow],
) -> Result<HashMap<u64, Vec<EntryRow>>, LedgerError> {
    let sequences: Vec<i64> = some.iter().map(|row| integer(row.sequence)).collect();
    let of_some: Params = &[&outlet, &sequences];
    let mut entries: HashMap<u64, Vec<EntryRow>> = HashMap::new();
    for opening in all(snapshot, &format!("{ENTRY} {OPENINGS}"), of_some, entry).await? {
        entries.entry(opening.sequence).or_default().push(opening);
    }
    let later = |row: &Row| Ok((count(row, 14)?, entry(row)?));
    for (opening, entry) in all(snapshot, FOLLOW_UPS, of_some, later).await? {
        entries.entry(opening).or_default().push(entry);
    }
    Ok(entries)
}

/// The first entry that belongs to no invoice's row.
async fn orphan(snapshot: &Transaction<'_>, outlet: &str) -> Result<Break, LedgerError> {
    let sequence = one(snapshot, ORPHANS, &[&outlet], |row| count(row, 0)).await?.unwrap_or(0);
    let place = Place::Entry { outlet: outlet.to_owned(), sequence };
    Ok(Break::new(place, "the invoice's row", (&"missing", &"one row")))
}

async fn numbers(snapshot: &Transaction<'_>, report: &mut OutletReport) -> Result<(), VerifyError> {
    let annulled = verify_ranges::shares(snapshot, report).await?;
    report.lost = lost(report);
    let mut check = SeriesCheck::new(report, annulled);
    let outlet = report.outlet.as_str();
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

/// Every idempotency key points to an invoice of its tenant.
async fn check_keys(snapshot: &Transaction<'_>) -> Result<(), VerifyError> {
    let read = |row: &Row| {
        let place = Place::Idempotency { tenant: get(row, 0)?, key: get(row, 1)? };
        Ok((place, get::<String>(row, 2)?))
    };
    match one(snapshot, STRAY_KEYS, &[], read).await? {
        None => Ok(()),
        Some((place, invoice)) => {
            Err(Break::new(place, "the invoice", (&invoice, &"one that exists")).into())
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
        let rows = self.snapshot.query_portal(&self.portal, ROWS_AT_ONCE).await?;
        Ok((!rows.is_empty()).then_some(rows))
    }
}

fn entry(row: &Row) -> Result<EntryRow, LedgerError> {
    Ok(EntryRow {
        outlet: get(row, 0)?,
        sequence: count(row, 1)?,
        tenant: get(row, 2)?,
        invoice: get(row, 3)?,
        kind: get(row, 4)?,
        at: get(row, 5)?,
        statement: get(row, 6)?,
        hash: get(row, 7)?,
        key_id: get(row, 8)?,
        signature: get(row, 9)?,
        elements: get(row, 10)?,
        authority_code: get(row, 11)?,
        note: get(row, 12)?,
        payload: get(row, 13)?,
    })
}

fn invoice(row: &Row) -> Result<InvoiceRow, LedgerError> {
    Ok(InvoiceRow {
        outlet: get(row, 0)?,
        sequence: count(row, 1)?,
        invoice: get(row, 2)?,
        tenant: get(row, 3)?,
        series: get(row, 4)?,
        range: range(row)?,
        ordinal: get(row, 5)?,
        number: get(row, 6)?,
        at: get(row, 7)?,
        taxpayer: get(row, 8)?,
        total: get(row, 9)?,
        currency: get(row, 10)?,
        regime: get(row, 11)?,
        payload_hash: get(row, 12)?,
        document_kind: get(row, 13)?,
        issued_on: get(row, 14)?,
        customer_name: get(row, 15)?,
        customer_tax_id: get(row, 16)?,
        stage: get(row, 17)?,
        submission: get(row, 18)?,
        replaces: get(row, 19)?,
    })
}

/// What the range of an invoice's number says, where the row names one that exists.
fn range(row: &Row) -> Result<Option<RangeRow>, LedgerError> {
    let Some(kind) = get(row, 20)? else { return Ok(None) };
    let width = usize::try_from(get::<i64>(row, 22)?).unwrap_or(0);
    Ok(Some(RangeRow { kind, prefix: get(row, 21)?, width, expires_on: get(row, 23)? }))
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

/// Rows that are in memory at once. An entry has up to three megabytes of payload and elements, and
/// some kilobytes as a rule; a round trip for so many costs a fiftieth of their checks.
const ROWS_AT_ONCE: i32 = 128;

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
const ENTRY: &str = "-- verify: entries
    SELECT outlet, sequence, tenant, invoice, kind, at, statement, hash, key_id, signature,
           elements, authority_code, note, payload
    FROM entries";
const CHAIN: &str = "WHERE outlet = $1 ORDER BY sequence";
const OPENINGS: &str = "WHERE outlet = $1 AND sequence = ANY ($2)";
const FOLLOW_UPS: &str = "-- verify: later entries of invoices
    SELECT outlet, sequence, tenant, invoice, kind, at, statement, hash, key_id, signature,
           elements, authority_code, note, payload, opening
    FROM entries WHERE outlet = $1 AND opening = ANY ($2) AND opening < sequence
    ORDER BY opening, sequence";
/// A head is born with its outlet, and is none before the first entry.
const HEAD: &str = "-- verify: head
    SELECT sequence, hash, coalesce(at, 0), frontier, generation, recovered_at FROM heads
    WHERE outlet = $1 AND (sequence, hash) <> (0, decode(repeat('00', 32), 'hex'))";
const CHECKPOINTS: &str = "-- verify: checkpoints
    SELECT size, tenant, root, key_id, signature FROM checkpoints
    WHERE outlet = $1 AND size > $2 AND size <= $3 ORDER BY size";
const LAST_CHECKPOINT: &str = "-- verify: size of the last checkpoint
    SELECT coalesce(max(size), 0) FROM checkpoints WHERE outlet = $1";
const TILE: &str = "-- verify: tile
    SELECT hash FROM log_tiles WHERE outlet = $1 AND level = $2 AND ordinal = $3";
const COUNT_OF_TILES: &str = "-- verify: count of tiles
    SELECT count(*) FROM log_tiles WHERE outlet = $1";
const INVOICES: &str = "-- verify: invoices
    SELECT i.outlet, i.sequence, i.invoice, i.tenant, i.series, i.ordinal, i.number, i.at,
           i.taxpayer, i.total, i.currency, i.regime, i.payload_hash, i.document_kind, i.issued_on,
           i.customer_name, i.customer_tax_id, i.stage, s.state,
           (SELECT r.replaced FROM replacements r WHERE r.invoice = i.invoice AND NOT r.released),
           g.kind, g.prefix, g.width, g.expires_on
    FROM invoices i
    LEFT JOIN submissions s ON s.outlet = i.outlet AND s.sequence = i.sequence
    LEFT JOIN ranges g ON g.id = i.range
    WHERE i.outlet = $1 ORDER BY i.sequence";
const COUNT_OF_INVOICES: &str = "-- verify: count of invoices' entries
    SELECT count(*) FROM entries WHERE outlet = $1 AND invoice IS NOT NULL";
const ORPHANS: &str = "-- verify: entries without an invoice
    SELECT e.sequence FROM entries e
    LEFT JOIN invoices i ON i.outlet = e.outlet AND i.invoice = e.invoice
    WHERE e.outlet = $1 AND e.invoice IS NOT NULL
      AND (i.invoice IS NULL OR i.sequence IS DISTINCT FROM e.opening OR e.opening > e.sequence)
    ORDER BY e.sequence LIMIT 1";
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
const COUNT_FREE: &str = "-- verify: count of free numbers
    SELECT count(*) FROM free_numbers WHERE outlet = $1";
const COUNT_SERIES: &str = "-- verify: count of series
    SELECT count(*) FROM series WHERE outlet = $1";
const SERIES: &str = "-- verify: series
    SELECT last FROM series WHERE outlet = $1 AND series = $2";
const STRAY_KEYS: &str = "-- verify: idempotency
    SELECT k.tenant, k.key, k.invoice FROM idempotency k
    LEFT JOIN invoices i ON i.outlet = k.outlet AND i.invoice = k.invoice AND i.tenant = k.tenant
    WHERE i.invoice IS NULL ORDER BY k.tenant, k.key LIMIT 1";
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
