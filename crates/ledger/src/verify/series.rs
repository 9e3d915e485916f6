//! One series: 1..n, each number held once at a time, each accounted for (invariant 1).

use super::{Break, Place};
use crate::stage::Stage;

/// One turn of a number, in the order of ordinals and turns.
pub(crate) struct NumberRow {
    pub(crate) fiscal_year: i64,
    pub(crate) ordinal: i64,
    pub(crate) turn: i64,
    pub(crate) stage: String,
    /// The turn for which the number is recorded as free.
    pub(crate) free_for: Option<i64>,
}

/// What has been seen of an outlet's series so far.
pub(crate) struct SeriesCheck {
    outlet: String,
    last: Option<NumberRow>,
    /// Numbers that are free.
    pub(crate) free: u64,
}

impl SeriesCheck {
    pub(crate) fn new(outlet: String) -> Self {
        Self { outlet, last: None, free: 0 }
    }

    /// The series that ended before this number, and its last ordinal, if one did.
    pub(crate) fn number(&mut self, row: NumberRow) -> Result<Option<(i64, i64)>, Break> {
        let last = self.last.take();
        let goes_on = last.as_ref().filter(|last| last.fiscal_year == row.fiscal_year);
        let place = || self.place(&row);
        match goes_on {
            Some(last) if last.ordinal == row.ordinal => {
                Break::unless_equal(place, "the turn", (&row.turn, &(last.turn + 1)))?;
                let refused = Stage::Refused.as_str();
                Break::unless_equal(place, "the stage before", (last.stage.as_str(), refused))?;
            }
            _ => {
                let ordinal = goes_on.map_or(1, |last| last.ordinal + 1);
                Break::unless_equal(place, "the next number", (&row.ordinal, &ordinal))?;
                Break::unless_equal(place, "the turn", (&row.turn, &1))?;
            }
        }
        let ended = match &last {
            Some(last) if last.fiscal_year != row.fiscal_year => Some(last),
            _ => None,
        };
        let ended = ended.map(|last| (last.fiscal_year, last.ordinal));
        if let Some(last) = last.filter(|last| !is_same_number(last, &row)) {
            self.leave(&last)?;
        }
        self.last = Some(row);
        Ok(ended)
    }

    /// The series that ends with the last number.
    pub(crate) fn end(&mut self) -> Result<Option<(i64, i64)>, Break> {
        let Some(last) = self.last.take() else { return Ok(None) };
        self.leave(&last)?;
        Ok(Some((last.fiscal_year, last.ordinal)))
    }

    /// A number is free if and only if the last one who held it was refused.
    fn leave(&mut self, row: &NumberRow) -> Result<(), Break> {
        let is_free = row.stage == Stage::Refused.as_str();
        self.free += u64::from(is_free);
        let shown = |turn: Option<i64>| turn.map_or("none".to_owned(), |turn| turn.to_string());
        let expected = shown(is_free.then_some(row.turn + 1));
        let stored = shown(row.free_for);
        Break::unless_equal(|| self.place(row), "the turn it is free for", (&stored, &expected))
    }

    fn place(&self, row: &NumberRow) -> Place {
        Place::Number {
            outlet: self.outlet.clone(),
            fiscal_year: row.fiscal_year,
            ordinal: row.ordinal,
        }
    }
}

fn is_same_number(left: &NumberRow, right: &NumberRow) -> bool {
    (left.fiscal_year, left.ordinal) == (right.fiscal_year, right.ordinal)
}
