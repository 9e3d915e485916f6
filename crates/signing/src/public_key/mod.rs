//! The half of a key that everybody may have.

mod jwk;
mod key_id;
mod p256;
pub(crate) mod rsa;
#[cfg(test)]
mod tests;

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, VerificationAlgorithm,
};
use data_encoding::HEXLOWER;

use crate::{Algorithm, Signature, SigningError, pem};

pub use jwk::Jwk;
pub use key_id::KeyId;

/// A public key, known to be one: a point of its curve, or an RSA key of a permitted length.
#[derive(Clone)]
pub struct PublicKey {
    algorithm: Algorithm,
    spki: Box<[u8]>,
    key_id: KeyId,
    verifier: ParsedPublicKey,
}

impl PublicKey {
    /// Reads `SubjectPublicKeyInfo` in DER: P-256 with an uncompressed point, 91 bytes (RFC 5480),
    /// or RSA of 2048 to 4096 bits (RFC 3279, 2.3.1). Other encodings of the same key are refused,
    /// because a key has one [`KeyId`] only.
    pub fn from_der(spki: &[u8]) -> Result<Self, SigningError> {
        if let Some(point) = p256::point_of(spki) {
            return Self::from_point(point);
        }
        let (modulus, exponent) = rsa::numbers_of(spki).ok_or(NOT_KNOWN)?;
        let key = Self::from_rsa(modulus, exponent)?;
        if key.to_der() == spki { Ok(key) } else { Err(NOT_KNOWN) }
    }

    /// Reads the same as [`PublicKey::from_der`] in PEM (`-----BEGIN PUBLIC KEY-----`).
    pub fn from_pem(text: &str) -> Result<Self, SigningError> {
        if text.len() > MAX_PEM_BYTES {
            return Err(TOO_LONG);
        }
        let spki = pem::decode(text, PEM_LABEL).map_err(|_| NOT_PEM)?;
        Self::from_der(&spki)
    }

    /// Takes an uncompressed point: `04 ‖ x ‖ y` (SEC 1, 2.3.3).
    pub(crate) fn from_point(point: &[u8]) -> Result<Self, SigningError> {
        let spki = p256::spki(point).ok_or(NOT_KNOWN)?;
        let verifier = verifier(&ECDSA_P256_SHA256_FIXED, point, NOT_ON_CURVE)?;
        Ok(Self::known(Algorithm::EcdsaP256Sha256, spki, verifier))
    }

    /// Takes the modulus and the public exponent of an RSA key, big-endian.
    pub(crate) fn from_rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, SigningError> {
        if !rsa::has_permitted_length(modulus) {
            return Err(RSA_LENGTH);
        }
        let spki = rsa::spki(modulus, exponent);
        let verifier = verifier(&RSA_PKCS1_2048_8192_SHA256, &spki, NOT_RSA)?;
        Ok(Self::known(Algorithm::RsaPkcs1Sha256, spki, verifier))
    }

    fn known(algorithm: Algorithm, spki: Vec<u8>, verifier: ParsedPublicKey) -> Self {
        Self { algorithm, key_id: KeyId::of(&spki), spki: spki.into(), verifier }
    }

    /// The name of this key.
    pub fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// The kind of signature that this key verifies.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// `SubjectPublicKeyInfo` in DER.
    pub fn to_der(&self) -> &[u8] {
        &self.spki
    }

    /// `SubjectPublicKeyInfo` in PEM, ending with a line feed.
    pub fn to_pem(&self) -> String {
        // The wiping wrapper is for private keys; this one is public.
        pem::encode(&self.spki, PEM_LABEL).to_string()
    }

    /// The members that are peculiar to this key in a JSON Web Key.
    pub fn to_jwk(&self) -> Jwk {
        match self.algorithm {
            Algorithm::EcdsaP256Sha256 => {
                let point = p256::point_of(&self.spki).expect("it was made from a point");
                Jwk::of_point(point)
            }
            Algorithm::RsaPkcs1Sha256 => {
                let numbers = rsa::numbers_of(&self.spki).expect("it was made from two numbers");
                Jwk::of_rsa(numbers)
            }
        }
    }

    /// Says whether `signature` was made over `message` with the private half of this key.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), BadSignature> {
        if signature.algorithm() != self.algorithm {
            return Err(BadSignature);
        }
        let verified = self.verifier.verify_sig(message, signature.as_bytes());
        verified.map_err(|_| BadSignature)
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.spki == other.spki
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "PublicKey({})", HEXLOWER.encode(&self.spki))
    }
}

/// The signature was not made over this message with this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify: the message, the signature or the key is another one")]
pub struct BadSignature;

fn verifier(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
    refusal: SigningError,
) -> Result<ParsedPublicKey, SigningError> {
    ParsedPublicKey::new(algorithm, key).map_err(|_| refusal)
}

const NOT_PEM: SigningError =
    SigningError::PublicKeyUnusable { reason: "it is not a PEM block `PUBLIC KEY`" };
const TOO_LONG: SigningError =
    SigningError::PublicKeyUnusable { reason: "it is longer than any key that signs here" };
const NOT_KNOWN: SigningError = SigningError::PublicKeyUnusable {
    reason: "it is neither a P-256 key with an uncompressed point nor an RSA key in plain DER",
};
const NOT_ON_CURVE: SigningError =
    SigningError::PublicKeyUnusable { reason: "its point does not lie on the curve P-256" };
const RSA_LENGTH: SigningError =
    SigningError::PublicKeyUnusable { reason: "it is an RSA key of other than 2048 to 4096 bits" };
const NOT_RSA: SigningError =
    SigningError::PublicKeyUnusable { reason: "its numbers are not those of an RSA key" };

const PEM_LABEL: &str = "PUBLIC KEY";
/// An RSA-4096 key takes 800 bytes of PEM; the rest is room for comments around it.
const MAX_PEM_BYTES: usize = 16 * 1024;
