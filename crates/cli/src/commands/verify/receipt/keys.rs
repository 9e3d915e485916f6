//! The public keys that whoever verifies trusts.

use std::collections::HashMap;
use std::path::PathBuf;

use invoice::Hash;
use ledger::Environment;
use signing::{Algorithm, Signature};

use crate::commands::verify::key_files::{self, KnownKey};
use crate::failure::Failure;

/// By their ids.
pub(super) struct Keys(HashMap<String, KnownKey>);

impl Keys {
    pub(super) fn read(files: &[PathBuf]) -> Result<Self, Failure> {
        key_files::read(files).map(Self)
    }

    /// Whether the key of that id is known, and signed: r ‖ s over the message.
    pub(super) fn check(&self, key_id: &str, message: &[u8], signature: &[u8; 64]) -> Signed {
        let Some(KnownKey { key, .. }) = self.0.get(key_id) else { return Signed::Stranger };
        let read = Signature::from_bytes(Algorithm::EcdsaP256Sha256, signature);
        let is_true = read.is_ok_and(|signature| key.verify(message, &signature).is_ok());
        if is_true { Signed::Truly } else { Signed::Falsely }
    }

    /// Whether the key of that id is the seller's.
    pub(super) fn whose(&self, key_id: &str, seller: &Hash) -> Whose {
        match self.0.get(key_id).and_then(|known| known.owners.as_ref()) {
            None => Whose::NotSaid,
            Some(owners) => owners.environment(seller).map_or(Whose::Another, Whose::Seller),
        }
    }

    /// Those that may be the seller's.
    pub(super) fn ids_for(&self, seller: &Hash) -> impl Iterator<Item = &str> {
        let ids = self.0.keys().map(String::as_str);
        ids.filter(|key_id| self.whose(key_id, seller) != Whose::Another)
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

/// Whose a key is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Whose {
    /// The seller's who was asked for, whose outlet is live or tests.
    Seller(Environment),
    /// Somebody else's, or nobody's.
    Another,
    /// Nobody but who gave the key's file can tell.
    NotSaid,
}
