//! Leases: those that are renewed, and those of the inbox's documents and of annulments.
//!
//! Whoever renews passes over what is locked: whoever writes there renews it himself.

use std::collections::HashSet;

use deadpool_postgres::GenericClient;
use invoice::{RangeId, TenantId, Timestamp};

use super::rows::{Params, all, count, execute, get, one, word};
use crate::error::LedgerError;
use crate::inbox::InboxId;
use crate::nodes::{DocumentWork, Held};
use crate::order::NewLease;
use crate::submission::LeaseToken;
use crate::word::integer;

pub(crate) async fn renew(
    client: &impl GenericClient,
    held: &[Held],
    until: Timestamp,
) -> Result<HashSet<Held>, LedgerError> {
    let mut renewed: HashSet<Held> = HashSet::new();
    renewed.extend(renew_submissions(client, held, until).await?);
    renewed.extend(renew_documents(client, held, until).await?);
    renewed.extend(renew_annulments(client, held, until).await?);
    Ok(renewed)
}

async fn renew_submissions(
    client: &impl GenericClient,
    held: &[Held],
    until: Timestamp,
) -> Result<Vec<Held>, LedgerError> {
    let (mut outlets, mut invoices, mut tokens) = (Vec::new(), Vec::new(), Vec::new());
    for one in held {
        if let Held::Submission(invoice, token) = one {
            outlets.push(invoice.outlet().as_str().to_owned());
            invoices.push(invoice.as_str());
            tokens.push(integer(token.0));
        }
    }
    if outlets.is_empty() {
        return Ok(Vec::new());
    }
    let params: Params = &[&outlets, &invoices, &tokens, &until.micros()];
    all(client, RENEW_SUBMISSIONS, params, |row| {
        Ok(Held::Submission(word(row, 0)?, LeaseToken(count(row, 1)?)))
    })
    .await
}

async fn renew_documents(
    client: &impl GenericClient,
    held: &[Held],
    until: Timestamp,
) -> Result<Vec<Held>, LedgerError> {
    let (mut outlets, mut sequences, mut tokens) = (Vec::new(), Vec::new(), Vec::new());
    for one in held {
        if let Held::Document(id, token) = one {
            outlets.push(id.outlet.as_str());
            sequences.push(integer(id.sequence));
            tokens.push(integer(token.0));
        }
    }
    if outlets.is_empty() {
        return Ok(Vec::new());
    }
    let params: Params = &[&outlets, &sequences, &tokens, &until.micros()];
    all(client, RENEW_DOCUMENTS, params, |row| {
        let id = InboxId { outlet: word(row, 0)?, sequence: count(row, 1)? };
        Ok(Held::Document(id, LeaseToken(count(row, 2)?)))
    })
    .await
}

async fn renew_annulments(
    client: &impl GenericClient,
    held: &[Held],
    until: Timestamp,
) -> Result<Vec<Held>, LedgerError> {
    let (mut ranges, mut firsts, mut tokens) = (Vec::new(), Vec::new(), Vec::new());
    for one in held {
        if let Held::Annulment((range, first), token) = one {
            ranges.push(range.as_str());
            firsts.push(integer(*first));
            tokens.push(integer(token.0));
        }
    }
    if ranges.is_empty() {
        return Ok(Vec::new());
    }
    let params: Params = &[&ranges, &firsts, &tokens, &until.micros()];
    all(client, RENEW_ANNULMENTS, params, |row| {
        Ok(Held::Annulment((word(row, 0)?, count(row, 1)?), LeaseToken(count(row, 2)?)))
    })
    .await
}

pub(crate) async fn take(
    client: &impl GenericClient,
    tenant: &TenantId,
    (id, work): (&InboxId, DocumentWork),
    (new, now): (&NewLease, Timestamp),
) -> Result<Option<LeaseToken>, LedgerError> {
    let row: Params = &[
        &tenant.as_str(),
        &id.outlet.as_str(),
        &integer(id.sequence),
        &new.owner,
        &new.until.micros(),
        &now.micros(),
        &(work == DocumentWork::Inquiry),
    ];
    one(client, TAKE_DOCUMENT, row, |row| Ok(LeaseToken(count(row, 0)?))).await
}

pub(crate) async fn release(
    client: &impl GenericClient,
    tenant: &TenantId,
    id: &InboxId,
    token: LeaseToken,
) -> Result<(), LedgerError> {
    let (outlet, sequence) = (id.outlet.as_str(), integer(id.sequence));
    let row: Params = &[&tenant.as_str(), &outlet, &sequence, &integer(token.0)];
    execute(client, RELEASE_DOCUMENT, row).await.map(drop)
}

/// Locks the document's work, so that nobody takes it over before the commit, and compares the token.
pub(super) async fn check_document(
    client: &impl GenericClient,
    tenant: &TenantId,
    id: &InboxId,
    token: LeaseToken,
) -> Result<(), LedgerError> {
    let named: Params = &[&tenant.as_str(), &id.outlet.as_str(), &integer(id.sequence)];
    let held = one(client, DOCUMENT_FENCE, named, |row| {
        Ok(get::<Option<i64>>(row, 1)?.is_some().then_some(LeaseToken(count(row, 0)?)))
    });
    match held.await? {
        None => Err(LedgerError::Unknown("document")),
        Some(Some(held)) if held == token => Ok(()),
        Some(_) => Err(LedgerError::DocumentLeaseLost(id.clone())),
    }
}

pub(crate) async fn take_annulment(
    client: &impl GenericClient,
    tenant: &TenantId,
    (range, first): (&RangeId, u64),
    (new, now): (&NewLease, Timestamp),
) -> Result<Option<LeaseToken>, LedgerError> {
    let row: Params = &[
        &tenant.as_str(),
        &range.as_str(),
        &integer(first),
        &new.owner,
        &new.until.micros(),
        &now.micros(),
    ];
    one(client, TAKE_ANNULMENT, row, |row| Ok(LeaseToken(count(row, 0)?))).await
}

pub(crate) async fn release_annulment(
    client: &impl GenericClient,
    tenant: &TenantId,
    (range, first): (&RangeId, u64),
    token: LeaseToken,
) -> Result<(), LedgerError> {
    let row: Params = &[&tenant.as_str(), &range.as_str(), &integer(first), &integer(token.0)];
    execute(client, RELEASE_ANNULMENT, row).await.map(drop)
}

/// Locks the annulment, so that nobody takes it over before the commit, and compares the token.
pub(super) async fn check_annulment(
    client: &impl GenericClient,
    tenant: &TenantId,
    (range, first): (&RangeId, u64),
    token: LeaseToken,
) -> Result<(), LedgerError> {
    let named: Params = &[&tenant.as_str(), &range.as_str(), &integer(first)];
    let held = one(client, ANNULMENT_FENCE, named, |row| {
        Ok(get::<Option<i64>>(row, 1)?.is_some().then_some(LeaseToken(count(row, 0)?)))
    });
    match held.await? {
        None => Err(LedgerError::Unknown("annulment")),
        Some(Some(held)) if held == token => Ok(()),
        Some(_) => Err(LedgerError::AnnulmentLeaseLost { range: range.clone(), first }),
    }
}

const RENEW_SUBMISSIONS: &str = "-- leases: renew those of submissions
    WITH held AS MATERIALIZED (
        SELECT s.outlet, s.sequence
        FROM unnest($1::text[], $2::text[], $3::bigint[]) AS h (outlet, invoice, token)
        JOIN invoices i ON i.outlet = h.outlet AND i.invoice = h.invoice
        JOIN submissions s ON s.outlet = i.outlet AND s.sequence = i.sequence
        WHERE s.lease_token = h.token AND s.lease_until IS NOT NULL
        ORDER BY s.outlet, s.sequence FOR UPDATE OF s SKIP LOCKED
    )
    UPDATE submissions s SET lease_until = greatest(s.lease_until, $4)
    FROM held WHERE s.outlet = held.outlet AND s.sequence = held.sequence
    RETURNING s.invoice, s.lease_token";
const RENEW_DOCUMENTS: &str = "-- leases: renew those of documents
    WITH held AS MATERIALIZED (
        SELECT w.outlet, w.sequence
        FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS h (outlet, sequence, token)
        JOIN inbox_work w ON w.outlet = h.outlet AND w.sequence = h.sequence
        WHERE w.lease_token = h.token AND w.lease_until IS NOT NULL
        ORDER BY w.outlet, w.sequence FOR UPDATE OF w SKIP LOCKED
    )
    UPDATE inbox_work w SET lease_until = greatest(w.lease_until, $4)
    FROM held WHERE w.outlet = held.outlet AND w.sequence = held.sequence
    RETURNING w.outlet, w.sequence, w.lease_token";
const RENEW_ANNULMENTS: &str = "-- leases: renew those of annulments
    WITH held AS MATERIALIZED (
        SELECT a.range, a.first
        FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS h (range, first, token)
        JOIN annulments a ON a.range = h.range AND a.first = h.first
        WHERE a.lease_token = h.token AND a.lease_until IS NOT NULL
        ORDER BY a.range, a.first FOR UPDATE OF a SKIP LOCKED
    )
    UPDATE annulments a SET lease_until = greatest(a.lease_until, $4)
    FROM held WHERE a.range = held.range AND a.first = held.first
    RETURNING a.range, a.first, a.lease_token";
const TAKE_ANNULMENT: &str = "-- leases: take an annulment
    UPDATE annulments SET lease_token = lease_token + 1, lease_owner = $4, lease_until = $5
    WHERE tenant = $1 AND range = $2 AND first = $3 AND state = 'recorded'
      AND (lease_until IS NULL OR lease_until <= $6)
    RETURNING lease_token";
const RELEASE_ANNULMENT: &str = "-- leases: release an annulment
    UPDATE annulments SET lease_owner = NULL, lease_until = NULL
    WHERE tenant = $1 AND range = $2 AND first = $3 AND lease_token = $4";
const ANNULMENT_FENCE: &str = "-- leases: fence of an annulment
    SELECT lease_token, lease_until FROM annulments
    WHERE tenant = $1 AND range = $2 AND first = $3 FOR UPDATE";
const TAKE_DOCUMENT: &str = "-- leases: take a document
    UPDATE inbox_work SET lease_token = lease_token + 1, lease_owner = $4, lease_until = $5
    WHERE tenant = $1 AND outlet = $2 AND sequence = $3
      AND (lease_until IS NULL OR lease_until <= $6)
      AND CASE WHEN $7 THEN ask_at <= $6 ELSE told_at IS NOT NULL END
    RETURNING lease_token";
const RELEASE_DOCUMENT: &str = "-- leases: release a document
    UPDATE inbox_work SET lease_owner = NULL, lease_until = NULL
    WHERE tenant = $1 AND outlet = $2 AND sequence = $3 AND lease_token = $4";
const DOCUMENT_FENCE: &str = "-- leases: fence of a document
    SELECT lease_token, lease_until FROM inbox_work
    WHERE tenant = $1 AND outlet = $2 AND sequence = $3 FOR UPDATE";
