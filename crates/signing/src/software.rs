//! A key in a file: PKCS#8 in PEM, readable by its owner alone.

use std::path::Path;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

use crate::der::{INTEGER, OBJECT_IDENTIFIER, Reader, SEQUENCE};
use crate::pem::{self, PemFault};
use crate::{Algorithm, FileUri, KeyId, PublicKey, Signature, Signer, SigningError, files};

/// Makes a new P-256 key and writes it to `path` with mode 0600, on disk when this returns. Missing
/// folders are made with mode 0700. An existing file is never overwritten.
pub fn generate(path: &Path) -> Result<PublicKey, SigningError> {
    let library = |_| SigningError::Library { place: path.display().to_string() };
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(library)?;
    let public_key = PublicKey::from_point(pair.public_key().as_ref())?;
    let pkcs8 = pair.to_pkcs8v1().map_err(library)?;
    let text = pem::encode(pkcs8.as_ref(), PEM_LABEL);
    files::create_secret(path, text.as_bytes())?;
    Ok(public_key)
}

pub(crate) fn open(uri: &FileUri) -> Result<SoftwareSigner, SigningError> {
    let bytes = files::read_secret("key file", uri.path(), MAX_KEY_FILE_BYTES)?;
    let format = |found| SigningError::KeyFormat { path: uri.path().to_owned(), found };
    let text = std::str::from_utf8(&bytes).map_err(|_| format("binary data".to_owned()))?;
    let pkcs8 = pem::decode(text, PEM_LABEL).map_err(|fault| format(described(fault)))?;
    require_p256(&pkcs8, uri)?;
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8)
        .map_err(|_| damaged(uri))?;
    let public_key = PublicKey::from_point(pair.public_key().as_ref())?;
    Ok(SoftwareSigner { place: uri.to_string(), pair, public_key })
}

/// Not `Debug`: nothing about a private key is worth the risk of printing it.
pub(crate) struct SoftwareSigner {
    place: String,
    pair: EcdsaKeyPair,
    public_key: PublicKey,
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

    fn sign(&self, message: &[u8]) -> Result<Signature, SigningError> {
        let library = || SigningError::Library { place: self.place.clone() };
        let signature = self.pair.sign(&SystemRandom::new(), message).map_err(|_| library())?;
        Signature::from_bytes(self.algorithm(), signature.as_ref()).map_err(|_| library())
    }
}

/// Says what kind of key it is that cannot be used, which the library's refusal would not.
fn require_p256(pkcs8: &[u8], uri: &FileUri) -> Result<(), SigningError> {
    let (algorithm, curve) = algorithm_of(pkcs8).ok_or_else(|| damaged(uri))?;
    let found = match (algorithm, curve) {
        (EC_PUBLIC_KEY, Some(P256)) => return Ok(()),
        (EC_PUBLIC_KEY, _) => "an elliptic-curve key of another curve",
        (RSA, _) => "an RSA key",
        (ED25519, _) => "an Ed25519 key",
        _ => "a key of another algorithm",
    };
    Err(SigningError::KeyType { place: uri.to_string(), found })
}

/// The algorithm's and the curve's object identifiers in a `PrivateKeyInfo` (RFC 5208, 5).
fn algorithm_of(pkcs8: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let mut info = Reader::new(pkcs8).enter(SEQUENCE)?;
    info.whole(INTEGER)?;
    let mut identifier = info.enter(SEQUENCE)?;
    let algorithm = identifier.contents(OBJECT_IDENTIFIER)?;
    Some((algorithm, identifier.contents(OBJECT_IDENTIFIER)))
}

fn described(fault: PemFault) -> String {
    match fault {
        PemFault::Absent { found: Some(label) } => {
            format!("a PEM block `{}`", label.chars().take(MAX_LABEL_SHOWN).collect::<String>())
        }
        PemFault::Absent { found: None } => "no PEM block".to_owned(),
        PemFault::Damaged => "a damaged PEM block".to_owned(),
    }
}

fn damaged(uri: &FileUri) -> SigningError {
    SigningError::KeyDamaged { place: uri.to_string() }
}

const PEM_LABEL: &str = "PRIVATE KEY";
/// A P-256 key takes 250 bytes and an RSA-4096 key, which deserves its own message, 3.3 KB.
const MAX_KEY_FILE_BYTES: usize = 16 * 1024;
/// The longest label of RFC 7468 has 21 letters.
const MAX_LABEL_SHOWN: usize = 32;

/// 1.2.840.10045.2.1 (RFC 5480, 2.1.1).
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// 1.2.840.10045.3.1.7 (RFC 5480, 2.1.1.1).
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// 1.2.840.113549.1.1.1 (RFC 8017, A.1).
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// 1.3.101.112 (RFC 8410, 3).
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
