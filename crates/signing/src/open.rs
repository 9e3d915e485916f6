//! Opening a key: the one moment at which everything about it is checked.

use std::path::Path;
use std::sync::Arc;

use crate::{Certificate, KeyUri, PublicKey, Signer, SigningError, certificate, pkcs11, software};

/// Opens the key that `uri` names, and proves that it can be relied upon: it is a P-256 key or an
/// RSA key of 2048 to 4096 bits, it signs, its signature verifies with its public key, and that is
/// the key of `certificate` (a path to X.509 in PEM) where one is given.
///
/// Whether the certificate is still valid is not asked here: that is a question of the time, and
/// [`Certificate::validity`] answers it.
pub fn open(uri: &KeyUri, certificate: Option<&Path>) -> Result<Arc<dyn Signer>, SigningError> {
    let certified = certificate.map(Certified::read).transpose()?;
    let signer: Arc<dyn Signer> = match uri {
        KeyUri::File(file) => {
            let certificate = certified.as_ref().map(|certified| certified.certificate.clone());
            Arc::new(software::open(file, certificate)?)
        }
        KeyUri::Pkcs11(key) => Arc::new(pkcs11::open(key, certified.as_ref())?),
    };
    if let Some(certified) = &certified
        && !certified.certificate.certifies(signer.public_key())
    {
        return Err(certified.mismatch(uri));
    }
    prove(signer.as_ref(), || match &certified {
        Some(certified) => certified.mismatch(uri),
        None => inconsistent(signer.public_key(), uri),
    })?;
    Ok(signer)
}

/// A certificate, and where it was read.
pub(crate) struct Certified<'a> {
    pub(crate) path: &'a Path,
    pub(crate) certificate: Certificate,
}

impl<'a> Certified<'a> {
    fn read(path: &'a Path) -> Result<Self, SigningError> {
        Ok(Self { path, certificate: certificate::read(path)? })
    }

    pub(crate) fn mismatch(&self, place: &impl ToString) -> SigningError {
        SigningError::CertificateMismatch { place: place.to_string(), path: self.path.to_owned() }
    }
}

/// Signs and verifies once, so that a broken key is found when the process starts.
pub(crate) fn prove(
    signer: &dyn Signer,
    broken: impl FnOnce() -> SigningError,
) -> Result<(), SigningError> {
    let signature = signer.sign(CHALLENGE)?;
    signer.public_key().verify(CHALLENGE, &signature).map_err(|_| broken())
}

fn inconsistent(public_key: &PublicKey, uri: &KeyUri) -> SigningError {
    SigningError::KeyInconsistent { place: uri.to_string(), key_id: *public_key.key_id() }
}

/// Nothing else that is signed begins like this, so the challenge's signature vouches for nothing.
const CHALLENGE: &[u8] = b"stalela/signing/challenge/1";
