//! The public keys that may have signed a ledger.

use std::collections::HashMap;
use std::path::PathBuf;

use ledger::{Report, StoreUrl, Verifier, VerifyError};
use signing::{Algorithm, PublicKey, Signature};

use super::key_files;
use crate::failure::Failure;
use crate::plain;

/// Keys by their ids, each parsed once.
pub(crate) struct TrustedKeys(HashMap<String, PublicKey>);

impl TrustedKeys {
    /// Those that the ledger itself keeps.
    pub(crate) fn kept_in(store: &StoreUrl) -> Result<Self, Failure> {
        let kept = store.keys()?;
        let keys = kept.iter().map(|key| PublicKey::from_der(&key.spki).map(key_files::with_id));
        keys.collect::<Result<_, _>>().map(Self).map_err(Failure::unusable)
    }

    /// Those of files: PEM, or a published list. Whose they are is not asked: an entry of a ledger is
    /// of the outlet whose chain it is in.
    pub(crate) fn read(files: &[PathBuf]) -> Result<Self, Failure> {
        let known = key_files::read(files)?.into_iter();
        Ok(Self(known.map(|(id, known)| (id, known.key)).collect()))
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
