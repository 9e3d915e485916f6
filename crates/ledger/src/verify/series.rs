//! One series: 1..n, each number held once at a time, each accounted for (invariant 1).

use std::collections::{BTreeMap, HashMap};

use invoice::Json;

use super::{Break, Place};
use crate::anchor::Recovery;
use crate::stage::Stage;

/// One turn of a number, in the order of ordinals and turns.
pub(crate) struct NumberRow {
    pub(crate) series: String,
    pub(crate) ordinal: i64,
    pub(crate) turn: i64,
    pub(crate) stage: String,
    /// What the authority said when it refused, where it did.
    pub(crate) refusal: Option<Vec<u8>>,
    /// The turn for which the number is recorded as free.
    pub(crate) free_for: Option<i64>,
    pub(crate) invoice: String,
    /// The refused invoice whose correction alone may take it.
    pub(crate) held_for: Option<String>,
    /// Of the invoice's first entry, and of the one that refused it.
    pub(crate) sequence: u64,
    pub(crate) refused_at: Option<u64>,
}

/// What has been seen of an outlet's series so far.
pub(crate) struct SeriesCheck {
    outlet: String,
    /// Those that were written off among them: neither is ever given again.
    annulled: Annulled,
    /// The last number that was written off, of each series that has not ended.
    lost: BTreeMap<String, i64>,
    /// The sequences of the recoveries.
    recovered_at: Vec<u64>,
    last: Option<NumberRow>,
    /// Numbers that are free.
    pub(crate) free: u64,
}

/// Runs of annulled ordinals by series, both ends in them, in their order.
#[derive(Default)]
pub(crate) struct Annulled(pub(crate) HashMap<String, Vec<(i64, i64)>>);

impl Annulled {
    fn contains(&self, series: &str, ordinal: i64) -> bool {
        let mut runs = self.0.get(series).into_iter().flatten();
        runs.any(|(first, last)| (*first..=*last).contains(&ordinal))
    }

    /// From `next` over annulled ordinals, at most to `wanted`.
    fn skip(&self, series: &str, (next, wanted): (i64, i64)) -> i64 {
        let runs = self.0.get(series).into_iter().flatten();
        runs.fold(next, |next, (first, last)| {
            let is_annulled = (*first..=*last).contains(&next);
            if is_annulled { (last + 1).min(wanted).max(next) } else { next }
        })
    }
}

impl SeriesCheck {
    pub(crate) fn new(outlet: String, recoveries: &[Recovery], mut annulled: Annulled) -> Self {
        let mut lost: BTreeMap<String, i64> = BTreeMap::new();
        for run in recoveries.iter().flat_map(|recovery| &recovery.lost) {
            let ordinal = |ordinal| i64::try_from(ordinal).unwrap_or(i64::MAX);
            let (first, last) = (ordinal(run.first), ordinal(run.last));
            let end = lost.entry(run.series.to_string()).or_default();
            *end = last.max(*end);
            annulled.0.entry(run.series.to_string()).or_default().push((first, last));
        }
        annulled.0.values_mut().for_each(|runs| runs.sort_unstable());
        let recovered_at = recoveries.iter().map(|recovery| recovery.sequence).collect();
        Self { outlet, annulled, lost, recovered_at, last: None, free: 0 }
    }

    /// The series that ended before this number, and its last ordinal, if one did.
    pub(crate) fn number(&mut self, row: NumberRow) -> Result<Option<(String, i64)>, Break> {
        let last = self.last.take();
        let goes_on = last.as_ref().filter(|last| last.series == row.series);
        let place = || self.place(&row);
        match goes_on {
            Some(last) if last.ordinal == row.ordinal => {
                Break::unless_equal(place, "the turn", (&row.turn, &(last.turn + 1)))?;
                if !last.is_given_back() {
                    let refused = Stage::Refused.as_str();
                    let before = (last.stage.as_str(), refused);
                    return Err(Break::new(place(), "the stage before", (&before.0, &before.1)));
                }
            }
            _ => {
                let next = goes_on.map_or(1, |last| last.ordinal + 1);
                let ordinal = self.annulled.skip(&row.series, (next, row.ordinal));
                Break::unless_equal(place, "the next number", (&row.ordinal, &ordinal))?;
                Break::unless_equal(place, "the turn", (&row.turn, &1))?;
            }
        }
        let ended = match &last {
            Some(last) if last.series != row.series => Some(last),
            _ => None,
        };
        let ended = ended.map(|last| (last.series.clone(), last.ordinal));
        let ended = ended.map(|ended| self.with_lost(ended));
        if let Some(last) = last.filter(|last| !is_same_number(last, &row)) {
            self.leave(&last)?;
        }
        self.last = Some(row);
        Ok(ended)
    }

    /// The series that ends with the last number, and those of which every number is lost.
    pub(crate) fn end(&mut self) -> Result<Vec<(String, i64)>, Break> {
        let mut ended = Vec::new();
        if let Some(last) = self.last.take() {
            self.leave(&last)?;
            ended.push(self.with_lost((last.series, last.ordinal)));
        }
        ended.extend(std::mem::take(&mut self.lost));
        Ok(ended)
    }

    /// What was written off was taken.
    fn with_lost(&mut self, (series, last): (String, i64)) -> (String, i64) {
        let lost = self.lost.remove(&series).unwrap_or(0);
        (series, last.max(lost))
    }

    /// A number is free if and only if the last one who held it gave it back, and nobody annulled
    /// it then. What is annulled is held by none.
    fn leave(&mut self, row: &NumberRow) -> Result<(), Break> {
        let is_annulled = self.annulled.contains(&row.series, row.ordinal);
        if is_annulled && !row.is_given_back() {
            let stored = row.stage.as_str();
            return Err(Break::new(self.place(row), "the annulled number", (&stored, &"unused")));
        }
        // One that was taken before a loss and refused after it may have been given in what was lost.
        let is_of_both = |at: &u64| row.sequence < *at && row.refused_at.is_some_and(|by| *at < by);
        let spans_loss = self.recovered_at.iter().any(is_of_both);
        let is_free = row.is_given_back() && !is_annulled && !spans_loss;
        self.free += u64::from(is_free);
        let shown = |turn: Option<i64>| turn.map_or("none".to_owned(), |turn| turn.to_string());
        let expected = shown(is_free.then_some(row.turn + 1));
        let stored = shown(row.free_for);
        Break::unless_equal(|| self.place(row), "the turn it is free for", (&stored, &expected))?;
        let is_held = is_free && row.stage == Stage::SealedRefused.as_str();
        let held = (row.held_for.as_deref(), is_held.then_some(row.invoice.as_str()));
        let [stored, expected] = [held.0, held.1].map(|invoice| invoice.unwrap_or("none"));
        Break::unless_equal(|| self.place(row), "whose correction takes it", (&stored, &expected))
    }

    fn place(&self, row: &NumberRow) -> Place {
        Place::number(&self.outlet, &row.series, row.ordinal)
    }
}

impl NumberRow {
    /// Whether it was refused in such a way that the number is free again: as the authority said,
    /// and where it said nothing, if the invoice was never sealed.
    fn is_given_back(&self) -> bool {
        let refused = [Stage::Refused, Stage::SealedRefused].map(Stage::as_str);
        if !refused.contains(&self.stage.as_str()) {
            return false;
        }
        let said = self.refusal.as_deref().and_then(|bytes| Json::parse(bytes).ok());
        match said.as_ref().and_then(|said| said.member("number")).and_then(Json::as_str) {
            Some(fate) => fate == "unused",
            None => self.stage == Stage::Refused.as_str(),
        }
    }
}

fn is_same_number(left: &NumberRow, right: &NumberRow) -> bool {
    (&left.series, left.ordinal) == (&right.series, right.ordinal)
}
