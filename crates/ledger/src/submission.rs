//! The duty to tell the authority: its state, who is at it, and what was tried.

use invoice::{InvoiceId, OutletId, TenantId, Timestamp};

/// Where a submission stands.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum SubmissionState {
    /// Nothing has left us.
    Queued,
    /// Something has left us, and more is to be asked or told.
    Submitted,
    Acknowledged,
    Refused,
    /// Somebody has to find out what the authority knows.
    Unanswered,
    /// A person took it out of the queue, so that it blocks nobody.
    SetAside,
}

impl SubmissionState {
    pub const ALL: [Self; 6] = [
        Self::Queued,
        Self::Submitted,
        Self::Acknowledged,
        Self::Refused,
        Self::Unanswered,
        Self::SetAside,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Submitted => "submitted",
            Self::Acknowledged => "acknowledged",
            Self::Refused => "refused",
            Self::Unanswered => "unanswered",
            Self::SetAside => "set_aside",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// The fence of a lease: it increases with every lease, and what bears an older one is refused.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct LeaseToken(pub u64);

/// The right to drive one submission until an instant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Lease {
    pub token: LeaseToken,
    pub until: Timestamp,
}

/// A submission that is leased to the caller.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Leased {
    pub lease: Lease,
    pub submission: Submission,
}

/// A submission as it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Submission {
    pub tenant: TenantId,
    pub outlet: OutletId,
    pub invoice: InvoiceId,
    /// The sequence of the invoice's first entry: submissions are driven in this order.
    pub sequence: u64,
    pub state: SubmissionState,
    pub progress: Vec<u8>,
    pub due_at: Timestamp,
    pub ordered: bool,
    pub lease_owner: Option<String>,
    pub lease_until: Option<Timestamp>,
    pub attempts: u64,
    pub created_at: Timestamp,
    pub state_since: Timestamp,
    pub last_answer: Option<String>,
    /// The authority must have it by then; none where no law says so.
    pub send_by: Option<Timestamp>,
}

/// How a submission stands after a step.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SubmissionChange {
    pub state: SubmissionState,
    pub progress: Vec<u8>,
    pub due_at: Timestamp,
    /// Its beginning is kept ([`crate::TEXT_BYTES_MAX`]). Absent, the one before stays; empty, it is
    /// forgotten, and so it is where the submission ends as acknowledged: it tells of no trouble that
    /// is over.
    pub last_answer: Option<String>,
    /// Ends the lease with this change.
    pub release: bool,
}

/// Progress that must be durable before the next step, or the end of a turn without an entry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProgressOrder {
    pub tenant: TenantId,
    pub invoice: InvoiceId,
    pub lease: LeaseToken,
    pub change: SubmissionChange,
    /// The lease lasts until then at least, so that whoever drives for long keeps it; none leaves
    /// it as it is. Nothing where the change releases it.
    pub extend_until: Option<Timestamp>,
    pub attempt: Option<Attempt>,
    pub now: Timestamp,
}

/// One exchange with the authority, kept for ever. No bodies: they are progress and elements. Of
/// each text the first [`crate::TEXT_BYTES_MAX`] bytes are kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attempt {
    pub at: Timestamp,
    /// What was asked, as in `POST /api/invoice`.
    pub asked: String,
    /// The status or the first words of the answer.
    pub answer: String,
    pub duration_micros: u64,
    /// One word: `answered`, `refused`, `unanswered`.
    pub outcome: String,
}
