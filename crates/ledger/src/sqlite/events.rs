//! The events of a batch's entries, for webhooks and the dashboard.

use invoice::{EntryKind, InvoiceId, Json};
use rusqlite::Connection;

use super::rows::integer;
use super::write::tenant;
use crate::batch::{Order, PlannedEntry, Slot, Subject};
use crate::error::LedgerError;

/// One event for every entry of a batch.
pub(super) fn write(connection: &Connection, slots: &[Slot]) -> Result<(), LedgerError> {
    let count = slots.iter().filter_map(Slot::entry).count() as u64;
    if count == 0 {
        return Ok(());
    }
    let mut id = take_event_ids(connection, count)?;
    let mut insert = connection.prepare_cached(INSERT_EVENT)?;
    for slot in slots {
        let Some(entry) = slot.entry() else { continue };
        let (kind, invoice, body) = event(slot, entry);
        insert.execute((
            tenant(&slot.order).as_str(),
            integer(id),
            entry.outlet.as_str(),
            kind,
            invoice.map(InvoiceId::as_str),
            entry.at.micros(),
            body,
        ))?;
        id += 1;
    }
    Ok(())
}

/// The first of `count` new ids of events.
pub(super) fn take_event_ids(connection: &Connection, count: u64) -> Result<u64, LedgerError> {
    let mut statement = connection.prepare_cached(TAKE_EVENT_IDS)?;
    let last: i64 = statement.query_row([integer(count)], |row| row.get(0))?;
    Ok(last.unsigned_abs() - count + 1)
}

/// An event's type, its invoice and its body.
fn event<'a>(slot: &'a Slot, entry: &PlannedEntry) -> (String, Option<&'a InvoiceId>, String) {
    let (kind, invoice, number, total, currency) = match (&slot.order, &entry.subject) {
        (Order::Seal(order, _), Subject::Opening { assigned, .. }) => {
            let (_, prepared) = slot.prepared.as_ref().expect("what is written was prepared");
            let kind = prepared.opening.kind();
            (kind, &order.invoice, &assigned.number, order.total, &order.currency)
        }
        (Order::Append(order, _), Subject::FollowUp { facts, .. }) => {
            (order.kind.kind(), &order.invoice, &facts.number, facts.total, &facts.currency)
        }
        (Order::Clock(..), Subject::Outlet { note, .. }) => {
            let kind = format!("outlet.{}", EntryKind::ClockAccepted.as_str());
            return (kind, None, String::from_utf8_lossy(note).into_owned());
        }
        _ => unreachable!("an order's subject is of its own sort"),
    };
    let member = |key: &str, value: &str| (key.to_owned(), Json::string(value));
    let body = Json::Object(vec![
        member("currency", currency),
        member("invoice", invoice.as_str()),
        member("number", number),
        member("sequence", &entry.sequence.to_string()),
        member("total", &total.to_string()),
    ]);
    let body = String::from_utf8(body.to_canonical_bytes()).expect("canonical JSON is UTF-8");
    (format!("invoice.{}", kind.as_str()), Some(invoice), body)
}

const TAKE_EVENT_IDS: &str = "-- write: event ids
    UPDATE event_counter SET last = last + ?1 WHERE only = 1 RETURNING last";
pub(super) const INSERT_EVENT: &str = "-- write: event
    INSERT INTO events (tenant, id, outlet, kind, invoice, at, body)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
