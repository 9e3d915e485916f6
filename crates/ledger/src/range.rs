//! Ranges of numbers that an authority gave out, their shares, and numbers that were annulled.

use invoice::{OutletId, RangeId, TaxpayerId, TenantId, Timestamp};
use jiff::civil::Date;

use crate::registry::Environment;

/// Numbers of one kind of document that an authority gave out to a taxpayer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Range {
    pub tenant: TenantId,
    pub taxpayer: TaxpayerId,
    pub id: RangeId,
    pub environment: Environment,
    /// The authority's own code of the kind of document, without a slash.
    pub kind: String,
    /// What stands before the digits of each number.
    pub prefix: String,
    /// How many digits a number has, leading zeros among them: 1 to 18.
    pub width: u8,
    /// From 1.
    pub first: u64,
    /// It is in the range.
    pub last: u64,
    /// The last day on which its numbers may be given to a document, in the outlet's zone; none
    /// where they do not expire.
    pub expires_on: Option<Date>,
    /// The authority's own, of its authorisation.
    pub reference: Option<String>,
    pub created_at: Timestamp,
}

/// A contiguous part of a range, lent to an outlet for good.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Share {
    pub tenant: TenantId,
    pub range: RangeId,
    pub outlet: OutletId,
    pub first: u64,
    /// It is in the share.
    pub last: u64,
    pub created_at: Timestamp,
}

/// A range with all that became of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RangeStanding {
    pub range: Range,
    /// In the order of their numbers.
    pub shares: Vec<ShareStanding>,
    /// In the order of their numbers.
    pub annulled: Vec<Annulment>,
    /// Numbers that are neither lent nor annulled.
    pub unlent: u64,
}

/// A share with what is left of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShareStanding {
    pub share: Share,
    /// Numbers that the next documents may take: those that came back, and those after the last
    /// that was taken, without the annulled ones.
    pub left: u64,
}

/// Numbers that were never used and never will be, both ends among them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Annulment {
    pub tenant: TenantId,
    pub range: RangeId,
    pub first: u64,
    pub last: u64,
    pub at: Timestamp,
    pub state: AnnulmentState,
    /// What was sent to the authority, as signed.
    pub document: Option<Vec<u8>>,
}

/// What the authority knows of an annulment. Whatever it says, the numbers are never taken again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AnnulmentState {
    /// We will not use them; the authority has not answered yet.
    Recorded,
    Taken,
    Refused,
}

impl Range {
    /// The number as printed.
    pub fn write(&self, number: u64) -> String {
        written(&self.prefix, usize::from(self.width), number)
    }
}

impl AnnulmentState {
    pub const ALL: [Self; 3] = [Self::Recorded, Self::Taken, Self::Refused];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Taken => "taken",
            Self::Refused => "refused",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// A number of a range as printed: the prefix, and the digits with leading zeros.
pub(crate) fn written(prefix: &str, width: usize, number: u64) -> String {
    format!("{prefix}{number:0width$}")
}

/// How many numbers from `first` to `last` lie in none of `runs`, which do not overlap.
pub(crate) fn count_outside(
    (first, last): (u64, u64),
    runs: impl IntoIterator<Item = (u64, u64)>,
) -> u64 {
    if first > last {
        return 0;
    }
    let inside = |(from, to): (u64, u64)| {
        let (from, to) = (from.max(first), to.min(last));
        if from <= to { to - from + 1 } else { 0 }
    };
    last - first + 1 - runs.into_iter().map(inside).sum::<u64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_run() {
        assert_eq!(written("E31", 10, 7), "E310000000007");
        assert_eq!(count_outside((1, 10), []), 10);
        assert_eq!(count_outside((5, 4), [(1, 9)]), 0);
        assert_eq!(count_outside((5, 10), [(1, 5), (8, 8), (10, 12), (20, 30)]), 3);
    }
}
