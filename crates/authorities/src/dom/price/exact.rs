//! Fractions: what a sum is before its one rounding.

use std::cmp::Ordering;

use invoice::{Amount, Decimal, Percent, Price, divide_half_up};

/// A fraction in lowest terms. Every operation that could pass what an `i128` holds says so: the
/// products of the law's formulas have six factors, each of which a caller may write.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Exact {
    numerator: i128,
    /// Above zero.
    denominator: i128,
}

impl Exact {
    pub(super) const ZERO: Self = Self { numerator: 0, denominator: 1 };
    pub(super) const ONE: Self = Self { numerator: 1, denominator: 1 };

    pub(super) fn of<const SCALE: u32>(decimal: Decimal<SCALE>) -> Self {
        Self::reduced(decimal.units(), 10_i128.pow(SCALE))
    }

    /// Eighteen percent are 0.18.
    pub(super) fn percent(percent: Percent) -> Self {
        Self::reduced(percent.units(), 10_000)
    }

    pub(super) fn plus(self, other: Self) -> Option<Self> {
        if self.denominator == other.denominator {
            let sum = self.numerator.checked_add(other.numerator)?;
            return Some(Self::reduced(sum, self.denominator));
        }
        let common = gcd(self.denominator, other.denominator);
        let (own, others) = (over(self.denominator, common), over(other.denominator, common));
        let left = self.numerator.checked_mul(others)?;
        let right = other.numerator.checked_mul(own)?;
        let denominator = self.denominator.checked_mul(others)?;
        Some(Self::reduced(left.checked_add(right)?, denominator))
    }

    pub(super) fn minus(self, other: Self) -> Option<Self> {
        self.plus(Self { numerator: other.numerator.checked_neg()?, ..other })
    }

    pub(super) fn times(self, other: Self) -> Option<Self> {
        let cross = gcd(self.numerator, other.denominator);
        let other_cross = gcd(other.numerator, self.denominator);
        let numerator =
            over(self.numerator, cross).checked_mul(over(other.numerator, other_cross))?;
        let denominator =
            over(self.denominator, other_cross).checked_mul(over(other.denominator, cross))?;
        Some(Self { numerator, denominator })
    }

    /// By a fraction that is above zero.
    pub(super) fn over(self, other: Self) -> Option<Self> {
        assert!(other.numerator > 0, "a price share is divided by rates and sums above zero");
        self.times(Self { numerator: other.denominator, denominator: other.numerator })
    }

    pub(super) const fn is_zero(self) -> bool {
        self.numerator == 0
    }

    pub(super) const fn is_negative(self) -> bool {
        self.numerator < 0
    }

    /// To the cent, a tie away from zero (Formato e-CF: the third decimal rounds up from five).
    pub(super) fn amount(self) -> Option<Amount> {
        self.rounded().and_then(Amount::bounded)
    }

    /// To four decimals, likewise.
    pub(super) fn price(self) -> Option<Price> {
        self.rounded().and_then(Price::bounded)
    }

    fn rounded<const SCALE: u32>(self) -> Option<Decimal<SCALE>> {
        let scaled = self.numerator.checked_mul(10_i128.pow(SCALE))?;
        // Twice the remainder is formed in the division, and must not pass either.
        let halvable = self.denominator < i128::MAX / 2;
        halvable.then(|| Decimal::from_units(divide_half_up(scaled, self.denominator)))
    }

    fn reduced(numerator: i128, denominator: i128) -> Self {
        let common = gcd(numerator, denominator);
        Self { numerator: over(numerator, common), denominator: over(denominator, common) }
    }
}

impl PartialOrd for Exact {
    /// Nothing where the difference has no room.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.minus(*other)?.numerator.cmp(&0))
    }
}

/// A number by one that divides it: often by one, and nearly always a machine word by another, which
/// is several times faster than what holds for all.
fn over(number: i128, divisor: i128) -> i128 {
    match (i64::try_from(number), i64::try_from(divisor)) {
        (_, Ok(1)) => number,
        // A divisor is above zero, so that no quotient passes the word.
        (Ok(number), Ok(divisor)) => i128::from(number / divisor),
        _ => number / divisor,
    }
}

/// The greatest common divisor; of nothing and a number, the number.
fn gcd(one: i128, other: i128) -> i128 {
    let (mut left, mut right) = (one.unsigned_abs(), other.unsigned_abs());
    while right != 0 {
        // A machine word divides several times faster, and nearly all of the law's numbers fit one.
        if let (Ok(left), Ok(right)) = (u64::try_from(left), u64::try_from(right)) {
            return i128::from(gcd_of_words(left, right));
        }
        (left, right) = (right, left % right);
    }
    i128::try_from(left.max(1)).unwrap_or(1)
}

fn gcd_of_words(mut left: u64, mut right: u64) -> u64 {
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exact(numerator: i128, denominator: i128) -> Exact {
        Exact::reduced(numerator, denominator)
    }

    #[test]
    fn a_tie_rounds_away_from_zero() {
        for (numerator, denominator, rounded) in [
            (1, 200, "0.01"),
            (-1, 200, "-0.01"),
            (1, 201, "0.00"),
            (583_275, 1_000, "583.28"),
            (1_485_500, 118, "12588.98"),
        ] {
            let amount = exact(numerator, denominator).amount().unwrap();
            assert_eq!(amount.to_string(), rounded, "{numerator}/{denominator}");
        }
    }

    #[test]
    fn what_passes_every_integer_is_nothing() {
        let large = exact(i128::MAX / 3, 1);
        assert_eq!(large.times(large), None);
        assert_eq!(large.plus(large).and_then(|sum| sum.plus(large)?.plus(large)), None);
        assert_eq!(large.amount(), None);
        assert_eq!(exact(10_i128.pow(14), 1).amount(), None, "no amount has so many digits");
    }

    proptest! {
        #[test]
        fn what_is_added_is_taken_away_again(
            a in -1_000_000_i128..1_000_000, b in 1_i128..1_000,
            c in -1_000_000_i128..1_000_000, d in 1_i128..1_000,
        ) {
            let (one, other) = (exact(a, b), exact(c, d));
            prop_assert_eq!(one.plus(other).unwrap().minus(other), Some(one));
            if c > 0 {
                prop_assert_eq!(one.times(other).unwrap().over(other), Some(one));
            }
        }

        #[test]
        fn any_operation_answers(
            a in any::<i64>(), b in 1..=i64::MAX, c in any::<i64>(), d in 1..=i64::MAX,
        ) {
            let one = exact(i128::from(a), i128::from(b));
            let other = exact(i128::from(c), i128::from(d));
            let _ = (one.plus(other), one.minus(other), one.times(other), one.amount());
            let _ = one.times(other).and_then(|product| product.times(product)?.amount());
        }
    }
}
