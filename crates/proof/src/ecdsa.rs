//! The two forms of a P-256 signature: `r ‖ s` as entries store it, and `ECDSA-Sig-Value` in DER
//! (RFC 3279, 2.2.3), as notes and `openssl` have it.

/// `r ‖ s` → DER: 8 to 72 bytes.
pub fn der_of(fixed: &[u8; 64]) -> Vec<u8> {
    let (r, s) = fixed.split_at(32);
    let content = [integer(r), integer(s)].concat();
    [&[SEQUENCE, length(&content)], &content[..]].concat()
}

/// DER → `r ‖ s`; nothing where the bytes are not what [`der_of`] writes.
pub fn fixed_of(der: &[u8]) -> Option<[u8; 64]> {
    let (content, []) = element(SEQUENCE, der)? else { return None };
    let (r, rest) = element(INTEGER, content)?;
    let (s, []) = element(INTEGER, rest)? else { return None };
    let mut fixed = [0; 64];
    let (left, right) = fixed.split_at_mut(32);
    place(r, left)?;
    place(s, right)?;
    (der_of(&fixed) == der).then_some(fixed)
}

fn integer(digits: &[u8]) -> Vec<u8> {
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    let digits = &digits[zeros.min(digits.len() - 1)..];
    // A first bit that is set would make it negative.
    let sign: &[u8] = if digits[0] >= 0x80 { &[0] } else { &[] };
    let content = [sign, digits].concat();
    [&[INTEGER, length(&content)], &content[..]].concat()
}

fn length(content: &[u8]) -> u8 {
    u8::try_from(content.len()).expect("two integers of 33 bytes are short")
}

/// The content of an element of fewer than 128 bytes, and what follows.
fn element(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let [found, length, rest @ ..] = bytes else { return None };
    (*found == tag && *length < 0x80).then_some(())?;
    rest.split_at_checked(usize::from(*length))
}

fn place(digits: &[u8], into: &mut [u8]) -> Option<()> {
    let digits = digits.strip_prefix(&[0]).unwrap_or(digits);
    let first = into.len().checked_sub(digits.len())?;
    into[first..].copy_from_slice(digits);
    Some(())
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn goes_there_and_back(bytes in prop::array::uniform32(any::<u8>()), zeros in 0_usize..33) {
            let mut fixed = [0; 64];
            fixed[..32].copy_from_slice(&bytes);
            fixed[32 + zeros..].copy_from_slice(&bytes[zeros..]);
            let der = der_of(&fixed);
            prop_assert_eq!(fixed_of(&der), Some(fixed));
            prop_assert_eq!(fixed_of(&[&der[..], &[0]].concat()), None);
            prop_assert_eq!(fixed_of(&der[..der.len() - 1]), None);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Some(fixed) = fixed_of(&bytes) {
                prop_assert_eq!(der_of(&fixed), bytes);
            }
        }
    }

    #[test]
    fn the_greatest_and_the_least() {
        assert_eq!(der_of(&[0xff; 64]).len(), 72);
        assert_eq!(der_of(&[0; 64]), [0x30, 6, 2, 1, 0, 2, 1, 0]);
        // A longer form of the same number.
        assert_eq!(fixed_of(&[0x30, 7, 2, 2, 0, 1, 2, 1, 1]), None);
    }
}
