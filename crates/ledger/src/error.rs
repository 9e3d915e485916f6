//! What can go wrong in the ledger.

use std::path::PathBuf;

use deadpool_postgres::PoolError;
use invoice::{EntryKind, InvoiceId, OutletId, Quantity, RangeId, Timestamp};
use tokio_postgres::error::SqlState;

use crate::clock::WentBack;
use crate::inbox::InboxId;
use crate::order::BoxError;
use crate::stage::Stage;

/// Why the ledger did not do what it was asked. Nothing was written, save where a variant says so.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    // Opening.
    #[error("another process has {path} open: one ledger file has one writer")]
    AlreadyOpen { path: PathBuf },
    #[error("the ledger has schema {found} and this program knows {known}: run a newer program")]
    NewerSchema { found: i64, known: i64 },
    #[error(
        "the ledger has schema {found} and this program wants {known}: \
         let the owner of the database run `stalela migrate`"
    )]
    OlderSchema { found: i64, known: i64 },
    #[error("{path} is a database of another program")]
    ForeignFile { path: PathBuf },
    #[error("the schema `stalela` of the database is of another program")]
    ForeignSchema,
    #[error("the address of the database is not understood: {0}")]
    Address(String),
    #[error("{login} may not work as {role}: let the owner run GRANT {role} TO {login}")]
    NotGranted { login: String, role: &'static str },
    #[error("the database does not keep {pragma} = {wanted}: it says {found}")]
    Pragma { pragma: &'static str, wanted: &'static str, found: String },
    #[error("the database does not answer")]
    NoAnswer,
    #[error("the database takes no writes: it stands by for another")]
    ReadOnly,
    #[error("there is something at {0} already: a ledger is copied to where there is none")]
    NotEmpty(String),
    #[error("there is no ledger at {0}")]
    NoLedger(PathBuf),
    #[error(
        "another program writes the ledger file, so that what the last process left in its log \
         cannot be put in order: end that program, and start again"
    )]
    LogHeld,
    #[error("the anchors cannot be used: {0}")]
    Anchors(String),
    #[error("the ledger file cannot be opened")]
    Open(#[source] std::io::Error),

    // What the caller asked cannot be.
    #[error("there is no outlet {0} of this tenant")]
    UnknownOutlet(OutletId),
    #[error("there is no invoice {0} of this tenant")]
    UnknownInvoice(InvoiceId),
    #[error("there is no such {0} of this tenant")]
    Unknown(&'static str),
    #[error("invoice {0} is in the ledger already")]
    InvoiceExists(InvoiceId),
    #[error("the {0} exists already")]
    Conflict(&'static str),
    #[error("what the {0} belongs to does not exist")]
    NoParent(&'static str),
    #[error("{0} has the character U+0000, which cannot be kept: leave it out")]
    Nul(&'static str),
    #[error("{field} is longer than {max} bytes")]
    TooLong { field: &'static str, max: usize },
    #[error("the idempotency key was used with another body; it made invoice {invoice}")]
    KeyReused { invoice: InvoiceId },
    #[error(
        "the clock says {now}, and the outlet's last entry is of {last}: set the clock right, \
         or let an operator accept it"
    )]
    ClockWentBack { last: Timestamp, now: Timestamp },
    #[error(
        "line {line} of {original} has {already} credited of {limit}: {claimed} more is too much"
    )]
    CreditExceeds {
        original: InvoiceId,
        line: u32,
        already: Quantity,
        claimed: Quantity,
        limit: Quantity,
    },
    #[error("the authority's code {code} stands in invoice {invoice} already")]
    CodeTaken { code: String, invoice: InvoiceId },
    #[error("invoice {by} takes its place already")]
    AlreadyReplaced { by: InvoiceId },
    #[error("invoice {by} stands for this receipt already")]
    AlreadyStoodFor { by: InvoiceId },
    #[error(
        "the outlet's numbers would grow to {length} characters, and a control module takes {max}: \
         shorten the outlet's code or its number template"
    )]
    NumberTooLong { length: usize, max: usize },
    #[error("the outlet has no number of kind {kind} left that has not expired")]
    NoNumbers { kind: String },
    #[error("some of these numbers are {} already, among {first} to {last}", how.as_str())]
    NumbersHeld { how: NumbersHeld, first: u64, last: u64 },
    #[error("the range has the numbers {first} to {last}")]
    OutsideRange { first: u64, last: u64 },
    #[error("the range is of another taxpayer or environment than the outlet")]
    RangeOfAnother,
    #[error("an invoice that is {} takes no entry {}", from.as_str(), to.as_str())]
    IllegalTransition { from: Stage, to: EntryKind },
    #[error("the lease of {0} is somebody else's by now")]
    LeaseLost(InvoiceId),
    #[error("somebody else has document {0} in hand by now")]
    DocumentLeaseLost(InboxId),
    #[error("somebody else tells of the annulment from {first} of range {range} by now")]
    AnnulmentLeaseLost { range: RangeId, first: u64 },
    #[error("{invoice} is leased until {until}")]
    LeaseHeld { invoice: InvoiceId, until: Timestamp },
    #[error("another public key is registered as {0}")]
    KeyDiffers(String),
    #[error(
        "outlet {outlet} had {anchored} entries, as its anchor says, and the store does not continue \
         them: it has {found}, and an older state was put back. Seal nothing: put the newest state \
         back, or let an operator run `stalela outlet recover {outlet}`"
    )]
    RolledBack { outlet: OutletId, anchored: u64, found: u64 },
    #[error("outlet {0} has lost nothing that an anchor speaks of: there is nothing to recover")]
    NotRolledBack(OutletId),

    // The caller's functions.
    #[error("the invoice could not be prepared")]
    Prepare(#[source] BoxError),
    #[error("the entry could not be signed")]
    Sign(#[source] BoxError),

    // Ours.
    #[error("the ledger is closed")]
    Closed,
    /// The disk failed while it committed. Nobody knows whether the batch is written until the file
    /// is opened again; whoever asked under an idempotency key asks again under the same one.
    #[error(
        "the commit failed, and whether it is written shows when the ledger is opened again: {0}"
    )]
    CommitFailed(String),
    #[error(
        "the database was lost during the commit, so whether the batch is written is not known: \
         ask again with the same key. {0}"
    )]
    OutcomeUnknown(String),
    #[error("the ledger has stopped after a fault of its disk: {0}")]
    Stopped(String),
    #[error("the batch failed, so nothing of it is written: {0}")]
    BatchFailed(String),
    #[error("the database refused")]
    Store(#[from] rusqlite::Error),
    #[error("the database refused")]
    Postgres(#[source] tokio_postgres::Error),
    #[error("no connection to the database: {0}")]
    Pool(#[from] PoolError),
    #[error("the ledger holds what it should not: {0}")]
    Corrupt(String),
}

impl LedgerError {
    /// Whether the store was not reached, or takes no work just now: later it may, as it is. What
    /// somebody has to put right first is not that.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Pool(PoolError::Backend(error)) | Self::Postgres(error) => may_pass(error),
            Self::Pool(_) | Self::NoAnswer | Self::ReadOnly => true,
            _ => false,
        }
    }
}

fn may_pass(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        Some(code) => PASSING.iter().any(|class| code.code().starts_with(class)),
        // There was no connection, or it ended; not that its certificate was wrong.
        None => error.is_closed() || has_no_line(error),
    }
}

fn has_no_line(error: &tokio_postgres::Error) -> bool {
    std::error::Error::source(error).is_some_and(|source| {
        let io = source.downcast_ref::<std::io::Error>();
        // TLS tells of a certificate as of a line that carries nonsense.
        io.is_some_and(|error| error.kind() != std::io::ErrorKind::InvalidData)
    })
}

/// Classes of SQLSTATE: connections, resources, and what an operator does to a server (PostgreSQL,
/// appendix A).
const PASSING: [&str; 3] = ["08", "53", "57"];

/// What keeps numbers from being given out, lent or annulled.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NumbersHeld {
    /// They are of another range.
    Authorised,
    /// An outlet has them.
    Lent,
    /// A document bears them.
    Used,
    Annulled,
}

impl NumbersHeld {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authorised => "authorised",
            Self::Lent => "lent to an outlet",
            Self::Used => "used",
            Self::Annulled => "annulled",
        }
    }
}

/// The one character that a text may have and a database does not keep.
impl From<tokio_postgres::Error> for LedgerError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.code() {
            Some(&SqlState::CHARACTER_NOT_IN_REPERTOIRE) => Self::Nul("a text"),
            _ => Self::Postgres(error),
        }
    }
}

impl From<WentBack> for LedgerError {
    fn from(back: WentBack) -> Self {
        Self::ClockWentBack { last: back.last, now: back.now }
    }
}
