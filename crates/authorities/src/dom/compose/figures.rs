//! Numbers as the format writes them.

use invoice::{Amount, Decimal, Price, Quantity};

/// A quantity with two places. Pricing has refused a third one.
pub(super) fn quantity(quantity: Quantity) -> String {
    Amount::from_units(quantity.units() / 10).to_text()
}

/// A rate of ITBIS: whole percents.
pub(super) fn whole_percent(percent: invoice::Percent) -> String {
    (percent.units() / 100).to_string()
}

/// A decimal that need not be there, with all its places.
pub(super) fn optional<const SCALE: u32>(decimal: Option<Decimal<SCALE>>) -> Option<String> {
    decimal.map(Decimal::to_text)
}

/// A price in the other currency, to four places.
pub(super) fn foreign_price(price: Price, exchange: &invoice::Exchange) -> Price {
    let (units, rate) = (price.units() * 10_000, exchange.rate.units());
    assert!(rate > 0, "a rate is checked to be positive when the invoice is priced");
    Price::from_units(invoice::divide_half_up(units, rate))
}

/// A telephone number as the format has it, `809-555-0101`, where it has ten digits, or eleven
/// with the code of the country; else as it stands, for the check to refuse.
pub(super) fn phone(written: &str) -> String {
    let is_mark = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '+' | '.');
    let digits: String = written.chars().filter(char::is_ascii_digit).collect();
    let local = match digits.len() {
        11 => digits.strip_prefix('1'),
        10 => Some(digits.as_str()),
        _ => None,
    };
    match local.filter(|_| written.chars().all(is_mark)) {
        Some(local) => format!("{}-{}-{}", &local[..3], &local[3..6], &local[6..]),
        None => written.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephones_are_written_as_the_format_has_them() {
        for (written, expected) in [
            ("809-555-0101", "809-555-0101"),
            ("(809) 555 0101", "809-555-0101"),
            ("+1 809 555.0101", "809-555-0101"),
            ("8095550101", "809-555-0101"),
            ("555-0101", "555-0101"),
            ("809-555-0101 ext. 3", "809-555-0101 ext. 3"),
            ("+44 20 7946 0000", "+44 20 7946 0000"),
        ] {
            assert_eq!(phone(written), expected, "{written}");
        }
    }

    #[test]
    fn a_quantity_has_two_places_and_a_price_abroad_four() {
        assert_eq!(quantity(Quantity::parse("1.5").unwrap()), "1.50");
        let exchange = invoice::Exchange {
            currency: "USD".to_owned(),
            rate: invoice::ExchangeRate::parse("56.3").unwrap(),
        };
        let price = foreign_price(Price::parse("1500").unwrap(), &exchange);
        assert_eq!(price.to_string(), "26.6430");
    }
}
