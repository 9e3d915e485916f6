//! Submissions: leases with a fence, progress, attempts, and which one is to be driven next.

use invoice::{InvoiceId, OutletId, TenantId, Timestamp};
use rusqlite::{Connection, Row, params};

use super::rows::{all, count, instant, integer, one, optional_instant, word};
use crate::error::LedgerError;
use crate::limits::PAGE_MAX;
use crate::order::NewLease;
use crate::record::SubmissionFilter;
use crate::submission::{
    Attempt, Lease, LeaseToken, Leased, ProgressOrder, Submission, SubmissionChange,
};
use crate::word::short;

/// Writes progress under the fence of the lease.
pub(crate) fn save_progress(
    connection: &Connection,
    order: &ProgressOrder,
) -> Result<(), LedgerError> {
    check_fence(connection, &order.tenant, &order.invoice, order.lease)?;
    change(connection, &order.invoice, &order.change, (order.now, order.extend_until))?;
    match &order.attempt {
        None => Ok(()),
        Some(attempt) => record_attempt(connection, &order.tenant, &order.invoice, attempt),
    }
}

/// Leases one submission, in whatever state it is, unless somebody holds it.
pub(crate) fn lease(
    connection: &Connection,
    tenant: &TenantId,
    invoice: &InvoiceId,
    (new, now): (&NewLease, Timestamp),
) -> Result<Leased, LedgerError> {
    let unknown = || LedgerError::UnknownInvoice(invoice.clone());
    let standing = submission(connection, tenant, invoice)?.ok_or_else(unknown)?;
    if let Some(until) = standing.lease_until.filter(|until| *until > now) {
        return Err(LedgerError::LeaseHeld { invoice: invoice.clone(), until });
    }
    take(connection, &standing.outlet, standing.sequence, new)
}

/// Leases a candidate, if it still stands as the reader saw it.
pub(crate) fn lease_candidate(
    connection: &Connection,
    candidate: &Candidate,
    new: &NewLease,
    now: Timestamp,
) -> Result<Option<Leased>, LedgerError> {
    let params = params![
        candidate.outlet.as_str(),
        integer(candidate.sequence),
        integer(candidate.token.0),
        now.micros()
    ];
    match one(connection, STILL_DUE, params, |_| Ok(()))? {
        None => Ok(None),
        Some(()) => take(connection, &candidate.outlet, candidate.sequence, new).map(Some),
    }
}

pub(crate) fn release(
    connection: &Connection,
    tenant: &TenantId,
    invoice: &InvoiceId,
    token: LeaseToken,
) -> Result<(), LedgerError> {
    check_fence(connection, tenant, invoice, token)?;
    let outlet = invoice.outlet();
    let row = (outlet.as_str(), invoice.as_str());
    connection.prepare_cached(RELEASE)?.execute(row)?;
    Ok(())
}

/// Sets how a submission stands; the fence was checked.
pub(super) fn change(
    connection: &Connection,
    invoice: &InvoiceId,
    change: &SubmissionChange,
    (now, extend_until): (Timestamp, Option<Timestamp>),
) -> Result<(), LedgerError> {
    let changed = connection.prepare_cached(CHANGE)?.execute(params![
        invoice.outlet().as_str(),
        invoice.as_str(),
        change.state.as_str(),
        change.progress,
        change.due_at.micros(),
        change.last_answer.as_deref().map(short),
        change.release,
        now.micros(),
        extend_until.map(Timestamp::micros),
    ])?;
    assert_eq!(changed, 1, "a submission whose fence was checked exists");
    Ok(())
}

pub(super) fn record_attempt(
    connection: &Connection,
    tenant: &TenantId,
    invoice: &InvoiceId,
    attempt: &Attempt,
) -> Result<(), LedgerError> {
    let outlet = invoice.outlet();
    let row = (outlet.as_str(), invoice.as_str());
    let ordinal: i64 =
        connection.prepare_cached(COUNT_ATTEMPT)?.query_row(row, |row| row.get(0))?;
    connection.prepare_cached(INSERT_ATTEMPT)?.execute(params![
        outlet.as_str(),
        invoice.as_str(),
        ordinal,
        tenant.as_str(),
        attempt.at.micros(),
        short(&attempt.asked),
        short(&attempt.answer),
        integer(attempt.duration_micros),
        short(&attempt.outcome),
    ])?;
    Ok(())
}

/// A submission that may be driven now, as a reader saw it.
pub(crate) struct Candidate {
    outlet: OutletId,
    sequence: u64,
    token: LeaseToken,
    due_at: Timestamp,
}

/// Ends every lease and fences its holder out: for a store that one process owns, at its start.
pub(crate) fn end_all_leases(connection: &Connection) -> Result<(), LedgerError> {
    connection.execute(END_ALL_LEASES, [])?;
    Ok(())
}

/// What is due and free, longest due first: of an outlet with an order the next one only, of
/// another all of them, since each has a till that waits.
///
/// Read outside the writer, so that a long queue never delays a seal.
pub(crate) fn candidates(
    connection: &Connection,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Candidate>, LedgerError> {
    let outlets: Vec<OutletId> = all(connection, LIVE_OUTLETS, [], |row| word(row, 0))?;
    let mut found = Vec::new();
    for outlet in outlets {
        found.extend(candidates_of(connection, &outlet, now, limit as usize)?);
    }
    found.sort_by_key(|candidate: &Candidate| candidate.due_at);
    found.truncate(limit as usize);
    Ok(found)
}

/// The oldest live submissions of an outlet that are due and free. One that waits lets later ones
/// pass, unless it is ordered: nothing goes before or beside an ordered one.
fn candidates_of(
    connection: &Connection,
    outlet: &OutletId,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Candidate>, LedgerError> {
    let mut found = Vec::new();
    let mut statement = connection.prepare_cached(LIVE)?;
    let mut rows = statement.query([outlet.as_str()])?;
    while let Some(row) = rows.next()? {
        let due_at = instant(row, 1)?;
        let is_leased = optional_instant(row, 2)?.is_some_and(|until| until > now);
        let is_ordered: bool = row.get(4)?;
        if due_at <= now && !is_leased && (found.is_empty() || !is_ordered) {
            let (sequence, token) = (count(row, 0)?, LeaseToken(count(row, 3)?));
            found.push(Candidate { outlet: outlet.clone(), sequence, token, due_at });
        }
        if is_ordered || found.len() >= limit {
            break;
        }
    }
    Ok(found)
}

pub(crate) fn submission(
    connection: &Connection,
    tenant: &TenantId,
    invoice: &InvoiceId,
) -> Result<Option<Submission>, LedgerError> {
    let outlet = invoice.outlet();
    let params = (outlet.as_str(), invoice.as_str(), tenant.as_str());
    one(connection, &format!("{SELECT} {BY_INVOICE}"), params, read)
}

/// Due first: each state has its own order in the index, and SQLite leaves one as soon as it can
/// bring nothing more for the page.
pub(crate) fn list(
    connection: &Connection,
    tenant: &TenantId,
    filter: &SubmissionFilter,
    limit: u32,
) -> Result<Vec<Submission>, LedgerError> {
    let states: Vec<_> = filter.wanted().map(|state| format!("'{}'", state.as_str())).collect();
    let (states, limit) = (states.join(", "), limit.min(PAGE_MAX));
    let sql = format!("{SELECT} {LISTED} AND state IN ({states}) {IN_ORDER} LIMIT {limit}");
    let (due_at, behind, sequence) = filter.start();
    let outlets: Vec<_> = filter.outlets.iter().map(|outlet| format!("\"{outlet}\"")).collect();
    let of = (!outlets.is_empty()).then(|| format!("[{}]", outlets.join(",")));
    all(connection, &sql, (tenant.as_str(), of, due_at, behind, sequence), read)
}

pub(crate) fn attempts(
    connection: &Connection,
    tenant: &TenantId,
    invoice: &InvoiceId,
) -> Result<Vec<Attempt>, LedgerError> {
    let outlet = invoice.outlet();
    let params = (outlet.as_str(), invoice.as_str(), tenant.as_str());
    all(connection, ATTEMPTS, params, |row| {
        Ok(Attempt {
            at: instant(row, 0)?,
            asked: row.get(1)?,
            answer: row.get(2)?,
            duration_micros: count(row, 3)?,
            outcome: row.get(4)?,
        })
    })
}

fn check_fence(
    connection: &Connection,
    tenant: &TenantId,
    invoice: &InvoiceId,
    token: LeaseToken,
) -> Result<(), LedgerError> {
    let outlet = invoice.outlet();
    let params = (outlet.as_str(), invoice.as_str(), tenant.as_str());
    let held = one(connection, FENCE, params, |row| {
        Ok(row.get::<_, Option<i64>>(1)?.is_some().then_some(LeaseToken(count(row, 0)?)))
    })?;
    match held {
        None => Err(LedgerError::UnknownInvoice(invoice.clone())),
        Some(Some(held)) if held == token => Ok(()),
        Some(_) => Err(LedgerError::LeaseLost(invoice.clone())),
    }
}

fn take(
    connection: &Connection,
    outlet: &OutletId,
    sequence: u64,
    new: &NewLease,
) -> Result<Leased, LedgerError> {
    let params = (outlet.as_str(), integer(sequence), &new.owner, new.until.micros());
    let token: i64 = connection.prepare_cached(TAKE)?.query_row(params, |row| row.get(0))?;
    let by_sequence = format!("{SELECT} WHERE outlet = ?1 AND sequence = ?2");
    let submission = connection
        .prepare_cached(&by_sequence)?
        .query_row((outlet.as_str(), integer(sequence)), read)?;
    let lease = Lease { token: LeaseToken(token.unsigned_abs()), until: new.until };
    Ok(Leased { lease, submission })
}

fn read(row: &Row<'_>) -> rusqlite::Result<Submission> {
    Ok(Submission {
        outlet: word(row, 0)?,
        sequence: count(row, 1)?,
        invoice: word(row, 2)?,
        tenant: word(row, 3)?,
        state: word(row, 4)?,
        progress: row.get(5)?,
        due_at: instant(row, 6)?,
        ordered: row.get(7)?,
        lease_owner: row.get(8)?,
        lease_until: optional_instant(row, 9)?,
        attempts: count(row, 10)?,
        created_at: instant(row, 11)?,
        state_since: instant(row, 12)?,
        last_answer: row.get(13)?,
        send_by: optional_instant(row, 14)?,
    })
}

const SELECT: &str = "-- submissions: read
    SELECT outlet, sequence, invoice, tenant, state, progress, due_at, ordered, lease_owner,
           lease_until, attempts, created_at, state_since, last_answer, send_by
    FROM submissions";
const LISTED: &str = "WHERE tenant = ?1
        AND (?2 IS NULL OR outlet IN (SELECT value FROM json_each(?2)))
        AND (due_at, outlet, sequence) > (?3, ?4, ?5)";
const IN_ORDER: &str = "ORDER BY due_at, outlet, sequence";
const BY_INVOICE: &str = "WHERE outlet = ?1
        AND sequence = (SELECT i.sequence FROM invoices i WHERE i.outlet = ?1 AND i.invoice = ?2) AND tenant = ?3";
const FENCE: &str = "-- submissions: fence
    SELECT lease_token, lease_until FROM submissions
    WHERE outlet = ?1
        AND sequence = (SELECT i.sequence FROM invoices i WHERE i.outlet = ?1 AND i.invoice = ?2) AND tenant = ?3";
const TAKE: &str = "-- submissions: take a lease
    UPDATE submissions SET lease_token = lease_token + 1, lease_owner = ?3, lease_until = ?4
    WHERE outlet = ?1 AND sequence = ?2 RETURNING lease_token";
const END_ALL_LEASES: &str = "-- submissions: end all leases
    UPDATE submissions SET lease_token = lease_token + 1, lease_owner = NULL, lease_until = NULL
    WHERE lease_until IS NOT NULL";
const RELEASE: &str = "-- submissions: release
    UPDATE submissions SET lease_owner = NULL, lease_until = NULL
    WHERE outlet = ?1
        AND sequence = (SELECT i.sequence FROM invoices i WHERE i.outlet = ?1 AND i.invoice = ?2)";
const CHANGE: &str = "-- submissions: change
    UPDATE submissions SET
        state_since = CASE WHEN state = ?3 THEN state_since ELSE ?8 END,
        state = ?3, progress = ?4, due_at = ?5,
        last_answer = CASE WHEN ?3 = 'acknowledged' OR ?6 = '' THEN nullif(?6, '')
            ELSE coalesce(?6, last_answer) END,
        lease_owner = CASE WHEN ?7 THEN NULL ELSE lease_owner END,
        lease_until = CASE WHEN ?7 THEN NULL ELSE max(lease_until, coalesce(?9, lease_until)) END
    WHERE outlet = ?1
        AND sequence = (SELECT i.sequence FROM invoices i WHERE i.outlet = ?1 AND i.invoice = ?2)";
const COUNT_ATTEMPT: &str = "-- submissions: count an attempt
    UPDATE submissions SET attempts = attempts + 1 WHERE outlet = ?1
        AND sequence = (SELECT i.sequence FROM invoices i WHERE i.outlet = ?1 AND i.invoice = ?2)
    RETURNING attempts";
const INSERT_ATTEMPT: &str = "-- submissions: attempt
    INSERT INTO attempts (outlet, invoice, ordinal, tenant, at, asked, answer, duration_micros,
        outcome)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
const ATTEMPTS: &str = "-- submissions: attempts
    SELECT at, asked, answer, duration_micros, outcome FROM attempts
    WHERE outlet = ?1 AND invoice = ?2 AND tenant = ?3 ORDER BY ordinal";
/// One step of the index an outlet, however long its queue is.
const LIVE_OUTLETS: &str = "-- submissions: outlets with live ones
    WITH RECURSIVE live (outlet) AS (
        SELECT min(outlet) FROM submissions WHERE state IN ('queued', 'submitted')
        UNION ALL
        SELECT (SELECT min(s.outlet) FROM submissions s
                WHERE s.state IN ('queued', 'submitted') AND s.outlet > live.outlet)
        FROM live WHERE live.outlet IS NOT NULL
    )
    SELECT outlet FROM live WHERE outlet IS NOT NULL";
const LIVE: &str = "-- submissions: live ones in their order
    SELECT sequence, due_at, lease_until, lease_token, ordered FROM submissions
    WHERE outlet = ?1 AND state IN ('queued', 'submitted') ORDER BY sequence";
const STILL_DUE: &str = "-- submissions: still due
    SELECT 1 FROM submissions
    WHERE outlet = ?1 AND sequence = ?2 AND lease_token = ?3 AND state IN ('queued', 'submitted')
      AND due_at <= ?4 AND (lease_until IS NULL OR lease_until <= ?4)";
