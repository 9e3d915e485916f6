//! What a store must know of itself to decide on a batch, read inside the batch's transaction.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use invoice::{Amount, Hash, InvoiceId, OutletId, RangeId, TenantId};
use jiff::civil::Date;
use proof::Frontier;

use crate::anchor::{Generation, Rollback};
use crate::record::Head;
use crate::registry::Environment;
use crate::series::SeriesKey;
use crate::stage::Stage;
use crate::submission::LeaseToken;

/// All that the orders of a batch touch. What does not exist is absent.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) outlets: HashMap<OutletId, OutletFacts>,
    pub(crate) series: HashMap<(OutletId, SeriesKey), SeriesFacts>,
    /// An outlet's shares of the ranges of a kind, in the order in which it draws from them.
    pub(crate) shares: HashMap<(OutletId, String), Vec<ShareFacts>>,
    /// What an idempotency key has made, and of which body.
    pub(crate) keys: HashMap<(TenantId, String), (Hash, InvoiceId)>,
    /// Originals that exist.
    pub(crate) originals: HashSet<(TenantId, InvoiceId)>,
    /// Thousandths already credited of an original's line.
    pub(crate) credited: HashMap<(TenantId, InvoiceId, u32), i128>,
    /// Who takes a refused invoice's place; absent while nobody ever did.
    pub(crate) replaced: HashMap<(TenantId, InvoiceId), ReplacedFacts>,
    /// Who stands for a receipt on paper; absent while nobody ever did.
    pub(crate) stood_for: HashMap<PaperKey, ReplacedFacts>,
    /// The number that waits for the correction of a refused invoice.
    pub(crate) held: HashMap<InvoiceId, HeldFacts>,
    pub(crate) invoices: HashMap<InvoiceId, InvoiceFacts>,
}

/// A number that came back from a document that a customer holds.
pub(crate) struct HeldFacts {
    pub(crate) outlet: OutletId,
    pub(crate) series: SeriesKey,
    pub(crate) ordinal: u64,
    pub(crate) turn: u64,
}

/// A receipt on paper: its tenant, the taxpayer's own number, the environment, its own number.
pub(crate) type PaperKey = (TenantId, String, Environment, String);

#[derive(Clone)]
pub(crate) struct OutletFacts {
    pub(crate) tenant: TenantId,
    /// The taxpayer's own number, as registered.
    pub(crate) taxpayer: String,
    pub(crate) environment: Environment,
    pub(crate) head: Head,
    /// The right edge of its log.
    pub(crate) frontier: Frontier,
    pub(crate) generation: Generation,
    /// What it has lost: nothing but a recovery is added to it then.
    pub(crate) rollback: Option<Arc<Rollback>>,
}

/// A series that does not exist yet has taken nothing.
#[derive(Default)]
pub(crate) struct SeriesFacts {
    pub(crate) last: u64,
    /// The smallest free numbers, at least as many as the batch has orders: ordinal → turn.
    pub(crate) free: BTreeMap<u64, u64>,
}

impl SeriesFacts {
    /// The smallest number that came back, and its turn.
    pub(crate) fn smallest_free(&self) -> Option<(u64, u64)> {
        self.free.first_key_value().map(|(ordinal, turn)| (*ordinal, *turn))
    }
}

/// An outlet's part of a range; where it stands says its series.
pub(crate) struct ShareFacts {
    pub(crate) range: RangeId,
    pub(crate) key: SeriesKey,
    pub(crate) prefix: String,
    pub(crate) width: usize,
    pub(crate) first: u64,
    /// How many numbers it has, the annulled ones among them.
    pub(crate) length: u64,
    pub(crate) expires_on: Option<Date>,
    /// Runs of annulled ordinals, both ends in them, in their order.
    pub(crate) annulled: Vec<(u64, u64)>,
}

impl ShareFacts {
    pub(crate) fn may_be_used(&self, on: Date) -> bool {
        self.expires_on.is_none_or(|last_day| on <= last_day)
    }

    /// The first ordinal after this one that may be taken, if there is one.
    pub(crate) fn next(&self, last: u64) -> Option<u64> {
        let mut next = last + 1;
        for (first, end) in &self.annulled {
            if (*first..=*end).contains(&next) {
                next = end + 1;
            }
        }
        (next <= self.length).then_some(next)
    }
}

/// The last claim on the place of a refused invoice, or of a receipt on paper.
#[derive(Clone)]
pub(crate) struct ReplacedFacts {
    pub(crate) turn: u64,
    /// None if the claim was released.
    pub(crate) by: Option<InvoiceId>,
}

/// An invoice that an order adds an entry to.
#[derive(Clone)]
pub(crate) struct InvoiceFacts {
    pub(crate) tenant: TenantId,
    /// The sequence of its first entry.
    pub(crate) sequence: u64,
    pub(crate) series: SeriesKey,
    pub(crate) ordinal: u64,
    pub(crate) turn: u64,
    pub(crate) number: String,
    pub(crate) taxpayer: String,
    pub(crate) total: Amount,
    pub(crate) currency: String,
    pub(crate) regime: String,
    pub(crate) payload_hash: Hash,
    pub(crate) stage: Stage,
    pub(crate) fence: Option<SubmissionFence>,
    /// What it claims of originals, as a credit note: original, line, thousandths.
    pub(crate) claims: Vec<(InvoiceId, u32, i128)>,
    /// The refused invoice that it takes the place of.
    pub(crate) replaces: Option<InvoiceId>,
    /// The receipt on paper that it stands for.
    pub(crate) stands_for: Option<PaperKey>,
    /// The authority's code that it bears already.
    pub(crate) code: Option<String>,
}

/// The last lease that was given, and whether it still holds.
#[derive(Clone, Copy)]
pub(crate) struct SubmissionFence {
    pub(crate) token: LeaseToken,
    pub(crate) is_leased: bool,
}
