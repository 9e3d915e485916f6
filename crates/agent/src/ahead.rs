//! Where an authority keeps an order, an outlet's next submission is leased while the one before it is
//! driven, so that nobody waits for that commit. It is driven when the one before is out of the way,
//! and no earlier.

use std::sync::{Arc, Mutex, PoisonError};

use fiscal::{Clock, LEASE};
use invoice::EntryKind;
use ledger::{Leased, Ledger, LedgerError, NewLease, Submission, SubmissionState};

/// What follows a submission that is driven, once it is leased. Whoever ends the drive takes it.
#[derive(Clone, Default)]
pub(crate) struct Next(Arc<Mutex<Option<Leased>>>);

impl Next {
    pub(crate) fn take(&self) -> Option<Leased> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, leased: Leased) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(leased);
    }

    /// Leases what follows, if that is to be found at once and free.
    pub(crate) async fn find(&self, ledger: &Ledger, clock: &Clock, before: &Leased) {
        if !before.submission.ordered {
            return;
        }
        match lease_after(ledger, clock, before).await {
            Ok(Some(leased)) => self.put(leased),
            // It is found by the next look at the queue.
            Ok(None) => {}
            Err(error) => tracing::warn!("what follows is not leased ahead: {error}"),
        }
    }
}

async fn lease_after(
    ledger: &Ledger,
    clock: &Clock,
    before: &Leased,
) -> Result<Option<Leased>, LedgerError> {
    let Submission { tenant, outlet, sequence, .. } = &before.submission;
    let entries = ledger.entries(tenant, outlet, *sequence, ENTRIES).await?;
    let first = entries.into_iter().find(|entry| entry.kind == EntryKind::Sealed);
    let Some(invoice) = first.and_then(|entry| entry.invoice) else { return Ok(None) };
    let standing = ledger.submission(tenant, &invoice).await?;
    let now = clock.now();
    let follows = |next: &Submission| {
        let is_live = matches!(next.state, SubmissionState::Queued | SubmissionState::Submitted);
        is_live && next.ordered && next.sequence > *sequence && next.due_at <= now
    };
    if !standing.is_some_and(|next| follows(&next)) {
        return Ok(None);
    }
    let owner = before.submission.lease_owner.clone().unwrap_or_default();
    let lease = NewLease { owner, until: now.plus_micros(LEASE) };
    let leased = match ledger.lease(tenant, &invoice, lease, now).await {
        Ok(leased) => leased,
        Err(LedgerError::LeaseHeld { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    // Somebody may have been at it since it was read.
    if follows(&leased.submission) {
        return Ok(Some(leased));
    }
    ledger.release(tenant, &invoice, leased.lease.token).await?;
    Ok(None)
}

/// Entries that are looked at. In a queue the next one is the next seal; where follow-ups stand between,
/// it is near, or there is none.
const ENTRIES: u32 = 4;
