//! What an invoice claims for itself alone: its key, lines of originals, the place of a refused invoice or of a
//! receipt on paper.

use std::collections::BTreeMap;

use invoice::{InvoiceId, Timestamp};
use rusqlite::Connection;

use crate::error::LedgerError;
use crate::order::SealOrder;
use crate::word::integer;

pub(super) fn key_and_credits(
    connection: &Connection,
    order: &SealOrder,
    at: Timestamp,
) -> Result<(), LedgerError> {
    let outlet = order.invoice.outlet();
    if let Some(idempotency) = &order.idempotency {
        connection.prepare_cached(INSERT_KEY)?.execute((
            order.tenant.as_str(),
            &idempotency.key,
            idempotency.body_hash.0,
            outlet.as_str(),
            order.invoice.as_str(),
            at.micros(),
        ))?;
    }
    let mut lines: BTreeMap<(&InvoiceId, u32), i128> = BTreeMap::new();
    for claim in &order.credits {
        *lines.entry((&claim.original, claim.line)).or_default() += claim.quantity.units();
    }
    for ((original, line), units) in lines {
        let units = i64::try_from(units).map_err(|_| LedgerError::Conflict("credit"))?;
        connection.prepare_cached(INSERT_CREDIT)?.execute((
            order.tenant.as_str(),
            original.as_str(),
            line,
            order.invoice.as_str(),
            units,
        ))?;
    }
    Ok(())
}

pub(super) fn replacement(
    connection: &Connection,
    order: &SealOrder,
    turn: Option<u64>,
) -> Result<(), LedgerError> {
    if let (Some(replaced), Some(turn)) = (&order.replaces, turn) {
        connection.prepare_cached(INSERT_REPLACEMENT)?.execute((
            order.tenant.as_str(),
            replaced.as_str(),
            integer(turn),
            order.invoice.as_str(),
        ))?;
    }
    Ok(())
}

pub(super) fn stand_in(
    connection: &Connection,
    order: &SealOrder,
    turn: Option<u64>,
) -> Result<(), LedgerError> {
    if let (Some(number), Some(turn)) = (&order.stands_for, turn) {
        connection.prepare_cached(INSERT_STAND_IN)?.execute((
            order.tenant.as_str(),
            &order.taxpayer,
            order.invoice.outlet().as_str(),
            number,
            integer(turn),
            order.invoice.as_str(),
        ))?;
    }
    Ok(())
}

/// A refused invoice claims nothing any more.
pub(super) fn release(connection: &Connection, invoice: &InvoiceId) -> Result<(), LedgerError> {
    for release in [RELEASE_CREDITS, RELEASE_REPLACEMENT, RELEASE_STAND_IN] {
        connection.prepare_cached(release)?.execute([invoice.as_str()])?;
    }
    Ok(())
}

const INSERT_CREDIT: &str = "-- write: credit
    INSERT INTO credits (tenant, original, line, invoice, released, quantity)
    VALUES (?1, ?2, ?3, ?4, 0, ?5)";
const RELEASE_CREDITS: &str = "-- write: release credits
    INSERT INTO credits (tenant, original, line, invoice, released, quantity)
    SELECT tenant, original, line, invoice, 1, -quantity FROM credits
    WHERE invoice = ?1 AND released = 0";
const INSERT_REPLACEMENT: &str = "-- write: replacement
    INSERT INTO replacements (tenant, replaced, turn, released, invoice)
    VALUES (?1, ?2, ?3, 0, ?4)";
const RELEASE_REPLACEMENT: &str = "-- write: release replacement
    INSERT INTO replacements (tenant, replaced, turn, released, invoice)
    SELECT tenant, replaced, turn, 1, invoice FROM replacements WHERE invoice = ?1 AND released = 0";
const INSERT_STAND_IN: &str = "-- write: stand-in
    INSERT INTO stand_ins (tenant, taxpayer, environment, number, turn, released, outlet, invoice)
    SELECT ?1, ?2, environment, ?4, ?5, 0, id, ?6 FROM outlets WHERE id = ?3";
const RELEASE_STAND_IN: &str = "-- write: release stand-in
    INSERT INTO stand_ins (tenant, taxpayer, environment, number, turn, released, outlet, invoice)
    SELECT tenant, taxpayer, environment, number, turn, 1, outlet, invoice FROM stand_ins
    WHERE invoice = ?1 AND released = 0";
const INSERT_KEY: &str = "-- write: idempotency
    INSERT INTO idempotency (tenant, key, body_hash, outlet, invoice, at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
