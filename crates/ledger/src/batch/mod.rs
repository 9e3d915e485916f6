//! One batch of orders, without a word of SQL: every store writes what is decided here.
//!
//! A round plans all orders upon the [`Facts`] that the store holds, prepares them, chains their
//! statements and signs them. An order that fails in a round is dropped and the round is run again
//! from the same facts, so that a failure consumes no number, leaves no gap, and decides nothing
//! for its neighbours. What does not change between rounds is not done twice. Every further round
//! has an order less, so there is a last one.

mod chain;
mod facts;
mod log;
mod parallel;
mod plan;
mod prepare;
mod signatures;

pub(crate) use chain::chain;
pub(crate) use facts::{
    Facts, HeldFacts, InvoiceFacts, OutletFacts, PaperKey, ReplacedFacts, SeriesFacts, ShareFacts,
    SubmissionFence,
};
pub(crate) use log::Logs;
pub(crate) use parallel::Workers;
pub(crate) use plan::plan;
pub(crate) use prepare::{catch, prepare, prepare_within};
pub(crate) use signatures::Signatures;

use invoice::{Hash, InvoiceId, OutletId, TenantId, Timestamp};
use tokio::sync::oneshot;

use std::sync::Arc;

use crate::anchor::Rollback;
use crate::error::LedgerError;
use crate::log::EntryProof;
use crate::order::{
    AppendOrder, Assigned, ClockOrder, EntrySigner, Prepared, Recorded, RecoverOrder, SealOrder,
    SealOutcome,
};
use crate::record::Entry;
use crate::series::SeriesKey;
use crate::stage::Stage;
use crate::submission::{Lease, LeaseToken};

/// An order with whom to answer.
pub(crate) enum Order {
    Seal(Box<SealOrder>, Reply<SealOutcome>),
    Append(Box<AppendOrder>, Reply<Entry>),
    Clock(Box<ClockOrder>, Reply<Entry>),
    Recover(Box<RecoverOrder>, Reply<Entry>),
}

impl Order {
    /// Whose chain the order adds to.
    pub(crate) fn outlet(&self) -> OutletId {
        match self {
            Self::Seal(order, _) => order.invoice.outlet(),
            Self::Append(order, _) => order.invoice.outlet(),
            Self::Clock(order, _) => order.outlet.clone(),
            Self::Recover(order, _) => order.outlet.clone(),
        }
    }

    pub(crate) fn tenant(&self) -> &TenantId {
        match self {
            Self::Seal(order, _) => &order.tenant,
            Self::Append(order, _) => &order.tenant,
            Self::Clock(order, _) => &order.tenant,
            Self::Recover(order, _) => &order.tenant,
        }
    }

    pub(crate) fn signer(&self) -> &EntrySigner {
        match self {
            Self::Seal(order, _) => &order.signer,
            Self::Append(order, _) => &order.signer,
            Self::Clock(order, _) => &order.signer,
            Self::Recover(order, _) => &order.signer,
        }
    }
}

pub(crate) type Reply<T> = oneshot::Sender<Result<T, LedgerError>>;

/// An order's place in the batch, and what has been done for it so far.
pub(crate) struct Slot {
    pub(crate) order: Order,
    pub(crate) planned: Planned,
    /// What the caller's function made, and of what.
    pub(crate) prepared: Option<(Assigned, Prepared)>,
    pub(crate) signed: Option<Signed>,
    /// Of a sealing order: that its entry is in its outlet's log.
    pub(crate) proof: Option<EntryProof>,
    /// Why the order was dropped from the batch.
    pub(crate) failure: Option<LedgerError>,
}

/// What a round decided.
pub(crate) enum Planned {
    /// The order was dropped in an earlier round.
    Dropped,
    /// The caller is told why not, and nothing is written.
    Rejected(LedgerError),
    Replayed(InvoiceId),
    Entry(PlannedEntry),
}

/// An entry's place in its chain.
pub(crate) struct PlannedEntry {
    pub(crate) outlet: OutletId,
    pub(crate) sequence: u64,
    pub(crate) at: Timestamp,
    pub(crate) subject: Subject,
}

/// What an entry is about.
pub(crate) enum Subject {
    /// The turn is the number's.
    Opening {
        assigned: Assigned,
        turn: u64,
        claims: Claims,
    },
    /// The code is the authority's, unless an earlier entry of the invoice has it.
    FollowUp {
        facts: Box<InvoiceFacts>,
        stage: Stage,
        frees_number: bool,
        code: Option<String>,
    },
    Outlet {
        taxpayer: String,
        note: Vec<u8>,
    },
    Recovery {
        taxpayer: String,
        note: Vec<u8>,
        rollback: Arc<Rollback>,
    },
}

impl Subject {
    /// The series that this takes numbers of, and the last of them.
    pub(crate) fn taken(&self) -> Vec<(&SeriesKey, u64)> {
        match self {
            Self::Opening { assigned, .. } => vec![(&assigned.series, assigned.sequence_in_series)],
            Self::Recovery { rollback, .. } => {
                rollback.lost.iter().map(|run| (&run.series, run.last)).collect()
            }
            Self::FollowUp { .. } | Self::Outlet { .. } => Vec::new(),
        }
    }
}

/// The turns of what an invoice claims for itself alone.
#[derive(Clone, Copy)]
pub(crate) struct Claims {
    /// Of the place of a refused invoice.
    pub(crate) replacement_turn: Option<u64>,
    /// Of standing for a receipt on paper.
    pub(crate) stand_in_turn: Option<u64>,
}

/// A chained statement, and its signature once there is one.
pub(crate) struct Signed {
    pub(crate) statement: Vec<u8>,
    pub(crate) hash: Hash,
    pub(crate) signature: Option<[u8; 64]>,
}

impl Slot {
    pub(crate) fn new(order: Order) -> Self {
        Self {
            order,
            planned: Planned::Dropped,
            prepared: None,
            signed: None,
            proof: None,
            failure: None,
        }
    }

    /// The planned entry, if this round writes one.
    pub(crate) fn entry(&self) -> Option<&PlannedEntry> {
        match &self.planned {
            Planned::Entry(entry) => Some(entry),
            Planned::Dropped | Planned::Rejected(_) | Planned::Replayed(_) => None,
        }
    }

    /// The authority's code that a planned entry of the invoice bears.
    pub(crate) fn code_of(&self, invoice: &InvoiceId) -> Option<&str> {
        match (&self.order, &self.entry()?.subject) {
            (Order::Append(order, _), Subject::FollowUp { code, .. })
                if order.invoice == *invoice =>
            {
                code.as_deref()
            }
            _ => None,
        }
    }

    /// Tells the caller what became of the order, once it is durable.
    pub(crate) fn answer(self) {
        let result = match (self.failure, self.planned) {
            (Some(failure), _) => Err(failure),
            (None, Planned::Rejected(why)) => Err(why),
            (None, Planned::Replayed(invoice)) => Ok(Answer::Replayed(invoice)),
            (None, Planned::Entry(entry)) => {
                let signed = self.signed.expect("what is planned is signed before the commit");
                Ok(Answer::Entry(Box::new((entry, signed))))
            }
            (None, Planned::Dropped) => unreachable!("an order is dropped with its failure"),
        };
        match self.order {
            Order::Seal(order, reply) => {
                let made = (self.prepared, self.proof);
                send(reply, result.map(|answer| sealed(*order, made, answer)));
            }
            Order::Append(order, reply) => {
                send(reply, result.map(|answer| appended(*order, answer)));
            }
            Order::Clock(order, reply) => {
                send(reply, result.map(|answer| of_outlet(order.signer.key_id, answer)));
            }
            Order::Recover(order, reply) => {
                send(reply, result.map(|answer| of_outlet(order.signer.key_id, answer)));
            }
        }
    }

    /// Tells the caller that nothing was written.
    pub(crate) fn refuse(self, why: LedgerError) {
        match self.order {
            Order::Seal(_, reply) => send(reply, Err(why)),
            Order::Append(_, reply) | Order::Clock(_, reply) | Order::Recover(_, reply) => {
                send(reply, Err(why));
            }
        }
    }
}

/// The result of a written order.
enum Answer {
    Replayed(InvoiceId),
    Entry(Box<(PlannedEntry, Signed)>),
}

impl Answer {
    fn into_entry(self, key_id: String, content: Content) -> (Entry, Subject) {
        let Self::Entry(written) = self else { unreachable!("only a seal is replayed") };
        let (planned, signed) = *written;
        let entry = Entry {
            outlet: planned.outlet,
            sequence: planned.sequence,
            invoice: content.invoice,
            kind: content.kind,
            at: planned.at,
            statement: signed.statement,
            hash: signed.hash,
            key_id,
            signature: signed.signature.expect("what is written is signed"),
            elements: content.elements,
            authority_code: content.authority_code,
            note: None,
        };
        (entry, planned.subject)
    }
}

/// What an entry has from its order.
struct Content {
    invoice: Option<InvoiceId>,
    kind: invoice::EntryKind,
    elements: Option<Vec<u8>>,
    authority_code: Option<String>,
}

fn sealed(
    order: SealOrder,
    (prepared, proof): (Option<(Assigned, Prepared)>, Option<EntryProof>),
    answer: Answer,
) -> SealOutcome {
    if let Answer::Replayed(invoice) = answer {
        return SealOutcome::Replayed(invoice);
    }
    let (assigned, prepared) = prepared.expect("what is written was prepared");
    let lease = prepared.submission.lease;
    let content = Content {
        invoice: Some(order.invoice),
        kind: prepared.opening.kind(),
        elements: prepared.elements,
        authority_code: prepared.authority_code,
    };
    let (entry, _) = answer.into_entry(order.signer.key_id, content);
    let lease = lease.map(|lease| Lease { token: FIRST_LEASE, until: lease.until });
    let proof = proof.expect("what is written was proven");
    SealOutcome::Recorded(Box::new(Recorded { assigned, entry, lease, proof }))
}

fn appended(order: AppendOrder, answer: Answer) -> Entry {
    let content = Content {
        invoice: Some(order.invoice),
        kind: order.kind.kind(),
        elements: order.elements,
        authority_code: None,
    };
    let (mut entry, subject) = answer.into_entry(order.signer.key_id, content);
    if let Subject::FollowUp { code, .. } = subject {
        entry.authority_code = code;
    }
    entry
}

fn of_outlet(key_id: String, answer: Answer) -> Entry {
    let kind = invoice::EntryKind::ClockAccepted;
    let content = Content { invoice: None, kind, elements: None, authority_code: None };
    let (mut entry, subject) = answer.into_entry(key_id, content);
    match subject {
        Subject::Outlet { note, .. } => entry.note = Some(note),
        Subject::Recovery { note, .. } => {
            entry.kind = invoice::EntryKind::Recovered;
            entry.note = Some(note);
        }
        Subject::Opening { .. } | Subject::FollowUp { .. } => {}
    }
    entry
}

/// The token of a lease that is born with its submission.
pub(crate) const FIRST_LEASE: LeaseToken = LeaseToken(1);

/// A caller that went away is told nothing; what it asked stands all the same.
fn send<T>(reply: Reply<T>, result: Result<T, LedgerError>) {
    let _ = reply.send(result);
}
