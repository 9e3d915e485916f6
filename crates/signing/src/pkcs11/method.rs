//! How a token is asked for a signature.

use std::borrow::Cow;

use aws_lc_rs::digest::{SHA256, digest};
use cryptoki::mechanism::{Mechanism, MechanismType};

use super::token::Token;
use crate::{Algorithm, SigningError};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    /// The digest of the message, for any curve. `CKM_ECDSA_SHA256` would take the message itself,
    /// but SoftHSM2 2.6 lacks it.
    Ecdsa,
    /// The message itself.
    Sha256RsaPkcs,
    /// The digest with its name, for a token that only pads and encrypts.
    RsaPkcs,
}

impl Method {
    pub(super) fn of(token: &Token, algorithm: Algorithm) -> Result<Self, SigningError> {
        match algorithm {
            Algorithm::EcdsaP256Sha256 => Ok(Self::Ecdsa),
            Algorithm::RsaPkcs1Sha256 if token.has(MechanismType::SHA256_RSA_PKCS)? => {
                Ok(Self::Sha256RsaPkcs)
            }
            Algorithm::RsaPkcs1Sha256 => Ok(Self::RsaPkcs),
        }
    }

    pub(super) fn mechanism(self) -> Mechanism<'static> {
        match self {
            Self::Ecdsa => Mechanism::Ecdsa,
            Self::Sha256RsaPkcs => Mechanism::Sha256RsaPkcs,
            Self::RsaPkcs => Mechanism::RsaPkcs,
        }
    }

    /// What the token is given of a message.
    pub(super) fn input(self, message: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::Ecdsa => Cow::Owned(digest(&SHA256, message).as_ref().to_vec()),
            Self::Sha256RsaPkcs => Cow::Borrowed(message),
            Self::RsaPkcs => {
                let hash = digest(&SHA256, message);
                Cow::Owned([&SHA256_DIGEST_INFO, hash.as_ref()].concat())
            }
        }
    }
}

/// What stands before the digest in `DigestInfo` (RFC 8017, 9.2, note 1): SHA-256 with its NULL.
const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];
