//! Opening a key: the one moment at which everything about it is checked.

use std::path::Path;
use std::sync::Arc;

use crate::{KeyUri, Signer, SigningError, certificate, pkcs11, software};

/// Opens the key that `uri` names, and proves that it can be relied upon: it is a P-256 key, it
/// signs, its signature verifies with its public key, and that is the key of `certificate` (a
/// path to X.509 in PEM) where one is given.
pub fn open(uri: &KeyUri, certificate: Option<&Path>) -> Result<Arc<dyn Signer>, SigningError> {
    let certified = certificate.map(Certified::read).transpose()?;
    let signer: Arc<dyn Signer> = match uri {
        KeyUri::File(file) => Arc::new(software::open(file)?),
        KeyUri::Pkcs11(key) => Arc::new(pkcs11::open(key, certified.as_ref())?),
    };
    if let Some(certified) = &certified
        && certified.spki != signer.public_key().to_der()
    {
        return Err(certified.mismatch(uri));
    }
    prove(signer.as_ref(), || match &certified {
        Some(certified) => certified.mismatch(uri),
        None => inconsistent(signer.as_ref(), uri),
    })?;
    Ok(signer)
}

/// A certificate's public key, and where it was read.
pub(crate) struct Certified<'a> {
    pub(crate) path: &'a Path,
    pub(crate) spki: Vec<u8>,
}

impl<'a> Certified<'a> {
    fn read(path: &'a Path) -> Result<Self, SigningError> {
        Ok(Self { path, spki: certificate::public_key_of(path)? })
    }

    pub(crate) fn mismatch(&self, place: &impl ToString) -> SigningError {
        SigningError::CertificateMismatch { place: place.to_string(), path: self.path.to_owned() }
    }
}

/// Signs and verifies once, so that a broken key is found when the process starts.
fn prove(signer: &dyn Signer, broken: impl FnOnce() -> SigningError) -> Result<(), SigningError> {
    let signature = signer.sign(CHALLENGE)?;
    signer.public_key().verify(CHALLENGE, &signature).map_err(|_| broken())
}

fn inconsistent(signer: &dyn Signer, uri: &KeyUri) -> SigningError {
    SigningError::KeyInconsistent { place: uri.to_string(), key_id: *signer.key_id() }
}

/// Nothing else that is signed begins like this, so the challenge's signature vouches for nothing.
const CHALLENGE: &[u8] = b"stalela/signing/challenge/1";
