//! What the ledger shows of what it holds.

use invoice::{Amount, EntryKind, Hash, InvoiceId, OutletId, Quantity, TenantId, Timestamp};

use crate::order::Summary;
use crate::series::SeriesKey;
use crate::stage::Stage;
use crate::submission::{Submission, SubmissionState};
use crate::word::integer;

/// One record of an outlet's chain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    pub outlet: OutletId,
    pub sequence: u64,
    /// None for an entry that concerns the outlet alone.
    pub invoice: Option<InvoiceId>,
    pub kind: EntryKind,
    pub at: Timestamp,
    /// The bytes that `invoice::Statement` reads.
    pub statement: Vec<u8>,
    pub hash: Hash,
    pub key_id: String,
    pub signature: [u8; 64],
    pub elements: Option<Vec<u8>>,
    /// The authority's code, in the first entry of the invoice that has it.
    pub authority_code: Option<String>,
    /// The operator's words, in entries that have no invoice.
    pub note: Option<Vec<u8>>,
}

/// A line of a list of invoices.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InvoiceSummary {
    pub tenant: TenantId,
    pub outlet: OutletId,
    pub invoice: InvoiceId,
    /// The sequence of its first entry.
    pub sequence: u64,
    pub series: SeriesKey,
    pub sequence_in_series: u64,
    pub number: String,
    pub stage: Stage,
    pub total: Amount,
    pub currency: String,
    pub regime: String,
    pub summary: Summary,
    /// The time of its first entry.
    pub recorded_at: Timestamp,
}

/// All that is known of one invoice.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InvoiceRecord {
    pub invoice: InvoiceSummary,
    /// The canonical bytes.
    pub payload: Vec<u8>,
    /// In their order; the first is *requested* or *sealed*.
    pub entries: Vec<Entry>,
    pub submission: Option<Submission>,
}

impl InvoiceRecord {
    /// The entry that sealed it, if it is sealed.
    pub fn seal(&self) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.kind == EntryKind::Sealed)
    }
}

/// Which invoices to list. Everything that is set must hold.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct InvoiceFilter {
    /// Any of these; all of the tenant's when empty.
    pub outlets: Vec<OutletId>,
    /// Any of these; all stages when empty.
    pub stages: Vec<Stage>,
    pub document_kind: Option<String>,
    pub customer_tax_id: Option<String>,
    pub number: Option<String>,
    /// Local dates, `2026-02-28`, both inclusive.
    pub issued_from: Option<String>,
    pub issued_to: Option<String>,
}

/// Where a list goes on: after this invoice, towards the older ones.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cursor {
    pub recorded_at: Timestamp,
    pub outlet: OutletId,
    pub sequence: u64,
}

impl From<&InvoiceSummary> for Cursor {
    fn from(last: &InvoiceSummary) -> Self {
        Self { recorded_at: last.recorded_at, outlet: last.outlet.clone(), sequence: last.sequence }
    }
}

/// Which submissions to list, oldest due first.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SubmissionFilter {
    /// Of any of these; of all of the tenant's when empty.
    pub outlets: Vec<OutletId>,
    /// Any of these; all states when empty.
    pub states: Vec<SubmissionState>,
    /// Those that follow this place.
    pub after: Option<SubmissionPlace>,
}

impl SubmissionFilter {
    /// The states that it lets through, each once.
    pub(crate) fn wanted(&self) -> impl Iterator<Item = SubmissionState> {
        let any = self.states.is_empty();
        SubmissionState::ALL.into_iter().filter(move |state| any || self.states.contains(state))
    }

    /// What stands on the page comes after this: the time it is due, outlet, sequence.
    pub(crate) fn start(&self) -> (i64, &str, i64) {
        self.after.as_ref().map_or((i64::MIN, "", 0), |place| {
            (place.due_at.micros(), place.outlet.as_str(), integer(place.sequence))
        })
    }
}

/// Where a list of submissions goes on. One that was tried meanwhile stands at another place.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct SubmissionPlace {
    pub due_at: Timestamp,
    pub outlet: OutletId,
    pub sequence: u64,
}

impl From<&Submission> for SubmissionPlace {
    fn from(last: &Submission) -> Self {
        Self { due_at: last.due_at, outlet: last.outlet.clone(), sequence: last.sequence }
    }
}

/// What credit notes have claimed of one line of an original.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Credited {
    pub line: u32,
    pub quantity: Quantity,
}

/// The end of an outlet's chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Head {
    /// 0 while there is no entry.
    pub sequence: u64,
    pub hash: Hash,
    pub at: Option<Timestamp>,
}

impl Head {
    pub const EMPTY: Self = Self { sequence: 0, hash: Hash::ZERO, at: None };
}

/// How many invoices a tenant has in each stage, and how many submissions in each state.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    pub invoices: Vec<(Stage, u64)>,
    pub submissions: Vec<(SubmissionState, u64)>,
}

/// Something that happened, for webhooks and the dashboard; in the order of commits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Event {
    /// Increases from each event of the tenant to its next. It may leave gaps, and says nothing of
    /// another tenant's events.
    pub id: u64,
    pub tenant: TenantId,
    pub outlet: Option<OutletId>,
    /// `invoice.` or `outlet.` and the entry's kind, or an alert's own type.
    pub kind: String,
    pub invoice: Option<InvoiceId>,
    pub at: Timestamp,
    /// JSON text.
    pub body: String,
}

/// Something that a person should look at, told once for each key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Alert {
    pub tenant: TenantId,
    pub outlet: Option<OutletId>,
    pub kind: String,
    pub key: String,
    /// JSON text.
    pub body: String,
    pub at: Timestamp,
}

/// Something last seen of an outlet's authority, such as its rates or its status.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuthorityFact {
    pub key: String,
    pub value: String,
    pub at: Timestamp,
}
