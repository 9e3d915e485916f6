//! What a value may look like: the simple types of the DGII's schemas, by the facets they have.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::forms::{date, digits, email, phone, spanish_letter, stamp};

/// A simple type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Any text.
    Any,
    /// So many characters, from and to, and not blank if any is wanted.
    Text(usize, usize),
    /// One of these words.
    One(Vec<String>),
    /// Digits that make a number in a range, no more digits than its upper end.
    Integer(u128, u128),
    /// A whole number in a range, by its value: leading zeros and a plus do not count.
    Whole(u128, u128),
    /// A whole number in a range as it is written plainly.
    Plain(u128, u128),
    /// One, as a decimal number.
    Version,
    /// Digits with leading zeros, in a range.
    Code(String, String),
    Decimal(Decimal),
    /// Letters and digits, in one of these lengths.
    Alphanumeric(Vec<usize>),
    /// Nine or eleven digits.
    Rnc,
    /// `dd-MM-yyyy`, leading zeros optional, of this century or the last.
    Date,
    /// The same, of this century alone.
    DateOfCentury,
    /// The same as the RFCE's schema has it, which takes blanks around it.
    DateLoose,
    /// `dd-MM-yyyy HH:mm:ss`.
    Stamp,
    /// An `xs:dateTime`.
    DateTime,
    Phone,
    Email,
    /// Letters, digits and blanks.
    Words(usize, usize),
    /// Letters, commas and blanks.
    Letters(usize),
    /// Anything without digits that ends in a letter.
    NoDigits(usize, usize),
    /// A code of the table of provinces and municipalities.
    Place,
}

/// A decimal number: digits before the point, digits after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    whole: usize,
    fraction: (usize, usize),
    sign: Sign,
    /// Whether the point and what follows it may be missing.
    is_fraction_optional: bool,
    /// Whether the schema forgot to escape its point: then a digit may stand there.
    is_point_loose: bool,
}

/// Which side of zero a number may lie on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Any,
    /// Zero and above; no sign is written.
    NotNegative,
    /// Above zero.
    Positive,
}

impl Class {
    /// Reads one from the table. The table is our own: what it cannot say is a mistake there.
    pub(super) fn read(text: &str) -> Self {
        let (name, facets) = text.split_once(':').unwrap_or((text, ""));
        match name {
            "any" => Self::Any,
            "text" => Self::Text(range(facets).0, range(facets).1),
            "one" => Self::One(facets.split('|').map(str::to_owned).collect()),
            "integer" => Self::Integer(ends(facets).0, ends(facets).1),
            "whole" => Self::Whole(ends(facets).0, ends(facets).1),
            "plain" => Self::Plain(ends(facets).0, ends(facets).1),
            "version" => Self::Version,
            "code" => {
                let (low, high) = facets.split_once("..").expect("a code has a range");
                Self::Code(low.to_owned(), high.to_owned())
            }
            "alphanumeric" => {
                let lengths = facets.split('|').map(|each| each.parse().expect("a length"));
                Self::Alphanumeric(lengths.collect())
            }
            "rnc" => Self::Rnc,
            "date" => Self::Date,
            "date-century" => Self::DateOfCentury,
            "date-loose" => Self::DateLoose,
            "stamp" | "stamp-century" => Self::Stamp,
            "datetime" => Self::DateTime,
            "phone" => Self::Phone,
            "email" => Self::Email,
            "words" => Self::Words(range(facets).0, range(facets).1),
            "letters" => Self::Letters(range(facets).1),
            "no-digits" => Self::NoDigits(range(facets).0, range(facets).1),
            "place" => Self::Place,
            name => Self::Decimal(Decimal::read(name, facets)),
        }
    }

    /// Whether a value is of this type.
    pub(super) fn admits(&self, value: &str) -> bool {
        let length = value.chars().count();
        match self {
            Self::Any => true,
            Self::Text(0, most) => length <= *most,
            Self::Text(least, most) => {
                (*least..=*most).contains(&length) && !value.trim().is_empty()
            }
            Self::One(words) => words.iter().any(|word| word == value),
            Self::Integer(low, high) => {
                let is_short = value.len() <= high.to_string().len();
                is_short && number(value).is_some_and(|n| (*low..=*high).contains(&n))
            }
            Self::Whole(low, high) => {
                let unsigned = value.trim().strip_prefix('+').unwrap_or(value.trim());
                number(unsigned).is_some_and(|n| (*low..=*high).contains(&n))
            }
            Self::Plain(low, high) => {
                number(value).is_some_and(|n| (*low..=*high).contains(&n) && n.to_string() == value)
            }
            Self::Version => {
                let plain = value.trim().trim_start_matches('+').trim_start_matches('0');
                let fraction =
                    plain.strip_prefix('1').map(|rest| rest.strip_prefix('.').unwrap_or(rest));
                fraction.is_some_and(|fraction| fraction.bytes().all(|byte| byte == b'0'))
                    && (plain.len() == 1 || plain.as_bytes()[1] == b'.')
            }
            Self::Code(low, high) => {
                digits(value)
                    && value.len() == low.len()
                    && (low.as_str()..=high.as_str()).contains(&value)
            }
            Self::Decimal(decimal) => decimal.admits(value),
            Self::Alphanumeric(lengths) => {
                lengths.contains(&value.len()) && value.bytes().all(|b| b.is_ascii_alphanumeric())
            }
            Self::Rnc => digits(value) && matches!(value.len(), 9 | 11),
            Self::Date => date(value, &["19", "20"]),
            Self::DateOfCentury => date(value, &["20"]),
            Self::DateLoose => date(value.trim(), &["19", "20"]),
            Self::Stamp => stamp(value),
            Self::DateTime => value.parse::<jiff::Timestamp>().is_ok(),
            Self::Phone => phone(value),
            Self::Email => length <= LONGEST_EMAIL && email(value),
            Self::Words(least, most) => {
                let is_part = |c: char| c.is_alphanumeric() || c.is_whitespace();
                (*least..=*most).contains(&length) && value.chars().all(is_part)
            }
            Self::Letters(most) => {
                let is_part = |c: char| spanish_letter(c) || c == ',' || c.is_whitespace();
                length <= *most && value.chars().all(is_part)
            }
            Self::NoDigits(least, most) => {
                (*least..=*most).contains(&length)
                    && !value.contains(|c: char| c.is_ascii_digit())
                    && value.ends_with(spanish_letter)
            }
            Self::Place => PLACES.contains(value),
        }
    }
}

impl Decimal {
    /// `decimal`, with `-signed` or `-positive`, and `16.1..2?`, and `~` for a loose point.
    fn read(name: &str, facets: &str) -> Self {
        let loose = facets.strip_suffix('~');
        let facets = loose.unwrap_or(facets);
        let (whole, fraction) = facets.split_once('.').expect("a decimal has two parts");
        let optional = fraction.strip_suffix('?');
        Self {
            whole: whole.parse().expect("a number of digits"),
            fraction: range(optional.unwrap_or(fraction)),
            is_fraction_optional: optional.is_some(),
            sign: match name {
                "decimal-signed" => Sign::Any,
                "decimal-positive" => Sign::Positive,
                _ => Sign::NotNegative,
            },
            is_point_loose: loose.is_some(),
        }
    }

    fn admits(&self, value: &str) -> bool {
        let unsigned =
            value.strip_prefix(['+', '-']).filter(|_| self.sign == Sign::Any).unwrap_or(value);
        let (whole, fraction) = match unsigned.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (unsigned, None),
        };
        let (least, most) = self.fraction;
        let is_fraction_right = fraction.map_or(self.is_fraction_optional, |fraction| {
            digits(fraction) && (least..=most).contains(&fraction.len())
        });
        let is_zero = || unsigned.bytes().all(|byte| matches!(byte, b'0' | b'.'));
        digits(whole)
            && (whole.len() <= self.whole || self.runs_on(whole, fraction))
            && is_fraction_right
            && !(self.sign == Sign::Positive && is_zero())
    }

    /// Whether a number without a point has a digit where the point should be. Leading zeros do not
    /// count as digits of the value.
    fn runs_on(&self, whole: &str, fraction: Option<&str>) -> bool {
        let (_, most) = self.fraction;
        self.is_point_loose
            && fraction.is_none()
            && whole.len() <= self.whole + 1 + most
            && whole.trim_start_matches('0').len() <= self.whole + most
    }
}

/// `1..80`, or one number for both ends.
fn range(text: &str) -> (usize, usize) {
    let end = |text: &str| text.parse().expect("the ends are numbers");
    text.split_once("..")
        .map_or_else(|| (end(text), end(text)), |(low, high)| (end(low), end(high)))
}

/// `0..99999999999999999999`.
fn ends(text: &str) -> (u128, u128) {
    let end = |text: &str| text.parse().expect("the ends are numbers");
    let (low, high) = text.split_once("..").expect("a range has two ends");
    (end(low), end(high))
}

fn number(text: &str) -> Option<u128> {
    if digits(text) { text.parse().ok() } else { None }
}

/// The codes of provinces, municipalities and districts (Formato e-CF, `ProvinciaMunicipioType`).
static PLACES: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| include_str!("places.txt").split_ascii_whitespace().collect());

const LONGEST_EMAIL: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_takes_what_it_should() {
        for (class, good, bad) in [
            ("text:1..3", &["a", "ñññ", " b "][..], &["", " ", "abcd"][..]),
            ("text:0..3", &["", "abc"], &["abcd"]),
            ("one:$|%", &["$", "%"], &["", "$%"]),
            ("integer:2..9999", &["2", "0002", "9999"], &["1", "00002", "-2", "2.0", ""]),
            (
                "integer:0..99999999999999999999",
                &["99999999999999999999"],
                &["123456789012345678901"],
            ),
            ("whole:0..4", &["0", "04", "+4", " 1 "], &["5", "-0", "", "1.0"]),
            ("plain:1..62", &["1", "62"], &["01", "+1", "63", ""]),
            ("version", &["1.0", "1", "01.00", "1."], &["1.1", "10", "", "0", "11.0"]),
            ("code:001..039", &["001", "039"], &["000", "040", "1", "0039"]),
            (
                "decimal:16.1..2?",
                &["0", "1.5", "1234567890123456.12"],
                &["-1", ".5", "1.", "1.123", "12345678901234567", "1,5"],
            ),
            ("decimal-signed:16.1..2?", &["-1.50", "+2"], &["--1", "-"]),
            ("decimal-positive:3.1..4?", &["57.1234", "0.0001"], &["0", "0.00", "1000", "-1"]),
            (
                "decimal-positive:3.1..2?~",
                &["12.5", "010100", "12345"],
                &["123456", "1234567", "0123.4"],
            ),
            ("decimal:16.2..2", &["1.00"], &["1", "1.0"]),
            (
                "alphanumeric:9|11|13",
                &["E310000000001", "B0100000001"],
                &["E31000000000", "E31000000000-"],
            ),
            ("rnc", &["101000000", "00100000001"], &["1010000000", "10100000a"]),
            (
                "date",
                &["31-12-2028", "1-1-1999"],
                &["32-01-2026", "01-13-2026", "2026-01-01", "01-01-2126", "01/01/2026"],
            ),
            ("date-century", &["01-01-2026"], &["01-01-1999"]),
            ("date-loose", &[" 01-04-2020 "], &["x"]),
            (
                "stamp",
                &["20-11-2026 10:50:14", "20-11-2026 1:5:4"],
                &["1-11-2026 10:00:00", "20-11-2026", "20-11-2026 24:00:00"],
            ),
            ("datetime", &["2026-11-20T10:50:14.9682218-04:00"], &["2026-11-20"]),
            ("phone", &["809-555-0101"], &["8095550101", "809-555-01011"]),
            ("email", &["a.b+c@d-e.f.do", "ñ_1@x.y"], &["a@b", "a@@b.c", ".a@b.c", "a b@c.d"]),
            ("words:1..15", &["30 días"], &["30-días", "", "1234567890123456"]),
            ("letters:0..20", &["", "José Núñez, hijo"], &["José 2"]),
            ("no-digits:3..60", &["República Dominicana"], &["AB", "Haití 2", "abc."]),
            ("place", &["010100", "320000"], &["999999", "1"]),
            ("any", &["", "x"], &[]),
        ] {
            let class = Class::read(class);
            for value in good {
                assert!(class.admits(value), "{class:?} {value:?}");
            }
            for value in bad {
                assert!(!class.admits(value), "{class:?} {value:?}");
            }
        }
    }
}
