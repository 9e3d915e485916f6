//! The name of a series: the run in which an outlet's numbers count 1, 2, 3 and so on.

use std::fmt;

/// A fiscal year, or an outlet's share of a range that an authority gave out.
///
/// The ranges of one taxpayer, environment and kind never overlap, and neither do the shares of a
/// range: within an outlet the kind and the first number name one share.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum SeriesKey {
    Year(i16),
    Share {
        /// The authority's own code of the kind of document.
        kind: String,
        /// The share's first number; it is the first of the series.
        first: u64,
    },
}

impl SeriesKey {
    /// Reads what [`fmt::Display`] writes: `2026`, `31/1001`.
    pub fn parse(text: &str) -> Option<Self> {
        let key = match text.split_once('/') {
            None => Self::Year(text.parse().ok()?),
            Some((kind, first)) => {
                Self::Share { kind: kind.to_owned(), first: first.parse().ok()? }
            }
        };
        (key.to_string() == text).then_some(key)
    }
}

impl fmt::Display for SeriesKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Year(year) => write!(formatter, "{year:04}"),
            Self::Share { kind, first } => write!(formatter, "{kind}/{first}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_way_of_writing() {
        let share = SeriesKey::Share { kind: "31".to_owned(), first: 1001 };
        for (text, key) in [
            ("2026", Some(SeriesKey::Year(2026))),
            ("31/1001", Some(share)),
            ("02026", None),
            ("+2026", None),
            ("31/01001", None),
            ("31/-1", None),
            ("31/1/1", None),
            ("", None),
        ] {
            assert_eq!(SeriesKey::parse(text), key, "{text}");
        }
    }
}
