//! A key pair in memory, of each kind that signs here. No function gives the private half away but
//! the one that writes it to a file of this crate's making.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256,
};
use zeroize::Zeroizing;

use super::PKCS8_LABEL;
use super::kind::{self, Kind};
use crate::public_key::rsa;
use crate::{Algorithm, PublicKey, Signature, SigningError, pem};

pub(crate) enum Pair {
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

/// Why bytes are not a key that can sign here.
pub(crate) enum PairFault {
    /// A key, but not of a kind that signs here; this is what it is.
    Kind(String),
    /// No key, or one whose parts do not belong together.
    Damaged,
}

impl Pair {
    /// A new P-256 key.
    pub(super) fn generate() -> Option<Self> {
        EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Self::P256).ok()
    }

    /// Reads `PrivateKeyInfo` (RFC 5208, 5), not encrypted.
    pub(crate) fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, PairFault> {
        let pair = match kind::of_pkcs8(pkcs8)? {
            Kind::P256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map(Self::P256)
            }
            Kind::Rsa => RsaKeyPair::from_pkcs8(pkcs8).map(Self::Rsa),
        };
        pair.map_err(|_| PairFault::Damaged)
    }

    /// Reads `RSAPrivateKey` (RFC 8017, A.1.2).
    pub(super) fn from_pkcs1(pkcs1: &[u8]) -> Result<Self, PairFault> {
        kind::of_pkcs1(pkcs1)?;
        RsaKeyPair::from_der(pkcs1).map(Self::Rsa).map_err(|_| PairFault::Damaged)
    }

    pub(crate) fn public_key(&self) -> Option<PublicKey> {
        let public_key = match self {
            Self::P256(pair) => PublicKey::from_point(pair.public_key().as_ref()),
            Self::Rsa(pair) => {
                let (modulus, exponent) = rsa::numbers(pair.public_key().as_ref())?;
                PublicKey::from_rsa(modulus, exponent)
            }
        };
        public_key.ok()
    }

    pub(super) fn sign(&self, message: &[u8]) -> Option<Signature> {
        match self {
            Self::P256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message).ok()?;
                Signature::from_bytes(Algorithm::EcdsaP256Sha256, signature.as_ref()).ok()
            }
            Self::Rsa(pair) => {
                let mut bytes = vec![0; pair.public_modulus_len()].into_boxed_slice();
                // PKCS#1 v1.5 has no chance in it; the generator is for blinding only.
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut bytes).ok()?;
                Signature::rsa(bytes).ok()
            }
        }
    }

    /// `PrivateKeyInfo` in PEM, for a file that its owner alone may read.
    pub(crate) fn to_pem(&self) -> Option<Zeroizing<String>> {
        let pkcs8: Pkcs8V1Der<'_> = match self {
            Self::P256(pair) => {
                return Some(pem::encode(pair.to_pkcs8v1().ok()?.as_ref(), PKCS8_LABEL));
            }
            Self::Rsa(pair) => pair.as_der().ok()?,
        };
        Some(pem::encode(pkcs8.as_ref(), PKCS8_LABEL))
    }
}

impl PairFault {
    pub(super) fn at(self, place: &str) -> SigningError {
        let place = place.to_owned();
        match self {
            Self::Kind(found) => SigningError::KeyType { place, found },
            Self::Damaged => SigningError::KeyDamaged { place },
        }
    }
}
