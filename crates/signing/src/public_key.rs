//! The half of a key that everybody may have, and its name.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};

use crate::{Algorithm, Signature, SigningError, pem};

/// A public key, known to be a point of its curve.
#[derive(Clone)]
pub struct PublicKey {
    spki: [u8; P256_SPKI_BYTES],
    key_id: KeyId,
    verifier: ParsedPublicKey,
}

impl PublicKey {
    /// Reads `SubjectPublicKeyInfo` in DER (RFC 5480): P-256 with an uncompressed point, 91 bytes.
    /// Other encodings of the same key are refused, because a key has one [`KeyId`] only.
    pub fn from_der(spki: &[u8]) -> Result<Self, SigningError> {
        let point = spki.strip_prefix(P256_SPKI_PREFIX.as_slice()).ok_or(NOT_P256)?;
        Self::from_point(point)
    }

    /// Reads the same as [`PublicKey::from_der`] in PEM (`-----BEGIN PUBLIC KEY-----`).
    pub fn from_pem(text: &str) -> Result<Self, SigningError> {
        if text.len() > MAX_PEM_BYTES {
            return Err(TOO_LONG);
        }
        let spki = pem::decode(text, PEM_LABEL).map_err(|_| NOT_PEM)?;
        Self::from_der(&spki)
    }

    /// Takes an uncompressed point: `04 ‖ x ‖ y` (SEC 1, 2.3.3).
    pub(crate) fn from_point(point: &[u8]) -> Result<Self, SigningError> {
        if point.len() != P256_POINT_BYTES || point[0] != UNCOMPRESSED {
            return Err(NOT_P256);
        }
        let verifier =
            ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map_err(|_| NOT_ON_CURVE)?;
        let mut spki = [0; P256_SPKI_BYTES];
        let (prefix, rest) = spki.split_at_mut(P256_SPKI_PREFIX.len());
        prefix.copy_from_slice(&P256_SPKI_PREFIX);
        rest.copy_from_slice(point);
        Ok(Self { spki, key_id: KeyId::of(&spki), verifier })
    }

    /// The name of this key.
    pub fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// The kind of signature that this key verifies.
    pub fn algorithm(&self) -> Algorithm {
        Algorithm::EcdsaP256Sha256
    }

    /// `SubjectPublicKeyInfo` in DER.
    pub fn to_der(&self) -> &[u8] {
        &self.spki
    }

    /// `SubjectPublicKeyInfo` in PEM, ending with a line feed.
    pub fn to_pem(&self) -> String {
        // The wiping wrapper is for private keys; this one is public.
        pem::encode(&self.spki, PEM_LABEL).to_string()
    }

    /// The coordinates for a JSON Web Key.
    pub fn coordinates(&self) -> Coordinates {
        let (x, y) = self.spki[P256_SPKI_PREFIX.len() + 1..].split_at(P256_COORDINATE_BYTES);
        Coordinates { x: BASE64URL_NOPAD.encode(x), y: BASE64URL_NOPAD.encode(y) }
    }

    /// Says whether `signature` was made over `message` with the private half of this key.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), BadSignature> {
        let verified = self.verifier.verify_sig(message, signature.as_bytes());
        verified.map_err(|_| BadSignature)
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.spki == other.spki
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "PublicKey({})", HEXLOWER.encode(&self.spki))
    }
}

/// The name of a key: the first 8 bytes of SHA-256 over its `SubjectPublicKeyInfo` in DER, written
/// as 16 lower-case hexadecimal characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; KEY_ID_BYTES]);

impl KeyId {
    fn of(spki: &[u8]) -> Self {
        let hash = digest(&SHA256, spki);
        let first = hash.as_ref().first_chunk().expect("SHA-256 has 32 bytes");
        Self(*first)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl FromStr for KeyId {
    type Err = SigningError;

    fn from_str(text: &str) -> Result<Self, SigningError> {
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| SigningError::KeyIdMalformed)?;
        bytes.try_into().map(Self).map_err(|_| SigningError::KeyIdMalformed)
    }
}

/// A point of P-256 as a JSON Web Key has it (RFC 7518, 6.2.1): 32 bytes each in base64url
/// without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coordinates {
    /// The member `x`.
    pub x: String,
    /// The member `y`.
    pub y: String,
}

/// The signature was not made over this message with this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify: the message, the signature or the key is another one")]
pub struct BadSignature;

const NOT_PEM: SigningError =
    SigningError::PublicKeyUnusable { reason: "it is not a PEM block `PUBLIC KEY`" };
const TOO_LONG: SigningError =
    SigningError::PublicKeyUnusable { reason: "it is longer than any P-256 key" };
const NOT_P256: SigningError =
    SigningError::PublicKeyUnusable { reason: "it is not a P-256 key with an uncompressed point" };
const NOT_ON_CURVE: SigningError =
    SigningError::PublicKeyUnusable { reason: "its point does not lie on the curve P-256" };

const PEM_LABEL: &str = "PUBLIC KEY";
/// A P-256 key takes 178 bytes of PEM; the rest is room for comments around it.
const MAX_PEM_BYTES: usize = 16 * 1024;
const KEY_ID_BYTES: usize = 8;
const UNCOMPRESSED: u8 = 0x04;
const P256_COORDINATE_BYTES: usize = 32;
const P256_POINT_BYTES: usize = 1 + 2 * P256_COORDINATE_BYTES;
const P256_SPKI_BYTES: usize = P256_SPKI_PREFIX.len() + P256_POINT_BYTES;
/// What stands before the point in every P-256 `SubjectPublicKeyInfo`: SEQUENCE, the algorithm
/// `id-ecPublicKey` with `secp256r1` (RFC 5480, 2.1.1), BIT STRING without unused bits.
const P256_SPKI_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 6979, A.2.5: curve P-256, SHA-256, message "sample".
    const X: &str = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
    const Y: &str = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
    const R: &str = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716";
    const S: &str = "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";

    fn hex(text: &str) -> Vec<u8> {
        HEXLOWER.decode(text.as_bytes()).unwrap()
    }

    fn published_key() -> PublicKey {
        PublicKey::from_point(&[vec![UNCOMPRESSED], hex(X), hex(Y)].concat()).unwrap()
    }

    #[test]
    fn verifies_the_published_signature_and_no_other() {
        let bytes = [hex(R), hex(S)].concat();
        let signature = Signature::from_bytes(Algorithm::EcdsaP256Sha256, &bytes).unwrap();
        assert_eq!(published_key().verify(b"sample", &signature), Ok(()));
        assert_eq!(published_key().verify(b"simple", &signature), Err(BadSignature));
        for position in 0..bytes.len() {
            let mut tampered = bytes.clone();
            tampered[position] ^= 1;
            let tampered = Signature::from_bytes(Algorithm::EcdsaP256Sha256, &tampered).unwrap();
            assert_eq!(published_key().verify(b"sample", &tampered), Err(BadSignature));
        }
    }

    #[test]
    fn coordinates_are_base64url_of_x_and_y() {
        let Coordinates { x, y } = published_key().coordinates();
        assert_eq!(BASE64URL_NOPAD.decode(x.as_bytes()).unwrap(), hex(X));
        assert_eq!(BASE64URL_NOPAD.decode(y.as_bytes()).unwrap(), hex(Y));
    }

    #[test]
    fn pem_and_der_come_back_as_the_same_key() {
        let key = published_key();
        assert_eq!(PublicKey::from_pem(&key.to_pem()).unwrap(), key);
        assert_eq!(PublicKey::from_der(key.to_der()).unwrap().key_id(), key.key_id());
    }

    #[test]
    fn key_id_reads_as_it_is_written() {
        let key = published_key();
        let written = key.key_id().to_string();
        assert_eq!(written, HEXLOWER.encode(&digest(&SHA256, key.to_der()).as_ref()[..8]));
        assert_eq!(&written.parse::<KeyId>().unwrap(), key.key_id());
        for wrong in ["", "0123", "0123456789ABCDEF", "0123456789abcdef00", "0123456789abcdeg"] {
            assert!(matches!(wrong.parse::<KeyId>(), Err(SigningError::KeyIdMalformed)), "{wrong}");
        }
    }

    fn refusal(der: &[u8]) -> String {
        PublicKey::from_der(der).unwrap_err().to_string()
    }

    #[test]
    fn other_keys_and_other_encodings_are_refused() {
        let good = published_key().to_der().to_vec();
        assert!(refusal(&good[..90]).contains("not a P-256 key"));
        assert!(refusal(&[good.clone(), vec![0]].concat()).contains("not a P-256 key"));
        let mut other_curve = good.clone();
        other_curve[22] = 0x06;
        assert!(refusal(&other_curve).contains("not a P-256 key"));
        let mut off_curve = good.clone();
        off_curve[90] ^= 1;
        assert!(refusal(&off_curve).contains("does not lie on the curve"));
    }

    #[test]
    fn text_that_is_no_public_key_is_refused() {
        let private = pem::encode(b"secret", "PRIVATE KEY");
        for text in ["", private.as_str()] {
            let refusal = PublicKey::from_pem(text).unwrap_err().to_string();
            assert!(refusal.contains("not a PEM block `PUBLIC KEY`"), "{refusal}");
        }
        let endless = "x".repeat(MAX_PEM_BYTES + 1);
        assert!(PublicKey::from_pem(&endless).unwrap_err().to_string().contains("longer than"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            let _ = PublicKey::from_der(&bytes);
            let behind_prefix = [&P256_SPKI_PREFIX[..], &bytes].concat();
            let _ = PublicKey::from_der(&behind_prefix);
        }
    }
}
