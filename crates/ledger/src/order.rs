//! What is asked of the ledger's writer, and what it answers.

use std::fmt;
use std::sync::Arc;

use invoice::{Amount, Hash, InvoiceId, OutletId, Quantity, RangeId, TenantId, Timestamp};
use jiff::civil::Date;

use crate::log::EntryProof;
use crate::number::NumberTemplate;
use crate::record::Entry;
use crate::series::SeriesKey;
use crate::stage::{FollowUp, Opening};
use crate::submission::{Attempt, Lease, LeaseToken, SubmissionChange, SubmissionState};

/// The error of a caller's function.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// An invoice that is to take a number and its place in the chain of its outlet.
pub struct SealOrder {
    pub tenant: TenantId,
    /// Its first half names the outlet.
    pub invoice: InvoiceId,
    pub series: Series,
    pub payload: Payload,
    /// The taxpayer's own number, as the statement bears it: NIF, RNC.
    pub taxpayer: String,
    pub total: Amount,
    /// ISO 4217.
    pub currency: String,
    pub regime: String,
    pub summary: Summary,
    pub idempotency: Option<Idempotency>,
    pub credits: Vec<CreditClaim>,
    /// The refused invoice that this one takes the place of; no other may while this one stands.
    pub replaces: Option<InvoiceId>,
    /// The number of the receipt on paper that this one stands for; no other may while this one
    /// stands.
    pub stands_for: Option<String>,
    pub signer: EntrySigner,
    pub now: Timestamp,
    pub prepare: Prepare,
}

/// The run of numbers that an invoice takes its own from.
#[derive(Clone, Debug)]
pub enum Series {
    /// The outlet's own, which begins anew each fiscal year.
    Yearly {
        fiscal_year: i16,
        template: NumberTemplate,
        /// What `{outlet}` stands for in the template, as in `KIN01`.
        outlet_code: String,
    },
    /// The outlet's shares of what an authority gave out for a kind of document.
    Authorised {
        /// The authority's own code of the kind.
        kind: String,
        /// The day of issue in the outlet's zone: later than a range's last day, it takes none of
        /// its numbers.
        on: Date,
    },
}

/// An invoice's canonical bytes with their hash, computed once and by the one who asks.
#[derive(Clone, Debug)]
pub struct Payload {
    bytes: Vec<u8>,
    hash: Hash,
}

impl Payload {
    pub fn new(canonical: Vec<u8>) -> Self {
        let hash = Hash::of_invoice(&canonical);
        Self { bytes: canonical, hash }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn hash(&self) -> Hash {
        self.hash
    }

    pub(crate) fn hash_bytes(&self) -> &[u8] {
        &self.hash.0
    }
}

/// What a list shows of an invoice besides its number and total.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Summary {
    /// The document kind's key.
    pub document_kind: String,
    /// The outlet's local date, `2026-02-28`.
    pub issued_on: String,
    pub customer_name: Option<String>,
    pub customer_tax_id: Option<String>,
}

/// The same key and body give the same invoice for ever (invariant 4). Keys are the tenant's.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Idempotency {
    pub key: String,
    pub body_hash: Hash,
}

/// A credit note's claim on one line of the invoice that it corrects.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CreditClaim {
    pub original: InvoiceId,
    /// The index of the line in the original, from 0; `u32::MAX` where money of the whole is
    /// claimed, in thousandths, which verification tells from lines by this.
    pub line: u32,
    pub quantity: Quantity,
    /// What may be credited of the line in all: the quantity that was sold.
    pub limit: Quantity,
}

/// Signs `0x00 ‖ statement` (the message of `invoice::signed_message`) with the key of that id:
/// ECDSA P-256 over SHA-256, r ‖ s.
#[derive(Clone)]
pub struct EntrySigner {
    pub key_id: String,
    pub sign: Sign,
    /// A device signs, a few at a time, so that who has other work does not stand in its queue.
    pub is_device: bool,
}

/// May be called from several threads at once, and again for another message if a neighbour in
/// the batch fails.
pub type Sign = Arc<dyn Fn(&[u8]) -> Result<[u8; 64], BoxError> + Send + Sync>;

/// Finishes an invoice once its number and time are known: "a transaction may sign, but never
/// send". It depends on [`Assigned`] alone, for it is called again, with another number, when an
/// order before it in the batch fails; so it is `Fn` and not `FnOnce`.
pub type Prepare = Box<dyn Fn(&Assigned) -> Result<Prepared, BoxError> + Send + Sync>;

/// What the ledger gave to an invoice.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Assigned {
    /// As printed.
    pub number: String,
    /// The last day of the range that the number is of, if it has one.
    pub number_expires: Option<Date>,
    pub series: SeriesKey,
    /// The range that the number is of; none for a yearly one.
    pub range: Option<RangeId>,
    /// The number's place in its series, from 1.
    pub sequence_in_series: u64,
    /// The time of the entry: of the seal, or of the request.
    pub sealed_at: Timestamp,
    /// The entry's place in the outlet's chain, from 1.
    pub sequence: u64,
}

/// What is to be recorded of an invoice that has its number.
pub struct Prepared {
    pub opening: Opening,
    /// The security elements, when they come before the entry.
    pub elements: Option<Vec<u8>>,
    /// The code among the elements, by which a credit note may name this invoice.
    pub authority_code: Option<String>,
    /// Every invoice has one, so that the loss of it shows.
    pub submission: NewSubmission,
}

/// The duty to tell the authority, born with the invoice.
pub struct NewSubmission {
    pub state: SubmissionState,
    pub progress: Vec<u8>,
    pub due_at: Timestamp,
    /// While this one waits, no later submission of the outlet may be leased.
    pub ordered: bool,
    /// The authority must have it by then; none where no law says so.
    pub send_by: Option<Timestamp>,
    /// Leased to the one who seals, from the start, so that no agent comes in between.
    pub lease: Option<NewLease>,
}

/// Who drives a submission, and until when nobody else may.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewLease {
    pub owner: String,
    pub until: Timestamp,
}

/// What became of a [`SealOrder`].
#[derive(Debug)]
pub enum SealOutcome {
    Recorded(Box<Recorded>),
    /// The same key and body came before: this is the invoice that they made.
    Replayed(InvoiceId),
}

/// An invoice that has its number and its first entry, both durable.
#[derive(Debug)]
pub struct Recorded {
    pub assigned: Assigned,
    pub entry: Entry,
    pub lease: Option<Lease>,
    /// That the entry is in the outlet's log, against the checkpoint of its own commit.
    pub proof: EntryProof,
}

/// A later entry of an invoice, from whoever holds the lease of its submission.
#[derive(Clone)]
pub struct AppendOrder {
    pub tenant: TenantId,
    pub invoice: InvoiceId,
    pub lease: LeaseToken,
    pub kind: FollowUp,
    /// What the authority gave or said, as it was.
    pub elements: Option<Vec<u8>>,
    /// The code among the elements.
    pub authority_code: Option<String>,
    /// Of a refusal: the number goes to the next invoice of its series, since the authority does
    /// not hold it.
    pub frees_number: bool,
    pub change: SubmissionChange,
    pub attempt: Option<Attempt>,
    pub signer: EntrySigner,
    pub now: Timestamp,
}

/// An operator accepts that the clock of an outlet went back: its times increase anew from `now`.
pub struct ClockOrder {
    pub tenant: TenantId,
    pub outlet: OutletId,
    pub operator: String,
    pub reason: String,
    pub signer: EntrySigner,
    pub now: Timestamp,
}

/// An operator accepts that an outlet has lost its last entries: their numbers are written off, and
/// it goes on.
pub struct RecoverOrder {
    pub tenant: TenantId,
    pub outlet: OutletId,
    pub operator: String,
    pub reason: String,
    pub signer: EntrySigner,
    pub now: Timestamp,
}

impl fmt::Debug for EntrySigner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("EntrySigner").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}
