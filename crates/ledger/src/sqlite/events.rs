//! Events, for webhooks and the dashboard: of every entry, and of alerts.
//!
//! The event of an entry is written as its place in the chain alone, and told from the entry when
//! it is read: a seal writes few bytes twice.

use invoice::{EntryKind, InvoiceId, Json, TenantId};
use rusqlite::{Connection, Row};

use super::rows::{all, count, instant, integer, optional_word, word};
use crate::batch::{PlannedEntry, Slot};
use crate::error::LedgerError;
use crate::limits::PAGE_MAX;
use crate::record::{Alert, Event};

/// One event for every entry of a batch.
pub(super) fn write(connection: &Connection, slots: &[Slot]) -> Result<(), LedgerError> {
    let entries = || slots.iter().filter_map(|slot| Some((slot, slot.entry()?)));
    let count = entries().count() as u64;
    if count == 0 {
        return Ok(());
    }
    let first = take_event_ids(connection, count)?;
    let mut insert = connection.prepare_cached(INSERT_EVENT)?;
    for (id, (slot, entry)) in (first..).zip(entries()) {
        let PlannedEntry { outlet, sequence, .. } = entry;
        let tenant = slot.order.tenant().as_str();
        insert.execute((tenant, integer(id), outlet.as_str(), integer(*sequence)))?;
    }
    Ok(())
}

/// The event of an alert.
pub(super) fn write_alert(connection: &Connection, alert: &Alert) -> Result<(), LedgerError> {
    let id = integer(take_event_ids(connection, 1)?);
    let outlet = alert.outlet.as_ref().map(invoice::OutletId::as_str);
    let row = (alert.tenant.as_str(), id, outlet, &alert.kind, alert.at.micros(), &alert.body);
    connection.prepare_cached(INSERT_ALERT_EVENT)?.execute(row)?;
    Ok(())
}

/// The first of `count` new ids of events.
fn take_event_ids(connection: &Connection, count: u64) -> Result<u64, LedgerError> {
    let mut statement = connection.prepare_cached(TAKE_EVENT_IDS)?;
    let last: i64 = statement.query_row([integer(count)], |row| row.get(0))?;
    Ok(last.unsigned_abs() - count + 1)
}

/// In the order of commits, after the event `after`.
pub(crate) fn events(
    connection: &Connection,
    tenant: &TenantId,
    after: u64,
    limit: u32,
) -> Result<Vec<Event>, LedgerError> {
    let params = (tenant.as_str(), integer(after), limit.min(PAGE_MAX));
    all(connection, EVENTS, params, read)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Event> {
    let outlet = optional_word(row, 2)?;
    let invoice: Option<InvoiceId> = optional_word(row, 4)?;
    let kind = match row.get(3)? {
        Some(kind) => kind,
        None => kind_of_entry(word(row, 6)?, invoice.is_some()),
    };
    let body = match row.get(7)? {
        Some(body) => body,
        None => body_of_entry(row, invoice.as_ref())?,
    };
    let at = instant(row, 5)?;
    Ok(Event { id: count(row, 0)?, tenant: word(row, 1)?, outlet, kind, invoice, at, body })
}

fn kind_of_entry(kind: EntryKind, of_invoice: bool) -> String {
    format!("{}.{}", if of_invoice { "invoice" } else { "outlet" }, kind.as_str())
}

/// What the entry tells: of an invoice its number and total, of an outlet the operator's words.
fn body_of_entry(row: &Row<'_>, invoice: Option<&InvoiceId>) -> rusqlite::Result<String> {
    let Some(invoice) = invoice else {
        let note: Vec<u8> = row.get(8)?;
        return Ok(String::from_utf8_lossy(&note).into_owned());
    };
    let member = |key: &str, value: String| (key.to_owned(), Json::String(value));
    let body = Json::Object(vec![
        member("currency", row.get(12)?),
        member("invoice", invoice.as_str().to_owned()),
        member("number", row.get(10)?),
        member("sequence", row.get::<_, i64>(9)?.to_string()),
        member("total", row.get(11)?),
    ]);
    Ok(body.to_text())
}

const TAKE_EVENT_IDS: &str = "-- write: event ids
    UPDATE event_counter SET last = last + ?1 WHERE only = 1 RETURNING last";
const INSERT_EVENT: &str = "-- write: event
    INSERT INTO events (tenant, id, outlet, sequence) VALUES (?1, ?2, ?3, ?4)";
const INSERT_ALERT_EVENT: &str = "-- write: event of an alert
    INSERT INTO events (tenant, id, outlet, kind, at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const EVENTS: &str = "-- events: after one
    SELECT v.id, v.tenant, v.outlet, v.kind, e.invoice, coalesce(v.at, e.at), e.kind, v.body, e.note,
           e.sequence, i.number, i.total, i.currency
    FROM events v
    LEFT JOIN entries e ON e.outlet = v.outlet AND e.sequence = v.sequence
    LEFT JOIN invoices i ON i.outlet = e.outlet AND i.sequence = e.opening
    WHERE v.tenant = ?1 AND v.id > ?2 ORDER BY v.id LIMIT ?3";
