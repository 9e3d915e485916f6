//! Which numbers a taxpayer may use, and until when.

use jiff::civil::{Date, date};

use super::number::Number;
use super::route::Environment;

/// A run of numbers that a taxpayer was granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) rnc: String,
    pub(super) kind: u8,
    pub(super) first: u64,
    pub(super) last: u64,
    /// The last day on which they may be used, and what `FechaVencimientoSecuencia` must say.
    pub(super) expires: Date,
}

/// The ranges of one environment.
#[derive(Debug, Default)]
pub(super) struct Sequences(Vec<Range>);

/// What is known of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grant {
    Until(Date),
    Unauthorised,
}

impl Sequences {
    pub(super) fn authorise(&mut self, range: Range) {
        self.0.push(range);
    }

    pub(super) fn ranges(&self) -> &[Range] {
        &self.0
    }

    /// Whether a taxpayer may use a number. In test and certification the numbers of a type are
    /// free as long as no range of that taxpayer and type was ordered.
    pub(super) fn grant(&self, environment: Environment, rnc: &str, number: Number) -> Grant {
        let mut own =
            self.0.iter().filter(|range| range.rnc == rnc && range.kind == number.kind).peekable();
        if own.peek().is_none() {
            return free(environment, number);
        }
        let holds = |range: &&Range| (range.first..=range.last).contains(&number.sequence);
        own.find(holds).map_or(Grant::Unauthorised, |range| Grant::Until(range.expires))
    }
}

fn free(environment: Environment, number: Number) -> Grant {
    let last = if number.kind == 32 { LAST_FREE_CONSUMER } else { LAST_FREE };
    match environment {
        Environment::Test | Environment::Certification if number.sequence <= last => {
            Grant::Until(FREE_UNTIL)
        }
        Environment::Test | Environment::Certification | Environment::Production => {
            Grant::Unauthorised
        }
    }
}

/// The Informe Técnico of 2026 gives both: the free numbers of pre-certification, and the expiry
/// that test and certification expect.
const LAST_FREE: u64 = 10_000_000;
const LAST_FREE_CONSUMER: u64 = 50_000_000;
const FREE_UNTIL: Date = date(2028, 12, 31);

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(sequences: &Sequences, environment: Environment, number: &str) -> Grant {
        sequences.grant(environment, "101000000", Number::read(number).unwrap())
    }

    #[test]
    fn free_in_test_until_a_range_is_ordered() {
        let mut sequences = Sequences::default();
        let until = Grant::Until(FREE_UNTIL);
        assert_eq!(grant(&sequences, Environment::Test, "E310010000000"), until);
        assert_eq!(grant(&sequences, Environment::Test, "E310010000001"), Grant::Unauthorised);
        assert_eq!(grant(&sequences, Environment::Certification, "E320050000000"), until);
        assert_eq!(
            grant(&sequences, Environment::Production, "E310000000001"),
            Grant::Unauthorised
        );
        let range = Range {
            rnc: "101000000".into(),
            kind: 31,
            first: 5,
            last: 9,
            expires: date(2027, 12, 31),
        };
        sequences.authorise(range);
        assert_eq!(grant(&sequences, Environment::Test, "E310000000004"), Grant::Unauthorised);
        assert_eq!(
            grant(&sequences, Environment::Test, "E310000000005"),
            Grant::Until(date(2027, 12, 31))
        );
        assert_eq!(grant(&sequences, Environment::Test, "E330000000001"), until);
    }
}
