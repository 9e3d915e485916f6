//! A signature in the fixed form in which it is stored and hashed.

use std::fmt;

use data_encoding::HEXLOWER;

use crate::{Algorithm, BadSignature, der};

/// The bytes of a signature. For P-256: `r ‖ s`, 32 bytes each, big-endian (IEEE P1363), because
/// a fixed length has one encoding only, where DER has had several.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature([u8; P256_SIGNATURE_BYTES]);

impl Signature {
    /// Takes bytes that were stored or sent. Only the length is checked here; whether the
    /// signature is true is for [`crate::PublicKey::verify`] to say.
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, BadSignature> {
        match algorithm {
            Algorithm::EcdsaP256Sha256 => bytes.try_into().map(Self).map_err(|_| BadSignature),
        }
    }

    /// The algorithm whose signature this is.
    pub fn algorithm(&self) -> Algorithm {
        Algorithm::EcdsaP256Sha256
    }

    /// The bytes to store: 64 for P-256.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The same signature as `ECDSA-Sig-Value` in DER (RFC 3279, 2.2.3), as `openssl dgst -verify`
    /// and X.509 expect it.
    pub fn to_der(&self) -> Vec<u8> {
        let (r, s) = self.0.split_at(P256_SIGNATURE_BYTES / 2);
        let integers = [der::unsigned_integer(r), der::unsigned_integer(s)].concat();
        der::element(der::SEQUENCE, &integers)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Signature({})", HEXLOWER.encode(&self.0))
    }
}

const P256_SIGNATURE_BYTES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(r: [u8; 32], s: [u8; 32]) -> Signature {
        let bytes = [r, s].concat();
        Signature::from_bytes(Algorithm::EcdsaP256Sha256, &bytes).unwrap()
    }

    #[test]
    fn der_strips_leading_zeros_and_keeps_integers_positive() {
        let mut r = [0; 32];
        r[31] = 0x7f;
        let mut s = [0; 32];
        s[30] = 0x80;
        let expected = [0x30, 0x08, 0x02, 0x01, 0x7f, 0x02, 0x03, 0x00, 0x80, 0x00];
        assert_eq!(signature(r, s).to_der(), expected);
    }

    #[test]
    fn der_of_the_greatest_and_the_least_values() {
        let greatest = signature([0xff; 32], [0xff; 32]).to_der();
        assert_eq!(greatest.len(), 72);
        assert_eq!(greatest[..5], [0x30, 70, 0x02, 33, 0x00]);
        let least = signature([0; 32], [0; 32]).to_der();
        assert_eq!(least, [0x30, 6, 0x02, 1, 0, 0x02, 1, 0]);
    }

    #[test]
    fn another_length_is_refused() {
        for length in [0, 63, 65, 72] {
            let bytes = vec![1; length];
            let parsed = Signature::from_bytes(Algorithm::EcdsaP256Sha256, &bytes);
            assert_eq!(parsed, Err(BadSignature));
        }
    }
}
