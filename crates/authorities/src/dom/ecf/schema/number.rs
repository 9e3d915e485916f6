//! The numbers of the formats: what is left of `xs:decimal` and `xs:integer` once DGII's patterns
//! have been laid over them.

use super::letter::trimmed;

/// Why a number is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum NumberFault {
    /// It is not written as the format wants it.
    Malformed,
    /// It has more digits than there is room for.
    TooLong,
    /// It lies outside what is allowed.
    OutOfRange,
}

/// A decimal: `whole` digits, and behind the point from `fraction.0` to `fraction.1` of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decimal {
    pub(super) whole: usize,
    pub(super) fraction: (usize, usize),
    /// Digits in all that the value may have, without zeros that mean nothing.
    pub(super) total: usize,
    pub(super) point: Point,
    pub(super) signed: bool,
    pub(super) above_zero: bool,
}

/// What stands between the whole part and the fraction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Point {
    /// A point, which may be left out together with the fraction.
    Optional,
    /// A point and a fraction, always (the total of a commercial approval).
    Required,
    /// Whatever: the schema forgot to escape its point, so that one digit more may stand there.
    /// `12345` passes as 123, anything, 5.
    Forgotten,
}

impl Decimal {
    pub(super) fn check(&self, text: &str) -> Result<(), NumberFault> {
        let text = trimmed(text);
        let digits = if self.signed { text.strip_prefix(['+', '-']).unwrap_or(text) } else { text };
        // A search made for long texts would cost more than it saves in so short a one.
        let (whole, fraction) = match digits.bytes().position(|byte| byte == b'.') {
            Some(point) => (&digits[..point], Some(&digits[point + 1..])),
            None => (digits, None),
        };
        if !all_digits(whole) || !fraction.is_none_or(all_digits) || !self.fits(whole, fraction) {
            return Err(NumberFault::Malformed);
        }
        self.value(whole, fraction.unwrap_or(""))
    }

    /// Whether the pattern has room for these parts.
    fn fits(&self, whole: &str, fraction: Option<&str>) -> bool {
        let (least, most) = self.fraction;
        let room = match (self.point, fraction) {
            (Point::Forgotten, None) => self.whole + 1 + most,
            _ => self.whole,
        };
        let behind = match fraction {
            Some(fraction) => (least..=most).contains(&fraction.len()),
            None => self.point != Point::Required,
        };
        (1..=room).contains(&whole.len()) && behind
    }

    fn value(&self, whole: &str, fraction: &str) -> Result<(), NumberFault> {
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        if whole.len() + fraction.len() > self.total {
            return Err(NumberFault::TooLong);
        }
        if self.above_zero && whole.is_empty() && fraction.is_empty() {
            return Err(NumberFault::OutOfRange);
        }
        Ok(())
    }
}

/// A whole number of a bounded count of digits, between two bounds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Integer {
    pub(super) digits: usize,
    pub(super) least: u32,
    pub(super) most: Option<u32>,
}

impl Integer {
    pub(super) fn check(&self, text: &str) -> Result<(), NumberFault> {
        let text = trimmed(text);
        if text.is_empty() || !all_digits(text) {
            return Err(NumberFault::Malformed);
        }
        if text.len() > self.digits {
            return Err(NumberFault::TooLong);
        }
        // Only numbers of more than nine digits do not fit, and none of those has bounds.
        let value = text.parse::<u32>().unwrap_or(u32::MAX);
        let within = value >= self.least && self.most.is_none_or(|most| value <= most);
        if within { Ok(()) } else { Err(NumberFault::OutOfRange) }
    }
}

/// The value of a small integer that is compared with a list: `01`, `+1` and ` 1 ` are all 1.
pub(super) fn small_integer(text: &str) -> Option<u8> {
    let text = trimmed(text);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !all_digits(digits) {
        return None;
    }
    let significant = digits.trim_start_matches('0');
    let value = if significant.is_empty() { 0 } else { significant.parse().ok()? };
    (!negative || value == 0).then_some(value)
}

/// Whether a decimal is the version 1.0 by its value, as a schema compares it: `1` and `+01.00`
/// are the same number.
pub(super) fn is_one(text: &str) -> bool {
    let text = trimmed(text);
    let digits = text.strip_prefix('+').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    all_digits(whole)
        && whole.trim_start_matches('0') == "1"
        && fraction.bytes().all(|byte| byte == b'0')
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}
