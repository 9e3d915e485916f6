//! The public keys that whoever verifies trusts.

use std::collections::HashMap;
use std::path::PathBuf;

use signing::{Algorithm, PublicKey, Signature};

use crate::commands::verify::key_files;
use crate::failure::Failure;

/// By their ids.
pub(super) struct Keys(HashMap<String, PublicKey>);

impl Keys {
    pub(super) fn read(files: &[PathBuf]) -> Result<Self, Failure> {
        key_files::read(files).map(Self)
    }

    /// Whether the key of that id is known, and signed: r ‖ s over the message.
    pub(super) fn check(&self, key_id: &str, message: &[u8], signature: &[u8; 64]) -> Signed {
        let Some(key) = self.0.get(key_id) else { return Signed::Stranger };
        let read = Signature::from_bytes(Algorithm::EcdsaP256Sha256, signature);
        let is_true = read.is_ok_and(|signature| key.verify(message, &signature).is_ok());
        if is_true { Signed::Truly } else { Signed::Falsely }
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// What a signature is worth.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Signed {
    Truly,
    Falsely,
    /// By a key that is not among those that are trusted.
    Stranger,
}
