//! What a store must know of itself to decide on a batch, read inside the batch's transaction.

use std::collections::{BTreeMap, HashMap, HashSet};

use invoice::{Amount, Hash, InvoiceId, OutletId, TenantId};

use crate::record::Head;
use crate::stage::Stage;
use crate::submission::LeaseToken;

/// All that the orders of a batch touch. What does not exist is absent.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) outlets: HashMap<OutletId, OutletFacts>,
    pub(crate) series: HashMap<(OutletId, i16), SeriesFacts>,
    /// What an idempotency key has made, and of which body.
    pub(crate) keys: HashMap<(TenantId, String), (Hash, InvoiceId)>,
    /// Originals that exist.
    pub(crate) originals: HashSet<(TenantId, InvoiceId)>,
    /// Thousandths already credited of an original's line.
    pub(crate) credited: HashMap<(TenantId, InvoiceId, u32), i128>,
    /// Who takes a refused invoice's place; absent while nobody ever did.
    pub(crate) replaced: HashMap<(TenantId, InvoiceId), ReplacedFacts>,
    pub(crate) invoices: HashMap<InvoiceId, InvoiceFacts>,
}

pub(crate) struct OutletFacts {
    pub(crate) tenant: TenantId,
    /// The taxpayer's own number, as registered.
    pub(crate) taxpayer: String,
    pub(crate) head: Head,
}

/// A series that does not exist yet has taken nothing.
#[derive(Default)]
pub(crate) struct SeriesFacts {
    pub(crate) last: u64,
    /// The smallest free numbers, at least as many as the batch has orders: ordinal → turn.
    pub(crate) free: BTreeMap<u64, u64>,
}

/// The last claim on the place of a refused invoice.
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
    pub(crate) fiscal_year: i16,
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
    /// The authority's code that it bears already.
    pub(crate) code: Option<String>,
}

/// The last lease that was given, and whether it still holds.
#[derive(Clone, Copy)]
pub(crate) struct SubmissionFence {
    pub(crate) token: LeaseToken,
    pub(crate) is_leased: bool,
}
