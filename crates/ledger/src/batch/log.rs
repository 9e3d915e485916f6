//! The Merkle logs of a batch's outlets: each grows by the batch's entries, from its right edge
//! alone, and gets one checkpoint, however many entries there are.

use std::collections::HashMap;
use std::sync::Arc;

use invoice::{Hash, OutletId, TenantId};
use proof::{Grown, Growth, TileRoot};

use super::{Facts, Order, Slot, Subject};
use crate::anchor::{Generation, Rollback};
use crate::log::{EntryProof, LogCheckpoint};

/// What becomes of the logs in one transaction.
#[derive(Default)]
pub(crate) struct Logs {
    growing: HashMap<OutletId, Growing>,
    grown: Vec<Log>,
}

struct Growing {
    growth: Growth,
    /// This transaction's, if one begins in it.
    generation: Generation,
    rollback: Option<Arc<Rollback>>,
    /// The place of the last order that added an entry, if there is one.
    last: Option<usize>,
}

/// A log that has grown, with its checkpoint once that is signed.
pub(crate) struct Log {
    pub(crate) tenant: TenantId,
    generation: Generation,
    grown: Grown,
    frontier: Vec<u8>,
    /// The place of the order whose key signs the checkpoint.
    last: usize,
    unsigned: LogCheckpoint,
    signed: Option<Arc<LogCheckpoint>>,
}

impl Logs {
    /// Takes the right edges of the outlets that were not met before in this transaction.
    pub(crate) fn begin(&mut self, facts: &Facts) {
        for (outlet, facts) in &facts.outlets {
            if !self.growing.contains_key(outlet) {
                let growing = Growing {
                    growth: Growth::new(&facts.frontier),
                    generation: facts.generation,
                    rollback: facts.rollback.clone(),
                    last: None,
                };
                self.growing.insert(outlet.clone(), growing);
            }
        }
    }

    /// Whether an outlet was met before in this transaction: then it was judged by its head before the
    /// transaction, and is not judged again by what was added.
    pub(crate) fn has_met(&self, outlet: &OutletId) -> bool {
        let grown = || self.grown.binary_search_by(|log| log.unsigned.outlet.cmp(outlet));
        self.growing.contains_key(outlet) || grown().is_ok()
    }

    /// What an outlet that was met before has lost, and is not recovered in this transaction: nothing
    /// where its log has grown.
    pub(crate) fn rollback(&self, outlet: &OutletId) -> Option<Arc<Rollback>> {
        self.growing.get(outlet)?.rollback.clone()
    }

    /// Adds the chained entries from the place `first` on, in their order.
    pub(crate) fn grow(&mut self, slots: &[Slot], first: usize) {
        for (place, slot) in slots.iter().enumerate().skip(first) {
            let (Some(entry), Some(signed)) = (slot.entry(), &slot.signed) else { continue };
            let log = self.growing.get_mut(&entry.outlet).expect("its right edge was read");
            log.growth.push(signed.hash.0);
            log.last = Some(place);
            if let Subject::Recovery { rollback, .. } = &entry.subject {
                let number = rollback.generation;
                log.generation = Generation { number, since: entry.sequence };
                log.rollback = None;
            }
            assert_eq!(log.growth.size(), entry.sequence, "an entry's sequence is its place");
        }
    }

    /// The right edge of an outlet's log, as its row keeps it.
    pub(crate) fn frontier(&self, outlet: &OutletId) -> Vec<u8> {
        if let Some(log) = self.growing.get(outlet) {
            return log.growth.frontier().to_bytes();
        }
        let log = self.grown.iter().find(|log| log.unsigned.outlet == *outlet);
        log.expect("its right edge was read").frontier.clone()
    }

    /// The generation of the outlet's log, as its row keeps it.
    pub(crate) fn generation(&self, outlet: &OutletId) -> Generation {
        if let Some(log) = self.growing.get(outlet) {
            return log.generation;
        }
        let log = self.grown.iter().find(|log| log.unsigned.outlet == *outlet);
        log.expect("its right edge was read").generation
    }

    /// No more entries are added: the checkpoints can be signed.
    pub(crate) fn finish(&mut self, slots: &[Slot]) {
        let growing = std::mem::take(&mut self.growing).into_iter();
        self.grown = growing.filter_map(|(outlet, log)| Log::new(outlet, log, slots)).collect();
        // The order of a map is chance; that of what is written is not.
        self.grown.sort_by(|one, other| one.unsigned.outlet.cmp(&other.unsigned.outlet));
    }

    /// What is to be signed: the place of the order whose signer does it, and the text.
    pub(crate) fn unsigned(&self) -> impl Iterator<Item = (usize, String)> {
        self.grown.iter().map(|log| (log.last, log.unsigned.text()))
    }

    /// Takes the signature of the checkpoint that is signed by the order at that place.
    pub(crate) fn sign(&mut self, place: usize, signature: [u8; 64]) {
        let log = self.grown.iter_mut().find(|log| log.last == place);
        let log = log.expect("what is signed was asked for");
        log.signed = Some(Arc::new(LogCheckpoint { signature, ..log.unsigned.clone() }));
    }

    /// The rows: what grew, once all is signed.
    pub(crate) fn grown(&self) -> &[Log] {
        &self.grown
    }

    /// Gives every sealing order the proof that its entry is in its log.
    pub(crate) fn prove(&self, slots: &mut [Slot]) {
        let logs = self.grown.iter().map(|log| (&log.unsigned.outlet, log));
        let logs: HashMap<&OutletId, &Log> = logs.collect();
        for slot in slots {
            let (Order::Seal(..), Some(entry)) = (&slot.order, slot.entry()) else { continue };
            slot.proof = Some(logs[&entry.outlet].proof(entry.sequence - 1));
        }
    }
}

impl Log {
    fn new(outlet: OutletId, log: Growing, slots: &[Slot]) -> Option<Self> {
        let last = log.last?;
        let order = &slots[last].order;
        let frontier = log.growth.frontier().to_bytes();
        let grown = log.growth.finish();
        let unsigned = LogCheckpoint {
            outlet,
            generation: log.generation.number,
            size: grown.size(),
            root: Hash(grown.root()),
            key_id: order.signer().key_id.clone(),
            signature: [0; 64],
            cosignatures: Vec::new(),
        };
        let tenant = order.tenant().clone();
        let generation = log.generation;
        Some(Self { tenant, generation, grown, frontier, last, unsigned, signed: None })
    }

    pub(crate) fn checkpoint(&self) -> &Arc<LogCheckpoint> {
        self.signed.as_ref().expect("what is written is signed")
    }

    pub(crate) fn tile_roots(&self) -> impl Iterator<Item = TileRoot> {
        self.grown.tile_roots()
    }

    fn proof(&self, index: u64) -> EntryProof {
        let path = self.grown.prove(index).expect("the entry was added in this batch");
        EntryProof { index, path, checkpoint: Arc::clone(self.checkpoint()) }
    }
}
