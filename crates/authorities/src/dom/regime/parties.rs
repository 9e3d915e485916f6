//! Who stands on the other side, and by which number.

use invoice::{Coded, CustomerKind};

const fn customer(
    key: &'static str,
    code: &'static str,
    label: &'static str,
    identified: bool,
) -> CustomerKind {
    CustomerKind {
        coded: Coded { key, code, label },
        name_required: identified,
        tax_id_required: identified,
        exemption_required: false,
    }
}

/// What must be known of each, whatever the document; a document may ask for more.
#[rustfmt::skip]
pub(super) const CUSTOMERS: &[CustomerKind] = &[
    customer("consumer", "CF", "Consumidor final", false),
    customer("person", "CEDULA", "Persona física (cédula o RNC)", false),
    customer("company", "RNC", "Persona jurídica", true),
    customer("government", "GOB", "Institución del Estado", true),
    customer(FOREIGNER, "EXT", "Extranjero sin RNC ni cédula", false),
];

const FOREIGNER: &str = "foreigner";

/// Whether a customer's number is a foreign one, which stands in an element of its own.
pub(in crate::dom) fn is_foreigner(customer_kind: &str) -> bool {
    customer_kind == FOREIGNER
}

/// Whether the last digit of an RNC or a cédula follows from the others.
///
/// The DGII has given numbers for which it does not, and its certification sets bear some, so this
/// is an outlet's own question: whether a number was mistyped.
pub fn has_right_check_digit(number: &str) -> bool {
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let digits: Vec<u32> = number.bytes().map(|byte| u32::from(byte - b'0')).collect();
    match digits.split_last() {
        Some((&last, rest)) if rest.len() == RNC_WEIGHTS.len() => {
            let sum: u32 = rest.iter().zip(RNC_WEIGHTS).map(|(digit, weight)| digit * weight).sum();
            // Of eleven remainders nine digits are made, from 1 to 9.
            last == (10 - sum % 11) % 9 + 1
        }
        Some((&last, rest)) if rest.len() == 10 => {
            let sum: u32 = rest.iter().enumerate().map(|(place, digit)| luhn(place, *digit)).sum();
            (sum + last).is_multiple_of(10)
        }
        _ => false,
    }
}

const RNC_WEIGHTS: [u32; 8] = [7, 9, 8, 6, 5, 4, 3, 2];

/// Every second digit is doubled, and its two digits are summed.
fn luhn(place: usize, digit: u32) -> u32 {
    if place.is_multiple_of(2) { digit } else { digit * 2 / 10 + digit * 2 % 10 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_digit_follows_from_the_others() {
        // 7·1 + 8·1 + 6·8 + 5·5 + 2·4 = 96, of which 11 leaves 8, and 10 − 8 + 1 is 3.
        assert!(has_right_check_digit("101850043"));
        // 0 0 1 2 3 9 1 7 2 0 sum to 25, and 5 makes it a multiple of ten.
        assert!(has_right_check_digit("00113918205"));
        for wrong in ["101850042", "101850034", "00113918204", "", "1", "10185004", "10185004x"] {
            assert!(!has_right_check_digit(wrong), "{wrong}");
        }
    }

    #[test]
    fn exactly_one_digit_is_right() {
        for head in ["10185004", "99900001", "00000000", "0011391820"] {
            let right = (0..10).filter(|d| has_right_check_digit(&format!("{head}{d}"))).count();
            assert_eq!(right, 1, "{head}");
        }
    }
}
