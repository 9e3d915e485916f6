//! The one thing that everybody else needs of a key: that it signs.

use std::fmt;

use crate::{Certificate, KeyId, PublicKey, Signature, SigningError};

/// A private key at work. Open set: a software file, a PKCS#11 token, later a remote signer.
///
/// A signer can be called from any number of threads at once.
pub trait Signer: Send + Sync {
    /// The name under which the public key is published and found again.
    fn key_id(&self) -> &KeyId;

    /// What kind of signature [`Signer::sign`] makes.
    fn algorithm(&self) -> Algorithm;

    /// The key with which anybody can verify what this signer signs.
    fn public_key(&self) -> &PublicKey;

    /// The certificate with which the key was opened: that of the key itself, not of an authority
    /// above it. It may have expired meanwhile: ask it, with the time.
    fn certificate(&self) -> Option<&Certificate>;

    /// Whether a device makes the signatures, in its own time, or the processor that asks.
    fn is_device(&self) -> bool;

    /// Signs `message` (the message itself: the signer hashes it with SHA-256).
    fn sign(&self, message: &[u8]) -> Result<Signature, SigningError>;
}

impl dyn Signer {
    /// Refuses a key of another kind than the one that is wanted where it is to sign: signatures of
    /// one length, or those that an authority accepts.
    pub fn require(&self, wanted: Algorithm) -> Result<(), SigningError> {
        let found = self.algorithm();
        if found == wanted {
            return Ok(());
        }
        Err(SigningError::OtherAlgorithm { key_id: *self.key_id(), found, wanted })
    }
}

impl fmt::Debug for dyn Signer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Signer({:?}, {})", self.algorithm(), self.key_id())
    }
}

/// A kind of key with its hash. Each new kind is a variant here, and the compiler names every place
/// that has to learn it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA over the curve P-256 (secp256r1) with SHA-256, FIPS 186-5.
    EcdsaP256Sha256,
    /// RSA with SHA-256 and the padding of PKCS#1 v1.5 (RFC 8017, 8.2), keys of 2048 to 4096 bits.
    RsaPkcs1Sha256,
}

impl Algorithm {
    /// The name in JOSE (RFC 7518, 3.1), as published beside a public key.
    pub fn jose_name(self) -> &'static str {
        match self {
            Self::EcdsaP256Sha256 => "ES256",
            Self::RsaPkcs1Sha256 => "RS256",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.jose_name())
    }
}
