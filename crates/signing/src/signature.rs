//! A signature in the form in which it is stored, hashed and sent.

use std::fmt;

use data_encoding::HEXLOWER;

use crate::{Algorithm, BadSignature, der};

/// The bytes of a signature.
///
/// For P-256: `r ‖ s`, 32 bytes each, big-endian (IEEE P1363), because a fixed length has one
/// encoding only, where DER has had several. For RSA: the number of RFC 8017 (8.2.1), as long as
/// the key's modulus, which is what XML and X.509 carry too.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Signature(Form);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Form {
    EcdsaP256Sha256([u8; P256_SIGNATURE_BYTES]),
    RsaPkcs1Sha256(Box<[u8]>),
}

impl Signature {
    /// Takes bytes that were stored or sent. Only the length is checked here; whether the
    /// signature is true is for [`crate::PublicKey::verify`] to say.
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, BadSignature> {
        match algorithm {
            Algorithm::EcdsaP256Sha256 => {
                let bytes = bytes.try_into().map_err(|_| BadSignature)?;
                Ok(Self(Form::EcdsaP256Sha256(bytes)))
            }
            Algorithm::RsaPkcs1Sha256 => Self::rsa(bytes.into()),
        }
    }

    /// Takes an RSA signature over without copying it.
    pub(crate) fn rsa(bytes: Box<[u8]>) -> Result<Self, BadSignature> {
        if !(MIN_RSA_BYTES..=MAX_RSA_BYTES).contains(&bytes.len()) {
            return Err(BadSignature);
        }
        Ok(Self(Form::RsaPkcs1Sha256(bytes)))
    }

    /// The algorithm whose signature this is.
    pub fn algorithm(&self) -> Algorithm {
        match &self.0 {
            Form::EcdsaP256Sha256(_) => Algorithm::EcdsaP256Sha256,
            Form::RsaPkcs1Sha256(_) => Algorithm::RsaPkcs1Sha256,
        }
    }

    /// The bytes to store: 64 for P-256, and 256 to 512 for RSA keys of 2048 to 4096 bits.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Form::EcdsaP256Sha256(bytes) => bytes,
            Form::RsaPkcs1Sha256(bytes) => bytes,
        }
    }

    /// The same signature as `openssl dgst -verify` and X.509 expect it: `ECDSA-Sig-Value` in DER
    /// for P-256 (RFC 3279, 2.2.3), and the bytes as they are for RSA (RFC 3279, 2.2.1).
    pub fn to_x509(&self) -> Vec<u8> {
        match &self.0 {
            Form::EcdsaP256Sha256(bytes) => {
                let (r, s) = bytes.split_at(P256_SIGNATURE_BYTES / 2);
                let integers = [der::unsigned_integer(r), der::unsigned_integer(s)].concat();
                der::element(der::SEQUENCE, &integers)
            }
            Form::RsaPkcs1Sha256(bytes) => bytes.to_vec(),
        }
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Signature({}, {})", self.algorithm(), HEXLOWER.encode(self.as_bytes()))
    }
}

const P256_SIGNATURE_BYTES: usize = 64;
/// Of the shortest key that is taken, 2048 bits.
const MIN_RSA_BYTES: usize = 256;
/// Of the longest, 4096 bits.
const MAX_RSA_BYTES: usize = 512;

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
        assert_eq!(signature(r, s).to_x509(), expected);
    }

    #[test]
    fn der_of_the_greatest_and_the_least_values() {
        let greatest = signature([0xff; 32], [0xff; 32]).to_x509();
        assert_eq!(greatest.len(), 72);
        assert_eq!(greatest[..5], [0x30, 70, 0x02, 33, 0x00]);
        let least = signature([0; 32], [0; 32]).to_x509();
        assert_eq!(least, [0x30, 6, 0x02, 1, 0, 0x02, 1, 0]);
    }

    #[test]
    fn another_length_is_refused() {
        let parse = |algorithm, length| Signature::from_bytes(algorithm, &vec![1; length]);
        for length in [0, 63, 65, 72, 256] {
            assert_eq!(parse(Algorithm::EcdsaP256Sha256, length), Err(BadSignature));
        }
        for length in [0, 64, 255, 513] {
            assert_eq!(parse(Algorithm::RsaPkcs1Sha256, length), Err(BadSignature));
        }
        for length in [256, 257, 512] {
            let signature = parse(Algorithm::RsaPkcs1Sha256, length).unwrap();
            assert_eq!(signature.as_bytes(), signature.to_x509());
        }
    }
}
