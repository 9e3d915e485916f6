//! The template of an outlet's invoice numbers, as in `{outlet}-{year}-{seq:6}`.

use std::fmt;

use crate::error::LedgerError;
use crate::limits::NUMBER_CHARACTERS_MAX;

/// How a series writes its numbers: literal text, the outlet's code, the fiscal year, the ordinal.
///
/// The outlet's code is there, so that no two outlets of a taxpayer print the same numbers. The
/// year and the ordinal each stand exactly once, apart from any other digit, so that a number
/// can be read back: [`Self::numerals`] is what verification holds against the stored columns.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NumberTemplate {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Part {
    Literal(String),
    Outlet,
    Year,
    Sequence { width: usize },
}

/// Why a text is not a template of numbers.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NumberTemplateError {
    #[error("a number template has at most {TEMPLATE_BYTES_MAX} bytes")]
    TooLong,
    #[error("a number template knows {{outlet}}, {{year}} and {{seq:1}} to {{seq:12}} only")]
    UnknownPlaceholder,
    #[error("a number template holds {{year}} and {{seq:n}} exactly once each")]
    YearAndSequenceOnce,
    #[error("a number template holds {{outlet}}: two outlets must not print the same numbers")]
    OutletMissing,
    #[error("in a number template a sign that is no digit stands between two placeholders")]
    Adjacent,
}

impl NumberTemplate {
    pub fn parse(text: &str) -> Result<Self, NumberTemplateError> {
        if text.len() > TEMPLATE_BYTES_MAX {
            return Err(NumberTemplateError::TooLong);
        }
        let parts = parts(text)?;
        let count = |wanted: fn(&Part) -> bool| parts.iter().filter(|part| wanted(part)).count();
        let years = count(|part| matches!(part, Part::Year));
        let sequences = count(|part| matches!(part, Part::Sequence { .. }));
        if (years, sequences) != (1, 1) {
            return Err(NumberTemplateError::YearAndSequenceOnce);
        }
        if count(|part| matches!(part, Part::Outlet)) == 0 {
            return Err(NumberTemplateError::OutletMissing);
        }
        if parts.windows(2).all(|pair| are_apart(&pair[0], &pair[1])) {
            Ok(Self { text: text.to_owned(), parts })
        } else {
            Err(NumberTemplateError::Adjacent)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The number as printed. An ordinal that outgrows its width is written in full.
    pub fn render(&self, outlet_code: &str, fiscal_year: i16, ordinal: u64) -> String {
        let part = |part: &Part| match part {
            Part::Literal(text) => text.clone(),
            Part::Outlet => outlet_code.to_owned(),
            Part::Year => format!("{fiscal_year:04}"),
            Part::Sequence { width } => format!("{ordinal:0width$}"),
        };
        self.parts.iter().map(part).collect()
    }

    /// Whether every number that an outlet of this code will ever take stays within
    /// [`NUMBER_CHARACTERS_MAX`]: asked before the first is taken, and not found out at the
    /// millionth.
    pub(crate) fn check_length(&self, outlet_code: &str) -> Result<(), LedgerError> {
        let longest = self.render(outlet_code, YEAR_MAX, ORDINAL_MAX);
        match longest.chars().count() {
            0..=NUMBER_CHARACTERS_MAX => Ok(()),
            length => Err(LedgerError::NumberTooLong { length, max: NUMBER_CHARACTERS_MAX }),
        }
    }

    /// The maximal runs of digits of a number, as values: year and ordinal are among them.
    pub fn numerals(number: &str) -> impl Iterator<Item = u64> {
        number
            .split(|character: char| !character.is_ascii_digit())
            .filter_map(|digits| digits.parse().ok())
    }
}

impl fmt::Display for NumberTemplate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

fn parts(text: &str) -> Result<Vec<Part>, NumberTemplateError> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (literal, tail) = rest.split_once('{').unwrap_or((rest, ""));
        if literal.contains('}') {
            return Err(NumberTemplateError::UnknownPlaceholder);
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal.to_owned()));
        }
        if literal.len() == rest.len() {
            break;
        }
        let (name, tail) = tail.split_once('}').ok_or(NumberTemplateError::UnknownPlaceholder)?;
        parts.push(placeholder(name).ok_or(NumberTemplateError::UnknownPlaceholder)?);
        rest = tail;
    }
    Ok(parts)
}

fn placeholder(name: &str) -> Option<Part> {
    match name {
        "outlet" => Some(Part::Outlet),
        "year" => Some(Part::Year),
        _ => {
            let width = name.strip_prefix("seq:")?.parse().ok()?;
            (1..=SEQUENCE_WIDTH_MAX).contains(&width).then_some(Part::Sequence { width })
        }
    }
}

fn are_apart(left: &Part, right: &Part) -> bool {
    let no_digit = |character: Option<char>| character.is_some_and(|c| !c.is_ascii_digit());
    match (left, right) {
        (Part::Literal(text), _) => no_digit(text.chars().last()),
        (_, Part::Literal(text)) => no_digit(text.chars().next()),
        (Part::Outlet | Part::Year | Part::Sequence { .. }, _) => false,
    }
}

/// A template is printed on a line of a thermal receipt, which has 32 to 48 columns.
const TEMPLATE_BYTES_MAX: usize = 64;
/// Twelve digits number a thousand invoices a second for thirty years.
const SEQUENCE_WIDTH_MAX: usize = 12;
/// The longest that [`SEQUENCE_WIDTH_MAX`] digits write.
const ORDINAL_MAX: u64 = 999_999_999_999;
/// A year of the calendar has four digits.
const YEAR_MAX: i16 = 9_999;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_outlet_year_and_ordinal() {
        let template = NumberTemplate::parse("{outlet}-{year}-{seq:6}").unwrap();
        assert_eq!(template.render("KIN01", 2026, 7), "KIN01-2026-000007");
        assert_eq!(template.render("KIN01", 2026, 12_345_678), "KIN01-2026-12345678");
        let numerals: Vec<u64> = NumberTemplate::numerals("KIN01-2026-000007").collect();
        assert_eq!(numerals, [1, 2026, 7]);
    }

    #[test]
    fn refuses_what_could_not_be_read_back() {
        use NumberTemplateError::{
            Adjacent, OutletMissing, TooLong, UnknownPlaceholder, YearAndSequenceOnce,
        };
        for (text, error) in [
            ("", YearAndSequenceOnce),
            ("{year}", YearAndSequenceOnce),
            ("{seq:6}", YearAndSequenceOnce),
            ("{year}-{seq:6}-{seq:6}", YearAndSequenceOnce),
            ("{year}-{seq:6}", OutletMissing),
            ("{outlet}-{year}{seq:6}", Adjacent),
            ("{outlet}{seq:6}/{year}", Adjacent),
            ("{outlet}-{year}-1{seq:6}", Adjacent),
            ("{year}-{seq:0}", UnknownPlaceholder),
            ("{year}-{seq:13}", UnknownPlaceholder),
            ("{year}-{seq}", UnknownPlaceholder),
            ("{year}-{seq:6", UnknownPlaceholder),
            ("{year}-}{seq:6}", UnknownPlaceholder),
            (&"x".repeat(65), TooLong),
        ] {
            assert_eq!(NumberTemplate::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn the_longest_number_fits_into_a_control_module() {
        let template = NumberTemplate::parse("{outlet}-{year}-{seq:6}").unwrap();
        let code = |length| "é".repeat(length);
        let rest = "-9999-999999999999".len();
        template.check_length(&code(NUMBER_CHARACTERS_MAX - rest)).unwrap();
        let error = template.check_length(&code(NUMBER_CHARACTERS_MAX - rest + 1)).unwrap_err();
        let length = NUMBER_CHARACTERS_MAX + 1;
        let max = NUMBER_CHARACTERS_MAX;
        assert!(
            matches!(error, LedgerError::NumberTooLong { length: l, max: m } if (l, m) == (length, max))
        );
    }
}
