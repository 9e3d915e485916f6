//! Reads of invoices and entries. Every one takes the tenant and filters by it (invariant 10).

use deadpool_postgres::GenericClient;
use invoice::{Hash, InvoiceId, OutletId, Quantity, TenantId};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::rows::{Params, all, count, foreign, get, hash, instant, one, optional_word, word};
use super::submissions;
use crate::error::LedgerError;
use crate::limits::PAGE_MAX;
use crate::order::Summary;
use crate::record::{
    Counts, Credited, Cursor, Entry, Head, InvoiceFilter, InvoiceRecord, InvoiceSummary,
};
use crate::word::integer;

/// In one snapshot, which the transaction of a read has.
pub(crate) async fn invoice(
    client: &impl GenericClient,
    tenant: &TenantId,
    id: &InvoiceId,
) -> Result<Option<InvoiceRecord>, LedgerError> {
    let outlet = id.outlet();
    let by_id = format!("{SUMMARY} WHERE outlet = $1 AND invoice = $2 AND tenant = $3");
    let named: Params = &[&outlet.as_str(), &id.as_str(), &tenant.as_str()];
    let Some(invoice) = one(client, &by_id, named, summary).await? else { return Ok(None) };
    let sequence = integer(invoice.sequence);
    let opening: Params = &[&outlet.as_str(), &sequence, &tenant.as_str()];
    let of_invoice = format!("{ENTRY} {OF_INVOICE}");
    let (entries, payload, submission) = tokio::join!(
        all(client, &of_invoice, opening, entry),
        one(client, PAYLOAD, opening, |row| get(row, 0)),
        submissions::submission(client, tenant, id),
    );
    let missing = || LedgerError::Corrupt(format!("{id} has no payload"));
    Ok(Some(InvoiceRecord {
        invoice,
        payload: payload?.ok_or_else(missing)?,
        entries: entries?,
        submission: submission?,
    }))
}

/// Newest first.
pub(crate) async fn list(
    client: &impl GenericClient,
    tenant: &TenantId,
    filter: &InvoiceFilter,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Vec<InvoiceSummary>, LedgerError> {
    let mut clauses = Clauses::new(tenant);
    clauses.any("outlet", filter.outlets.iter().map(OutletId::as_str));
    clauses.any("stage", filter.stages.iter().map(|stage| stage.as_str()));
    clauses.compare("document_kind =", filter.document_kind.as_deref());
    clauses.compare("customer_tax_id =", filter.customer_tax_id.as_deref());
    clauses.compare("number =", filter.number.as_deref());
    clauses.compare("issued_on >=", filter.issued_from.as_deref());
    clauses.compare("issued_on <=", filter.issued_to.as_deref());
    if let Some(after) = after {
        clauses.after(after);
    }
    let order = "ORDER BY at DESC, outlet DESC, sequence DESC LIMIT";
    let sql = format!("{SUMMARY} {} {order} {}", clauses.sql, limit.min(PAGE_MAX));
    let params: Vec<&(dyn ToSql + Sync)> =
        clauses.params.iter().map(|param| &**param as &(dyn ToSql + Sync)).collect();
    all(client, &sql, &params, summary).await
}

/// Newest first: a refused invoice and the one that took its number share it.
pub(crate) async fn by_number(
    client: &impl GenericClient,
    tenant: &TenantId,
    number: &str,
) -> Result<Vec<InvoiceSummary>, LedgerError> {
    let sql = format!("{SUMMARY} WHERE tenant = $1 AND number = $2 ORDER BY at DESC LIMIT 100");
    all(client, &sql, &[&tenant.as_str(), &number], summary).await
}

/// The one of the same outlet that takes its place now.
pub(crate) async fn replacement(
    client: &impl GenericClient,
    tenant: &TenantId,
    refused: &InvoiceId,
) -> Result<Option<InvoiceSummary>, LedgerError> {
    let sql = format!("{SUMMARY} {REPLACEMENT}");
    let outlet = refused.outlet();
    one(client, &sql, &[&outlet.as_str(), &tenant.as_str(), &refused.as_str()], summary).await
}

pub(crate) async fn by_authority_code(
    client: &impl GenericClient,
    tenant: &TenantId,
    code: &str,
) -> Result<Vec<InvoiceSummary>, LedgerError> {
    let sql = format!("{SUMMARY} {BY_AUTHORITY_CODE}");
    all(client, &sql, &[&tenant.as_str(), &code], summary).await
}

pub(crate) async fn invoice_by_key(
    client: &impl GenericClient,
    tenant: &TenantId,
    key: &str,
) -> Result<Option<(InvoiceId, Hash)>, LedgerError> {
    let read = |row: &Row| Ok((word(row, 0)?, hash(row, 1)?));
    one(client, BY_KEY, &[&tenant.as_str(), &key], read).await
}

pub(crate) async fn credited(
    client: &impl GenericClient,
    tenant: &TenantId,
    original: &InvoiceId,
) -> Result<Vec<Credited>, LedgerError> {
    all(client, CREDITED, &[&tenant.as_str(), &original.as_str()], |row| {
        let line = u32::try_from(get::<i64>(row, 0)?).map_err(|_| foreign("not a line"))?;
        let units: i64 = get(row, 1)?;
        Ok(Credited { line, quantity: Quantity::from_units(units.into()) })
    })
    .await
}

/// None for an outlet that the tenant does not have.
pub(crate) async fn head(
    client: &impl GenericClient,
    tenant: &TenantId,
    outlet: &OutletId,
) -> Result<Option<Head>, LedgerError> {
    one(client, HEAD, &[&outlet.as_str(), &tenant.as_str()], |row| {
        if count(row, 0)? == 0 {
            return Ok(Head::EMPTY);
        }
        Ok(Head { sequence: count(row, 0)?, hash: hash(row, 1)?, at: Some(instant(row, 2)?) })
    })
    .await
}

pub(crate) async fn entries(
    client: &impl GenericClient,
    tenant: &TenantId,
    outlet: &OutletId,
    after: u64,
    limit: u32,
) -> Result<Vec<Entry>, LedgerError> {
    let sql = format!(
        "{ENTRY} WHERE outlet = $1 AND tenant = $2 AND sequence > $3 ORDER BY sequence LIMIT $4"
    );
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let limit = i64::from(limit.min(PAGE_MAX));
    all(client, &sql, &[&outlet.as_str(), &tenant.as_str(), &after, &limit], entry).await
}

pub(crate) async fn counts(
    client: &impl GenericClient,
    tenant: &TenantId,
) -> Result<Counts, LedgerError> {
    let tenant: Params = &[&tenant.as_str()];
    Ok(Counts {
        invoices: all(client, COUNT_INVOICES, tenant, |row| Ok((word(row, 0)?, count(row, 1)?)))
            .await?,
        submissions: all(client, COUNT_SUBMISSIONS, tenant, |row| {
            Ok((word(row, 0)?, count(row, 1)?))
        })
        .await?,
    })
}

/// The conditions of a list and what they are compared with.
struct Clauses {
    sql: String,
    params: Vec<Box<dyn ToSql + Sync + Send>>,
}

impl Clauses {
    fn new(tenant: &TenantId) -> Self {
        let tenant = tenant.as_str().to_owned();
        Self { sql: "WHERE tenant = $1".to_owned(), params: vec![Box::new(tenant)] }
    }

    /// Keeps a value and returns its place in the statement.
    fn place(&mut self, value: impl ToSql + Sync + Send + 'static) -> String {
        self.params.push(Box::new(value));
        format!("${}", self.params.len())
    }

    fn compare(&mut self, with: &str, value: Option<&str>) {
        if let Some(value) = value {
            let place = self.place(value.to_owned());
            self.sql.extend([" AND ", with, " ", &place]);
        }
    }

    fn any<'a>(&mut self, column: &str, values: impl ExactSizeIterator<Item = &'a str>) {
        if values.len() > 0 {
            let place = self.place(values.map(str::to_owned).collect::<Vec<_>>());
            self.sql.extend([" AND ", column, " = ANY (", &place, ")"]);
        }
    }

    fn after(&mut self, after: &Cursor) {
        let at = self.place(after.recorded_at.micros());
        let outlet = self.place(after.outlet.as_str().to_owned());
        let sequence = self.place(integer(after.sequence));
        let row = format!(" AND (at, outlet, sequence) < ({at}, {outlet}, {sequence})");
        self.sql.push_str(&row);
    }
}

fn summary(row: &Row) -> Result<InvoiceSummary, LedgerError> {
    Ok(InvoiceSummary {
        tenant: word(row, 0)?,
        outlet: word(row, 1)?,
        invoice: word(row, 2)?,
        sequence: count(row, 3)?,
        series: word(row, 4)?,
        sequence_in_series: count(row, 5)?,
        number: get(row, 6)?,
        stage: word(row, 7)?,
        total: word(row, 8)?,
        currency: get(row, 9)?,
        regime: get(row, 10)?,
        summary: Summary {
            document_kind: get(row, 11)?,
            issued_on: get(row, 12)?,
            customer_name: get(row, 13)?,
            customer_tax_id: get(row, 14)?,
        },
        recorded_at: instant(row, 15)?,
    })
}

fn entry(row: &Row) -> Result<Entry, LedgerError> {
    let signature: &[u8] = get(row, 8)?;
    Ok(Entry {
        outlet: word(row, 0)?,
        sequence: count(row, 1)?,
        invoice: optional_word(row, 2)?,
        kind: word(row, 3)?,
        at: instant(row, 4)?,
        statement: get(row, 5)?,
        hash: hash(row, 6)?,
        key_id: get(row, 7)?,
        signature: signature.try_into().map_err(|_| foreign("not 64 bytes"))?,
        elements: get(row, 9)?,
        authority_code: get(row, 10)?,
        note: get(row, 11)?,
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
/// The first entry by the primary key, the others by their own index.
const OF_INVOICE: &str = "WHERE outlet = $1 AND sequence = $2 AND tenant = $3
    UNION ALL
    SELECT outlet, sequence, invoice, kind, at, statement, hash, key_id, signature, elements,
           authority_code, note
    FROM entries WHERE outlet = $1 AND opening = $2 AND opening < sequence AND tenant = $3
    ORDER BY sequence";
const PAYLOAD: &str = "-- entries: payload
    SELECT payload FROM entries WHERE outlet = $1 AND sequence = $2 AND tenant = $3
    AND payload IS NOT NULL";
/// One code stands in one invoice's entries; more than a hundred would be somebody's joke.
const BY_AUTHORITY_CODE: &str = "WHERE tenant = $1 AND (outlet, invoice) IN (
        SELECT outlet, invoice FROM entries
        WHERE tenant = $1 AND authority_code = $2 AND authority_code IS NOT NULL
        AND kind IN ('sealed', 'acknowledged'))
    ORDER BY at DESC LIMIT 100";
/// Its last turn, unless the invoice whose turn it was is refused too.
const REPLACEMENT: &str = "WHERE outlet = $1 AND tenant = $2 AND invoice = (
        SELECT CASE WHEN NOT r.released THEN r.invoice END FROM replacements r
        WHERE r.tenant = $2 AND r.replaced = $3 ORDER BY r.turn DESC, r.released DESC LIMIT 1)";
const BY_KEY: &str = "-- invoices: by idempotency key
    SELECT invoice, body_hash FROM idempotency WHERE tenant = $1 AND key = $2";
const CREDITED: &str = "-- invoices: credited
    SELECT line, sum(quantity)::bigint FROM credits WHERE tenant = $1 AND original = $2
    GROUP BY line ORDER BY line";
const HEAD: &str = "-- invoices: head
    SELECT h.sequence, h.hash, h.at FROM outlets o JOIN heads h ON h.outlet = o.id
    WHERE o.id = $1 AND o.tenant = $2";
const COUNT_INVOICES: &str = "-- invoices: count
    SELECT stage, count(*) FROM invoices WHERE tenant = $1 GROUP BY stage ORDER BY stage";
const COUNT_SUBMISSIONS: &str = "-- submissions: count
    SELECT state, count(*) FROM submissions WHERE tenant = $1 GROUP BY state ORDER BY state";
