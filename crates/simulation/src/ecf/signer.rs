//! The taxpayer's key: a hash in the place of RSA, as long as such a signature and the same on each
//! run. The signatures themselves have suites of their own.

use std::sync::Arc;

use fiscal::Keys;
use invoice::Hash;
use signing::{Algorithm, Certificate, KeyId, PublicKey, Signature, Signer, SigningError};

struct Hashing {
    public: PublicKey,
    certificate: Certificate,
}

pub(crate) fn keys() -> Keys {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // A name for the key, which no signature of it is ever held against.
    let public = signing::software::generate(&folder.path().join("key.pem"));
    let public = public.expect("a key in a temporary folder");
    let certificate = Certificate::from_der(&certificate()).expect("a certificate");
    Keys::of_taxpayer(Some(Arc::new(Hashing { public, certificate })))
}

impl Signer for Hashing {
    fn key_id(&self) -> &KeyId {
        self.public.key_id()
    }

    fn algorithm(&self) -> Algorithm {
        Algorithm::RsaPkcs1Sha256
    }

    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn certificate(&self) -> Option<&Certificate> {
        Some(&self.certificate)
    }

    fn is_device(&self) -> bool {
        false
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SigningError> {
        let mut hash = Hash::of_note(message);
        let mut bytes = Vec::with_capacity(RSA_BYTES);
        while bytes.len() < RSA_BYTES {
            bytes.extend_from_slice(&hash.0);
            hash = Hash::of_note(&hash.0);
        }
        Ok(Signature::from_bytes(Algorithm::RsaPkcs1Sha256, &bytes).expect("as long as RSA's"))
    }
}

/// A key of 2048 bits.
const RSA_BYTES: usize = 256;

/// The least that is a certificate (RFC 5280, 4.1), of nobody's key, for the years of a schedule.
fn certificate() -> Vec<u8> {
    const SEQUENCE: u8 = 0x30;
    const SET: u8 = 0x31;
    let algorithm = element(SEQUENCE, &[element(0x06, &[&SHA256_WITH_RSA])]);
    let common_name = [element(0x06, &[&COMMON_NAME]), element(0x0C, &[b"Schedule"])];
    let name = element(SEQUENCE, &[element(SET, &[element(SEQUENCE, &common_name)])]);
    let validity = element(
        SEQUENCE,
        &[element(0x17, &[b"250101000000Z"]), element(0x17, &[b"351231235959Z"])],
    );
    let number = element(0x02, &[&[1]]);
    let (issuer, subject) = (name.clone(), name);
    let key = element::<&[u8]>(SEQUENCE, &[]);
    let fields = [number, algorithm.clone(), issuer, validity, subject, key];
    let body = element(SEQUENCE, &fields);
    element(SEQUENCE, &[body, algorithm, element(0x03, &[&[0]])])
}

const SHA256_WITH_RSA: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B];
const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];

/// An element in DER, of less than 65,536 bytes.
fn element<T: AsRef<[u8]>>(tag: u8, parts: &[T]) -> Vec<u8> {
    let contents: Vec<u8> = parts.iter().flat_map(|part| part.as_ref().iter().copied()).collect();
    let length = u16::try_from(contents.len()).expect("a certificate is short");
    let [high, low] = length.to_be_bytes();
    let length = match length {
        0..=0x7F => vec![low],
        0x80..=0xFF => vec![0x81, low],
        _ => vec![0x82, high, low],
    };
    [vec![tag], length, contents].concat()
}
