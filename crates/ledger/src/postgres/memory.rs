//! What a lane knows of its outlets from its own last commits, so that it need not ask again.
//!
//! An outlet's head says whether anybody else has written since: every entry moves it, whoever adds it,
//! and a number comes back with an entry too. So a batch that is planned upon what is remembered says
//! which head it wants, by sequence and hash, and the database refuses it where the head is another.
//! Keys of idempotency are not remembered: one that was used refuses the batch as well. What is refused
//! is planned anew upon what the database says, so that a wrong memory costs time and nothing else.

use std::collections::{BTreeMap, HashMap};

use invoice::OutletId;
use proof::Frontier;

use crate::batch::{Facts, Logs, Order, OutletFacts, SeriesFacts, Slot, Subject};
use crate::order::{SealOrder, Series};
use crate::record::Head;
use crate::series::SeriesKey;

pub(super) struct Memory {
    outlets: HashMap<OutletId, Known>,
    /// Batches that ask, after one that did not was refused.
    asking: u32,
    penalty: u32,
}

struct Known {
    facts: OutletFacts,
    /// The last number of each series to which none came back.
    series: HashMap<SeriesKey, u64>,
    /// Whether nobody else wrote between this lane's last two commits: where several servers seal for
    /// an outlet, to ask is cheaper than to be refused.
    is_own: bool,
}

/// What the database said before a batch.
pub(super) struct Seen(HashMap<OutletId, Known>);

impl Memory {
    pub(super) fn new() -> Self {
        Self { outlets: HashMap::new(), asking: 0, penalty: 1 }
    }

    /// What a batch can be planned upon without asking; none where it has to ask.
    pub(super) fn facts(&mut self, slots: &[Slot]) -> Option<Facts> {
        if self.asking > 0 {
            self.asking -= 1;
            return None;
        }
        let mut facts = Facts::default();
        for slot in slots {
            let (order, series) = plain(slot)?;
            let outlet = order.invoice.outlet();
            let known = self.outlets.get(&outlet).filter(|known| known.is_own)?;
            let last = *known.series.get(&series)?;
            if !facts.outlets.contains_key(&outlet) {
                facts.outlets.insert(outlet.clone(), known.facts.clone());
            }
            let numbers = SeriesFacts { last, free: BTreeMap::new() };
            facts.series.entry((outlet, series)).or_insert(numbers);
        }
        Some(facts)
    }

    /// Takes what the database said of the outlets of a batch, before it is planned.
    pub(super) fn see(&self, facts: &Facts) -> Seen {
        let mut seen = HashMap::new();
        for (outlet, facts) in &facts.outlets {
            let before = self.outlets.get(outlet);
            let before = before.filter(|known| known.facts.head == facts.head);
            let series = before.map_or_else(HashMap::new, |known| known.series.clone());
            let facts = facts.clone();
            seen.insert(outlet.clone(), Known { facts, series, is_own: before.is_some() });
        }
        for ((outlet, key), series) in &facts.series {
            let Some(known) = seen.get_mut(outlet) else { continue };
            if series.free.is_empty() {
                known.series.insert(key.clone(), series.last);
            } else {
                known.series.remove(key);
            }
        }
        seen.retain(|_, known: &mut Known| known.facts.rollback.is_none());
        Seen(seen)
    }

    /// Takes what was committed upon it.
    pub(super) fn wrote(&mut self, seen: Seen, slots: &[Slot], made: (&Heads, &Logs)) {
        if self.outlets.len() + seen.0.len() > OUTLETS_MAX {
            self.outlets.clear();
        }
        self.outlets.extend(seen.0);
        self.go_on(slots, made);
    }

    /// Goes on from a batch that is planned, or committed, upon what is remembered.
    pub(super) fn go_on(&mut self, slots: &[Slot], (heads, logs): (&Heads, &Logs)) {
        for slot in slots {
            let Some(entry) = slot.entry() else { continue };
            let Some(known) = self.outlets.get_mut(&entry.outlet) else { continue };
            match &entry.subject {
                Subject::Opening { assigned, .. } => {
                    if let Some(last) = known.series.get_mut(&assigned.series) {
                        *last = assigned.sequence_in_series.max(*last);
                    }
                }
                Subject::FollowUp { facts, frees_number: true, .. } => {
                    known.series.remove(&facts.series);
                }
                Subject::FollowUp { .. } | Subject::Outlet { .. } => {}
                Subject::Recovery { .. } => drop(self.outlets.remove(&entry.outlet)),
            }
        }
        for (outlet, head) in heads {
            let Some(known) = self.outlets.get_mut(outlet) else { continue };
            if known.facts.head.sequence != head.sequence {
                let edge = Frontier::parse(head.sequence, &logs.frontier(outlet));
                known.facts.frontier = edge.expect("a log has an edge of its size");
                known.facts.head = *head;
            }
        }
    }

    /// A batch that did not ask is written: fewer ask when the next one is refused.
    pub(super) fn was_right(&mut self) {
        self.penalty = (self.penalty / 2).max(1);
    }

    /// A batch that did not ask was refused.
    pub(super) fn was_wrong(&mut self) {
        self.forget();
        self.asking = self.penalty;
        self.penalty = (self.penalty * 2).min(PENALTY_MAX);
    }

    /// Another connection may meet another database.
    pub(super) fn forget(&mut self) {
        self.outlets.clear();
    }
}

/// Where each chain stands.
pub(super) type Heads = HashMap<OutletId, Head>;

/// An order that claims nothing but a new number, and the series that it takes it of. Shares of ranges
/// are not the outlet's alone: they are lent and annulled without an entry.
fn plain(slot: &Slot) -> Option<(&SealOrder, SeriesKey)> {
    let Order::Seal(order, _) = &slot.order else { return None };
    let Series::Yearly { fiscal_year, .. } = &order.series else { return None };
    let is_plain =
        order.credits.is_empty() && order.replaces.is_none() && order.stands_for.is_none();
    is_plain.then_some((order, SeriesKey::Year(*fiscal_year)))
}

/// Outlets that are remembered, some two kilobytes each: as many as one server seals for in an hour.
const OUTLETS_MAX: usize = 4_096;
/// A batch of which one order in a hundred is sent again is refused one time in four: then it is worth
/// trying once in so many.
const PENALTY_MAX: u32 = 64;
