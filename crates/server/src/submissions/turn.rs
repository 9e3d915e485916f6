//! A person's hand in a submission: under its lease, so that no agent is at it.

use ledger::{NewLease, ProgressOrder, SubmissionChange, SubmissionState};

use super::view::SubmissionView;
use crate::call::{Call, SubmissionsWrite};
use crate::problem::{NO_SUBMISSION, Problem, WRONG_STATE};

/// Moves the submission of an invoice into a state, from where `may` says that it may go there.
/// Its progress stays: whoever takes it up resumes where it stood.
pub(super) async fn turn(
    call: &Call<SubmissionsWrite>,
    id: &str,
    to: SubmissionState,
    may: fn(SubmissionState) -> bool,
) -> Result<SubmissionView, Problem> {
    let record = call.record(id).await?;
    let standing = record.submission.ok_or_else(|| Problem::new(NO_SUBMISSION))?;
    check(standing.state, may)?;
    let (ledger, now) = (call.app.ledger(), call.app.now());
    let (tenant, invoice) = (call.caller.tenant.clone(), standing.invoice);
    let lease = NewLease { owner: call.caller.key_id.clone(), until: now.plus_micros(LEASE) };
    let leased = ledger.lease(&tenant, &invoice, lease, now).await?;
    // Somebody may have been at it since it was read.
    if let Err(problem) = check(leased.submission.state, may) {
        ledger.release(&tenant, &invoice, leased.lease.token).await?;
        return Err(problem);
    }
    let change = SubmissionChange {
        state: to,
        progress: leased.submission.progress,
        due_at: now,
        last_answer: None,
        release: true,
    };
    let lease = leased.lease.token;
    let order = ProgressOrder {
        tenant: tenant.clone(),
        invoice: invoice.clone(),
        lease,
        change,
        extend_until: None,
        attempt: None,
        now,
    };
    ledger.save_progress(order).await?;
    call.app.wake_agent();
    let submission = ledger.submission(&tenant, &invoice).await?;
    let submission = submission.ok_or_else(|| Problem::new(NO_SUBMISSION))?;
    Ok(SubmissionView::of(&submission, now))
}

fn check(state: SubmissionState, may: fn(SubmissionState) -> bool) -> Result<(), Problem> {
    if may(state) {
        return Ok(());
    }
    Err(Problem::new(WRONG_STATE).with("state", state.as_str()))
}

/// Two writes follow, and then it is given back.
const LEASE: i64 = 10 * invoice::SECOND;
