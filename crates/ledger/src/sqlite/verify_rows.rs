//! The rows of a chain, a page at a time.

use proof::TileRoot;
use rusqlite::{Connection, Row};

use super::rows::{all, count, integer, one};
use crate::error::LedgerError;
use crate::verify::{
    CheckpointRow, EntryRow, FollowUp, HeadRow, InvoiceRow, Page, PageStart, RangeRow, StoredEnd,
};

/// The next entries of an outlet, and what hangs on them.
pub(super) fn page(snapshot: &Connection, start: &PageStart) -> Result<Page, LedgerError> {
    let (entries, is_last) = entries(snapshot, start)?;
    let end = match entries.last() {
        Some(last) if !is_last => integer(last.sequence),
        // What follows the last entry is shown, too: it has no place there.
        _ => i64::MAX,
    };
    let run = (start.outlet.as_str(), integer(start.after), end);
    Ok(Page {
        checkpoints: all(snapshot, CHECKPOINTS, run, checkpoint)?,
        invoices: all(snapshot, INVOICES, run, invoice)?,
        follow_ups: all(snapshot, FOLLOW_UPS, run, |row| {
            Ok(FollowUp { opening: count(row, 14)?, entry: entry(row)? })
        })?,
        entries,
        is_last,
    })
}

/// So many that they fill a page, and whether there are no more.
fn entries(snapshot: &Connection, start: &PageStart) -> Result<(Vec<EntryRow>, bool), LedgerError> {
    let mut statement = snapshot.prepare_cached(ENTRIES)?;
    let mut rows = statement.query((&start.outlet, integer(start.after)))?;
    let (mut entries, mut bytes) = (Vec::with_capacity(ENTRIES_AT_ONCE), 0);
    while entries.len() < ENTRIES_AT_ONCE && bytes < BYTES_AT_ONCE {
        let Some(row) = rows.next()? else { return Ok((entries, true)) };
        let entry = entry(row)?;
        bytes += entry.bytes();
        entries.push(entry);
    }
    Ok((entries, false))
}

pub(super) fn stored_tile(
    snapshot: &Connection,
    outlet: &str,
    root: TileRoot,
) -> Result<Option<Vec<u8>>, LedgerError> {
    one(snapshot, TILE, (outlet, root.level, integer(root.ordinal)), |row| row.get(0))
}

/// How an outlet's chain ends; the first entry without an invoice's row, where there are such.
pub(super) fn stored_end(
    snapshot: &Connection,
    outlet: &str,
    has_orphans: bool,
) -> Result<StoredEnd, LedgerError> {
    let head = one(snapshot, HEAD, [outlet], |row| {
        let (sequence, hash) = (count(row, 0)?, row.get(1)?);
        let (at, frontier) = (row.get(2)?, row.get(3)?);
        let (generation, since) = (row.get(4)?, row.get(5)?);
        Ok(HeadRow { sequence, hash, at, frontier, generation, since })
    })?;
    let counted = |sql: &str| one(snapshot, sql, [outlet], |row| count(row, 0));
    Ok(StoredEnd {
        head,
        last_checkpoint: counted(LAST_CHECKPOINT)?.unwrap_or(0),
        tiles: counted(COUNT_OF_TILES)?.unwrap_or(0),
        orphan: if has_orphans { counted(ORPHANS)? } else { None },
        keys: all(snapshot, KEYS, [outlet], |row| row.get(0))?.into_iter().collect(),
    })
}

fn checkpoint(row: &Row<'_>) -> rusqlite::Result<CheckpointRow> {
    Ok(CheckpointRow {
        size: count(row, 0)?,
        tenant: row.get(1)?,
        root: row.get(2)?,
        key_id: row.get(3)?,
        signature: row.get(4)?,
    })
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
        credits: row.get(20)?,
    })
}

/// What the range of an invoice's number says, where the row names one that exists.
fn range(row: &Row<'_>) -> rusqlite::Result<Option<RangeRow>> {
    let Some(kind) = row.get(21)? else { return Ok(None) };
    let width: u8 = row.get(23)?;
    Ok(Some(RangeRow { kind, prefix: row.get(22)?, width: width.into(), expires_on: row.get(24)? }))
}

/// Entries of one page: so many that asking for them costs little, so few that all cores have work
/// before the first page is whole.
const ENTRIES_AT_ONCE: usize = 256;
/// An entry has up to three megabytes of payload and elements, and some kilobytes as a rule.
const BYTES_AT_ONCE: usize = 4 * 1024 * 1024;

const ENTRIES: &str = "-- verify: entries
    SELECT outlet, sequence, tenant, invoice, kind, at, statement, hash, key_id, signature,
           elements, authority_code, note, payload
    FROM entries WHERE outlet = ?1 AND sequence > ?2 ORDER BY sequence";
const FOLLOW_UPS: &str = "-- verify: later entries of invoices
    SELECT outlet, sequence, tenant, invoice, kind, at, statement, hash, key_id, signature,
           elements, authority_code, note, payload, opening
    FROM entries WHERE outlet = ?1 AND opening > ?2 AND opening <= ?3 AND opening < sequence
    ORDER BY opening, sequence";
const CHECKPOINTS: &str = "-- verify: checkpoints
    SELECT size, tenant, root, key_id, signature FROM checkpoints
    WHERE outlet = ?1 AND size > ?2 AND size <= ?3 ORDER BY size";
const INVOICES: &str = "-- verify: invoices
    SELECT i.outlet, i.sequence, i.invoice, i.tenant, i.series, i.ordinal, i.number, i.at,
           i.taxpayer, i.total, i.currency, i.regime, i.payload_hash, i.document_kind, i.issued_on,
           i.customer_name, i.customer_tax_id, i.stage, s.state,
           (SELECT r.replaced FROM replacements r WHERE r.invoice = i.invoice AND r.released = 0),
           (SELECT group_concat(DISTINCT c.original) FROM credits c
            WHERE c.invoice = i.invoice AND c.released = 0),
           g.kind, g.prefix, g.width, g.expires_on
    FROM invoices i
    LEFT JOIN submissions s ON s.outlet = i.outlet AND s.sequence = i.sequence
    LEFT JOIN ranges g ON g.id = i.range
    WHERE i.outlet = ?1 AND i.sequence > ?2 AND i.sequence <= ?3 ORDER BY i.sequence";
const TILE: &str = "-- verify: tile
    SELECT hash FROM log_tiles WHERE outlet = ?1 AND level = ?2 AND ordinal = ?3";
const HEAD: &str = "-- verify: head
    SELECT sequence, hash, at, frontier, generation, recovered_at FROM heads WHERE outlet = ?1";
const LAST_CHECKPOINT: &str = "-- verify: size of the last checkpoint
    SELECT coalesce(max(size), 0) FROM checkpoints WHERE outlet = ?1";
const COUNT_OF_TILES: &str = "-- verify: count of tiles
    SELECT count(*) FROM log_tiles WHERE outlet = ?1";
const KEYS: &str = "-- verify: keys of the outlet
    SELECT k.key_id FROM outlet_keys k JOIN outlets o ON o.tenant = k.tenant AND o.id = k.outlet
    JOIN keys p ON p.key_id = k.key_id
    WHERE k.outlet = ?1";
const ORPHANS: &str = "-- verify: entries without an invoice
    SELECT e.sequence FROM entries e
    LEFT JOIN invoices i ON i.outlet = e.outlet AND i.invoice = e.invoice
    WHERE e.outlet = ?1 AND e.invoice IS NOT NULL
      AND (i.invoice IS NULL OR i.sequence IS NOT e.opening OR e.opening > e.sequence)
    ORDER BY e.sequence LIMIT 1";
