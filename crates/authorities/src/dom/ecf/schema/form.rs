//! The check of one leaf's text, as the schema of one document has it.

use super::fault::Breach;
use super::instant::is_date_time;
use super::letter::trimmed;
use super::number::{Decimal, NumberFault, is_one, small_integer};
use super::shape::Shape;
use crate::dom::ecf::codes;

pub(super) use super::number::Integer;

/// What a text must be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// From so many to so many characters.
    Text(usize, usize),
    Shaped(Shape),
    Decimal(Decimal),
    Integer(Integer),
    /// One of these texts, to the letter.
    Listed(Listed),
    /// A number of this list, however it is written.
    Number(&'static [u8]),
    /// The number of a unit of measure, however it is written.
    UnitNumber,
    /// One of these texts, with blanks around it where there are any.
    BlankedCode(&'static [&'static str]),
    /// A shape with blanks around it where there are any: a number by its type.
    Blanked(Shape),
    /// The number one, however it is written.
    VersionNumber,
    /// `1.0`, with blanks around it where there are any.
    VersionText,
    /// An instant of `xs:dateTime`.
    Instant,
}

/// A list of texts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Listed {
    Texts(&'static [&'static str]),
    Codes(&'static [codes::Code]),
    Units,
    Taxes,
    Places,
}

impl Form {
    pub(super) fn check(&self, text: &str) -> Result<(), Breach> {
        match self {
            Self::Text(least, most) => check_length(text, *least, *most),
            Self::Shaped(shape) => check_shape(text, shape),
            Self::Blanked(shape) => check_shape(trimmed(text), shape),
            Self::Decimal(decimal) => decimal.check(text).map_err(Breach::from),
            Self::Integer(integer) => integer.check(text).map_err(Breach::from),
            Self::Listed(list) => list.has(text).then_some(()).ok_or(Breach::Code),
            Self::BlankedCode(texts) => {
                texts.contains(&trimmed(text)).then_some(()).ok_or(Breach::Code)
            }
            Self::Number(numbers) => check_number(text, |number| numbers.contains(&number)),
            Self::UnitNumber => check_number(text, codes::is_unit),
            Self::VersionNumber => is_one(text).then_some(()).ok_or(Breach::Code),
            Self::VersionText => (trimmed(text) == "1.0").then_some(()).ok_or(Breach::Code),
            Self::Instant => is_date_time(text).then_some(()).ok_or(Breach::Pattern),
        }
    }

    /// What was expected, in signs of no language: a picture, bounds, or a list.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Text(least, most) if least == most => most.to_string(),
            Self::Text(least, most) => format!("{least}..{most}"),
            Self::Shaped(shape) | Self::Blanked(shape) => told_shape(shape),
            Self::Decimal(decimal) => told_decimal(decimal),
            Self::Integer(integer) => told_integer(*integer),
            Self::Listed(list) => list.told(),
            Self::Number(numbers) => {
                let numbers: Vec<String> = numbers.iter().map(u8::to_string).collect();
                numbers.join(", ")
            }
            Self::UnitNumber => Listed::Units.told(),
            Self::BlankedCode(texts) => texts.join(", "),
            Self::VersionNumber | Self::VersionText => "1.0".to_owned(),
            Self::Instant => "yyyy-MM-ddTHH:mm:ss".to_owned(),
        }
    }

    /// Whether a value that names a day names one that exists.
    pub(super) fn is_in_calendar(&self, text: &str) -> bool {
        match self {
            Self::Shaped(shape) => shape.is_in_calendar.is_none_or(|is_right| is_right(text)),
            _ => true,
        }
    }
}

impl Listed {
    fn has(self, text: &str) -> bool {
        match self {
            Self::Texts(texts) => texts.contains(&text),
            Self::Codes(codes) => codes.iter().any(|code| code.code == text),
            Self::Units => codes::unit(text).is_some(),
            Self::Taxes => codes::additional_tax(text).is_some(),
            Self::Places => codes::place(text).is_some(),
        }
    }

    fn told(self) -> String {
        match self {
            Self::Texts(texts) => texts.join(", "),
            Self::Codes(codes) => codes.iter().map(|code| code.code).collect::<Vec<_>>().join(", "),
            Self::Units => format!("1..{}", codes::UNITS.len()),
            Self::Taxes => format!("001..{:03}", codes::ADDITIONAL_TAXES.len()),
            Self::Places => "010000..320703".to_owned(),
        }
    }
}

impl From<NumberFault> for Breach {
    fn from(fault: NumberFault) -> Self {
        match fault {
            NumberFault::Malformed => Self::Number,
            NumberFault::TooLong => Self::Digits,
            NumberFault::OutOfRange => Self::Range,
        }
    }
}

fn check_length(text: &str, least: usize, most: usize) -> Result<(), Breach> {
    // A character has one byte at least, so a text of few bytes has few characters.
    if text.len() <= most && least <= 1 && text.len() >= least {
        return Ok(());
    }
    let characters = text.chars().count();
    if (least..=most).contains(&characters) { Ok(()) } else { Err(Breach::Length) }
}

fn check_shape(text: &str, shape: &Shape) -> Result<(), Breach> {
    check_length(text, 0, shape.longest)?;
    if (shape.matches)(text) { Ok(()) } else { Err(Breach::Pattern) }
}

fn check_number(text: &str, is_listed: impl Fn(u8) -> bool) -> Result<(), Breach> {
    if small_integer(text).is_some_and(is_listed) { Ok(()) } else { Err(Breach::Code) }
}

fn told_shape(shape: &Shape) -> String {
    match shape.longest {
        usize::MAX => shape.told.to_owned(),
        longest => format!("{} ({longest})", shape.told),
    }
}

/// The least and the greatest value: `0.00..9999999999999999.99`.
fn told_decimal(decimal: &Decimal) -> String {
    let decimals = decimal.fraction.1;
    let whole = decimal.whole.min(decimal.total - decimals);
    let greatest = format!("{}.{}", "9".repeat(whole), "9".repeat(decimals));
    let zeros = "0".repeat(decimals - 1);
    match (decimal.signed, decimal.above_zero) {
        (true, _) => format!("-{greatest}..{greatest}"),
        (false, true) => format!("0.{zeros}1..{greatest}"),
        (false, false) => format!("0.{zeros}0..{greatest}"),
    }
}

fn told_integer(integer: Integer) -> String {
    let greatest = "9".repeat(integer.digits);
    format!("{}..{}", integer.least, integer.most.map_or(greatest, |most| most.to_string()))
}
