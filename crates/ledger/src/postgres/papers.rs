//! Receipts on paper, and where the invoices stand that stand for them.

use deadpool_postgres::GenericClient;
use invoice::{OutletId, TenantId};
use tokio_postgres::Row;

use super::rows::{Params, all, get, instant, one, optional_word, word, written};
use crate::error::LedgerError;
use crate::limits::PAGE_MAX;
use crate::paper::{NewPaper, Paper, PaperFilter, PaperId, PaperState, PaperSummary};
use crate::stage::Stage;

pub(crate) async fn record(client: &impl GenericClient, new: &NewPaper) -> Result<(), LedgerError> {
    let row: Params = &[
        &new.tenant.as_str(),
        &new.taxpayer,
        &new.environment.as_str(),
        &new.id.number,
        &new.id.outlet.as_str(),
        &new.kind,
        &new.issued_on.to_string(),
        &new.since.to_string(),
        &new.paper_until.to_string(),
        &new.stand_by.to_string(),
        &new.total.to_string(),
        &new.currency,
        &new.customer_name,
        &new.customer_tax_id,
        &new.draft,
        &new.recorded_by,
        &new.at.micros(),
    ];
    written(client, INSERT, row, "receipt on paper").await
}

pub(crate) async fn paper(
    client: &impl GenericClient,
    tenant: &TenantId,
    id: &PaperId,
) -> Result<Option<Paper>, LedgerError> {
    let key: Params = &[&tenant.as_str(), &id.outlet.as_str(), &id.number];
    one(client, &format!("{SELECT}{NAMED}"), key, |row| {
        Ok(Paper { summary: read(row)?, draft: get(row, 13)?, recorded_by: get(row, 14)? })
    })
    .await
}

/// Newest first.
pub(crate) async fn list(
    client: &impl GenericClient,
    tenant: &TenantId,
    filter: &PaperFilter,
    limit: u32,
) -> Result<Vec<PaperSummary>, LedgerError> {
    let outlets: Vec<&str> = filter.outlets.iter().map(OutletId::as_str).collect();
    let (at, outlet, number) = match &filter.before {
        Some((at, id)) => (at.micros(), id.outlet.as_str(), id.number.as_str()),
        None => (i64::MAX, "", ""),
    };
    let limit = i64::from(limit.min(PAGE_MAX));
    let row: Params =
        &[&tenant.as_str(), &outlets, &filter.unsettled, &at, &outlet, &number, &limit];
    all(client, &format!("{SELECT}{LISTED}"), row, read).await
}

fn read(row: &Row) -> Result<PaperSummary, LedgerError> {
    let outlet: OutletId = word(row, 0)?;
    Ok(PaperSummary {
        id: PaperId { outlet, number: get(row, 1)? },
        kind: get(row, 2)?,
        issued_on: word(row, 3)?,
        since: word(row, 4)?,
        paper_until: word(row, 5)?,
        stand_by: word(row, 6)?,
        total: word(row, 7)?,
        currency: get(row, 8)?,
        customer_name: get(row, 9)?,
        customer_tax_id: get(row, 10)?,
        at: instant(row, 11)?,
        state: read_state(row)?,
    })
}

fn read_state(row: &Row) -> Result<PaperState, LedgerError> {
    let Some(invoice) = optional_word(row, 12)? else { return Ok(PaperState::Recorded) };
    Ok(match optional_word(row, 15)? {
        Some(Stage::Acknowledged) => PaperState::Settled(invoice),
        _ => PaperState::Standing(invoice),
    })
}

const INSERT: &str = "-- papers: record
    INSERT INTO papers (tenant, taxpayer, environment, number, outlet, document_kind, issued_on,
        since, paper_until, stand_by, total, currency, customer_name, customer_tax_id, draft,
        recorded_by, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
/// The claim to stand for it that was made and not released, if there is one.
const SELECT: &str = "-- papers: read
    SELECT p.outlet, p.number, p.document_kind, p.issued_on, p.since, p.paper_until, p.stand_by,
           p.total, p.currency, p.customer_name, p.customer_tax_id, p.at, c.invoice, p.draft,
           p.recorded_by, i.stage
    FROM papers p
    LEFT JOIN stand_ins c ON c.tenant = p.tenant AND c.taxpayer = p.taxpayer
        AND c.environment = p.environment AND c.number = p.number AND NOT c.released
        AND NOT EXISTS (SELECT 1 FROM stand_ins r WHERE r.tenant = c.tenant
            AND r.taxpayer = c.taxpayer AND r.environment = c.environment AND r.number = c.number
            AND r.turn = c.turn AND r.released)
    LEFT JOIN invoices i ON i.outlet = c.outlet AND i.invoice = c.invoice";
const NAMED: &str = "
    WHERE p.tenant = $1 AND p.outlet = $2 AND p.number = $3";
const LISTED: &str = "
    WHERE p.tenant = $1 AND p.outlet = ANY ($2)
      AND (NOT $3 OR i.stage IS DISTINCT FROM 'acknowledged')
      AND (p.at, p.outlet, p.number) < ($4, $5, $6)
    ORDER BY p.at DESC, p.outlet DESC, p.number DESC LIMIT $7";
