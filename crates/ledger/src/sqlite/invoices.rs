//! Reads of invoices and entries. Every one takes the tenant and filters by it (invariant 10).

use invoice::{Hash, InvoiceId, OutletId, Quantity, TenantId};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use super::rows::{all, count, foreign, hash, instant, integer, one, optional_word, word};
use super::submissions;
use crate::error::LedgerError;
use crate::limits::PAGE_MAX;
use crate::order::Summary;
use crate::record::{
    Counts, Credited, Cursor, Entry, Head, InvoiceFilter, InvoiceRecord, InvoiceSummary,
};

pub(crate) fn invoice(
    connection: &Connection,
    tenant: &TenantId,
    id: &InvoiceId,
) -> Result<Option<InvoiceRecord>, LedgerError> {
    // One snapshot for the four reads.
    let snapshot = connection.unchecked_transaction()?;
    let outlet = id.outlet();
    let by_id = format!("{SUMMARY} WHERE outlet = ?1 AND invoice = ?2 AND tenant = ?3");
    let named = (outlet.as_str(), id.as_str(), tenant.as_str());
    let Some(invoice) = one(&snapshot, &by_id, named, summary)? else { return Ok(None) };
    let opening = (outlet.as_str(), integer(invoice.sequence), tenant.as_str());
    let by_sequence = format!("{ENTRY} WHERE outlet = ?1 AND sequence = ?2 AND tenant = ?3");
    let mut entries = all(&snapshot, &by_sequence, opening, entry)?;
    entries.extend(all(&snapshot, &format!("{ENTRY} {FOLLOW_UPS}"), opening, entry)?);
    let payload = one(&snapshot, PAYLOAD, opening, |row| row.get(0))?;
    let missing = || LedgerError::Corrupt(format!("{id} has no payload"));
    Ok(Some(InvoiceRecord {
        invoice,
        payload: payload.ok_or_else(missing)?,
        entries,
        submission: submissions::submission(&snapshot, tenant, id)?,
    }))
}

/// Newest first.
pub(crate) fn list(
    connection: &Connection,
    tenant: &TenantId,
    filter: &InvoiceFilter,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Vec<InvoiceSummary>, LedgerError> {
    let mut clauses = Clauses::new(tenant);
    clauses.any("outlet", filter.outlets.iter().map(OutletId::as_str));
    clauses.any("stage", filter.stages.iter().map(|stage| stage.as_str()));
    clauses.equal("document_kind", filter.document_kind.as_deref());
    clauses.equal("customer_tax_id", filter.customer_tax_id.as_deref());
    clauses.equal("number", filter.number.as_deref());
    clauses.push("issued_on >= ?", filter.issued_from.clone());
    clauses.push("issued_on <= ?", filter.issued_to.clone());
    if let Some(after) = after {
        clauses.sql.push_str(" AND (at, outlet, sequence) < (?, ?, ?)");
        clauses.params.push(Value::Integer(after.recorded_at.micros()));
        clauses.params.push(Value::Text(after.outlet.as_str().to_owned()));
        clauses.params.push(Value::Integer(integer(after.sequence)));
    }
    let order = "ORDER BY at DESC, outlet DESC, sequence DESC LIMIT";
    let sql = format!("{SUMMARY} {} {order} {}", clauses.sql, limit.min(PAGE_MAX));
    all(connection, &sql, params_from_iter(clauses.params), summary)
}

/// Newest first: a refused invoice and the one that took its number share it.
pub(crate) fn by_number(
    connection: &Connection,
    tenant: &TenantId,
    number: &str,
) -> Result<Vec<InvoiceSummary>, LedgerError> {
    let sql = format!("{SUMMARY} WHERE tenant = ?1 AND number = ?2 ORDER BY at DESC LIMIT 100");
    all(connection, &sql, (tenant.as_str(), number), summary)
}

/// The one of the same outlet that takes its place now.
pub(crate) fn replacement(
    connection: &Connection,
    tenant: &TenantId,
    refused: &InvoiceId,
) -> Result<Option<InvoiceSummary>, LedgerError> {
    let sql = format!("{SUMMARY} {REPLACEMENT}");
    let outlet = refused.outlet();
    let params = (outlet.as_str(), tenant.as_str(), refused.as_str());
    one(connection, &sql, params, summary)
}

pub(crate) fn by_authority_code(
    connection: &Connection,
    tenant: &TenantId,
    code: &str,
) -> Result<Vec<InvoiceSummary>, LedgerError> {
    let sql = format!("{SUMMARY} {BY_AUTHORITY_CODE}");
    all(connection, &sql, (tenant.as_str(), code), summary)
}

pub(crate) fn invoice_by_key(
    connection: &Connection,
    tenant: &TenantId,
    key: &str,
) -> Result<Option<(InvoiceId, Hash)>, LedgerError> {
    one(connection, BY_KEY, (tenant.as_str(), key), |row| Ok((word(row, 0)?, hash(row, 1)?)))
}

pub(crate) fn credited(
    connection: &Connection,
    tenant: &TenantId,
    original: &InvoiceId,
) -> Result<Vec<Credited>, LedgerError> {
    all(connection, CREDITED, (tenant.as_str(), original.as_str()), |row| {
        let units: i64 = row.get(1)?;
        Ok(Credited { line: row.get(0)?, quantity: Quantity::from_units(units.into()) })
    })
}

/// None for an outlet that the tenant does not have.
pub(crate) fn head(
    connection: &Connection,
    tenant: &TenantId,
    outlet: &OutletId,
) -> Result<Option<Head>, LedgerError> {
    one(connection, HEAD, (outlet.as_str(), tenant.as_str()), |row| {
        match row.get::<_, Option<i64>>(0)? {
            None => Ok(Head::EMPTY),
            Some(_) => Ok(Head {
                sequence: count(row, 0)?,
                hash: hash(row, 1)?,
                at: Some(instant(row, 2)?),
            }),
        }
    })
}

pub(crate) fn entries(
    connection: &Connection,
    tenant: &TenantId,
    outlet: &OutletId,
    after: u64,
    limit: u32,
) -> Result<Vec<Entry>, LedgerError> {
    let sql = format!(
        "{ENTRY} WHERE outlet = ?1 AND tenant = ?2 AND sequence > ?3 ORDER BY sequence LIMIT ?4"
    );
    let params = (outlet.as_str(), tenant.as_str(), integer(after), limit.min(PAGE_MAX));
    all(connection, &sql, params, entry)
}

pub(crate) fn counts(connection: &Connection, tenant: &TenantId) -> Result<Counts, LedgerError> {
    Ok(Counts {
        invoices: all(connection, COUNT_INVOICES, [tenant.as_str()], |row| {
            Ok((word(row, 0)?, count(row, 1)?))
        })?,
        submissions: all(connection, COUNT_SUBMISSIONS, [tenant.as_str()], |row| {
            Ok((word(row, 0)?, count(row, 1)?))
        })?,
    })
}

/// The conditions of a list and what they are compared with.
struct Clauses {
    sql: String,
    params: Vec<Value>,
}

impl Clauses {
    fn new(tenant: &TenantId) -> Self {
        let params = vec![Value::Text(tenant.as_str().to_owned())];
        Self { sql: "WHERE tenant = ?".to_owned(), params }
    }

    fn push(&mut self, clause: &str, value: Option<String>) {
        if let Some(value) = value {
            self.sql.push_str(" AND ");
            self.sql.push_str(clause);
            self.params.push(Value::Text(value));
        }
    }

    fn equal(&mut self, column: &str, value: Option<&str>) {
        self.push(&format!("{column} = ?"), value.map(str::to_owned));
    }

    fn any<'a>(&mut self, column: &str, values: impl ExactSizeIterator<Item = &'a str>) {
        if values.len() > 0 {
            let places = vec!["?"; values.len()].join(", ");
            self.sql.extend([" AND ", column, " IN (", &places, ")"]);
            self.params.extend(values.map(|value| Value::Text(value.to_owned())));
        }
    }
}

fn summary(row: &Row<'_>) -> rusqlite::Result<InvoiceSummary> {
    Ok(InvoiceSummary {
        tenant: word(row, 0)?,
        outlet: word(row, 1)?,
        invoice: word(row, 2)?,
        sequence: count(row, 3)?,
        series: word(row, 4)?,
        sequence_in_series: count(row, 5)?,
        number: row.get(6)?,
        stage: word(row, 7)?,
        total: word(row, 8)?,
        currency: row.get(9)?,
        regime: row.get(10)?,
        summary: Summary {
            document_kind: row.get(11)?,
            issued_on: row.get(12)?,
            customer_name: row.get(13)?,
            customer_tax_id: row.get(14)?,
        },
        recorded_at: instant(row, 15)?,
    })
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let signature: Vec<u8> = row.get(8)?;
    Ok(Entry {
        outlet: word(row, 0)?,
        sequence: count(row, 1)?,
        invoice: optional_word(row, 2)?,
        kind: word(row, 3)?,
        at: instant(row, 4)?,
        statement: row.get(5)?,
        hash: hash(row, 6)?,
        key_id: row.get(7)?,
        signature: signature.try_into().map_err(|_| foreign(8, "not 64 bytes"))?,
        elements: row.get(9)?,
        authority_code: row.get(10)?,
        note: row.get(11)?,
    })
}

const SUMMARY: &str = "-- invoices: read
    SELECT tenant, outlet, invoice, sequence, series, ordinal, number, stage, total, currency,
           regime, document_kind, issued_on, customer_name, customer_tax_id, at
    FROM invoices";
const ENTRY: &str = "-- entries: read
    SELECT outlet, sequence, invoice, kind, at, statement, hash, key_id, signature, elements,
           authority_code, note
    FROM entries";
const FOLLOW_UPS: &str = "WHERE outlet = ?1 AND opening = ?2 AND tenant = ?3
    AND opening < sequence ORDER BY sequence";
const PAYLOAD: &str = "-- entries: payload
    SELECT payload FROM entries WHERE outlet = ?1 AND sequence = ?2 AND tenant = ?3
    AND payload IS NOT NULL";
/// One code stands in one invoice's entries; more than a hundred would be somebody's joke.
const BY_AUTHORITY_CODE: &str = "WHERE tenant = ?1 AND (outlet, invoice) IN (
        SELECT outlet, invoice FROM entries
        WHERE tenant = ?1 AND authority_code = ?2 AND authority_code IS NOT NULL
        AND kind IN ('sealed', 'acknowledged'))
    ORDER BY at DESC LIMIT 100";
/// Its last turn, unless the invoice whose turn it was is refused too.
const REPLACEMENT: &str = "WHERE outlet = ?1 AND tenant = ?2 AND invoice = (
        SELECT CASE WHEN r.released = 0 THEN r.invoice END FROM replacements r
        WHERE r.tenant = ?2 AND r.replaced = ?3 ORDER BY r.turn DESC, r.released DESC LIMIT 1)";
const BY_KEY: &str = "-- invoices: by idempotency key
    SELECT invoice, body_hash FROM idempotency WHERE tenant = ?1 AND key = ?2";
const CREDITED: &str = "-- invoices: credited
    SELECT line, sum(quantity) FROM credits WHERE tenant = ?1 AND original = ?2
    GROUP BY line ORDER BY line";
const HEAD: &str = "-- invoices: head
    SELECT h.sequence, h.hash, h.at FROM outlets o LEFT JOIN heads h ON h.outlet = o.id
    WHERE o.id = ?1 AND o.tenant = ?2";
const COUNT_INVOICES: &str = "-- invoices: count
    SELECT stage, count(*) FROM invoices WHERE tenant = ?1 GROUP BY stage ORDER BY stage";
const COUNT_SUBMISSIONS: &str = "-- submissions: count
    SELECT state, count(*) FROM submissions WHERE tenant = ?1 GROUP BY state ORDER BY state";
