//! The name of a key.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;

use crate::SigningError;

/// The name of a key: the first 8 bytes of SHA-256 over its `SubjectPublicKeyInfo` in DER, written
/// as 16 lower-case hexadecimal characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; KEY_ID_BYTES]);

impl KeyId {
    pub(super) fn of(spki: &[u8]) -> Self {
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

const KEY_ID_BYTES: usize = 8;
