//! A person's hand in a submission: under its lease, so that no agent is at it.

use invoice::{InvoiceId, SECOND, TenantId, Timestamp};
use ledger::{
    Ledger, LedgerError, NewLease, ProgressOrder, Submission, SubmissionChange, SubmissionState,
};

/// Whose submission a person has in hand, and who that is.
#[derive(Clone, Debug)]
pub struct Hand {
    pub tenant: TenantId,
    pub invoice: InvoiceId,
    /// Stands in the lease.
    pub by: String,
    pub now: Timestamp,
}

/// Why a submission was not turned.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    #[error("there is nothing to submit of this invoice")]
    NoSubmission,
    #[error("the submission is {}: that cannot be done with it", .0.as_str())]
    WrongState(SubmissionState),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// What a state lets a person do.
pub(crate) enum Turn {
    To(SubmissionState),
    /// It is where the person wants it.
    There,
    Never,
}

/// Moves a submission as `turn` says of its state. Its progress stays: whoever takes it up resumes
/// where it stood.
pub(crate) async fn turned(
    ledger: &Ledger,
    hand: &Hand,
    turn: fn(SubmissionState) -> Turn,
) -> Result<Submission, TurnError> {
    let standing = submission(ledger, hand).await?;
    if wanted(&standing, turn)?.is_none() {
        return Ok(standing);
    }
    let lease = NewLease { owner: hand.by.clone(), until: hand.now.plus_micros(LEASE) };
    let leased = ledger.lease(&hand.tenant, &hand.invoice, lease, hand.now).await?;
    // Somebody may have been at it since it was read.
    match wanted(&leased.submission, turn) {
        Ok(Some(to)) => {
            let order = order(hand, to, leased.submission.progress, leased.lease.token);
            ledger.save_progress(order).await?;
            submission(ledger, hand).await
        }
        unturned => {
            ledger.release(&hand.tenant, &hand.invoice, leased.lease.token).await?;
            unturned.map(|_| leased.submission)
        }
    }
}

/// Where to; nothing where it is there already.
fn wanted(
    submission: &Submission,
    turn: fn(SubmissionState) -> Turn,
) -> Result<Option<SubmissionState>, TurnError> {
    match turn(submission.state) {
        Turn::To(state) => Ok(Some(state)),
        Turn::There => Ok(None),
        Turn::Never => Err(TurnError::WrongState(submission.state)),
    }
}

async fn submission(ledger: &Ledger, hand: &Hand) -> Result<Submission, TurnError> {
    let found = ledger.submission(&hand.tenant, &hand.invoice).await?;
    found.ok_or(TurnError::NoSubmission)
}

fn order(
    hand: &Hand,
    to: SubmissionState,
    progress: Vec<u8>,
    lease: ledger::LeaseToken,
) -> ProgressOrder {
    ProgressOrder {
        tenant: hand.tenant.clone(),
        invoice: hand.invoice.clone(),
        lease,
        change: SubmissionChange {
            state: to,
            progress,
            due_at: hand.now,
            last_answer: None,
            release: true,
        },
        extend_until: None,
        attempt: None,
        now: hand.now,
    }
}

/// Two writes follow, and then it is given back.
const LEASE: i64 = 10 * SECOND;
