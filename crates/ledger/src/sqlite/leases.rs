//! Leases: those that are renewed, and those of the inbox's documents and of annulments.

use std::collections::HashSet;

use invoice::{RangeId, TenantId, Timestamp};
use rusqlite::{Connection, params};

use super::rows::{count, integer, one};
use crate::error::LedgerError;
use crate::inbox::InboxId;
use crate::nodes::{DocumentWork, Held};
use crate::order::NewLease;
use crate::submission::LeaseToken;

pub(crate) fn renew(
    connection: &Connection,
    held: Vec<Held>,
    until: Timestamp,
) -> Result<HashSet<Held>, LedgerError> {
    let mut renewed = HashSet::new();
    for held in held {
        let rows = match &held {
            Held::Submission(invoice, token) => {
                let outlet = invoice.outlet();
                let named = (outlet.as_str(), invoice.as_str(), integer(token.0), until.micros());
                connection.prepare_cached(RENEW_SUBMISSION)?.execute(named)?
            }
            Held::Document(id, token) => {
                let (outlet, sequence) = (id.outlet.as_str(), integer(id.sequence));
                let named = (outlet, sequence, integer(token.0), until.micros());
                connection.prepare_cached(RENEW_DOCUMENT)?.execute(named)?
            }
            Held::Annulment((range, first), token) => {
                let (range, first) = (range.as_str(), integer(*first));
                let named = (range, first, integer(token.0), until.micros());
                connection.prepare_cached(RENEW_ANNULMENT)?.execute(named)?
            }
        };
        if rows > 0 {
            renewed.insert(held);
        }
    }
    Ok(renewed)
}

pub(crate) fn take(
    connection: &Connection,
    tenant: &TenantId,
    (id, work): (&InboxId, DocumentWork),
    (new, now): (&NewLease, Timestamp),
) -> Result<Option<LeaseToken>, LedgerError> {
    let row = params![
        tenant.as_str(),
        id.outlet.as_str(),
        integer(id.sequence),
        new.owner,
        new.until.micros(),
        now.micros(),
        work == DocumentWork::Inquiry,
    ];
    one(connection, TAKE_DOCUMENT, row, |row| Ok(LeaseToken(count(row, 0)?)))
}

pub(crate) fn release(
    connection: &Connection,
    tenant: &TenantId,
    id: &InboxId,
    token: LeaseToken,
) -> Result<(), LedgerError> {
    let (outlet, sequence) = (id.outlet.as_str(), integer(id.sequence));
    let row = (tenant.as_str(), outlet, sequence, integer(token.0));
    connection.prepare_cached(RELEASE_DOCUMENT)?.execute(row)?;
    Ok(())
}

pub(super) fn check_document(
    connection: &Connection,
    tenant: &TenantId,
    id: &InboxId,
    token: LeaseToken,
) -> Result<(), LedgerError> {
    let named = (tenant.as_str(), id.outlet.as_str(), integer(id.sequence));
    let held = one(connection, DOCUMENT_FENCE, named, |row| {
        Ok(row.get::<_, Option<i64>>(1)?.is_some().then_some(LeaseToken(count(row, 0)?)))
    })?;
    match held {
        None => Err(LedgerError::Unknown("document")),
        Some(Some(held)) if held == token => Ok(()),
        Some(_) => Err(LedgerError::DocumentLeaseLost(id.clone())),
    }
}

pub(crate) fn take_annulment(
    connection: &Connection,
    tenant: &TenantId,
    (range, first): (&RangeId, u64),
    (new, now): (&NewLease, Timestamp),
) -> Result<Option<LeaseToken>, LedgerError> {
    let number = (tenant.as_str(), range.as_str(), integer(first));
    let row = (number.0, number.1, number.2, &new.owner, new.until.micros(), now.micros());
    one(connection, TAKE_ANNULMENT, row, |row| Ok(LeaseToken(count(row, 0)?)))
}

pub(crate) fn release_annulment(
    connection: &Connection,
    tenant: &TenantId,
    (range, first): (&RangeId, u64),
    token: LeaseToken,
) -> Result<(), LedgerError> {
    let row = (tenant.as_str(), range.as_str(), integer(first), integer(token.0));
    connection.prepare_cached(RELEASE_ANNULMENT)?.execute(row)?;
    Ok(())
}

pub(super) fn check_annulment(
    connection: &Connection,
    tenant: &TenantId,
    (range, first): (&RangeId, u64),
    token: LeaseToken,
) -> Result<(), LedgerError> {
    let named = (tenant.as_str(), range.as_str(), integer(first));
    let held = one(connection, ANNULMENT_FENCE, named, |row| {
        Ok(row.get::<_, Option<i64>>(1)?.is_some().then_some(LeaseToken(count(row, 0)?)))
    })?;
    match held {
        None => Err(LedgerError::Unknown("annulment")),
        Some(Some(held)) if held == token => Ok(()),
        Some(_) => Err(LedgerError::AnnulmentLeaseLost { range: range.clone(), first }),
    }
}

/// Ends them all, and fences their holders out: for a store that one process owns, at its start.
pub(super) fn end_all(connection: &Connection) -> Result<(), LedgerError> {
    connection.execute(END_DOCUMENTS, [])?;
    connection.execute(END_ANNULMENTS, [])?;
    Ok(())
}

const RENEW_SUBMISSION: &str = "-- leases: renew that of a submission
    UPDATE submissions SET lease_until = max(lease_until, ?4)
    WHERE outlet = ?1
        AND sequence = (SELECT i.sequence FROM invoices i WHERE i.outlet = ?1 AND i.invoice = ?2)
        AND lease_token = ?3 AND lease_until IS NOT NULL";
const RENEW_DOCUMENT: &str = "-- leases: renew that of a document
    UPDATE inbox_work SET lease_until = max(lease_until, ?4)
    WHERE outlet = ?1 AND sequence = ?2 AND lease_token = ?3 AND lease_until IS NOT NULL";
const TAKE_DOCUMENT: &str = "-- leases: take a document
    UPDATE inbox_work SET lease_token = lease_token + 1, lease_owner = ?4, lease_until = ?5
    WHERE tenant = ?1 AND outlet = ?2 AND sequence = ?3
      AND (lease_until IS NULL OR lease_until <= ?6)
      AND CASE WHEN ?7 THEN ask_at <= ?6 ELSE told_at IS NOT NULL END
    RETURNING lease_token";
const RELEASE_DOCUMENT: &str = "-- leases: release a document
    UPDATE inbox_work SET lease_owner = NULL, lease_until = NULL
    WHERE tenant = ?1 AND outlet = ?2 AND sequence = ?3 AND lease_token = ?4";
const DOCUMENT_FENCE: &str = "-- leases: fence of a document
    SELECT lease_token, lease_until FROM inbox_work
    WHERE tenant = ?1 AND outlet = ?2 AND sequence = ?3";
const RENEW_ANNULMENT: &str = "-- leases: renew that of an annulment
    UPDATE annulments SET lease_until = max(lease_until, ?4)
    WHERE range = ?1 AND first = ?2 AND lease_token = ?3 AND lease_until IS NOT NULL";
const TAKE_ANNULMENT: &str = "-- leases: take an annulment
    UPDATE annulments SET lease_token = lease_token + 1, lease_owner = ?4, lease_until = ?5
    WHERE tenant = ?1 AND range = ?2 AND first = ?3 AND state = 'recorded'
      AND (lease_until IS NULL OR lease_until <= ?6)
    RETURNING lease_token";
const RELEASE_ANNULMENT: &str = "-- leases: release an annulment
    UPDATE annulments SET lease_owner = NULL, lease_until = NULL
    WHERE tenant = ?1 AND range = ?2 AND first = ?3 AND lease_token = ?4";
const ANNULMENT_FENCE: &str = "-- leases: fence of an annulment
    SELECT lease_token, lease_until FROM annulments
    WHERE tenant = ?1 AND range = ?2 AND first = ?3";
const END_DOCUMENTS: &str = "-- leases: end all of documents
    UPDATE inbox_work SET lease_token = lease_token + 1, lease_owner = NULL, lease_until = NULL
    WHERE lease_until IS NOT NULL";
const END_ANNULMENTS: &str = "-- leases: end all of annulments
    UPDATE annulments SET lease_token = lease_token + 1, lease_owner = NULL, lease_until = NULL
    WHERE lease_until IS NOT NULL";
