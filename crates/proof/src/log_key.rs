//! The key that signs a log's checkpoints, as notes name it.

use data_encoding::{BASE64, HEXLOWER};
use sha2::{Digest as _, Sha256};

use crate::note::{KeyName, NoteSignature};

/// An ECDSA P-256 key (`signed-note`, signature type 0x02): its id is the beginning of SHA-256 over
/// its `SubjectPublicKeyInfo`, and so of the name that it has everywhere else here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogKey {
    pub name: KeyName,
    pub id: [u8; 4],
}

impl LogKey {
    /// Of the key with this `SubjectPublicKeyInfo` in DER.
    pub fn new(name: KeyName, spki: &[u8]) -> Self {
        let hash: [u8; 32] = Sha256::digest(spki).into();
        let id = *hash.first_chunk().expect("SHA-256 has 32 bytes");
        Self { name, id }
    }

    /// Of the key whose name elsewhere is this: 16 hexadecimal characters, of which the first half
    /// is the note's id.
    pub fn named(name: KeyName, key_id: &str) -> Option<Self> {
        let id = HEXLOWER.decode(key_id.as_bytes()).ok()?;
        Some(Self { name, id: *id.first_chunk()? })
    }

    /// The line below a note for a signature in DER.
    pub fn signature(&self, der: Vec<u8>) -> NoteSignature {
        NoteSignature { name: self.name.clone(), id: self.id, bytes: der }
    }

    /// The text by which a verifier is told of the key: `name+id+base64(0x02 ‖ SPKI)`.
    pub fn to_vkey(&self, spki: &[u8]) -> String {
        let key = BASE64.encode(&[&[ECDSA], spki].concat());
        format!("{}+{}+{key}", self.name, HEXLOWER.encode(&self.id))
    }
}

/// `signed-note`: the type of ECDSA signatures.
const ECDSA: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_names_of_a_key_agree() {
        let name = || KeyName::parse("stalela/ou_x").unwrap();
        let key = LogKey::new(name(), b"some key");
        let hash = HEXLOWER.encode(&Sha256::digest(b"some key"));
        assert_eq!(LogKey::named(name(), &hash[..16]), Some(key.clone()));
        assert!(key.to_vkey(b"some key").starts_with(&format!("stalela/ou_x+{}+A", &hash[..8])));
        for text in ["", "00", "no hexadecimal", "ABCDEF0123456789"] {
            assert_eq!(LogKey::named(name(), text), None, "{text}");
        }
    }
}
