//! Events, for webhooks and the dashboard: of every entry, and of alerts.
//!
//! The event of an entry is written as its place in the chain alone, and told from the entry when
//! it is read. Each tenant has its own counter: its row stays locked from the taking of ids until
//! the commit, so that ids become visible in their order and whoever reads after one misses none.
//! So take them last in a transaction.

use deadpool_postgres::GenericClient;
use invoice::{EntryKind, InvoiceId, Json, OutletId, TenantId};
use tokio_postgres::Row;

use super::rows::{Params, all, count, execute, get, instant, optional_word, word};
use crate::error::LedgerError;
use crate::limits::PAGE_MAX;
use crate::record::{Alert, Event};

/// The event of an alert.
pub(super) async fn write_alert(
    client: &impl GenericClient,
    alert: &Alert,
) -> Result<(), LedgerError> {
    let outlet = alert.outlet.as_ref().map(OutletId::as_str);
    let row: Params =
        &[&alert.tenant.as_str(), &outlet, &alert.kind, &alert.at.micros(), &alert.body];
    execute(client, INSERT_ALERT_EVENT, row).await?;
    Ok(())
}

/// In the order of commits, after the event `after`.
pub(crate) async fn events(
    client: &impl GenericClient,
    tenant: &TenantId,
    after: u64,
    limit: u32,
) -> Result<Vec<Event>, LedgerError> {
    let limit = i64::from(limit.min(PAGE_MAX));
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    all(client, EVENTS, &[&tenant.as_str(), &after, &limit], read).await
}

fn read(row: &Row) -> Result<Event, LedgerError> {
    let outlet = optional_word(row, 2)?;
    let invoice: Option<InvoiceId> = optional_word(row, 4)?;
    let kind = match get(row, 3)? {
        Some(kind) => kind,
        None => kind_of_entry(word(row, 6)?, invoice.is_some()),
    };
    let body = match get(row, 7)? {
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
fn body_of_entry(row: &Row, invoice: Option<&InvoiceId>) -> Result<String, LedgerError> {
    let Some(invoice) = invoice else {
        let note: &[u8] = get(row, 8)?;
        return Ok(String::from_utf8_lossy(note).into_owned());
    };
    let member = |key: &str, value: String| (key.to_owned(), Json::String(value));
    let body = Json::Object(vec![
        member("currency", get(row, 12)?),
        member("invoice", invoice.as_str().to_owned()),
        member("number", get(row, 10)?),
        member("sequence", get::<i64>(row, 9)?.to_string()),
        member("total", get(row, 11)?),
    ]);
    Ok(body.to_text())
}

const INSERT_ALERT_EVENT: &str = "-- write: event of an alert
    WITH taken AS (
        INSERT INTO event_counters AS c (tenant, last) VALUES ($1, 1)
        ON CONFLICT (tenant) DO UPDATE SET last = c.last + 1
        RETURNING c.last
    )
    INSERT INTO events (tenant, id, outlet, kind, at, body)
    SELECT $1, taken.last, $2, $3, $4, $5 FROM taken";
const EVENTS: &str = "-- events: after one
    SELECT v.id, v.tenant, v.outlet, v.kind, e.invoice, coalesce(v.at, e.at), e.kind, v.body, e.note,
           e.sequence, i.number, i.total, i.currency
    FROM events v
    LEFT JOIN entries e ON e.outlet = v.outlet AND e.sequence = v.sequence
    LEFT JOIN invoices i ON i.outlet = e.outlet AND i.sequence = e.opening
    WHERE v.tenant = $1 AND v.id > $2 ORDER BY v.id LIMIT $3";
