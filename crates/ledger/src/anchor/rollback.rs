//! What a store has lost, and what is put on record of it.

use std::collections::{BTreeMap, HashMap};

use invoice::{Hash, Json, OutletId};

use super::{Anchor, Generation};
use crate::order::RecoverOrder;
use crate::record::Head;
use crate::series::SeriesKey;

/// An outlet that has lost entries which an anchor speaks of: nothing is added to it until it is
/// recovered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rollback {
    pub outlet: OutletId,
    /// How many entries it had.
    pub anchored: u64,
    /// How many it has, and the hash of the last.
    pub found: u64,
    pub found_head: Hash,
    /// The generation of its log that a recovery begins.
    pub generation: u64,
    /// Numbers that a recovery writes off: those that were taken in the lost part.
    pub lost: Vec<NumberRun>,
    /// And those that are free now, of which nobody knows whether they were taken there.
    pub unsure: Vec<NumberRun>,
    /// The anchors, as they were signed.
    pub anchors: Vec<String>,
}

/// Numbers of one series, by their ordinals, both ends in it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct NumberRun {
    pub series: SeriesKey,
    pub first: u64,
    pub last: u64,
}

/// What an entry *recovered* says in its note.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Recovery {
    /// The sequence of the entry.
    pub sequence: u64,
    /// The generation of the outlet's log that it begins.
    pub generation: u64,
    /// How many entries there had been.
    pub anchored: u64,
    /// The numbers that it writes off.
    pub lost: Vec<NumberRun>,
    /// Why, in the operator's words.
    pub reason: String,
}

/// What a store says of an outlet whose anchors its head alone does not explain.
#[derive(Clone, Debug, Default)]
pub(crate) struct Evidence {
    /// The entries' hashes at the sizes of the anchors, where there are such entries.
    pub(crate) hashes: HashMap<u64, Hash>,
    /// In their order.
    pub(crate) recoveries: Vec<Recovery>,
    pub(crate) series: BTreeMap<SeriesKey, u64>,
    /// In their order.
    pub(crate) free: Vec<(SeriesKey, u64)>,
}

impl Evidence {
    /// Whether the store continues what the anchor saw, or an operator has recorded that it does not.
    pub(crate) fn explains(&self, anchor: &Anchor) -> bool {
        if self.hashes.get(&anchor.size) == Some(&anchor.head) {
            return true;
        }
        let is_recorded = self.recoveries.iter().any(|recovery| {
            anchor.generation < recovery.generation && anchor.size <= recovery.anchored
        });
        is_recorded && anchor.last.iter().all(|(series, last)| self.taken(series) >= *last)
    }

    fn taken(&self, series: &SeriesKey) -> u64 {
        self.series.get(series).copied().unwrap_or(0)
    }

    /// What is lost of all that the anchors saw.
    pub(super) fn rollback(
        &self,
        outlet: &OutletId,
        head: &Head,
        anchors: &[(&Anchor, String)],
    ) -> Rollback {
        let mut last: BTreeMap<&SeriesKey, u64> = BTreeMap::new();
        for (series, number) in anchors.iter().flat_map(|(anchor, _)| &anchor.last) {
            let seen = last.entry(series).or_default();
            *seen = (*seen).max(*number);
        }
        let here = self.recoveries.iter().map(|recovery| recovery.generation);
        let seen = anchors.iter().map(|(anchor, _)| anchor.generation);
        let lost = last.into_iter().filter_map(|(series, last)| {
            let first = self.taken(series) + 1;
            (first <= last).then(|| NumberRun { series: series.clone(), first, last })
        });
        Rollback {
            outlet: outlet.clone(),
            anchored: anchors.iter().map(|(anchor, _)| anchor.size).max().unwrap_or(0),
            found: head.sequence,
            found_head: head.hash,
            generation: here.chain(seen).max().unwrap_or(1) + 1,
            lost: lost.collect(),
            unsure: runs(&self.free),
            anchors: anchors.iter().map(|(_, text)| text.clone()).collect(),
        }
    }
}

impl Rollback {
    /// All numbers that a recovery writes off.
    pub fn written_off(&self) -> Vec<NumberRun> {
        let mut runs = [&self.unsure[..], &self.lost].concat();
        runs.sort();
        runs
    }
}

impl NumberRun {
    pub(crate) fn ordinals(&self) -> impl Iterator<Item = u64> + use<> {
        self.first..=self.last
    }

    fn to_json(&self) -> Json {
        let member = |key: &str, value: String| (key.to_owned(), Json::String(value));
        Json::Object(vec![
            member("series", self.series.to_string()),
            member("first", self.first.to_string()),
            member("last", self.last.to_string()),
        ])
    }

    fn parse(json: &Json) -> Option<Self> {
        let text = |key: &str| json.member(key)?.as_str();
        let run = Self {
            series: SeriesKey::parse(text("series")?)?,
            first: text("first")?.parse().ok()?,
            last: text("last")?.parse().ok()?,
        };
        (1 <= run.first && run.first <= run.last).then_some(run)
    }
}

/// Neighbours as runs, of ordinals in their order.
fn runs(numbers: &[(SeriesKey, u64)]) -> Vec<NumberRun> {
    let mut runs: Vec<NumberRun> = Vec::new();
    for (series, ordinal) in numbers {
        match runs.last_mut() {
            Some(run) if run.series == *series && run.last + 1 == *ordinal => run.last = *ordinal,
            _ => {
                let (first, last) = (*ordinal, *ordinal);
                runs.push(NumberRun { series: series.clone(), first, last });
            }
        }
    }
    runs
}

/// The words of an entry *recovered*.
pub(crate) fn recovery_note(order: &RecoverOrder, rollback: &Rollback) -> Vec<u8> {
    let member = |key: &str, value: Json| (key.to_owned(), value);
    let anchors = rollback.anchors.iter().map(Json::string).collect();
    let numbers = rollback.written_off().iter().map(NumberRun::to_json).collect();
    Json::Object(vec![
        member("operator", Json::string(&order.operator)),
        member("reason", Json::string(&order.reason)),
        member("generation", Json::string(rollback.generation.to_string())),
        member("anchored_entries", Json::string(rollback.anchored.to_string())),
        member("found_entries", Json::string(rollback.found.to_string())),
        member("found_head", Json::string(rollback.found_head.to_hex())),
        member("numbers", Json::Array(numbers)),
        member("anchors", Json::Array(anchors)),
    ])
    .to_canonical_bytes()
}

impl Recovery {
    /// The generation that begins with a note; the first where there is none.
    pub(crate) fn generation_of(note: Option<&[u8]>) -> Option<u64> {
        match note {
            None => Some(Generation::FIRST.number),
            Some(note) => Self::parse(0, note).map(|recovery| recovery.generation),
        }
    }

    /// Reads the note of the entry with that sequence.
    pub(crate) fn parse(sequence: u64, note: &[u8]) -> Option<Self> {
        let json = Json::parse(note).ok()?;
        let text = |key: &str| json.member(key)?.as_str();
        let Json::Array(numbers) = json.member("numbers")? else { return None };
        Some(Self {
            sequence,
            generation: text("generation")?.parse().ok().filter(|generation| *generation > 1)?,
            anchored: text("anchored_entries")?.parse().ok()?,
            lost: numbers.iter().map(NumberRun::parse).collect::<Option<_>>()?,
            reason: text("reason")?.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anchor(generation: u64, size: u64, last: u64) -> Anchor {
        Anchor {
            outlet: OutletId::from_random([1; 10]),
            generation,
            size,
            head: Hash([1; 32]),
            root: Hash([2; 32]),
            last: BTreeMap::from([(SeriesKey::Year(2026), last)]),
        }
    }

    fn evidence(recoveries: &[u64], last: u64) -> Evidence {
        let recovery = |(generation, anchored): (u64, &u64)| Recovery {
            generation,
            anchored: *anchored,
            ..Recovery::default()
        };
        Evidence {
            recoveries: (2..).zip(recoveries).map(recovery).collect(),
            series: BTreeMap::from([(SeriesKey::Year(2026), last)]),
            ..Evidence::default()
        }
    }

    #[test]
    fn what_is_continued_or_on_record_is_explained() {
        let mut continued = evidence(&[], 7);
        continued.hashes.insert(9, Hash([1; 32]));
        assert!(continued.explains(&anchor(1, 9, 7)));
        continued.hashes.insert(9, Hash([9; 32]));
        assert!(!continued.explains(&anchor(1, 9, 7)), "another history");
        assert!(!evidence(&[], 7).explains(&anchor(1, 9, 7)), "nothing is there");
        assert!(evidence(&[9], 7).explains(&anchor(1, 9, 7)));
        assert!(!evidence(&[8], 7).explains(&anchor(1, 9, 7)), "it lost more than is on record");
        assert!(!evidence(&[9], 6).explains(&anchor(1, 9, 7)), "a number would come again");
        assert!(!evidence(&[9], 7).explains(&anchor(2, 9, 7)), "it saw what came after");
        assert!(evidence(&[9, 12], 7).explains(&anchor(2, 9, 7)));
    }

    /// A recovery that was lost with what followed it has used its generation up.
    #[test]
    fn a_generation_is_above_all_that_were_seen() {
        let anchor = anchor(3, 9, 7);
        let of = |found: Evidence| {
            let anchors = [(&anchor, String::new())];
            found.rollback(&anchor.outlet, &Head::EMPTY, &anchors).generation
        };
        assert_eq!(of(evidence(&[], 7)), 4);
        assert_eq!(of(evidence(&[9, 9, 9, 9], 7)), 6);
    }

    #[test]
    fn numbers_are_written_off_in_runs_and_read_again() {
        let year = SeriesKey::Year(2026);
        let mut found = evidence(&[], 4);
        found.free = vec![(year.clone(), 1), (year.clone(), 2), (year.clone(), 4)];
        let anchor = anchor(1, 9, 7);
        let rollback =
            found.rollback(&anchor.outlet, &Head::EMPTY, &[(&anchor, "an anchor".to_owned())]);
        let run = |first, last| NumberRun { series: year.clone(), first, last };
        assert_eq!(rollback.written_off(), [run(1, 2), run(4, 4), run(5, 7)]);
        let sign = std::sync::Arc::new(|_: &[u8]| Ok([0; 64]));
        let order = RecoverOrder {
            tenant: invoice::TenantId::from_random([1; 10]),
            outlet: anchor.outlet.clone(),
            operator: "who".to_owned(),
            reason: "why".to_owned(),
            signer: crate::order::EntrySigner { key_id: String::new(), sign, is_device: false },
            now: invoice::Timestamp::from_micros(1),
        };
        let read = Recovery::parse(3, &recovery_note(&order, &rollback)).unwrap();
        assert_eq!((read.generation, read.anchored, &*read.reason), (2, 9, "why"));
        assert_eq!(read.lost, rollback.written_off());
        assert_eq!(Recovery::parse(3, b"{}"), None);
        assert_eq!(Recovery::parse(3, b"no JSON"), None);
    }
}
