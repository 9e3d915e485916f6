//! What must never be seen of numbers that an authority gave out.

use std::collections::{BTreeMap, BTreeSet};

use authorities::RangeKind;
use ledger::{AnnulmentState, RangeStanding, Stage};

use super::{Found, Moment, Record};
use crate::memo::{Given, Memo, Run};
use crate::module::{Annulled, Registered};
use crate::scene::{read, written};
use crate::shop::Shop;
use crate::world::Complaint;

/// Every range of a kind as the ledger has it, with what stands in the authority's books.
pub(super) struct Ranges<'a> {
    pub shop: &'a Shop,
    pub kind: &'static RangeKind,
    pub standings: Vec<&'a RangeStanding>,
    pub registered: &'a [Registered],
    pub annulled: &'a [Annulled],
}

impl Ranges<'_> {
    pub(super) fn check(
        &self,
        found: &Found,
        memo: &Memo,
        moment: Moment,
    ) -> Result<(), Complaint> {
        self.lie_apart()?;
        let bearers = self.bearers(found)?;
        self.shares(&bearers)?;
        self.corrections(found, memo)?;
        self.authority(moment)
    }

    fn is_of_kind(&self, record: &Record) -> bool {
        let is_ranged = self.shop.scene.ranged.contains(&record.outlet);
        is_ranged && self.read(&record.invoice.number).is_some()
    }

    fn read(&self, printed: &str) -> Option<u64> {
        read(self.kind, printed)
    }

    fn written(&self, number: u64) -> String {
        written(self.kind, number)
    }

    fn run(&self, first: u64, last: u64) -> (String, String) {
        (self.written(first), self.written(last))
    }

    fn annulments(&self) -> impl Iterator<Item = Run> {
        annulments(self.standings.iter().copied())
    }

    /// Invariant 1: no number is in two ranges, lent twice, or annulled twice.
    fn lie_apart(&self) -> Result<(), Complaint> {
        let ranges = self.standings.iter().map(|of| (of.range.first, of.range.last));
        apart("ranges", ranges)?;
        for standing in &self.standings {
            let whole = standing.range.first..=standing.range.last;
            let shares = standing.shares.iter().map(|of| (of.share.first, of.share.last));
            let annulled = standing.annulled.iter().map(|of| (of.first, of.last));
            let is_outside =
                |(first, last): (u64, u64)| !(whole.contains(&first) && whole.contains(&last));
            if shares.clone().chain(annulled.clone()).any(is_outside) {
                return Err(format!("invariant 1: what lies outside of {whole:?} is used of it"));
            }
            apart("shares", shares)?;
            apart("annulments", annulled)?;
        }
        Ok(())
    }

    /// Invariant 1: each document bears a number of a share of its outlet that had not expired, no two
    /// bear the same, and none an annulled one. Says which numbers were ever borne, and by whom.
    fn bearers<'f>(
        &self,
        found: &'f Found,
    ) -> Result<BTreeMap<u64, Option<&'f Record>>, Complaint> {
        let mut bearers = BTreeMap::new();
        for record in found.records.iter().filter(|record| self.is_of_kind(record)) {
            let printed = &record.invoice.number;
            let number = read(self.kind, printed).unwrap_or(0);
            self.is_lent(number, record)?;
            let bearer = bearers.entry(number).or_insert(None);
            if record.is_number_back {
                continue;
            }
            if let Some(other) = bearer.replace(record) {
                let (one, other) = (&record.mark, &other.mark);
                return Err(format!("invariant 1: {printed} is borne by {other} and by {one}"));
            }
            if self.is_annulled(number) {
                return Err(format!("invariant 1: {printed} is annulled, and {}'s", record.mark));
            }
        }
        Ok(bearers)
    }

    fn is_lent(&self, number: u64, record: &Record) -> Result<(), Complaint> {
        let (printed, invoice) = (&record.invoice.number, &record.invoice);
        let is_of = |standing: &&RangeStanding| {
            standing.shares.iter().any(|known| {
                known.share.outlet == invoice.outlet
                    && (known.share.first..=known.share.last).contains(&number)
            })
        };
        let Some(standing) = self.standings.iter().copied().find(is_of) else {
            return Err(format!("invariant 1: {printed} was never lent to {}", record.outlet));
        };
        let day = self.shop.date(invoice.recorded_at);
        match standing.range.expires_on.filter(|last_day| *last_day < day) {
            None => Ok(()),
            Some(last_day) => {
                Err(format!("invariant 1: {printed} expired on {last_day}, and is given on {day}"))
            }
        }
    }

    fn is_annulled(&self, number: u64) -> bool {
        self.annulments().any(|(_, first, last)| (first..=last).contains(&number))
    }

    /// Invariant 1: no number of a share was passed over, and what is left of it is what nobody bears.
    fn shares(&self, bearers: &BTreeMap<u64, Option<&Record>>) -> Result<(), Complaint> {
        for known in self.standings.iter().flat_map(|standing| &standing.shares) {
            let (first, last) = (known.share.first, known.share.last);
            let highest = bearers.range(first..=last).next_back().map_or(0, |(number, _)| *number);
            let is_passed_over =
                |number: &u64| !bearers.contains_key(number) && !self.is_annulled(*number);
            if let Some(number) = (first..=highest).find(is_passed_over) {
                return Err(format!("invariant 1: {} was passed over", self.written(number)));
            }
            let is_free = |number: &u64| {
                !matches!(bearers.get(number), Some(Some(_))) && !self.is_annulled(*number)
            };
            let left = (first..=last).filter(is_free).count() as u64;
            if left != known.left {
                return Err(format!(
                    "invariant 1: of {first} to {last} there are {left} left, and {} are said",
                    known.left
                ));
            }
        }
        Ok(())
    }

    /// The number of a document that a customer holds goes to its correction, where the authority left
    /// it unused.
    fn corrections(&self, found: &Found, memo: &Memo) -> Result<(), Complaint> {
        for (refused, made) in &memo.corrections {
            let is_only = memo.asked_again.get(refused) == Some(&1);
            let (Some(refused), Some(made)) = (found.find(refused), found.find(made)) else {
                continue;
            };
            let is_held = self.is_of_kind(refused)
                && self.is_of_kind(made)
                && refused.is_number_back
                && refused.invoice.stage == Stage::SealedRefused;
            let number = &refused.invoice.number;
            let is_lost = self.is_lent(self.read(number).unwrap_or(0), made).is_err()
                || self.read(number).is_some_and(|number| self.is_annulled(number));
            if is_only && is_held && !is_lost && made.invoice.number != *number {
                return Err(format!(
                    "invariant 1: the correction of {number} bears {}",
                    made.invoice.number
                ));
            }
        }
        Ok(())
    }

    /// Invariant 5: what the authority was told of is ours and never used, and it is told in the end.
    fn authority(&self, moment: Moment) -> Result<(), Complaint> {
        let ours: BTreeSet<_> =
            self.annulments().map(|(_, first, last)| self.run(first, last)).collect();
        let of_kind = |of: &&Annulled| of.first.starts_with(self.kind.prefix);
        for Annulled { first, last } in self.annulled.iter().filter(of_kind) {
            if !ours.contains(&(first.clone(), last.clone())) {
                return Err(format!("invariant 5: {first} to {last} are annulled there, not here"));
            }
            let is_used = |known: &&Registered| (first..=last).contains(&&known.document.number);
            if let Some(used) = self.registered.iter().find(is_used) {
                let number = &used.document.number;
                return Err(format!("invariant 5: {number} is annulled and registered"));
            }
        }
        for annulment in self.standings.iter().flat_map(|standing| &standing.annulled) {
            let run = self.run(annulment.first, annulment.last);
            let is_there = self.annulled.iter().any(|known| {
                (known.first.as_str(), known.last.as_str()) == (run.0.as_str(), run.1.as_str())
            });
            let is_right = match annulment.state {
                AnnulmentState::Taken => is_there,
                // Of two answers to the same the later one may have been lost.
                AnnulmentState::Refused => true,
                AnnulmentState::Recorded => moment == Moment::Underway,
            };
            if !is_right {
                let state = annulment.state.as_str();
                return Err(format!("invariant 5: {} to {} are {state} here", run.0, run.1));
            }
        }
        Ok(())
    }
}

/// Invariant 3: what a person was told of is there, and as it was.
pub(super) fn are_there(
    shop: &Shop,
    standings: &[RangeStanding],
    memo: &Memo,
) -> Result<(), Complaint> {
    let numbers = &memo.numbers;
    for Given { run: (id, first, last), expires_on, .. } in &numbers.ranges {
        let is_it = |standing: &RangeStanding| {
            let range = &standing.range;
            (&range.id, range.first, range.last) == (id, *first, *last)
                && range.expires_on == *expires_on
        };
        if !standings.iter().any(is_it) {
            return Err(format!("invariant 3: the range {first} to {last} is gone"));
        }
    }
    let outlets: Vec<_> = shop.outlets().collect();
    for (run, outlet) in &numbers.shares {
        let mut shares = standings.iter().flat_map(|standing| &standing.shares);
        let is_it = shares.any(|known| {
            let share = &known.share;
            (&share.range, share.first, share.last) == (&run.0, run.1, run.2)
                && share.outlet == *outlets[*outlet]
        });
        if !is_it {
            return Err(format!("invariant 3: the share {} to {} is gone", run.1, run.2));
        }
    }
    for run in &numbers.annulments {
        if !annulments(standings.iter()).any(|known| known == *run) {
            return Err(format!("invariant 3: {} to {} are not annulled", run.1, run.2));
        }
    }
    Ok(())
}

fn annulments<'a>(standings: impl Iterator<Item = &'a RangeStanding>) -> impl Iterator<Item = Run> {
    let all = standings.flat_map(|standing| &standing.annulled);
    all.map(|annulment| (annulment.range.clone(), annulment.first, annulment.last))
}

fn apart(what: &str, runs: impl Iterator<Item = (u64, u64)>) -> Result<(), Complaint> {
    let mut runs: Vec<_> = runs.collect();
    runs.sort_unstable();
    match runs.windows(2).find(|pair| pair[0].1 >= pair[1].0) {
        None => Ok(()),
        Some(pair) => Err(format!("invariant 1: two {what} overlap: {pair:?}")),
    }
}
