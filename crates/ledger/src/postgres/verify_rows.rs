//! The rows of a chain, a page at a time.

use deadpool_postgres::Transaction;
use proof::TileRoot;
use tokio_postgres::Row;

use super::rows::{Params, all, count, get, one};
use crate::error::LedgerError;
use crate::verify::{
    CheckpointRow, EntryRow, FollowUp, HeadRow, InvoiceRow, Page, PageStart, RangeRow, StoredEnd,
};
use crate::word::integer;

/// The next entries of an outlet, and what hangs on them: two round trips.
pub(super) async fn page(
    snapshot: &Transaction<'_>,
    PageStart { outlet, after, .. }: &PageStart,
) -> Result<Page, LedgerError> {
    let after = integer(*after);
    let entries = all(snapshot, ENTRIES, &[outlet, &after, &ENTRIES_AT_ONCE], entry).await?;
    let is_last = i64::try_from(entries.len()) != Ok(ENTRIES_AT_ONCE);
    let end = match entries.last() {
        Some(last) if !is_last => integer(last.sequence),
        // What follows the last entry is shown, too: it has no place there.
        _ => i64::MAX,
    };
    let run: Params = &[outlet, &after, &end];
    let later = |row: &Row| Ok(FollowUp { opening: count(row, 14)?, entry: entry(row)? });
    let (checkpoints, invoices, follow_ups) = tokio::try_join!(
        all(snapshot, CHECKPOINTS, run, checkpoint),
        all(snapshot, INVOICES, run, invoice),
        all(snapshot, FOLLOW_UPS, run, later),
    )?;
    Ok(Page { entries, checkpoints, invoices, follow_ups, is_last })
}

pub(super) async fn stored_tile(
    snapshot: &Transaction<'_>,
    outlet: &str,
    root: TileRoot,
) -> Result<Option<Vec<u8>>, LedgerError> {
    let of: Params = &[&outlet, &i64::from(root.level), &integer(root.ordinal)];
    one(snapshot, TILE, of, |row| get(row, 0)).await
}

/// How an outlet's chain ends; the first entry without an invoice's row, where there are such.
pub(super) async fn stored_end(
    snapshot: &Transaction<'_>,
    outlet: &str,
    has_orphans: bool,
) -> Result<StoredEnd, LedgerError> {
    let read = |row: &Row| {
        let (sequence, hash) = (count(row, 0)?, get(row, 1)?);
        let (at, frontier) = (get(row, 2)?, get(row, 3)?);
        let (generation, since) = (get(row, 4)?, get(row, 5)?);
        Ok(HeadRow { sequence, hash, at, frontier, generation, since })
    };
    let counted = async |sql| one(snapshot, sql, &[&outlet], |row| count(row, 0)).await;
    let keys = all(snapshot, KEYS, &[&outlet], |row| get(row, 0)).await?;
    Ok(StoredEnd {
        head: one(snapshot, HEAD, &[&outlet], read).await?,
        last_checkpoint: counted(LAST_CHECKPOINT).await?.unwrap_or(0),
        tiles: counted(COUNT_OF_TILES).await?.unwrap_or(0),
        orphan: if has_orphans { counted(ORPHANS).await? } else { None },
        keys: keys.into_iter().collect(),
    })
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
        credits: get(row, 20)?,
    })
}

/// What the range of an invoice's number says, where the row names one that exists.
fn range(row: &Row) -> Result<Option<RangeRow>, LedgerError> {
    let Some(kind) = get(row, 21)? else { return Ok(None) };
    let width = usize::try_from(get::<i64>(row, 23)?).unwrap_or(0);
    Ok(Some(RangeRow { kind, prefix: get(row, 22)?, width, expires_on: get(row, 24)? }))
}

/// Entries of one page. An entry has up to three megabytes of payload and elements, and some
/// kilobytes as a rule; two round trips for so many cost a fiftieth of their checks.
const ENTRIES_AT_ONCE: i64 = 128;

const ENTRIES: &str = "-- verify: entries
    SELECT outlet, sequence, tenant, invoice, kind, at, statement, hash, key_id, signature,
           elements, authority_code, note, payload
    FROM entries WHERE outlet = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";
const FOLLOW_UPS: &str = "-- verify: later entries of invoices
    SELECT outlet, sequence, tenant, invoice, kind, at, statement, hash, key_id, signature,
           elements, authority_code, note, payload, opening
    FROM entries WHERE outlet = $1 AND opening > $2 AND opening <= $3 AND opening < sequence
    ORDER BY opening, sequence";
const CHECKPOINTS: &str = "-- verify: checkpoints
    SELECT size, tenant, root, key_id, signature FROM checkpoints
    WHERE outlet = $1 AND size > $2 AND size <= $3 ORDER BY size";
const INVOICES: &str = "-- verify: invoices
    SELECT i.outlet, i.sequence, i.invoice, i.tenant, i.series, i.ordinal, i.number, i.at,
           i.taxpayer, i.total, i.currency, i.regime, i.payload_hash, i.document_kind, i.issued_on,
           i.customer_name, i.customer_tax_id, i.stage, s.state,
           (SELECT r.replaced FROM replacements r WHERE r.invoice = i.invoice AND NOT r.released),
           (SELECT string_agg(DISTINCT c.original, ',') FROM credits c
            WHERE c.invoice = i.invoice AND NOT c.released),
           g.kind, g.prefix, g.width, g.expires_on
    FROM invoices i
    LEFT JOIN submissions s ON s.outlet = i.outlet AND s.sequence = i.sequence
    LEFT JOIN ranges g ON g.id = i.range
    WHERE i.outlet = $1 AND i.sequence > $2 AND i.sequence <= $3 ORDER BY i.sequence";
const TILE: &str = "-- verify: tile
    SELECT hash FROM log_tiles WHERE outlet = $1 AND level = $2 AND ordinal = $3";
/// A head is born with its outlet, and is none before the first entry.
const HEAD: &str = "-- verify: head
    SELECT sequence, hash, coalesce(at, 0), frontier, generation, recovered_at FROM heads
    WHERE outlet = $1 AND (sequence, hash) <> (0, decode(repeat('00', 32), 'hex'))";
const LAST_CHECKPOINT: &str = "-- verify: size of the last checkpoint
    SELECT coalesce(max(size), 0) FROM checkpoints WHERE outlet = $1";
const COUNT_OF_TILES: &str = "-- verify: count of tiles
    SELECT count(*) FROM log_tiles WHERE outlet = $1";
const KEYS: &str = "-- verify: keys of the outlet
    SELECT k.key_id FROM outlet_keys k JOIN outlets o ON o.tenant = k.tenant AND o.id = k.outlet
    JOIN keys p ON p.key_id = k.key_id
    WHERE k.outlet = $1";
const ORPHANS: &str = "-- verify: entries without an invoice
    SELECT e.sequence FROM entries e
    LEFT JOIN invoices i ON i.outlet = e.outlet AND i.invoice = e.invoice
    WHERE e.outlet = $1 AND e.invoice IS NOT NULL
      AND (i.invoice IS NULL OR i.sequence IS DISTINCT FROM e.opening OR e.opening > e.sequence)
    ORDER BY e.sequence LIMIT 1";
