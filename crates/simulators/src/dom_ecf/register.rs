//! What one environment has received: every arrival, and each number at most once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rust_decimal::Decimal;

use super::facts::Facts;
use super::limits::{MOST_DOCUMENTS, PROCESSING};
use super::number::Number;
use super::verdict::Verdict;

/// How a document came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Channel {
    /// The whole e-CF.
    Full,
    /// The summary of a consumer invoice (RFCE).
    Summary,
    /// The whole consumer invoice of a summary that was accepted before: certification asks for
    /// it.
    Support,
}

/// One document that arrived, whatever became of it.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    /// A GUID in lower case.
    pub(super) track_id: String,
    pub(super) rnc: String,
    pub(super) encf: String,
    pub(super) channel: Channel,
    /// UTC in microseconds.
    pub(super) at: i64,
    /// Questions that are still answered "en proceso".
    patience: u64,
    pub(super) outcome: Outcome,
    pub(super) bytes: Arc<[u8]>,
}

/// What becomes of an arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Judged(Verdict),
    /// A test wants it to be in process until it orders something else.
    Stuck(Verdict),
}

/// A number that is used: accepted, or rejected and burnt.
#[derive(Clone, Debug)]
pub(super) struct Registration {
    pub(super) facts: Facts,
    pub(super) channel: Channel,
    pub(super) track_id: String,
    /// UTC in microseconds.
    pub(super) at: i64,
    pub(super) security_code: String,
    pub(super) verdict: Verdict,
    pub(super) bytes: Arc<[u8]>,
    /// The whole consumer invoice behind a summary, if it came.
    pub(super) support: Option<Arc<[u8]>>,
    /// The commercial approval: `true` if the buyer accepted.
    pub(super) approved: Option<bool>,
}

/// Everything that one environment has received.
#[derive(Debug, Default)]
pub(super) struct Register {
    arrivals: Vec<Arrival>,
    by_track_id: HashMap<String, usize>,
    registrations: Vec<Registration>,
    /// In order, so that a range of numbers is found at once.
    used: BTreeMap<(String, Number), usize>,
    annulled: Vec<AnnulledRange>,
    /// Their places, by issuer and type.
    annulled_of: HashMap<(String, u8), Vec<usize>>,
    /// Arrivals by issuer and number as they stood in the document.
    by_number: HashMap<(String, String), Vec<usize>>,
    /// Notes by issuer and the number that they modify.
    notes: HashMap<(String, String), Vec<usize>>,
}

/// Numbers that were annulled, one after the other. Those among them that were used stay used.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(super) struct AnnulledRange {
    pub(super) rnc: String,
    pub(super) kind: u8,
    pub(super) first: u64,
    pub(super) last: u64,
    /// When, at GMT-4.
    pub(super) at: String,
}

impl AnnulledRange {
    fn holds(&self, sequence: u64) -> bool {
        (self.first..=self.last).contains(&sequence)
    }
}

/// Whether a number can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Free,
    Used,
    Annulled,
}

impl Arrival {
    pub(super) fn new(
        track_id: String,
        (rnc, encf): (String, String),
        channel: Channel,
        (at, patience): (i64, u64),
        (outcome, bytes): (Outcome, Arc<[u8]>),
    ) -> Self {
        Self { track_id, rnc, encf, channel, at, patience, outcome, bytes }
    }

    /// The verdict, if it is out at `now`.
    pub(super) fn verdict(&self, now: i64) -> Option<&Verdict> {
        match &self.outcome {
            Outcome::Judged(verdict) => {
                let is_old = now >= self.at.saturating_add(PROCESSING);
                (self.patience == 0 || is_old).then_some(verdict)
            }
            Outcome::Stuck(_) => None,
        }
    }
}

impl Register {
    pub(super) fn is_full(&self) -> bool {
        self.arrivals.len() >= MOST_DOCUMENTS
    }

    pub(super) fn standing_of(&self, rnc: &str, number: Number) -> Use {
        if self.used.contains_key(&(rnc.to_owned(), number)) {
            return Use::Used;
        }
        let is_annulled =
            self.annulled_of(rnc, number.kind).any(|range| range.holds(number.sequence));
        if is_annulled { Use::Annulled } else { Use::Free }
    }

    /// Writes an arrival down.
    pub(super) fn arrive(&mut self, arrival: Arrival) {
        let place = self.arrivals.len();
        self.by_track_id.insert(arrival.track_id.clone(), place);
        let key = (arrival.rnc.clone(), arrival.encf.clone());
        self.by_number.entry(key).or_default().push(place);
        self.arrivals.push(arrival);
    }

    /// Uses a number up. The caller has seen that it is free.
    pub(super) fn register(&mut self, registration: Registration) {
        let facts = &registration.facts;
        let place = self.registrations.len();
        if let Some(original) = &facts.modified {
            let key = (facts.rnc.clone(), original.clone());
            self.notes.entry(key).or_default().push(place);
        }
        let earlier = self.used.insert((facts.rnc.clone(), facts.number), place);
        assert!(earlier.is_none(), "a number is registered once");
        self.registrations.push(registration);
    }

    /// Annuls what is free of a range.
    pub(super) fn annul(&mut self, range: AnnulledRange) {
        let key = (range.rnc.clone(), range.kind);
        self.annulled_of.entry(key).or_default().push(self.annulled.len());
        self.annulled.push(range);
    }

    fn annulled_of(&self, rnc: &str, kind: u8) -> impl Iterator<Item = &AnnulledRange> {
        let places = self.annulled_of.get(&(rnc.to_owned(), kind));
        places.into_iter().flatten().map(|place| &self.annulled[*place])
    }

    pub(super) fn annulled(&self) -> &[AnnulledRange] {
        &self.annulled
    }

    /// The numbers of a range that are used, in order.
    pub(super) fn used_in(&self, range: &AnnulledRange) -> Vec<Number> {
        let end = |sequence| (range.rnc.clone(), Number { kind: range.kind, sequence });
        let used = self.used.range(end(range.first)..=end(range.last));
        used.map(|((_, number), _)| *number).collect()
    }

    /// How many numbers of a range are neither used nor inside ranges annulled before.
    pub(super) fn free_in(&self, range: &AnnulledRange) -> u64 {
        let used = self.used_in(range).into_iter().map(|number| (number.sequence, number.sequence));
        let annulled = self.annulled_of(&range.rnc, range.kind);
        let annulled = annulled.map(|each| (each.first, each.last));
        let mut taken: Vec<(u64, u64)> = used.chain(annulled).collect();
        taken.sort_unstable();
        let (mut free, mut next) = (0, range.first);
        for (first, last) in taken {
            free += first.min(range.last + 1).saturating_sub(next);
            next = next.max(last + 1);
        }
        free + (range.last + 1).saturating_sub(next)
    }

    /// The registration of a number, in whatever standing.
    pub(super) fn find(&self, rnc: &str, number: Number) -> Option<&Registration> {
        let place = self.used.get(&(rnc.to_owned(), number))?;
        self.registrations.get(*place)
    }

    pub(super) fn find_mut(&mut self, rnc: &str, number: Number) -> Option<&mut Registration> {
        let place = self.used.get(&(rnc.to_owned(), number))?;
        self.registrations.get_mut(*place)
    }

    /// Asks for an arrival by its trackId, which wears its patience down.
    pub(super) fn ask(&mut self, track_id: &str, now: i64) -> Option<(&Arrival, Option<&Verdict>)> {
        let place = *self.by_track_id.get(&track_id.to_ascii_lowercase())?;
        let was_out = self.arrivals[place].verdict(now).is_some();
        let arrival = &mut self.arrivals[place];
        arrival.patience = arrival.patience.saturating_sub(1);
        let arrival = &*arrival;
        Some((arrival, arrival.verdict(now).filter(|_| was_out)))
    }

    /// Whether the verdict of a trackId is out; it is, of one that is not known.
    pub(super) fn is_out(&self, track_id: &str, now: i64) -> bool {
        let place = self.by_track_id.get(track_id);
        place.is_none_or(|place| self.arrivals[*place].verdict(now).is_some())
    }

    /// Every arrival of a number, oldest first.
    pub(super) fn arrivals_of(&self, rnc: &str, encf: &str) -> impl Iterator<Item = &Arrival> {
        let places = self.by_number.get(&(rnc.to_owned(), encf.to_owned()));
        places.into_iter().flatten().map(|place| &self.arrivals[*place])
    }

    pub(super) fn arrivals(&self) -> &[Arrival] {
        &self.arrivals
    }

    /// Gives the stuck documents of a number the verdict that they would have had; of any issuer,
    /// if `rnc` is empty. Says how many there were.
    pub(super) fn release(&mut self, rnc: &str, encf: &str) -> usize {
        let is_it = |each: &&mut Arrival| each.encf == encf && (rnc.is_empty() || each.rnc == rnc);
        let mut released = 0;
        for arrival in self.arrivals.iter_mut().filter(is_it) {
            if let Outcome::Stuck(verdict) = &arrival.outcome {
                arrival.outcome = Outcome::Judged(verdict.clone());
                released += 1;
            }
        }
        released
    }

    pub(super) fn registrations(&self) -> &[Registration] {
        &self.registrations
    }

    /// What the accepted credit notes on a document add up to, in pesos.
    pub(super) fn credited(&self, rnc: &str, original: &str) -> Decimal {
        let places = self.notes.get(&(rnc.to_owned(), original.to_owned()));
        let notes = places.into_iter().flatten().map(|place| &self.registrations[*place]);
        let credit =
            notes.filter(|each| each.facts.number.kind == 34 && each.verdict.is_accepted());
        credit.map(|each| each.facts.total_amount).sum()
    }
}
