//! An RSA key as X.509 writes it (RFC 3279, 2.3.1): an algorithm, and two numbers in a BIT STRING.

use crate::der::{self, BIT_STRING, Reader, SEQUENCE, without_leading_zeros};

/// The modulus and the public exponent in this `SubjectPublicKeyInfo`, without leading zeros. That
/// it is encoded as DER demands is for the caller to see, by encoding it again.
pub(super) fn numbers_of(spki: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut info = Reader::new(spki).enter(SEQUENCE)?;
    if info.whole(SEQUENCE)? != ALGORITHM {
        return None;
    }
    numbers(info.contents(BIT_STRING)?.strip_prefix(&[NO_UNUSED_BITS])?)
}

/// The same in a bare `RSAPublicKey` (RFC 8017, A.1.1).
pub(crate) fn numbers(key: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut numbers = Reader::new(key).enter(SEQUENCE)?;
    Some((numbers.magnitude()?, numbers.magnitude()?))
}

/// `SubjectPublicKeyInfo` of these two numbers.
pub(super) fn spki(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let numbers = [der::unsigned_integer(modulus), der::unsigned_integer(exponent)].concat();
    let key = der::element(SEQUENCE, &numbers);
    let bits = der::element(BIT_STRING, &[&[NO_UNUSED_BITS], key.as_slice()].concat());
    der::element(SEQUENCE, &[ALGORITHM.as_slice(), &bits].concat())
}

/// Shorter keys can be broken, and longer ones are slow for nothing: no authority issues either.
pub(crate) fn has_permitted_length(modulus: &[u8]) -> bool {
    (MIN_BITS..=MAX_BITS).contains(&bits(modulus))
}

/// The length of a number in bits, as the length of a key is counted.
pub(crate) fn bits(number: &[u8]) -> usize {
    let number = without_leading_zeros(number);
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

const MIN_BITS: usize = 2048;
const MAX_BITS: usize = 4096;
const NO_UNUSED_BITS: u8 = 0;
/// `rsaEncryption` with its NULL (RFC 3279, 2.3.1: the parameters are there and are NULL).
const ALGORITHM: [u8; 15] =
    [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
