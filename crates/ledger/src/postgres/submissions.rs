//! Submissions: leases with a fence, progress, attempts, and which one is to be driven next.
//!
//! Several agents lease at once. Whoever leases locks the row, and passes over what another has
//! locked; whoever writes bears the lease's token and holds the row locked meanwhile. Nobody ends
//! the leases of others, as the one process of a file may: they run out.

use deadpool_postgres::GenericClient;
use invoice::{InvoiceId, OutletId, TenantId, Timestamp};
use tokio_postgres::Row;

use super::rows::{Params, all, count, execute, get, instant, one, optional_instant, word};
use crate::error::LedgerError;
use crate::limits::PAGE_MAX;
use crate::order::NewLease;
use crate::record::SubmissionFilter;
use crate::submission::{
    Attempt, Lease, LeaseToken, Leased, ProgressOrder, Submission, SubmissionChange,
    SubmissionState,
};
use crate::word::{integer, short};

/// Writes progress under the fence of the lease.
pub(crate) async fn save_progress(
    client: &impl GenericClient,
    order: &ProgressOrder,
) -> Result<(), LedgerError> {
    check_fence(client, &order.tenant, &order.invoice, order.lease).await?;
    change(client, &order.invoice, &order.change, (order.now, order.extend_until)).await?;
    match &order.attempt {
        None => Ok(()),
        Some(attempt) => record_attempt(client, &order.tenant, &order.invoice, attempt).await,
    }
}

/// Leases one submission, in whatever state it is, unless somebody holds it. The row is locked
/// before it is looked at.
pub(crate) async fn lease(
    client: &impl GenericClient,
    tenant: &TenantId,
    invoice: &InvoiceId,
    (new, now): (&NewLease, Timestamp),
) -> Result<Leased, LedgerError> {
    let unknown = || LedgerError::UnknownInvoice(invoice.clone());
    let named = (invoice.outlet(), invoice.as_str(), tenant.as_str());
    let named: Params = &[&named.0.as_str(), &named.1, &named.2];
    let sql = format!("{SELECT} {BY_INVOICE} FOR UPDATE OF s");
    let standing = one(client, &sql, named, read).await?.ok_or_else(unknown)?;
    if let Some(until) = standing.lease_until.filter(|until| *until > now) {
        return Err(LedgerError::LeaseHeld { invoice: invoice.clone(), until });
    }
    let (outlet, sequence) = (standing.outlet.as_str(), integer(standing.sequence));
    let row: Params = &[&new.owner, &new.until.micros(), &outlet, &sequence];
    let taken = one(client, TAKE, row, |row| leased(row, new.until)).await?;
    taken.ok_or_else(unknown)
}

/// Leases what is due and free, longest due first: of an outlet with an order the next one only, of
/// another all of them, since each has a till that waits.
///
/// What another agent is leasing at this moment is passed over, and not waited for. Of an outlet
/// with an order that means all of it: who comes next is in its hands.
pub(crate) async fn lease_due(
    client: &impl GenericClient,
    new: &NewLease,
    limit: u32,
    now: Timestamp,
) -> Result<Vec<Leased>, LedgerError> {
    let row: Params = &[&new.owner, &new.until.micros(), &now.micros(), &i64::from(limit)];
    let mut leased = all(client, LEASE_DUE, row, |row| leased(row, new.until)).await?;
    leased.sort_by_key(|leased| {
        let submission = &leased.submission;
        (submission.due_at, submission.outlet.clone(), submission.sequence)
    });
    Ok(leased)
}

pub(crate) async fn release(
    client: &impl GenericClient,
    tenant: &TenantId,
    invoice: &InvoiceId,
    token: LeaseToken,
) -> Result<(), LedgerError> {
    check_fence(client, tenant, invoice, token).await?;
    let outlet = invoice.outlet();
    execute(client, RELEASE, &[&outlet.as_str(), &invoice.as_str()]).await?;
    Ok(())
}

/// Sets how a submission stands; the fence was checked.
pub(super) async fn change(
    client: &impl GenericClient,
    invoice: &InvoiceId,
    change: &SubmissionChange,
    (now, extend_until): (Timestamp, Option<Timestamp>),
) -> Result<(), LedgerError> {
    let outlet = invoice.outlet();
    let last_answer = change.last_answer.as_deref().map(short);
    let row: Params = &[
        &outlet.as_str(),
        &invoice.as_str(),
        &change.state.as_str(),
        &change.progress,
        &change.due_at.micros(),
        &last_answer,
        &change.release,
        &now.micros(),
        &extend_until.map(Timestamp::micros),
    ];
    let changed = execute(client, CHANGE, row).await?;
    assert_eq!(changed, 1, "a submission whose fence was checked exists");
    Ok(())
}

pub(super) async fn record_attempt(
    client: &impl GenericClient,
    tenant: &TenantId,
    invoice: &InvoiceId,
    attempt: &Attempt,
) -> Result<(), LedgerError> {
    let outlet = invoice.outlet();
    let row: Params = &[
        &outlet.as_str(),
        &invoice.as_str(),
        &tenant.as_str(),
        &attempt.at.micros(),
        &short(&attempt.asked),
        &short(&attempt.answer),
        &integer(attempt.duration_micros),
        &short(&attempt.outcome),
    ];
    let recorded = execute(client, RECORD_ATTEMPT, row).await?;
    assert_eq!(recorded, 1, "a submission whose fence was checked exists");
    Ok(())
}

pub(crate) async fn submission(
    client: &impl GenericClient,
    tenant: &TenantId,
    invoice: &InvoiceId,
) -> Result<Option<Submission>, LedgerError> {
    let outlet = invoice.outlet();
    let named: Params = &[&outlet.as_str(), &invoice.as_str(), &tenant.as_str()];
    one(client, &format!("{SELECT} {BY_INVOICE}"), named, read).await
}

/// Due first. Of each state there are as many as are wanted in the order of its index; without that,
/// all of a tenant's would be put in order for the first few.
pub(crate) async fn list(
    client: &impl GenericClient,
    tenant: &TenantId,
    filter: &SubmissionFilter,
    limit: u32,
) -> Result<Vec<Submission>, LedgerError> {
    let states: Vec<&str> = filter.wanted().map(SubmissionState::as_str).collect();
    let outlets: Vec<&str> = filter.outlets.iter().map(OutletId::as_str).collect();
    let limit = i64::from(limit.min(PAGE_MAX));
    let (due_at, behind, sequence) = filter.start();
    let row: Params = &[&tenant.as_str(), &states, &outlets, &limit, &due_at, &behind, &sequence];
    all(client, &format!("{OF_EACH_STATE} {SELECT} {LISTED}) listed {IN_ORDER}"), row, read).await
}

pub(crate) async fn attempts(
    client: &impl GenericClient,
    tenant: &TenantId,
    invoice: &InvoiceId,
) -> Result<Vec<Attempt>, LedgerError> {
    let outlet = invoice.outlet();
    let named: Params = &[&outlet.as_str(), &invoice.as_str(), &tenant.as_str()];
    all(client, ATTEMPTS, named, |row| {
        Ok(Attempt {
            at: instant(row, 0)?,
            asked: get(row, 1)?,
            answer: get(row, 2)?,
            duration_micros: count(row, 3)?,
            outcome: get(row, 4)?,
        })
    })
    .await
}

/// Locks the submission, so that nobody takes it over before the commit, and compares the token.
async fn check_fence(
    client: &impl GenericClient,
    tenant: &TenantId,
    invoice: &InvoiceId,
    token: LeaseToken,
) -> Result<(), LedgerError> {
    let outlet = invoice.outlet();
    let named: Params = &[&outlet.as_str(), &invoice.as_str(), &tenant.as_str()];
    let held = one(client, FENCE, named, |row| {
        Ok(get::<Option<i64>>(row, 1)?.is_some().then_some(LeaseToken(count(row, 0)?)))
    });
    match held.await? {
        None => Err(LedgerError::UnknownInvoice(invoice.clone())),
        Some(Some(held)) if held == token => Ok(()),
        Some(_) => Err(LedgerError::LeaseLost(invoice.clone())),
    }
}

fn leased(row: &Row, until: Timestamp) -> Result<Leased, LedgerError> {
    let lease = Lease { token: LeaseToken(count(row, 15)?), until };
    Ok(Leased { lease, submission: read(row)? })
}

fn read(row: &Row) -> Result<Submission, LedgerError> {
    Ok(Submission {
        outlet: word(row, 0)?,
        sequence: count(row, 1)?,
        invoice: word(row, 2)?,
        tenant: word(row, 3)?,
        state: word(row, 4)?,
        progress: get(row, 5)?,
        due_at: instant(row, 6)?,
        ordered: get(row, 7)?,
        lease_owner: get(row, 8)?,
        lease_until: optional_instant(row, 9)?,
        attempts: count(row, 10)?,
        created_at: instant(row, 11)?,
        state_since: instant(row, 12)?,
        last_answer: get(row, 13)?,
        send_by: optional_instant(row, 14)?,
    })
}

const SELECT: &str = "-- submissions: read
    SELECT s.outlet, s.sequence, s.invoice, s.tenant, s.state, s.progress, s.due_at, s.ordered,
           s.lease_owner, s.lease_until, s.attempts, s.created_at, s.state_since, s.last_answer,
           s.send_by
    FROM submissions s";
const BY_INVOICE: &str = "WHERE s.outlet = $1 AND s.tenant = $3
        AND s.sequence = (SELECT i.sequence FROM invoices i WHERE i.outlet = $1 AND i.invoice = $2)";
const OF_EACH_STATE: &str = "-- submissions: list
    SELECT listed.* FROM unnest($2::text[]) AS wanted (state), LATERAL (";
const LISTED: &str = "WHERE s.tenant = $1 AND s.state = wanted.state
        AND (cardinality($3::text[]) = 0 OR s.outlet = ANY ($3))
        AND (s.due_at, s.outlet, s.sequence) > ($5, $6, $7)
    ORDER BY s.due_at, s.outlet, s.sequence LIMIT $4";
const IN_ORDER: &str = "ORDER BY listed.due_at, listed.outlet, listed.sequence LIMIT $4";
const FENCE: &str = "-- submissions: fence
    SELECT lease_token, lease_until FROM submissions
    WHERE outlet = $1 AND tenant = $3
        AND sequence = (SELECT i.sequence FROM invoices i WHERE i.outlet = $1 AND i.invoice = $2)
    FOR UPDATE";
const TAKE: &str = "-- submissions: take a lease
    UPDATE submissions s SET lease_token = s.lease_token + 1, lease_owner = $1, lease_until = $2
    WHERE s.outlet = $3 AND s.sequence = $4
    RETURNING s.outlet, s.sequence, s.invoice, s.tenant, s.state, s.progress, s.due_at, s.ordered,
        s.lease_owner, s.lease_until, s.attempts, s.created_at, s.state_since, s.last_answer,
        s.send_by, s.lease_token";
/// One step of the index an outlet, however long its queue is; of each the oldest live ones that are
/// due and free. One that waits lets later ones pass, unless it is ordered: nothing goes before or
/// beside an ordered one. The conditions stand twice: the second time they are asked of the row as
/// it is once it is locked, for another agent may have leased it since.
const LEASE_DUE: &str = "-- submissions: lease what is due
    WITH RECURSIVE live (outlet) AS (
        (SELECT outlet FROM submissions WHERE state IN ('queued', 'submitted')
         ORDER BY outlet LIMIT 1)
        UNION ALL
        SELECT (SELECT s.outlet FROM submissions s
                WHERE s.state IN ('queued', 'submitted') AND s.outlet > live.outlet
                ORDER BY s.outlet LIMIT 1)
        FROM live WHERE live.outlet IS NOT NULL
    ), due AS MATERIALIZED (
        SELECT d.outlet, d.sequence FROM live CROSS JOIN LATERAL (
            SELECT s.outlet, s.sequence, s.ordered,
                   row_number() OVER (ORDER BY s.sequence) AS place
            FROM submissions s
            WHERE s.outlet = live.outlet AND s.state IN ('queued', 'submitted')
              AND s.due_at <= $3 AND (s.lease_until IS NULL OR s.lease_until <= $3)
              AND s.sequence <= coalesce(
                  (SELECT o.sequence FROM submissions o
                   WHERE o.outlet = live.outlet AND o.state IN ('queued', 'submitted') AND o.ordered
                   ORDER BY o.sequence LIMIT 1), 9223372036854775807)
            ORDER BY s.sequence LIMIT $4
        ) d
        WHERE live.outlet IS NOT NULL AND (d.place = 1 OR NOT d.ordered)
    ), taken AS MATERIALIZED (
        SELECT s.outlet, s.sequence FROM submissions s
        WHERE (s.outlet, s.sequence) IN (SELECT outlet, sequence FROM due)
          AND s.state IN ('queued', 'submitted') AND s.due_at <= $3
          AND (s.lease_until IS NULL OR s.lease_until <= $3)
        ORDER BY s.due_at, s.outlet, s.sequence LIMIT $4
        FOR UPDATE OF s SKIP LOCKED
    )
    UPDATE submissions s SET lease_token = s.lease_token + 1, lease_owner = $1, lease_until = $2
    FROM taken t WHERE s.outlet = t.outlet AND s.sequence = t.sequence
    RETURNING s.outlet, s.sequence, s.invoice, s.tenant, s.state, s.progress, s.due_at, s.ordered,
        s.lease_owner, s.lease_until, s.attempts, s.created_at, s.state_since, s.last_answer,
        s.send_by, s.lease_token";
const RELEASE: &str = "-- submissions: release
    UPDATE submissions SET lease_owner = NULL, lease_until = NULL
    WHERE outlet = $1
        AND sequence = (SELECT i.sequence FROM invoices i WHERE i.outlet = $1 AND i.invoice = $2)";
const CHANGE: &str = "-- submissions: change
    UPDATE submissions SET
        state_since = CASE WHEN state = $3 THEN state_since ELSE $8 END,
        state = $3, progress = $4, due_at = $5,
        last_answer = CASE WHEN $3 = 'acknowledged' OR $6 = '' THEN nullif($6, '')
            ELSE coalesce($6, last_answer) END,
        lease_owner = CASE WHEN $7 THEN NULL ELSE lease_owner END,
        lease_until = CASE WHEN $7 OR lease_until IS NULL THEN NULL
                           ELSE greatest(lease_until, $9) END
    WHERE outlet = $1
        AND sequence = (SELECT i.sequence FROM invoices i WHERE i.outlet = $1 AND i.invoice = $2)";
const RECORD_ATTEMPT: &str = "-- submissions: attempt
    WITH counted AS (
        UPDATE submissions SET attempts = attempts + 1
        WHERE outlet = $1
            AND sequence = (SELECT i.sequence FROM invoices i
                            WHERE i.outlet = $1 AND i.invoice = $2)
        RETURNING attempts)
    INSERT INTO attempts (outlet, invoice, ordinal, tenant, at, asked, answer, duration_micros,
        outcome)
    SELECT $1, $2, counted.attempts, $3, $4, $5, $6, $7, $8 FROM counted";
const ATTEMPTS: &str = "-- submissions: attempts
    SELECT at, asked, answer, duration_micros, outcome FROM attempts
    WHERE outlet = $1 AND invoice = $2 AND tenant = $3 ORDER BY ordinal";
