//! What this process knows of its outlets, held against the store in every batch.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use invoice::{Hash, OutletId};
use proof::Note;

use super::pass::{self, Passes};
use super::rollback::{Evidence, Rollback};
use super::text::{SignedAnchor, parse_file};
use super::{Anchor, AnchorError, Anchoring, IsSigned, Kept};
use crate::batch::{Logs, Slot};
use crate::error::LedgerError;
use crate::order::EntrySigner;
use crate::record::Head;
use crate::registry::PublicKey;
use crate::series::SeriesKey;

/// The anchors of a process: in memory, and on their shelf a little later.
pub(crate) struct Keeper {
    memory: Arc<Memory>,
    passes: Passes,
    is_signed: IsSigned,
    /// Whether other processes were seen to seal for the same outlets.
    is_shared: AtomicBool,
}

#[derive(Default)]
pub(super) struct Memory(Mutex<HashMap<OutletId, Known>>);

/// What is known of one outlet.
#[derive(Default)]
struct Known {
    /// All of them must hold: one as a rule, those of several processes after the opening.
    anchors: Vec<Claim>,
    /// What this process's own file holds of it.
    own: Option<Note>,
    /// Numbers that others have taken, for the next anchor.
    seen: BTreeMap<SeriesKey, u64>,
    /// Who signs the newest, where that is not yet on the shelf.
    unsigned: Option<EntrySigner>,
    refusal: Option<Arc<Rollback>>,
    /// The store has no such outlet.
    is_missing: bool,
}

/// What a head alone says.
pub(crate) enum Look {
    /// This process has written it.
    Own,
    /// Others have written it, and nothing is known of the outlet.
    New,
    /// Others have written it; the sizes of the outlet's anchors.
    Others(Vec<u64>),
}

struct Claim {
    anchor: Anchor,
    /// As it was found, with the name of its file.
    found: Option<(SignedAnchor, String)>,
}

impl Keeper {
    /// Reads what is on the shelf, and begins to write there.
    pub(crate) fn open(anchoring: &Anchoring) -> Result<Self, LedgerError> {
        let kept = anchoring.shelf.load().map_err(|error| unreadable(error.to_string()))?;
        let mut known: HashMap<OutletId, Known> = HashMap::new();
        for Kept { name, bytes, is_own } in kept {
            let read = parse_file(&bytes).map_err(|error| damaged(&name, &error))?;
            for signed in read {
                let of = known.entry(signed.anchor.outlet.clone()).or_default();
                of.own = if is_own { Some(signed.note.clone()) } else { of.own.take() };
                let anchor = signed.anchor.clone();
                of.anchors.push(Claim { anchor, found: Some((signed, name.clone())) });
            }
        }
        let memory = Arc::new(Memory(Mutex::new(known)));
        let passes = Passes::begin(Arc::clone(&memory), anchoring)?;
        let is_signed = Arc::clone(&anchoring.is_signed);
        Ok(Self { memory, passes, is_signed, is_shared: AtomicBool::new(false) })
    }

    /// Whether every anchor that was found is signed by the key that it names, of those that the
    /// store knows. One whose key the store does not know speaks of a store that knew more.
    pub(crate) fn check_signatures(&self, keys: &[PublicKey]) -> Result<(), LedgerError> {
        for claim in self.memory.lock().values().flat_map(|known| &known.anchors) {
            let Some((signed, name)) = &claim.found else { continue };
            let is_signed = |key: &PublicKey| {
                signed.is_signed_by(&key.key_id, |message, signature| {
                    (self.is_signed)(&key.spki, (message, signature))
                })
            };
            let verdicts: Vec<bool> = keys.iter().filter_map(is_signed).collect();
            // Four bytes name a key in a note, so that two keys may be meant.
            if !verdicts.is_empty() && !verdicts.contains(&true) {
                return Err(damaged(name, &AnchorError::Forged(claim.anchor.outlet.clone())));
            }
        }
        Ok(())
    }

    /// The outlets that something is known of.
    pub(crate) fn outlets(&self) -> Vec<OutletId> {
        let mut outlets: Vec<_> = self.memory.lock().keys().cloned().collect();
        outlets.sort();
        outlets
    }

    /// Those that refuse.
    pub(crate) fn refusing(&self) -> Vec<Arc<Rollback>> {
        let memory = self.memory.lock();
        let mut refusing: Vec<_> =
            memory.values().filter_map(|known| known.refusal.clone()).collect();
        refusing.sort_by(|one, other| one.outlet.cmp(&other.outlet));
        refusing
    }

    /// Whether the store has no such outlet.
    pub(crate) fn is_missing(&self, outlet: &OutletId, is_missing: bool) {
        if let Some(known) = self.memory.lock().get_mut(outlet) {
            known.is_missing = is_missing;
        }
    }

    /// Those that the store does not have, and how many entries the anchors know of each.
    pub(crate) fn missing(&self) -> Vec<(OutletId, u64)> {
        let memory = self.memory.lock();
        let anchored = |known: &Known| known.anchors.iter().map(|claim| claim.anchor.size).max();
        let missing = memory.iter().filter(|(_, known)| known.is_missing);
        let mut missing: Vec<_> = missing
            .map(|(outlet, known)| (outlet.clone(), anchored(known).unwrap_or_default()))
            .collect();
        missing.sort();
        missing
    }

    /// What is to be asked of the store about an outlet with this head. Nothing in the usual case, in
    /// which this process has written the head itself, and so has seen every number that was taken.
    pub(crate) fn look(&self, outlet: &OutletId, head: &Head) -> Look {
        let mut memory = self.memory.lock();
        let Some(known) = memory.get_mut(outlet).filter(|known| !known.anchors.is_empty()) else {
            return if head.sequence == 0 { Look::Own } else { Look::New };
        };
        let is_at = |anchor: &Anchor| (anchor.size, anchor.head) == (head.sequence, head.hash);
        if known.anchors.iter().all(|claim| is_at(&claim.anchor)) {
            known.refusal = None;
            return Look::Own;
        }
        Look::Others(known.anchors.iter().map(|claim| claim.anchor.size).collect())
    }

    /// Takes what others have taken of the outlet's series, as its locked head says: the anchor that
    /// comes next speaks of their entries too.
    pub(crate) fn saw(&self, outlet: &OutletId, series: impl Iterator<Item = (SeriesKey, u64)>) {
        let mut memory = self.memory.lock();
        memory.entry(outlet.clone()).or_default().saw(series);
    }

    /// Whether to ask for the entries of the anchors at once with the heads: it costs little, and a
    /// trip to the store where it was not asked and is needed.
    pub(crate) fn is_shared(&self) -> bool {
        self.is_shared.load(Ordering::Relaxed)
    }

    pub(crate) fn others_seal(&self) {
        self.is_shared.store(true, Ordering::Relaxed);
    }

    /// The sizes of all anchors of these outlets.
    pub(crate) fn sizes<'a>(
        &self,
        outlets: impl Iterator<Item = &'a OutletId>,
    ) -> Vec<(&'a OutletId, u64)> {
        let memory = self.memory.lock();
        let sizes = |outlet: &'a OutletId| {
            let anchors = memory.get(outlet).map_or(&[][..], |known| &known.anchors);
            anchors.iter().map(move |claim| (outlet, claim.anchor.size)).collect::<Vec<_>>()
        };
        outlets.flat_map(sizes).collect()
    }

    /// Whether these entries alone explain all anchors of the outlet.
    pub(crate) fn is_continued(&self, outlet: &OutletId, hashes: &HashMap<u64, Hash>) -> bool {
        let mut memory = self.memory.lock();
        let Some(known) = memory.get_mut(outlet) else { return true };
        let holds = |claim: &Claim| hashes.get(&claim.anchor.size) == Some(&claim.anchor.head);
        let all = known.anchors.iter().all(holds);
        if all {
            known.refusal = None;
        }
        all
    }

    /// What the outlet has lost by all that the store says, if it has lost anything.
    pub(crate) fn judge(
        &self,
        outlet: &OutletId,
        head: &Head,
        evidence: &Evidence,
    ) -> Option<Arc<Rollback>> {
        let mut memory = self.memory.lock();
        let known = memory.get_mut(outlet)?;
        known.saw(evidence.series.iter().map(|(series, last)| (series.clone(), *last)));
        let refused = known.anchors.iter().any(|claim| !evidence.explains(&claim.anchor));
        let rollback = refused.then(|| {
            let texts = known.anchors.iter().map(|claim| (&claim.anchor, known.text(claim)));
            Arc::new(evidence.rollback(outlet, head, &texts.collect::<Vec<_>>()))
        });
        if let Some(rollback) = rollback.as_ref().filter(|new| known.is_news(new)) {
            let Rollback { anchored, found, .. } = &**rollback;
            tracing::error!(%outlet, anchored, found, "the store has lost entries of an outlet");
        }
        known.refusal.clone_from(&rollback);
        rollback
    }

    /// Takes what was committed: it is on the shelf with the next pass.
    pub(crate) fn committed(&self, slots: &[Slot], logs: &Logs) {
        if logs.grown().is_empty() {
            return;
        }
        let mut memory = self.memory.lock();
        for slot in slots {
            let Some(entry) = slot.entry() else { continue };
            let known = memory.entry(entry.outlet.clone()).or_default();
            let signed = slot.signed.as_ref().expect("what was committed was chained");
            let newest = known.newest(&entry.outlet);
            entry.subject.taken().into_iter().for_each(|(series, last)| newest.saw(series, last));
            (newest.size, newest.head) = (entry.sequence, signed.hash);
            known.unsigned = Some(slot.order.signer().clone());
            known.refusal = None;
        }
        for log in logs.grown() {
            let checkpoint = log.checkpoint();
            let known = memory.get_mut(&checkpoint.outlet).expect("it grew by entries of it");
            let newest = known.newest(&checkpoint.outlet);
            (newest.root, newest.generation) = (checkpoint.root, checkpoint.generation);
        }
        drop(memory);
        self.passes.wake();
    }

    /// Writes what is not on the shelf yet; returns when it is there. Blocks.
    pub(crate) fn flush(&self) -> Result<(), LedgerError> {
        self.passes.flush().map_err(unreadable)
    }

    /// The last pass. Blocks.
    pub(crate) fn close(&self) {
        self.passes.close();
    }
}

impl Known {
    fn saw(&mut self, series: impl Iterator<Item = (SeriesKey, u64)>) {
        for (series, last) in series {
            let seen = self.seen.entry(series).or_default();
            *seen = last.max(*seen);
        }
    }

    fn is_news(&self, rollback: &Rollback) -> bool {
        let before = self.refusal.as_ref();
        before.is_none_or(|before| {
            (before.anchored, before.found) != (rollback.anchored, rollback.found)
        })
    }

    fn text(&self, claim: &Claim) -> String {
        let own = self.own.as_ref().filter(|note| note.text() == claim.anchor.text());
        let note = claim.found.as_ref().map(|(signed, _)| &signed.note).or(own);
        note.map_or_else(|| claim.anchor.text(), ToString::to_string)
    }

    /// The anchor that takes the place of all others, for the store continues them all.
    fn newest(&mut self, outlet: &OutletId) -> &mut Anchor {
        if self.anchors.len() != 1 || !self.seen.is_empty() {
            let mut anchor = Anchor::of(outlet.clone());
            let last = self.anchors.drain(..).flat_map(|claim| claim.anchor.last);
            let last = last.chain(std::mem::take(&mut self.seen));
            last.for_each(|(series, number)| anchor.saw(&series, number));
            self.anchors.push(Claim { anchor, found: None });
        }
        let claim = self.anchors.first_mut().expect("there is one");
        claim.found = None;
        &mut claim.anchor
    }
}

impl Anchor {
    /// Of an outlet that nothing is known of yet.
    fn of(outlet: OutletId) -> Self {
        let (head, root, last) = (Hash::ZERO, Hash::ZERO, BTreeMap::new());
        Self { outlet, generation: 1, size: 0, head, root, last }
    }

    fn saw(&mut self, series: &SeriesKey, number: u64) {
        match self.last.get_mut(series) {
            Some(last) => *last = number.max(*last),
            None => drop(self.last.insert(series.clone(), number)),
        }
    }
}

impl Memory {
    fn lock(&self) -> MutexGuard<'_, HashMap<OutletId, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be signed for the next file.
    pub(super) fn take_unsigned(&self) -> Vec<(Anchor, EntrySigner)> {
        let mut memory = self.lock();
        let mut taken = Vec::new();
        for known in memory.values_mut() {
            if let (Some(signer), [claim]) = (known.unsigned.take(), &known.anchors[..]) {
                taken.push((claim.anchor.clone(), signer));
            }
        }
        taken
    }

    /// It could not be signed or kept: the next pass tries again, unless something newer came.
    pub(super) fn put_back(&self, outlet: &OutletId, signer: EntrySigner) {
        if let Some(known) = self.lock().get_mut(outlet) {
            known.unsigned.get_or_insert(signer);
        }
    }

    pub(super) fn signed(&self, signed: SignedAnchor) {
        if let Some(known) = self.lock().get_mut(&signed.anchor.outlet) {
            known.own = Some(signed.note);
        }
    }

    /// The process's own file.
    pub(super) fn file(&self) -> String {
        let memory = self.lock();
        let mut notes: Vec<(&OutletId, &Note)> = memory
            .iter()
            .filter_map(|(outlet, known)| Some((outlet, known.own.as_ref()?)))
            .collect();
        notes.sort_by_key(|(outlet, _)| *outlet);
        pass::file_of_sorted(&notes)
    }
}

fn unreadable(why: String) -> LedgerError {
    LedgerError::Anchors(why)
}

fn damaged(name: &str, error: &AnchorError) -> LedgerError {
    LedgerError::Anchors(format!(
        "{name}: {error}. It was damaged or changed: put it back from wherever it is kept; or, if you \
         are sure that the store is not an older one, remove it"
    ))
}
