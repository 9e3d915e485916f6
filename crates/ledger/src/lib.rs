//! What happened: entries, one chain an outlet, numbers, submissions; verification.
//!
//! Whoever writes takes all orders that wait, gives them their numbers and their places in the
//! chain, lets the callers' functions finish them, signs, inserts and commits: one transaction, one
//! sync of the disk, however many they are ([`Ledger::seal`]). What is decided in a batch is decided
//! without SQL (`batch`); a store reads facts and writes rows (`sqlite`, `postgres`).

mod anchor;
mod anchor_verbs;
mod batch;
mod clock;
mod copy;
mod error;
mod health;
mod inbox;
mod ledger;
mod limits;
mod log;
mod log_verbs;
mod nodes;
mod number;
mod order;
mod paper;
mod postgres;
mod range;
mod record;
mod registry;
mod sequences;
mod series;
mod sqlite;
mod stage;
mod store_map;
mod store_url;
mod submission;
mod verbs;
mod verify;
mod word;

pub use anchor::{
    ANCHOR_INTERVAL, Anchor, AnchorError, AnchorFolder, AnchorShelf, Anchoring, IsSigned,
    Kept as KeptAnchors, NumberRun, Recovery, Rollback,
};
pub use clock::{WentBack, next_instant};
pub use copy::{Copied, copy};
pub use error::{LedgerError, NumbersHeld};
pub use inbox::{
    AuthorityStanding, AuthorityState, DecisionDelivery, DecisionReceiver, DeliveryState,
    DocumentMark, Given, InboxDocument, InboxFilter, InboxId, InboxSummary, Kept, KeptApproval,
    NewApproval, NewDecision, NewDocument, NewStanding,
};
pub use ledger::Ledger;
pub use limits::{
    APPROVALS_A_DAY_MAX, APPROVALS_BYTES_A_DAY_MAX, APPROVALS_OF_INVOICE_MAX,
    APPROVALS_OF_SIGNER_MAX, BATCH_MAX, BLOB_BYTES_MAX, CREDITS_MAX, Long, NUMBER_CHARACTERS_MAX,
    Options, PAGE_MAX, PAYLOAD_BYTES_MAX, PIPELINED_FROM, QUEUE_MAX, READERS_MAX,
    RECEIVED_A_DAY_MAX, RECEIVED_BYTES_A_DAY_MAX, RECEIVED_BYTES_MAX, Rewrite, TEXT_BYTES_MAX,
    UNCHECKED_A_DAY_MAX, UNCHECKED_BYTES_A_DAY_MAX, WRITERS,
};
pub use log::{
    EntryProof, LogCheckpoint, SealedEntry, WhichCheckpoint, entry_of_proof, log_generation,
    log_key, log_name,
};
pub use nodes::{DocumentWork, Held, LineTurn};
pub use number::{NumberTemplate, NumberTemplateError};
pub use order::{
    AppendOrder, Assigned, BoxError, ClockOrder, CreditClaim, EntrySigner, Idempotency, NewLease,
    NewSubmission, Payload, Prepare, Prepared, Recorded, RecoverOrder, SealOrder, SealOutcome,
    Series, Sign, Summary,
};
pub use paper::{NewPaper, Paper, PaperFilter, PaperId, PaperState, PaperSummary};
pub use postgres::verify as verify_database;
pub use range::{Annulment, AnnulmentState, Range, RangeStanding, Share, ShareStanding};
pub use record::{
    Alert, AuthorityFact, Counts, Credited, Cursor, Entry, Event, Head, InvoiceFilter,
    InvoiceRecord, InvoiceSummary, SubmissionFilter, SubmissionPlace,
};
pub use registry::{ApiKey, Environment, KeyHolder, Outlet, PublicKey, Taxpayer, Tenant, Terminal};
pub use series::SeriesKey;
pub use sqlite::{keys_in, outlets_in, ranges_in, rewrite_file, verify};
pub use stage::{FollowUp, Opening, Stage};
pub use store_map::{MapFault, MapFaults, MappedStore, Misplaced, StoreMap, StoreName};
pub use store_url::StoreUrl;
pub use submission::{
    Attempt, Lease, LeaseToken, Leased, ProgressOrder, Submission, SubmissionChange,
    SubmissionState,
};
pub use verify::{Break, OutletReport, Place, Report, Verifier, VerifyError};
