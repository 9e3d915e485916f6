//! Exact decimals: an integer count of the smallest unit, with the scale in the type.
//!
//! Money is never a binary float, and a scale is never guessed: an amount has two decimals, a
//! unit price four, a quantity three. Every rounding is named at the call.

use std::fmt;

/// A decimal with exactly `SCALE` digits behind the point.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Decimal<const SCALE: u32>(i128);

/// Money: two decimals, as every authority that we serve counts it (SFE 1.5.2).
pub type Amount = Decimal<2>;
/// A price of one unit. Four decimals hold what any regime allows; a regime may allow fewer.
pub type Price = Decimal<4>;
/// How much was sold: three decimals (SFE 1.5.1).
pub type Quantity = Decimal<3>;
/// A tax rate in percent: `16.00` is sixteen percent.
pub type Percent = Decimal<2>;
/// Units of the invoice's currency for one unit of a foreign one.
pub type ExchangeRate = Decimal<4>;

/// Digits allowed before the point, in what is read and in every total. Fourteen hold a hundred
/// thousand milliards, and the product of any two such values still fits an `i128`.
pub const INTEGER_DIGITS_MAX: u32 = 14;

/// Why a text is not a decimal of the wanted scale.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DecimalError {
    /// Not `digits` or `digits.digits`, optionally led by `-`.
    Malformed,
    /// More significant digits behind the point than the scale holds.
    TooPrecise,
    /// More than [`INTEGER_DIGITS_MAX`] digits before the point.
    TooLarge,
}

impl<const SCALE: u32> Decimal<SCALE> {
    pub const ZERO: Self = Self(0);
    const ONE: i128 = 10_i128.pow(SCALE);
    const LIMIT: i128 = 10_i128.pow(SCALE + INTEGER_DIGITS_MAX);

    /// From a count of the smallest unit: `Amount::from_units(406_400)` is 4064.00.
    pub const fn from_units(units: i128) -> Self {
        Self(units)
    }

    /// Reads `-?digits[.digits]`: no exponent, no sign but minus, no spaces, no separators.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        // A search made for long texts would cost more than it saves in so short a one.
        let (whole, fraction) = match digits.bytes().position(|byte| byte == b'.') {
            Some(point) if point + 1 == digits.len() => return Err(DecimalError::Malformed),
            Some(point) => (&digits[..point], &digits[point + 1..]),
            None => (digits, ""),
        };
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return Err(DecimalError::Malformed);
        }
        let units = Self::whole_units(whole)? + Self::fraction_units(fraction)?;
        Ok(Self(if negative { -units } else { units }))
    }

    fn whole_units(digits: &str) -> Result<i128, DecimalError> {
        let significant = digits.trim_start_matches('0');
        if significant.len() > INTEGER_DIGITS_MAX as usize {
            return Err(DecimalError::TooLarge);
        }
        Ok(digits_value(significant) * Self::ONE)
    }

    fn fraction_units(digits: &str) -> Result<i128, DecimalError> {
        let significant = digits.trim_end_matches('0');
        let missing =
            (SCALE as usize).checked_sub(significant.len()).ok_or(DecimalError::TooPrecise)?;
        Ok(digits_value(significant) * 10_i128.pow(u32::try_from(missing).unwrap_or(0)))
    }

    /// The count of the smallest unit.
    pub const fn units(self) -> i128 {
        self.0
    }

    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether the value needs no more than `decimals` digits behind the point.
    pub const fn fits_decimals(self, decimals: u32) -> bool {
        decimals >= SCALE || self.0 % 10_i128.pow(SCALE - decimals) == 0
    }

    /// The sum, unless it passes [`INTEGER_DIGITS_MAX`].
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Self(self.0.checked_add(other.0)?).bounded()
    }

    /// The difference, unless it passes [`INTEGER_DIGITS_MAX`].
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        Self(self.0.checked_sub(other.0)?).bounded()
    }

    /// Itself, unless it passes [`INTEGER_DIGITS_MAX`].
    pub fn bounded(self) -> Option<Self> {
        (self.0.abs() < Self::LIMIT).then_some(self)
    }

    /// What [`fmt::Display`] writes, without the way through a formatter, which takes several times
    /// as long.
    pub fn to_text(self) -> String {
        match u64::try_from(self.0) {
            Ok(units) => Self::word(units, &mut [0; WORD_TEXT_MAX]).to_owned(),
            Err(_) => self.to_string(),
        }
    }

    /// Nearly every decimal fits a machine word, whose digits are written several times faster.
    fn word(units: u64, text: &mut [u8; WORD_TEXT_MAX]) -> &str {
        let (mut start, mut rest) = (text.len(), units);
        for place in 0..WORD_DIGITS_MAX {
            if place > SCALE && rest == 0 {
                break;
            }
            if place == SCALE && SCALE > 0 {
                start -= 1;
                text[start] = b'.';
            }
            start -= 1;
            text[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        std::str::from_utf8(&text[start..]).expect("digits and a point are text")
    }

    /// With the `decimals` last digits that are zero left out: `5.000` reads `5`.
    pub fn to_short_string(self) -> String {
        let long = self.to_string();
        if SCALE == 0 {
            return long;
        }
        long.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

impl<const SCALE: u32> fmt::Display for Decimal<SCALE> {
    /// All `SCALE` decimals, always: the canonical form.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Ok(units) = u64::try_from(self.0) {
            return formatter.write_str(Self::word(units, &mut [0; WORD_TEXT_MAX]));
        }
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, fraction) = (self.0.abs() / Self::ONE, self.0.abs() % Self::ONE);
        match SCALE {
            0 => write!(formatter, "{sign}{whole}"),
            _ => write!(formatter, "{sign}{whole}.{fraction:0width$}", width = SCALE as usize),
        }
    }
}

/// Digits of a machine word: 2^64 has twenty, and scales are of single digits.
const WORD_DIGITS_MAX: u32 = 20;
/// The same with a point.
const WORD_TEXT_MAX: usize = 21;

/// `price × quantity`, rounded half up to the amount's two decimals.
pub fn multiply_half_up(price: Price, quantity: Quantity) -> Option<Amount> {
    Amount::from_units(divide_half_up(price.units() * quantity.units(), 100_000)).bounded()
}

/// `numerator ÷ denominator`, to the nearest integer, a tie away from zero.
///
/// The denominator is positive: it is a power of ten or a rate above minus one hundred percent.
pub fn divide_half_up(numerator: i128, denominator: i128) -> i128 {
    assert!(denominator > 0, "a rate or a power of ten is positive");
    let (quotient, remainder) = divided(numerator, denominator);
    let twice_remainder = 2 * remainder;
    if twice_remainder >= denominator {
        quotient + 1
    } else if twice_remainder <= -denominator {
        quotient - 1
    } else {
        quotient
    }
}

/// Quotient and remainder. Nearly all numbers fit machine words, whose division is several times
/// faster.
fn divided(numerator: i128, denominator: i128) -> (i128, i128) {
    match (i64::try_from(numerator), i64::try_from(denominator)) {
        // No quotient passes the word, as the denominator is positive.
        (Ok(left), Ok(right)) => (i128::from(left / right), i128::from(left % right)),
        _ => (numerator / denominator, numerator % denominator),
    }
}

/// `numerator ÷ denominator`, to the next integer above.
pub const fn divide_up(numerator: i128, denominator: i128) -> i128 {
    assert!(denominator > 0, "a rate or a power of ten is positive");
    numerator.div_euclid(denominator) + if numerator.rem_euclid(denominator) > 0 { 1 } else { 0 }
}

/// Of so many digits at most that a machine word holds their value.
fn digits_value(digits: &str) -> i128 {
    i128::from(digits.bytes().fold(0_u64, |value, byte| value * 10 + u64::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::str::FromStr as _;

    #[test]
    fn reads_and_writes_the_fixed_scale() {
        for (text, written) in [
            ("0", "0.00"),
            ("4064", "4064.00"),
            ("4064.5", "4064.50"),
            ("-0.01", "-0.01"),
            ("007.10", "7.10"),
            ("1.5000000", "1.50"),
            ("99999999999999.99", "99999999999999.99"),
        ] {
            assert_eq!(Amount::parse(text).unwrap().to_string(), written);
        }
    }

    #[test]
    fn refuses_what_is_not_a_decimal() {
        use DecimalError::{Malformed, TooLarge, TooPrecise};
        for (text, error) in [
            ("", Malformed),
            ("-", Malformed),
            (".5", Malformed),
            ("5.", Malformed),
            ("+5", Malformed),
            ("1e3", Malformed),
            ("1,5", Malformed),
            (" 1", Malformed),
            ("1.2.3", Malformed),
            ("NaN", Malformed),
            ("١", Malformed),
            ("0.001", TooPrecise),
            ("100000000000000", TooLarge),
        ] {
            assert_eq!(Amount::parse(text), Err(error), "{text}");
        }
    }

    /// Those below zero, and those of more than a word, are written another way.
    #[test]
    fn all_ways_of_writing_agree() {
        let word = i128::from(u64::MAX);
        for units in [1, 9, 10, 99, 100, 101, 12_345, word - 1, word] {
            let above = Amount::from_units(units).to_string();
            assert_eq!(Amount::from_units(-units).to_string(), format!("-{above}"));
            let whole = Decimal::<0>::from_units(units).to_string();
            assert_eq!(whole, units.to_string());
            for amount in [Amount::from_units(units), Amount::from_units(-units)] {
                assert_eq!(amount.to_text(), amount.to_string());
            }
        }
        assert_eq!(Amount::from_units(word).to_string(), "184467440737095516.15");
        assert_eq!(Amount::from_units(word + 1).to_string(), "184467440737095516.16");
    }

    proptest! {
        #[test]
        fn the_product_agrees_with_an_independent_decimal(
            price in 0..99_999_999_999_i128,
            quantity in 0..99_999_999_i128,
        ) {
            let ours = multiply_half_up(Price::from_units(price), Quantity::from_units(quantity));
            let oracle = rust_decimal::Decimal::from_i128_with_scale(price, 4)
                * rust_decimal::Decimal::from_i128_with_scale(quantity, 3);
            let oracle = oracle.round_dp_with_strategy(
                2,
                rust_decimal::RoundingStrategy::MidpointAwayFromZero,
            );
            let ours = rust_decimal::Decimal::from_str(&ours.unwrap().to_string()).unwrap();
            prop_assert_eq!(ours, oracle);
        }

        #[test]
        fn what_is_written_is_read_back(units in -9_999_999_999_999_999_i128..=9_999_999_999_999_999) {
            let amount = Amount::from_units(units);
            prop_assert_eq!(Amount::parse(&amount.to_string()), Ok(amount));
        }

        #[test]
        fn rounding_up_is_never_below_and_less_than_one_above(n in -1_000_000_i128..1_000_000, d in 1_i128..5_000) {
            let up = divide_up(n, d);
            prop_assert!(up * d >= n && (up - 1) * d < n);
        }
    }
}
