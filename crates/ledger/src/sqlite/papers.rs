//! Receipts on paper, and where the invoices stand that stand for them.

use invoice::{Json, OutletId, TenantId};
use rusqlite::{Connection, Row, params};

use super::registry::written;
use super::rows::{all, instant, one, optional_word, word};
use crate::error::LedgerError;
use crate::limits::PAGE_MAX;
use crate::paper::{NewPaper, Paper, PaperFilter, PaperId, PaperState, PaperSummary};
use crate::stage::Stage;

pub(crate) fn record(connection: &Connection, new: &NewPaper) -> Result<(), LedgerError> {
    let row = params![
        new.tenant.as_str(),
        new.taxpayer,
        new.environment.as_str(),
        new.id.number,
        new.id.outlet.as_str(),
        new.kind,
        new.issued_on.to_string(),
        new.since.to_string(),
        new.paper_until.to_string(),
        new.stand_by.to_string(),
        new.total.to_string(),
        new.currency,
        new.customer_name,
        new.customer_tax_id,
        new.draft,
        new.recorded_by,
        new.at.micros(),
    ];
    written(connection, INSERT, row, "receipt on paper")
}

pub(crate) fn paper(
    connection: &Connection,
    tenant: &TenantId,
    id: &PaperId,
) -> Result<Option<Paper>, LedgerError> {
    let sql = format!("{SELECT}\n    WHERE p.tenant = ?1 AND p.outlet = ?2 AND p.number = ?3");
    let key = (tenant.as_str(), id.outlet.as_str(), &id.number);
    one(connection, &sql, key, |row| {
        Ok(Paper { summary: read(row)?, draft: row.get(13)?, recorded_by: row.get(14)? })
    })
}

pub(crate) fn list(
    connection: &Connection,
    tenant: &TenantId,
    filter: &PaperFilter,
    limit: u32,
) -> Result<Vec<PaperSummary>, LedgerError> {
    let outlets = Json::Array(filter.outlets.iter().map(|id| Json::string(id.as_str())).collect());
    let (at, outlet, number) = match &filter.before {
        Some((at, id)) => (at.micros(), id.outlet.as_str(), id.number.as_str()),
        None => (i64::MAX, "", ""),
    };
    let limit = limit.min(PAGE_MAX);
    let params = (tenant.as_str(), outlets.to_text(), filter.unsettled, at, outlet, number, limit);
    all(connection, &format!("{SELECT}{LISTED}"), params, read)
}

fn read(row: &Row<'_>) -> rusqlite::Result<PaperSummary> {
    let outlet: OutletId = word(row, 0)?;
    Ok(PaperSummary {
        id: PaperId { outlet, number: row.get(1)? },
        kind: row.get(2)?,
        issued_on: word(row, 3)?,
        since: word(row, 4)?,
        paper_until: word(row, 5)?,
        stand_by: word(row, 6)?,
        total: word(row, 7)?,
        currency: row.get(8)?,
        customer_name: row.get(9)?,
        customer_tax_id: row.get(10)?,
        at: instant(row, 11)?,
        state: read_state(row)?,
    })
}

fn read_state(row: &Row<'_>) -> rusqlite::Result<PaperState> {
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
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
/// The claim to stand for it that was made and not released, if there is one.
const SELECT: &str = "-- papers: read
    SELECT p.outlet, p.number, p.document_kind, p.issued_on, p.since, p.paper_until, p.stand_by,
           p.total, p.currency, p.customer_name, p.customer_tax_id, p.at, c.invoice, p.draft,
           p.recorded_by, i.stage
    FROM papers p
    LEFT JOIN stand_ins c ON c.tenant = p.tenant AND c.taxpayer = p.taxpayer
        AND c.environment = p.environment AND c.number = p.number AND c.released = 0
        AND NOT EXISTS (SELECT 1 FROM stand_ins r WHERE r.tenant = c.tenant
            AND r.taxpayer = c.taxpayer AND r.environment = c.environment AND r.number = c.number
            AND r.turn = c.turn AND r.released = 1)
    LEFT JOIN invoices i ON i.outlet = c.outlet AND i.invoice = c.invoice";
const LISTED: &str = "
    WHERE p.tenant = ?1 AND p.outlet IN (SELECT value FROM json_each(?2))
      AND (NOT ?3 OR i.stage IS NOT 'acknowledged')
      AND (p.at, p.outlet, p.number) < (?4, ?5, ?6)
    ORDER BY p.at DESC, p.outlet DESC, p.number DESC LIMIT ?7";
