//! The keys that an authority may want a signature of, by their roles.

use std::sync::Arc;

use authorities::{KeyRole, Signed};
use invoice::Timestamp;
use signing::{Certificate, Signer, SigningError, Validity};

/// The keys of an outlet's taxpayer.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    taxpayer: Option<Arc<dyn Signer>>,
}

/// Why a signature that an authority wants cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("the outlet has no taxpayer key: name one as taxpayer_key in its settings")]
    Missing,
    #[error("the taxpayer's certificate begins on {0}: until then its signatures are refused")]
    NotYetValid(jiff::Timestamp),
    #[error("the taxpayer's certificate ended on {0}: put the new one in its place")]
    Expired(jiff::Timestamp),
    #[error(transparent)]
    Signing(#[from] SigningError),
}

impl Keys {
    pub fn of_taxpayer(taxpayer: Option<Arc<dyn Signer>>) -> Self {
        Self { taxpayer }
    }

    /// Signs with the key of a role. What a certificate that is not valid vouches for would be
    /// refused, so it is not made.
    pub fn sign(&self, bytes: &[u8], role: KeyRole, now: Timestamp) -> Result<Signed, KeyError> {
        let signer = match role {
            KeyRole::Taxpayer => self.taxpayer.as_ref().ok_or(KeyError::Missing)?,
        };
        let certificate = signer.certificate();
        match certificate.map(|certificate| (certificate.validity(instant(now)), certificate)) {
            None | Some((Validity::Current, _)) => {}
            Some((Validity::NotYet, own)) => return Err(KeyError::NotYetValid(own.not_before())),
            Some((Validity::Expired, own)) => return Err(KeyError::Expired(own.not_after())),
        }
        Ok(Signed {
            signature: signer.sign(bytes)?.as_bytes().to_vec(),
            certificate: certificate.map(|certificate| certificate.to_der().to_vec()),
        })
    }

    /// The certificate of the taxpayer's key, where it has one.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.taxpayer.as_ref()?.certificate()
    }

    pub(crate) fn taxpayer_key_id(&self) -> Option<String> {
        Some(self.taxpayer.as_ref()?.key_id().to_string())
    }
}

/// The instant as certificates have it.
pub(crate) fn instant(now: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(now.micros()).expect("an instant within the calendar")
}
