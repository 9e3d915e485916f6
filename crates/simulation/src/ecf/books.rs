//! What the DGII has received, and what it holds of it: each number once at most.

use std::collections::BTreeMap;

use invoice::SECOND;

use super::read::Document;
use crate::dice::Dice;
use crate::module::{Annulled, Mood};

/// What became of a delivery.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    /// The service would not take it: nothing of it is kept.
    TurnedAway,
    Accepted,
    /// It counts, and something about it should be done better.
    Conditional,
    /// Its number counts as used, or does not.
    Rejected {
        used: bool,
    },
    /// The number is used: by this very document, accepted before, or by another.
    NumberUsed {
        is_same: bool,
    },
    Annulled,
    /// A note of a document that is not accepted.
    NothingToCorrect,
}

pub(super) struct Delivery {
    pub track_id: String,
    pub document: Document,
    pub verdict: Verdict,
    /// When its result is out, and when it shows in lists, in true time.
    ready_at: i64,
    shown_at: i64,
}

#[derive(Default)]
pub(super) struct Books {
    pub deliveries: Vec<Delivery>,
    /// Runs of numbers that will never be used, as printed.
    pub annulled: Vec<Annulled>,
    /// What a document is worth does not change: the same bytes get the same verdict.
    worth: BTreeMap<(String, String), Verdict>,
    pub complaints: Vec<String>,
}

impl Verdict {
    pub(super) fn is_accepted(self) -> bool {
        matches!(self, Self::Accepted | Self::Conditional)
    }

    /// Whether its number can be borne by no other from then on.
    pub(super) fn uses_number(self) -> bool {
        match self {
            Self::Accepted | Self::Conditional | Self::NothingToCorrect => true,
            Self::Rejected { used } => used,
            Self::TurnedAway | Self::NumberUsed { .. } | Self::Annulled => false,
        }
    }
}

impl Delivery {
    pub(super) fn is_ready(&self, now: i64) -> bool {
        self.ready_at <= now && self.shown_at <= now
    }

    pub(super) fn is_shown(&self, now: i64) -> bool {
        self.shown_at <= now
    }

    fn is(&self, document: &Document) -> bool {
        (&self.document.number, &self.document.code) == (&document.number, &document.code)
    }
}

impl Books {
    /// Judges what arrives, and writes it down.
    pub(super) fn take(
        &mut self,
        document: &Document,
        (mood, now): (Mood, i64),
        dice: &mut Dice,
    ) -> &Delivery {
        let verdict = self.judge(document, mood, dice);
        let number = self.deliveries.len() + 1;
        // Validated in a moment as a rule, and now and then in minutes.
        let validation =
            dice.weighted(&[(60, 0), (25, SECOND), (10, 20 * SECOND), (5, 600 * SECOND)]);
        let lag = dice.weighted(&[(80, 0), (20, SECOND)]);
        self.deliveries.push(Delivery {
            track_id: format!("00000000-0000-4000-9000-{number:012x}"),
            document: document.clone(),
            verdict,
            ready_at: if document.is_summary { now } else { now + validation },
            shown_at: now + lag,
        });
        self.deliveries.last().expect("it was just written down")
    }

    fn judge(&mut self, document: &Document, mood: Mood, dice: &mut Dice) -> Verdict {
        let holder = self
            .deliveries
            .iter()
            .find(|known| known.document.number == document.number && known.verdict.uses_number());
        if let Some(holder) = holder {
            let is_same = holder.is(document) && holder.verdict.is_accepted();
            return Verdict::NumberUsed { is_same };
        }
        if self.is_annulled(&document.number) {
            return Verdict::Annulled;
        }
        let key = (document.number.clone(), document.code.clone());
        if let Some(known) = self.worth.get(&key) {
            return *known;
        }
        let verdict = match (&document.corrects, mood) {
            (Some(corrected), _) if !self.is_accepted(corrected) => {
                let number = &document.number;
                self.complaints.push(format!(
                    "invariant 5: {number} comes before {corrected}, which it corrects, is accepted"
                ));
                Verdict::NothingToCorrect
            }
            (_, Mood::Refuses) => dice.weighted(REFUSALS),
            (_, Mood::Fair | Mood::Busy) => {
                dice.weighted(&[(4, Verdict::Accepted), (1, Verdict::Conditional)])
            }
        };
        self.worth.insert(key, verdict);
        verdict
    }

    fn is_accepted(&self, number: &str) -> bool {
        self.accepted().any(|known| known.document.number == number)
    }

    pub(super) fn is_annulled(&self, number: &str) -> bool {
        self.annulled.iter().any(|run| (run.first.as_str()..=run.last.as_str()).contains(&number))
    }

    pub(super) fn accepted(&self) -> impl Iterator<Item = &Delivery> {
        self.deliveries.iter().filter(|known| known.verdict.is_accepted())
    }

    /// Numbers of a run that are used.
    pub(super) fn is_used(&self, run: &Annulled) -> bool {
        self.deliveries.iter().filter(|known| known.verdict.uses_number()).any(|known| {
            (run.first.as_str()..=run.last.as_str()).contains(&known.document.number.as_str())
        })
    }

    /// What is told to whoever knows the security code.
    pub(super) fn known_by(&self, (number, code): (&str, &str), now: i64) -> Option<&Delivery> {
        let of = |known: &&Delivery| {
            (known.document.number.as_str(), known.document.code.as_str()) == (number, code)
                && known.is_ready(now)
        };
        let all = || self.deliveries.iter().filter(of);
        all()
            .find(|known| known.verdict.is_accepted())
            .or_else(|| all().find(|known| known.verdict.uses_number()))
    }
}

/// How a document is refused, for good.
const REFUSALS: &[(u64, Verdict)] = &[
    (2, Verdict::TurnedAway),
    (3, Verdict::Rejected { used: false }),
    (3, Verdict::Rejected { used: true }),
];
