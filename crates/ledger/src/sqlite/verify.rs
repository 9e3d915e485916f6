//! Streams the rows of a ledger file through the checks, in one snapshot and bounded memory.

use std::collections::BTreeMap;
use std::path::Path;

use invoice::InvoiceId;
use proof::TileRoot;
use rusqlite::{Connection, Row, Rows, Transaction};

use super::connection::as_made;
use super::open_reader;
use super::rows::{count, integer, one, optional_count};
use super::{verify_papers, verify_ranges};
use crate::error::LedgerError;
use crate::verify::{
    Break, ChainCheck, CheckpointRow, EntryRow, HeadRow, InvoiceRow, NumberRow, OutletReport,
    Place, RangeRow, Report, SeriesCheck, StoredEnd, Verifier, VerifyError, check_invoice,
    check_tile, lost,
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
    check_tenants(&snapshot)?;
    check_keys(&snapshot)?;
    check_submissions(&snapshot)?;
    check_credits(&snapshot)?;
    check_replacements(&snapshot)?;
    verify_papers::check(&snapshot)?;
    verify_ranges::check(&snapshot)?;
    // Last: what was rewritten tells more than that somebody took a trigger away to do it.
    check_schema(&snapshot)?;
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
    let mut checkpoints = snapshot.prepare_cached(CHECKPOINTS)?;
    let mut checkpoints = checkpoints.query([&outlet])?;
    let mut next = next_checkpoint(&mut checkpoints)?;
    while let Some(row) = rows.next()? {
        check.entry(&entry(row)?)?;
        for root in check.take_filled() {
            check_tile(&outlet, root, stored_tile(snapshot, &outlet, root)?)?;
        }
        while let Some(row) = next.take_if(|row| row.size <= check.report.entries) {
            check.checkpoint(&row)?;
            next = next_checkpoint(&mut checkpoints)?;
        }
        let entries = before + check.report.entries;
        if entries.is_multiple_of(PROGRESS_ENTRIES) {
            progress(entries);
        }
    }
    let report = check.end(stored_end(snapshot, &outlet)?)?;
    progress(before + report.entries);
    Ok(report)
}

fn next_checkpoint(rows: &mut Rows<'_>) -> Result<Option<CheckpointRow>, VerifyError> {
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(CheckpointRow {
        size: count(row, 0)?,
        tenant: row.get(1)?,
        root: row.get(2)?,
        key_id: row.get(3)?,
        signature: row.get(4)?,
    }))
}

fn stored_tile(
    snapshot: &Transaction<'_>,
    outlet: &str,
    root: TileRoot,
) -> Result<Option<Vec<u8>>, VerifyError> {
    let of = (outlet, root.level, integer(root.ordinal));
    Ok(one(snapshot, TILE, of, |row| row.get(0))?)
}

fn stored_end(snapshot: &Transaction<'_>, outlet: &str) -> Result<StoredEnd, VerifyError> {
    let head = one(snapshot, HEAD, [outlet], |row| {
        let (sequence, hash) = (count(row, 0)?, row.get(1)?);
        Ok(HeadRow {
            sequence,
            hash,
            at: row.get(2)?,
            frontier: row.get(3)?,
            generation: row.get(4)?,
            since: row.get(5)?,
        })
    })?;
    let counted = |sql: &str| {
        let mut statement = snapshot.prepare_cached(sql)?;
        statement.query_row([outlet], |row| count(row, 0))
    };
    let last_checkpoint = counted(LAST_CHECKPOINT)?;
    Ok(StoredEnd { head, last_checkpoint, tiles: counted(COUNT_OF_TILES)? })
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
    let annulled = verify_ranges::shares(snapshot, report)?;
    report.lost = lost(report);
    let mut check = SeriesCheck::new(report, annulled);
    let outlet = report.outlet.as_str();
    let mut series = 0_u64;
    let mut ended = |end: (String, i64)| {
        series += 1;
        check_series(snapshot, outlet, end)
    };
    let mut statement = snapshot.prepare_cached(NUMBERS)?;
    let mut rows = statement.query([outlet])?;
    while let Some(row) = rows.next()? {
        check.number(number(row)?)?.map_or(Ok(()), &mut ended)?;
    }
    check.end()?.into_iter().try_for_each(ended)?;
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
    (series, ordinal): (String, i64),
) -> Result<(), VerifyError> {
    let mut statement = snapshot.prepare_cached(SERIES)?;
    let mut rows = statement.query((outlet, &series))?;
    let stored = match rows.next()? {
        None => 0,
        Some(row) => row.get(0)?,
    };
    let place = || Place::number(outlet, &series, ordinal);
    Ok(Break::unless_equal(place, "the series' last number", (&stored, &ordinal))?)
}

/// Heads and numbers are of their outlet's tenant.
fn check_tenants(connection: &Connection) -> Result<(), VerifyError> {
    let mut statement = connection.prepare(STRAY_TENANTS)?;
    let mut rows = statement.query([])?;
    match rows.next()? {
        None => Ok(()),
        Some(row) => {
            let (outlet, stored): (String, String) = (row.get(0)?, row.get(1)?);
            let expected = format!("that of {outlet}");
            Err(Break::new(Place::Head { outlet }, "the tenant", (&stored, &expected)).into())
        }
    }
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
        let tenant: String = row.get(5)?;
        let is_refused = is_refused(connection, &tenant, &invoice)?;
        let place = || Place::Credit { invoice: invoice.clone(), original: original.clone(), line };
        let refused = is_refused.ok_or_else(|| {
            Break::new(place(), "the credit note", (&invoice, &"one that exists"))
        })?;
        let expected = if refused { -claimed } else { 0 };
        Break::unless_equal(place, "what is released", (&released, &expected))?;
    }
    Ok(())
}

/// One invoice at a time takes a refused one's place, and gives it back when it is refused too.
fn check_replacements(connection: &Connection) -> Result<(), VerifyError> {
    let mut statement = connection.prepare(REPLACEMENTS)?;
    let mut rows = statement.query([])?;
    let mut last: Option<(String, String, i64, bool)> = None;
    while let Some(row) = rows.next()? {
        let (tenant, replaced, turn): (String, String, i64) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let (invoice, released): (String, Option<String>) = (row.get(3)?, row.get(4)?);
        let place = || Place::Replacement { invoice: invoice.clone(), replaced: replaced.clone() };
        let exists = |what, id: &str| match is_refused(connection, &tenant, id)? {
            Some(is_refused) => Ok(is_refused),
            None => Err(VerifyError::from(Break::new(place(), what, (&id, &"one that exists")))),
        };
        exists("the replaced invoice", &replaced)?;
        let expected = if exists("the invoice", &invoice)? { &*invoice } else { "none" };
        let stored = released.as_deref().unwrap_or("none");
        Break::unless_equal(place, "what is released", (stored, expected))?;
        let before = last.filter(|(of, invoice, ..)| (of, invoice) == (&tenant, &replaced));
        let free = before.as_ref().is_none_or(|(.., is_released)| *is_released);
        let next = before.as_ref().map_or(1, |(_, _, turn, _)| turn + 1);
        Break::unless_equal(place, "the turn", (&turn, &next))?;
        Break::unless_equal(place, "whether the turn before is over", (&free, &true))?;
        last = Some((tenant, replaced, turn, released.is_some()));
    }
    Ok(())
}

/// The tables, indexes and triggers are those that the migrations make: the guards that nothing is
/// rewritten still stand. Tables that somebody else added do no harm; their triggers could.
fn check_schema(connection: &Connection) -> Result<(), VerifyError> {
    let found = objects(connection)?;
    let made = objects(&as_made()?)?;
    for (name, made) in &made {
        let stored = found.get(name).map_or("missing", |found| same(found, made));
        let place = || Place::Schema { name: name.clone() };
        Break::unless_equal(place, "the definition", (stored, AS_MADE))?;
    }
    let stray =
        found.iter().find(|(name, (kind, _))| kind == "trigger" && !made.contains_key(*name));
    match stray {
        None => Ok(()),
        Some((name, _)) => {
            let place = Place::Schema { name: name.clone() };
            Err(Break::new(place, "the trigger", (&"somebody's", &"none")).into())
        }
    }
}

fn same(found: &(String, String), made: &(String, String)) -> &'static str {
    if found == made { AS_MADE } else { "another one" }
}

/// What has a definition of its own: name → (sort, SQL).
fn objects(connection: &Connection) -> Result<BTreeMap<String, (String, String)>, VerifyError> {
    let mut statement = connection.prepare(OBJECTS)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

const AS_MADE: &str = "as it was made";

/// None if the tenant has no such invoice.
pub(super) fn is_refused(
    connection: &Connection,
    tenant: &str,
    invoice: &str,
) -> Result<Option<bool>, LedgerError> {
    let Ok(id) = InvoiceId::parse(invoice) else { return Ok(None) };
    let mut statement = connection.prepare_cached(IS_REFUSED)?;
    let mut rows = statement.query((id.outlet().as_str(), invoice, tenant))?;
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
        authority_code: row.get(11)?,
        note: row.get(12)?,
        payload: row.get(13)?,
    })
}

fn invoice(row: &Row<'_>) -> rusqlite::Result<InvoiceRow> {
    Ok(InvoiceRow {
        outlet: row.get(0)?,
        sequence: count(row, 1)?,
        invoice: row.get(2)?,
        tenant: row.get(3)?,
        series: row.get(4)?,
        range: range(row)?,
        ordinal: row.get(5)?,
        number: row.get(6)?,
        at: row.get(7)?,
        taxpayer: row.get(8)?,
        total: row.get(9)?,
        currency: row.get(10)?,
        regime: row.get(11)?,
        payload_hash: row.get(12)?,
        document_kind: row.get(13)?,
        issued_on: row.get(14)?,
        customer_name: row.get(15)?,
        customer_tax_id: row.get(16)?,
        stage: row.get(17)?,
        submission: row.get(18)?,
        replaces: row.get(19)?,
    })
}

/// What the range of an invoice's number says, where the row names one that exists.
fn range(row: &Row<'_>) -> rusqlite::Result<Option<RangeRow>> {
    let Some(kind) = row.get(20)? else { return Ok(None) };
    let width: u8 = row.get(22)?;
    Ok(Some(RangeRow { kind, prefix: row.get(21)?, width: width.into(), expires_on: row.get(23)? }))
}

fn number(row: &Row<'_>) -> rusqlite::Result<NumberRow> {
    Ok(NumberRow {
        series: row.get(0)?,
        ordinal: row.get(1)?,
        turn: row.get(2)?,
        stage: row.get(3)?,
        free_for: row.get(4)?,
        refusal: row.get(5)?,
        invoice: row.get(6)?,
        held_for: row.get(7)?,
        sequence: count(row, 8)?,
        refused_at: optional_count(row, 9)?,
    })
}

const OUTLETS: &str = "-- verify: outlets
    SELECT tenant, id FROM outlets ORDER BY id";
const STRAY_OUTLETS: &str = "-- verify: outlets that do not exist
    SELECT outlet FROM (SELECT DISTINCT outlet FROM entries UNION SELECT outlet FROM heads
        UNION SELECT DISTINCT outlet FROM invoices UNION SELECT DISTINCT outlet FROM checkpoints
        UNION SELECT DISTINCT outlet FROM log_tiles)
    WHERE outlet NOT IN (SELECT id FROM outlets) ORDER BY outlet LIMIT 1";
const ENTRY: &str = "-- verify: entries
    SELECT outlet, sequence, tenant, invoice, kind, at, statement, hash, key_id, signature,
           elements, authority_code, note, payload
    FROM entries";
const CHAIN: &str = "WHERE outlet = ?1 ORDER BY sequence";
const OPENING: &str = "WHERE outlet = ?1 AND sequence = ?2";
const FOLLOW_UPS: &str = "WHERE outlet = ?1 AND opening = ?2 AND opening < sequence
    ORDER BY sequence";
const HEAD: &str = "-- verify: head
    SELECT sequence, hash, at, frontier, generation, recovered_at FROM heads WHERE outlet = ?1";
const CHECKPOINTS: &str = "-- verify: checkpoints
    SELECT size, tenant, root, key_id, signature FROM checkpoints WHERE outlet = ?1 ORDER BY size";
const LAST_CHECKPOINT: &str = "-- verify: size of the last checkpoint
    SELECT coalesce(max(size), 0) FROM checkpoints WHERE outlet = ?1";
const TILE: &str = "-- verify: tile
    SELECT hash FROM log_tiles WHERE outlet = ?1 AND level = ?2 AND ordinal = ?3";
const COUNT_OF_TILES: &str = "-- verify: count of tiles
    SELECT count(*) FROM log_tiles WHERE outlet = ?1";
const INVOICES: &str = "-- verify: invoices
    SELECT i.outlet, i.sequence, i.invoice, i.tenant, i.series, i.ordinal, i.number, i.at,
           i.taxpayer, i.total, i.currency, i.regime, i.payload_hash, i.document_kind, i.issued_on,
           i.customer_name, i.customer_tax_id, i.stage, s.state,
           (SELECT r.replaced FROM replacements r WHERE r.invoice = i.invoice AND r.released = 0),
           g.kind, g.prefix, g.width, g.expires_on
    FROM invoices i
    LEFT JOIN submissions s ON s.outlet = i.outlet AND s.sequence = i.sequence
    LEFT JOIN ranges g ON g.id = i.range
    WHERE i.outlet = ?1 ORDER BY i.sequence";
const COUNT_OF_INVOICES: &str = "-- verify: count of invoices' entries
    SELECT count(*) FROM entries WHERE outlet = ?1 AND invoice IS NOT NULL";
const ORPHANS: &str = "-- verify: entries without an invoice
    SELECT e.sequence FROM entries e
    LEFT JOIN invoices i ON i.outlet = e.outlet AND i.invoice = e.invoice
    WHERE e.outlet = ?1 AND e.invoice IS NOT NULL
      AND (i.invoice IS NULL OR i.sequence IS NOT e.opening OR e.opening > e.sequence)
    ORDER BY e.sequence LIMIT 1";
const NUMBERS: &str = "-- verify: numbers
    SELECT i.series, i.ordinal, i.turn, i.stage, f.turn,
           CASE WHEN i.stage IN ('refused', 'sealed_refused') THEN
               (SELECT e.elements FROM entries e WHERE e.outlet = i.outlet
                    AND e.opening = i.sequence AND e.opening < e.sequence AND e.kind = 'refused')
           END, i.invoice, f.held_for, i.sequence,
           CASE WHEN i.stage IN ('refused', 'sealed_refused') THEN
               (SELECT e.sequence FROM entries e WHERE e.outlet = i.outlet
                    AND e.opening = i.sequence AND e.opening < e.sequence AND e.kind = 'refused')
           END
    FROM invoices i LEFT JOIN free_numbers f
      ON f.outlet = i.outlet AND f.series = i.series AND f.ordinal = i.ordinal
    WHERE i.outlet = ?1 ORDER BY i.series, i.ordinal, i.turn";
const COUNT_FREE: &str = "-- verify: count of free numbers
    SELECT count(*) FROM free_numbers WHERE outlet = ?1";
const COUNT_SERIES: &str = "-- verify: count of series
    SELECT count(*) FROM series WHERE outlet = ?1";
const SERIES: &str = "-- verify: series
    SELECT last FROM series WHERE outlet = ?1 AND series = ?2";
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
           sum(CASE WHEN released = 1 THEN quantity ELSE 0 END), tenant
    FROM credits GROUP BY tenant, original, line, invoice";
const IS_REFUSED: &str = "-- verify: is refused
    SELECT stage IN ('refused', 'sealed_refused') FROM invoices
    WHERE outlet = ?1 AND invoice = ?2 AND tenant = ?3";
const REPLACEMENTS: &str = "-- verify: replacements
    SELECT c.tenant, c.replaced, c.turn, coalesce(k.invoice, c.invoice),
           CASE WHEN c.released = 1 THEN 'nobody' ELSE r.invoice END
    FROM replacements c
    LEFT JOIN replacements k ON k.tenant = c.tenant AND k.replaced = c.replaced
        AND k.turn = c.turn AND k.released = 0
    LEFT JOIN replacements r ON r.tenant = c.tenant AND r.replaced = c.replaced
        AND r.turn = c.turn AND r.released = 1
    WHERE c.released = 0 OR k.turn IS NULL
    ORDER BY c.tenant, c.replaced, c.turn";
const STRAY_TENANTS: &str = "-- verify: tenants
    SELECT s.outlet, s.tenant FROM (SELECT outlet, tenant FROM heads
        UNION ALL SELECT outlet, tenant FROM series
        UNION ALL SELECT outlet, tenant FROM free_numbers
        UNION ALL SELECT outlet, tenant FROM log_tiles
        UNION ALL SELECT outlet, tenant FROM cosignatures) s
    LEFT JOIN outlets o ON o.id = s.outlet
    WHERE o.tenant IS NOT s.tenant ORDER BY s.outlet LIMIT 1";
const OBJECTS: &str = "-- verify: schema
    SELECT name, type, sql FROM sqlite_schema WHERE sql IS NOT NULL";

/// The caller is told after so many entries: about ten times a second.
const PROGRESS_ENTRIES: u64 = 1_000;
