//! From the errors of the crates below to problems: one exhaustive match an enum.

use authorities::Refusal;
use fiscal::{
    ClockError, DeskError, IssueError, PaperError, RangeError, ReconcileError, TooLarge, TurnError,
    UnreadableRecord,
};
use ledger::{BoxError, LedgerError};
use serde_json::json;

use super::{
    ANNULMENT_NOT_TAKEN, ANSWER_NOT_BELIEVED, ANSWER_TOO_EARLY, AUTHORITY_REFUSED, BAD_REQUEST,
    CLOCK_NOT_BEHIND, CLOCK_WENT_BACK, CONFLICT, INTERNAL, INVOICE_TOO_LARGE, INVOICE_UNKNOWN,
    KEY_REUSED, Kind, LEASED, LEDGER_UNAVAILABLE, NO_NUMBERS, NO_SUBMISSION, NO_SUCH_RESOURCE,
    NOT_ASKED, OUTLET_UNKNOWN, OUTLET_UNUSABLE, Problem, RECORD_UNREADABLE, SIGNING_FAILED,
    STORE_ROLLED_BACK, WRONG_STATE,
};

impl From<IssueError> for Problem {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::Faults(faults) => Self::of_faults(faults),
            IssueError::TooLarge(TooLarge { max }) => {
                Self::new(INVOICE_TOO_LARGE).with("maximum", max)
            }
            IssueError::Ledger(error) => error.into(),
        }
    }
}

impl From<ReconcileError> for Problem {
    fn from(error: ReconcileError) -> Self {
        match error {
            ReconcileError::NotAsked(state) => Self::new(NOT_ASKED).with("state", state.as_str()),
            ReconcileError::TooEarly { seconds, until_seconds } => {
                let left = until_seconds.saturating_sub(seconds).max(1);
                Self::new(ANSWER_TOO_EARLY).with("seconds", left).retry_after(left.unsigned_abs())
            }
            ReconcileError::NotBelieved(why) => Self::new(ANSWER_NOT_BELIEVED).with("why", why),
            ReconcileError::Ledger(error) => error.into(),
        }
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        let in_full = error.in_full();
        match error {
            DeskError::UnknownOutlet(outlet) => Self::new(OUTLET_UNKNOWN).with("outlet", outlet),
            DeskError::Authority { outlet, source } => unusable(&outlet, &source),
            // Where keys, tokens and addresses lie is the operator's to know, not the caller's.
            DeskError::Settings { outlet, .. }
            | DeskError::Wire { outlet, .. }
            | DeskError::Zone { outlet, .. }
            | DeskError::ForeignZone { outlet, .. } => {
                tracing::error!("{in_full}");
                unusable(&outlet, &"its settings are not right; the operator's log says why")
            }
            DeskError::Key { outlet, .. } => {
                tracing::error!("{in_full}");
                unusable(&outlet, &"its key cannot be used; the operator's log says why")
            }
            DeskError::Ledger(error) => error.into(),
        }
    }
}

impl From<RangeError> for Problem {
    fn from(error: RangeError) -> Self {
        match error {
            RangeError::Faults(faults) => Self::of_faults(faults),
            RangeError::NotTaken(Refusal { words, .. }) => {
                Self::new(ANNULMENT_NOT_TAKEN).with("reason", words)
            }
            RangeError::Ledger(error) => error.into(),
        }
    }
}

impl From<PaperError> for Problem {
    fn from(error: PaperError) -> Self {
        match error {
            PaperError::Faults(faults) => Self::of_faults(faults),
            PaperError::Ledger(error) => error.into(),
        }
    }
}

impl From<TurnError> for Problem {
    fn from(error: TurnError) -> Self {
        match error {
            TurnError::NoSubmission => Self::new(NO_SUBMISSION),
            TurnError::WrongState(state) => Self::new(WRONG_STATE).with("state", state.as_str()),
            TurnError::Ledger(error) => error.into(),
        }
    }
}

impl From<ClockError> for Problem {
    fn from(error: ClockError) -> Self {
        match error {
            ClockError::NotBehind { now } => Self::new(CLOCK_NOT_BEHIND).with("now", now),
            ClockError::Ledger(error) => error.into(),
        }
    }
}

impl From<UnreadableRecord> for Problem {
    fn from(error: UnreadableRecord) -> Self {
        tracing::error!("a record cannot be read, verify the ledger: {error}");
        match error {
            UnreadableRecord::Payload(_) | UnreadableRecord::Statement(_) => {
                Self::new(RECORD_UNREADABLE)
            }
        }
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::UnknownOutlet(outlet) => Self::new(OUTLET_UNKNOWN).with("outlet", outlet),
            LedgerError::UnknownInvoice(id) => Self::new(INVOICE_UNKNOWN).with("invoice", id),
            LedgerError::Unknown(_) => Self::new(NO_SUCH_RESOURCE),
            LedgerError::Conflict(what) | LedgerError::NoParent(what) => {
                Self::new(CONFLICT).with("what", what)
            }
            LedgerError::NoNumbers { kind } => Self::new(NO_NUMBERS).with("kind", kind),
            LedgerError::RangeOfAnother => Self::new(CONFLICT).with("what", "another taxpayer"),
            LedgerError::KeyReused { .. } => Self::new(KEY_REUSED),
            LedgerError::ClockWentBack { last, now } => {
                Self::new(CLOCK_WENT_BACK).with("last", last).with("now", now)
            }
            LedgerError::RolledBack { anchored, found, .. } => {
                Self::new(STORE_ROLLED_BACK).with("anchored", anchored).with("found", found)
            }
            LedgerError::IllegalTransition { from, .. } => {
                Self::new(WRONG_STATE).with("state", from.as_str())
            }
            LedgerError::Nul(_) => Self::new(BAD_REQUEST),
            LedgerError::LeaseLost(_)
            | LedgerError::DocumentLeaseLost(_)
            | LedgerError::AnnulmentLeaseLost { .. }
            | LedgerError::LeaseHeld { .. } => Self::new(LEASED).retry_after(LEASE_RETRY_SECONDS),
            LedgerError::Prepare(source) => of_preparation(&source),
            LedgerError::Sign(source) => logged(SIGNING_FAILED, &source).retry_after(1),
            error @ (LedgerError::Closed
            | LedgerError::CommitFailed(_)
            | LedgerError::Stopped(_)
            | LedgerError::BatchFailed(_)
            | LedgerError::OutcomeUnknown(_)
            | LedgerError::ReadOnly
            | LedgerError::NoAnswer
            | LedgerError::Pool(_)
            | LedgerError::Postgres(_)
            | LedgerError::Store(_)) => logged(LEDGER_UNAVAILABLE, &error).retry_after(1),
            error @ LedgerError::Corrupt(_) => logged(RECORD_UNREADABLE, &error),
            // Opening is over when we serve, and the rest is checked before the ledger is asked.
            error @ (LedgerError::AlreadyOpen { .. }
            | LedgerError::NewerSchema { .. }
            | LedgerError::OlderSchema { .. }
            | LedgerError::ForeignSchema
            | LedgerError::Address(_)
            | LedgerError::NotGranted { .. }
            | LedgerError::NotEmpty(_)
            | LedgerError::NoLedger(_)
            | LedgerError::ForeignFile { .. }
            | LedgerError::LogHeld
            | LedgerError::Pragma { .. }
            | LedgerError::Open(_)
            | LedgerError::InvoiceExists(_)
            | LedgerError::TooLong { .. }
            | LedgerError::CreditExceeds { .. }
            | LedgerError::CodeTaken { .. }
            | LedgerError::AlreadyReplaced { .. }
            | LedgerError::AlreadyStoodFor { .. }
            | LedgerError::NumberTooLong { .. }
            | LedgerError::NumbersHeld { .. }
            | LedgerError::OutsideRange { .. }
            | LedgerError::NotRolledBack(_)
            | LedgerError::Anchors(_)
            | LedgerError::KeyDiffers(_)) => logged(INTERNAL, &error),
        }
    }
}

impl Problem {
    /// The authority's own code and words, as they were.
    pub(crate) fn of_refusal(kind: &str, code: &str, words: &str) -> Self {
        Self::new(AUTHORITY_REFUSED)
            .with("said", authorities::coded(code, words))
            .member("authority", json!({ "kind": kind, "code": code, "words": words }))
    }
}

/// A lease of a request or of an agent ends within seconds, most of the time.
const LEASE_RETRY_SECONDS: u64 = 2;

/// A machine may refuse before anything leaves us; what else fails there is a signature.
fn of_preparation(source: &BoxError) -> Problem {
    match source.downcast_ref::<Refusal>() {
        Some(refusal) => Problem::of_refusal(refusal.kind.as_str(), &refusal.code, &refusal.words),
        None => logged(SIGNING_FAILED, source).retry_after(1),
    }
}

fn unusable(outlet: &impl std::fmt::Display, reason: &impl std::fmt::Display) -> Problem {
    Problem::new(OUTLET_UNUSABLE).with("outlet", outlet).with("reason", reason)
}

fn logged(kind: &'static Kind, error: &impl std::fmt::Display) -> Problem {
    tracing::error!(problem.code = kind.rule.code, "{}: {error}", kind.title);
    Problem::new(kind)
}
