//! The public keys that may have signed a ledger.

use std::collections::HashMap;
use std::path::PathBuf;

use ledger::{Report, StoreUrl, Verifier, VerifyError};
use signing::{Algorithm, PublicKey, Signature};

use crate::failure::Failure;
use crate::input;
use crate::plain;

/// Keys by their ids, each parsed once.
pub(crate) struct TrustedKeys(HashMap<String, PublicKey>);

impl TrustedKeys {
    /// Those that the ledger itself keeps.
    pub(crate) fn kept_in(store: &StoreUrl) -> Result<Self, Failure> {
        let kept = store.keys()?;
        let keys = kept.iter().map(|key| PublicKey::from_der(&key.spki).map(with_id));
        keys.collect::<Result<_, _>>().map(Self).map_err(Failure::unusable)
    }

    /// Those of PEM files.
    pub(crate) fn read(paths: &[PathBuf]) -> Result<Self, Failure> {
        let read = |path: &PathBuf| {
            let pem = input::read(path)?;
            let key = PublicKey::from_pem(&String::from_utf8_lossy(&pem));
            key.map(with_id).map_err(|error| Failure::of_input(path, &error))
        };
        paths.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Verifies a ledger against them.
    pub(crate) fn verify(
        &self,
        store: &StoreUrl,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Report, Failure> {
        let verified = store.verify(&|key_id| self.verifier(key_id), progress);
        verified.map_err(|error| match error {
            // It names what stands in columns that anybody may have written.
            VerifyError::Break(found) => Failure::Broken(plain::line(&found.to_string()).into()),
            VerifyError::Unreadable(error) => Failure::from_error(&error),
        })
    }

    fn verifier(&self, key_id: &str) -> Option<Verifier> {
        let key = self.0.get(key_id)?.clone();
        Some(Box::new(move |message, signature| {
            Signature::from_bytes(Algorithm::EcdsaP256Sha256, signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok())
        }))
    }
}

fn with_id(key: PublicKey) -> (String, PublicKey) {
    (key.key_id().to_string(), key)
}
