//! Amounts of a document, and arithmetic that cannot overflow: a product that is too large is none.

use rust_decimal::{Decimal, RoundingStrategy};

use super::super::xml::Element;

/// The amount down a path, if it is there.
pub(super) fn amount(element: &Element, path: &str) -> Option<Decimal> {
    let text = element.text_at(path)?;
    Decimal::from_str_exact(text.trim().trim_start_matches('+')).ok()
}

/// The amount down a path, or zero.
pub(super) fn or_zero(element: &Element, path: &str) -> Decimal {
    amount(element, path).unwrap_or_default()
}

/// The whole number down a path.
pub(super) fn whole(element: &Element, path: &str) -> Option<u32> {
    element.text_at(path)?.trim().parse().ok()
}

/// Two decimals, a third of five or more up (Formato e-CF, redondeo).
pub(super) fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

pub(super) fn product(factors: &[Decimal]) -> Option<Decimal> {
    factors.iter().try_fold(Decimal::ONE, |product, factor| product.checked_mul(*factor))
}

/// A quotient; none for a divisor of zero.
pub(super) fn quotient(dividend: Decimal, divisor: Decimal) -> Option<Decimal> {
    dividend.checked_div(divisor)
}

/// A sum of what could be computed; none if one could not, or if it is too large.
pub(super) fn total(mut amounts: impl Iterator<Item = Option<Decimal>>) -> Option<Decimal> {
    amounts.try_fold(Decimal::ZERO, |sum, amount| sum.checked_add(amount?))
}

/// So many per cent as a factor.
pub(super) fn percent(rate: Decimal) -> Decimal {
    rate / Decimal::ONE_HUNDRED
}

/// Whether an amount is what it should be, within the tolerance (inclusive). What could not be
/// computed is not.
pub(super) fn agrees(stated: Decimal, computed: Option<Decimal>, tolerance: Decimal) -> bool {
    let difference = computed.and_then(|computed| stated.checked_sub(cents(computed)));
    difference.is_some_and(|difference| difference.abs() <= tolerance)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn half_goes_up_and_overflow_is_none() {
        assert_eq!(cents(decimal("1.005")), decimal("1.01"));
        assert_eq!(cents(decimal("-1.005")), decimal("-1.01"));
        let huge = decimal("9999999999999999");
        assert_eq!(product(&[huge, huge]), None);
        assert_eq!(quotient(huge, Decimal::ZERO), None);
        assert_eq!(total([Some(Decimal::MAX), Some(Decimal::ONE)].into_iter()), None);
        assert_eq!(total([Some(Decimal::ONE), None].into_iter()), None);
        assert!(!agrees(-huge, Some(Decimal::MAX), huge));
        assert!(!agrees(Decimal::ONE, None, huge));
        assert!(agrees(decimal("2"), Some(decimal("1.004")), Decimal::ONE));
        assert!(!agrees(decimal("2.01"), Some(decimal("1.004")), Decimal::ONE));
    }
}
