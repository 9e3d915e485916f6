//! Streams the rows of a ledger file through the checks, in one snapshot and bounded memory.

use std::path::Path;

use invoice::InvoiceId;
use rusqlite::{Connection, Row, Transaction};

use super::open_reader;
use super::rows::{count, integer};
use crate::error::LedgerError;
use crate::verify::{
    Break, ChainCheck, EntryRow, InvoiceRow, NumberRow, OutletReport, Place, Report, SeriesCheck,
    Verifier, VerifyError, check_invoice,
};

/// Verifies the ledger file at `path`: every chain, hash, signature, number and index.
///
/// `keys` gives the verifier of a key id, from wherever the caller trusts; `progress` is told how
/// many entries have been read. Works while the ledger is open: it reads the snapshot of its
/// beginning. A ledger whose last entries were cut off together with all that hangs on them is
/// sound in itself: compare [`OutletReport::head`] with a head that is kept elsewhere.
pub fn verify(
    path: &Path,
    keys: &dyn Fn(&str) -> Option<Verifier>,
    progress: &mut dyn FnMut(u64),
) -> Result<Report, VerifyError> {
    let mut connection = open_reader(path)?;
    let snapshot = connection.transaction()?;
    let mut report = Report::default();
    check_no_stray_outlet(&snapshot)?;
    for (tenant, outlet) in outlets(&snapshot)? {
        let check = ChainCheck::new(tenant, outlet, keys);
        let mut outlet = chain(&snapshot, check, (report.entries, progress))?;
        invoices(&snapshot, &mut outlet)?;
        numbers(&snapshot, &mut outlet)?;
        report.entries += outlet.entries;
        report.outlets.push(outlet);
    }
    check_keys(&snapshot)?;
    check_submissions(&snapshot)?;
    check_credits(&snapshot)?;
    Ok(report)
}

fn outlets(snapshot: &Transaction<'_>) -> Result<Vec<(String, String)>, VerifyError> {
    let mut statement = snapshot.prepare(OUTLETS)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Entries and heads belong to outlets that exist.
fn check_no_stray_outlet(snapshot: &Transaction<'_>) -> Result<(), VerifyError> {
    let mut statement = snapshot.prepare(STRAY_OUTLETS)?;
    let mut rows = statement.query([])?;
    match rows.next()? {
        None => Ok(()),
        Some(row) => {
            let outlet: String = row.get(0)?;
            let place = Place::Head { outlet: outlet.clone() };
            Err(Break::new(place, "the outlet", (&outlet, &"a registered one")).into())
        }
    }
}

fn chain(
    snapshot: &Transaction<'_>,
    mut check: ChainCheck<'_>,
    (before, progress): (u64, &mut dyn FnMut(u64)),
) -> Result<OutletReport, VerifyError> {
    let outlet = check.report.outlet.clone();
    let mut statement = snapshot.prepare_cached(&format!("{ENTRY} {CHAIN}"))?;
    let mut rows = statement.query([&outlet])?;
    while let Some(row) = rows.next()? {
        check.entry(&entry(row)?)?;
        let entries = before + check.report.entries;
        if entries.is_multiple_of(PROGRESS_ENTRIES) {
            progress(entries);
        }
    }
    let mut statement = snapshot.prepare_cached(HEAD)?;
    let mut rows = statement.query([&outlet])?;
    let head = match rows.next()? {
        None => None,
        Some(row) => Some((count(row, 0)?, row.get(1)?, row.get(2)?)),
    };
    let report = check.end(head)?;
    progress(before + report.entries);
    Ok(report)
}

fn invoices(snapshot: &Transaction<'_>, report: &mut OutletReport) -> Result<(), VerifyError> {
    let mut statement = snapshot.prepare_cached(INVOICES)?;
    let mut rows = statement.query([&report.outlet])?;
    let mut visited = 0;
    while let Some(row) = rows.next()? {
        let row = invoice(row)?;
        let entries = entries_of(snapshot, &row)?;
        visited += entries.len() as u64;
        check_invoice(&row, &entries, report)?;
    }
    let outlet = report.outlet.as_str();
    let mut statement = snapshot.prepare_cached(COUNT_OF_INVOICES)?;
    let wanted = statement.query_row([outlet], |row| count(row, 0))?;
    if visited == wanted { Ok(()) } else { Err(orphan(snapshot, outlet)?.into()) }
}

fn entries_of(snapshot: &Transaction<'_>, row: &InvoiceRow) -> Result<Vec<EntryRow>, VerifyError> {
    let mut entries = Vec::new();
    let mut statement = snapshot.prepare_cached(&format!("{ENTRY} {OPENING}"))?;
    let mut rows = statement.query((&row.outlet, integer(row.sequence)))?;
    while let Some(row) = rows.next()? {
        entries.push(entry(row)?);
    }
    let mut statement = snapshot.prepare_cached(&format!("{ENTRY} {FOLLOW_UPS}"))?;
    let mut rows = statement.query((&row.outlet, integer(row.sequence)))?;
    while let Some(row) = rows.next()? {
        entries.push(entry(row)?);
    }
    Ok(entries)
}

/// The first entry that belongs to no invoice's row.
fn orphan(snapshot: &Transaction<'_>, outlet: &str) -> Result<Break, VerifyError> {
    let mut statement = snapshot.prepare(ORPHANS)?;
    let mut rows = statement.query([outlet])?;
    let sequence = match rows.next()? {
        Some(row) => count(row, 0)?,
        None => 0,
    };
    let place = Place::Entry { outlet: outlet.to_owned(), sequence };
    Ok(Break::new(place, "the invoice's row", (&"missing", &"one row")))
}

fn numbers(snapshot: &Transaction<'_>, report: &mut OutletReport) -> Result<(), VerifyError> {
    let outlet = report.outlet.as_str();
    let mut check = SeriesCheck::new(outlet.to_owned());
    let mut series = 0_u64;
    let mut ended = |end: Option<(i64, i64)>| match end {
        None => Ok(()),
        Some(end) => {
            series += 1;
            check_series(snapshot, outlet, end)
        }
    };
    let mut statement = snapshot.prepare_cached(NUMBERS)?;
    let mut rows = statement.query([outlet])?;
    while let Some(row) = rows.next()? {
        ended(check.number(number(row)?)?)?;
    }
    ended(check.end()?)?;
    report.free = check.free;
    let place = || Place::Head { outlet: outlet.to_owned() };
    let stored = |sql: &str| {
        let mut statement = snapshot.prepare_cached(sql)?;
        statement.query_row([outlet], |row| count(row, 0))
    };
    let free = stored(COUNT_FREE)?;
    Break::unless_equal(place, "the count of free numbers", (&free, &check.free))?;
    Ok(Break::unless_equal(place, "the count of series", (&stored(COUNT_SERIES)?, &series))?)
}

/// The series' row says the highest number that was ever taken.
fn check_series(
    snapshot: &Transaction<'_>,
    outlet: &str,
    (fiscal_year, ordinal): (i64, i64),
) -> Result<(), VerifyError> {
    let mut statement = snapshot.prepare_cached(SERIES)?;
    let mut rows = statement.query((outlet, fiscal_year))?;
    let stored = match rows.next()? {
        None => 0,
        Some(row) => row.get(0)?,
    };
    let place = || Place::Number { outlet: outlet.to_owned(), fiscal_year, ordinal };
    Ok(Break::unless_equal(place, "the series' last number", (&stored, &ordinal))?)
}

/// Every idempotency key points to an invoice of its tenant.
fn check_keys(connection: &Connection) -> Result<(), VerifyError> {
    let mut statement = connection.prepare(STRAY_KEYS)?;
    let mut rows = statement.query([])?;
    match rows.next()? {
        None => Ok(()),
        Some(row) => {
            let place = Place::Idempotency { tenant: row.get(0)?, key: row.get(1)? };
            let invoice: String = row.get(2)?;
            Err(Break::new(place, "the invoice", (&invoice, &"one that exists")).into())
        }
    }
}

fn check_submissions(connection: &Connection) -> Result<(), VerifyError> {
    let mut statement = connection.prepare(STRAY_SUBMISSIONS)?;
    let mut rows = statement.query([])?;
    match rows.next()? {
        None => Ok(()),
        Some(row) => {
            let invoice: String = row.get(0)?;
            let place = Place::Submission { invoice: invoice.clone() };
            Err(Break::new(place, "the invoice", (&invoice, &"one that exists")).into())
        }
    }
}

/// A claim is released whole, and if and only if its credit note was refused.
fn check_credits(connection: &Connection) -> Result<(), VerifyError> {
    let mut statement = connection.prepare(CREDITS)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (original, line, invoice): (String, i64, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let (claimed, released): (i64, i64) = (row.get(3)?, row.get(4)?);
        let is_refused = is_refused(connection, &invoice)?;
        let place = || Place::Credit { invoice: invoice.clone(), original: original.clone(), line };
        let refused = is_refused.ok_or_else(|| {
            Break::new(place(), "the credit note", (&invoice, &"one that exists"))
        })?;
        let expected = if refused { -claimed } else { 0 };
        Break::unless_equal(place, "what is released", (&released, &expected))?;
    }
    Ok(())
}

/// None if there is no such invoice.
fn is_refused(connection: &Connection, invoice: &str) -> Result<Option<bool>, LedgerError> {
    let Ok(id) = InvoiceId::parse(invoice) else { return Ok(None) };
    let mut statement = connection.prepare_cached(IS_REFUSED)?;
    let mut rows = statement.query((id.outlet().as_str(), invoice))?;
    match rows.next()? {
        None => Ok(None),
        Some(row) => Ok(Some(row.get(0)?)),
    }
}

fn entry(row: &Row<'_>) -> rusqlite::Result<EntryRow> {
    Ok(EntryRow {
        outlet: row.get(0)?,
        sequence: count(row, 1)?,
        tenant: row.get(2)?,
        invoice: row.get(3)?,
        kind: row.get(4)?,
        at: row.get(5)?,
        statement: row.get(6)?,
        hash: row.get(7)?,
        key_id: row.get(8)?,
        signature: row.get(9)?,
        elements: row.get(10)?,
        note: row.get(11)?,
        payload: row.get(12)?,
    })
}

fn invoice(row: &Row<'_>) -> rusqlite::Result<InvoiceRow> {
    Ok(InvoiceRow {
        outlet: row.get(0)?,
        sequence: count(row, 1)?,
        invoice: row.get(2)?,
        tenant: row.get(3)?,
        fiscal_year: row.get(4)?,
        ordinal: row.get(5)?,
        number: row.get(6)?,
        at: row.get(7)?,
        taxpayer: row.get(8)?,
        total: row.get(9)?,
        currency: row.get(10)?,
        regime: row.get(11)?,
        payload_hash: row.get(12)?,
        stage: row.get(13)?,
    })
}

fn number(row: &Row<'_>) -> rusqlite::Result<NumberRow> {
    Ok(NumberRow {
        fiscal_year: row.get(0)?,
        ordinal: row.get(1)?,
        turn: row.get(2)?,
        stage: row.get(3)?,
        free_for: row.get(4)?,
    })
}

const OUTLETS: &str = "-- verify: outlets
    SELECT tenant, id FROM outlets ORDER BY id";
const STRAY_OUTLETS: &str = "-- verify: outlets that do not exist
    SELECT outlet FROM (SELECT DISTINCT outlet FROM entries UNION SELECT outlet FROM heads
        UNION SELECT DISTINCT outlet FROM invoices)
    WHERE outlet NOT IN (SELECT id FROM outlets) ORDER BY outlet LIMIT 1";
const ENTRY: &str = "-- verify: entries
    SELECT outlet, sequence, tenant, invoice, kind, at, statement, hash, key_id, signature,
           elements, note, payload
    FROM entries";
const CHAIN: &str = "WHERE outlet = ?1 ORDER BY sequence";
const OPENING: &str = "WHERE outlet = ?1 AND sequence = ?2";
const FOLLOW_UPS: &str = "WHERE outlet = ?1 AND opening = ?2 AND opening < sequence
    ORDER BY sequence";
const HEAD: &str = "-- verify: head
    SELECT sequence, hash, at FROM heads WHERE outlet = ?1";
const INVOICES: &str = "-- verify: invoices
    SELECT outlet, sequence, invoice, tenant, fiscal_year, ordinal, number, at, taxpayer, total,
           currency, regime, payload_hash, stage
    FROM invoices WHERE outlet = ?1 ORDER BY sequence";
const COUNT_OF_INVOICES: &str = "-- verify: count of invoices' entries
    SELECT count(*) FROM entries WHERE outlet = ?1 AND invoice IS NOT NULL";
const ORPHANS: &str = "-- verify: entries without an invoice
    SELECT e.sequence FROM entries e
    LEFT JOIN invoices i ON i.outlet = e.outlet AND i.invoice = e.invoice
    WHERE e.outlet = ?1 AND e.invoice IS NOT NULL
      AND (i.invoice IS NULL OR i.sequence IS NOT e.opening OR e.opening > e.sequence)
    ORDER BY e.sequence LIMIT 1";
const NUMBERS: &str = "-- verify: numbers
    SELECT i.fiscal_year, i.ordinal, i.turn, i.stage, f.turn
    FROM invoices i LEFT JOIN free_numbers f
      ON f.outlet = i.outlet AND f.fiscal_year = i.fiscal_year AND f.ordinal = i.ordinal
    WHERE i.outlet = ?1 ORDER BY i.fiscal_year, i.ordinal, i.turn";
const COUNT_FREE: &str = "-- verify: count of free numbers
    SELECT count(*) FROM free_numbers WHERE outlet = ?1";
const COUNT_SERIES: &str = "-- verify: count of series
    SELECT count(*) FROM series WHERE outlet = ?1";
const SERIES: &str = "-- verify: series
    SELECT last FROM series WHERE outlet = ?1 AND fiscal_year = ?2";
const STRAY_KEYS: &str = "-- verify: idempotency
    SELECT k.tenant, k.key, k.invoice FROM idempotency k
    LEFT JOIN invoices i ON i.outlet = k.outlet AND i.invoice = k.invoice AND i.tenant = k.tenant
    WHERE i.invoice IS NULL ORDER BY k.tenant, k.key LIMIT 1";
const STRAY_SUBMISSIONS: &str = "-- verify: submissions
    SELECT s.invoice FROM submissions s
    LEFT JOIN invoices i ON i.outlet = s.outlet AND i.sequence = s.sequence
        AND i.invoice = s.invoice AND i.tenant = s.tenant
    WHERE i.invoice IS NULL ORDER BY s.outlet, s.sequence LIMIT 1";
const CREDITS: &str = "-- verify: credits
    SELECT original, line, invoice, sum(CASE WHEN released = 0 THEN quantity ELSE 0 END),
           sum(CASE WHEN released = 1 THEN quantity ELSE 0 END)
    FROM credits GROUP BY tenant, original, line, invoice";
const IS_REFUSED: &str = "-- verify: is refused
    SELECT stage IN ('refused', 'sealed_refused') FROM invoices WHERE outlet = ?1 AND invoice = ?2";

/// The caller is told after so many entries: about ten times a second.
const PROGRESS_ENTRIES: u64 = 1_000;
