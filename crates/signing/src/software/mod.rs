//! A key in a file: PKCS#8 or PKCS#1 in PEM, readable by its owner alone.

mod kind;
mod pair;

use std::path::Path;

use crate::pem::{self, PemFault};
use crate::{
    Algorithm, Certificate, FileUri, KeyId, PublicKey, Signature, Signer, SigningError, files,
};

pub(crate) use pair::{Pair, PairFault};

/// Makes a new P-256 key and writes it to `path` with mode 0600, on disk when this returns. Missing
/// folders are made with mode 0700. An existing file is never overwritten.
pub fn generate(path: &Path) -> Result<PublicKey, SigningError> {
    let library = || SigningError::Library { place: path.display().to_string() };
    let pair = Pair::generate().ok_or_else(library)?;
    let public_key = pair.public_key().ok_or_else(library)?;
    let text = pair.to_pem().ok_or_else(library)?;
    files::create_secret(path, text.as_bytes())?;
    Ok(public_key)
}

pub(crate) fn open(
    uri: &FileUri,
    certificate: Option<Certificate>,
) -> Result<SoftwareSigner, SigningError> {
    let bytes = files::read_secret("key file", uri.path(), MAX_KEY_FILE_BYTES)?;
    let format = |found| SigningError::KeyFormat { path: uri.path().to_owned(), found };
    let text = std::str::from_utf8(&bytes).map_err(|_| format("binary data".to_owned()))?;
    let place = uri.to_string();
    let pair = match pem::decode(text, PKCS8_LABEL) {
        Ok(pkcs8) => Pair::from_pkcs8(&pkcs8),
        Err(PemFault::Absent { .. }) => {
            let pkcs1 = pem::decode(text, PKCS1_LABEL).map_err(|fault| format(described(fault)))?;
            Pair::from_pkcs1(&pkcs1)
        }
        Err(fault) => return Err(format(described(fault))),
    };
    let pair = pair.map_err(|fault| fault.at(&place))?;
    SoftwareSigner::new(place, pair, certificate)
}

/// Not `Debug`: nothing about a private key is worth the risk of printing it.
pub(crate) struct SoftwareSigner {
    place: String,
    pair: Pair,
    public_key: PublicKey,
    certificate: Option<Certificate>,
}

impl SoftwareSigner {
    /// `place` is the key's name in an error.
    pub(crate) fn new(
        place: String,
        pair: Pair,
        certificate: Option<Certificate>,
    ) -> Result<Self, SigningError> {
        let Some(public_key) = pair.public_key() else {
            return Err(SigningError::KeyDamaged { place });
        };
        Ok(Self { place, pair, public_key, certificate })
    }
}

impl Signer for SoftwareSigner {
    fn key_id(&self) -> &KeyId {
        self.public_key.key_id()
    }

    fn algorithm(&self) -> Algorithm {
        self.public_key.algorithm()
    }

    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }

    fn is_device(&self) -> bool {
        false
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SigningError> {
        let signature = self.pair.sign(message);
        signature.ok_or_else(|| SigningError::Library { place: self.place.clone() })
    }
}

fn described(fault: PemFault) -> String {
    match fault {
        PemFault::Absent { found: Some(label) } => {
            format!("a PEM block `{}`", label.chars().take(MAX_LABEL_SHOWN).collect::<String>())
        }
        PemFault::Absent { found: None } => "no PEM block".to_owned(),
        PemFault::Damaged => "a damaged PEM block".to_owned(),
        PemFault::Encrypted => "an encrypted PEM block".to_owned(),
    }
}

const PKCS8_LABEL: &str = "PRIVATE KEY";
/// What OpenSSL wrote before version 3, and many tools still do.
const PKCS1_LABEL: &str = "RSA PRIVATE KEY";
/// The longest key that is taken, RSA-4096, has 3.3 KB.
const MAX_KEY_FILE_BYTES: usize = 16 * 1024;
/// The longest label of RFC 7468 has 21 letters.
const MAX_LABEL_SHOWN: usize = 32;
