//! Cosignatures of witnesses (C2SP `tlog-cosignature`): Ed25519 over a checkpoint and a time.

use data_encoding::{BASE64, HEXLOWER};
use sha2::{Digest as _, Sha256};

use crate::note::{KeyName, NoteSignature};

/// A witness whose word counts: its name and Ed25519 key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WitnessKey {
    pub name: KeyName,
    pub id: [u8; 4],
    /// The point, as RFC 8032 encodes it.
    pub public: [u8; 32],
}

/// What a witness says: that it has seen this checkpoint, consistent with all before, and when.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cosignature {
    /// Seconds since the Unix epoch.
    pub timestamp: u64,
    /// Ed25519 over [`Cosignature::message`].
    pub signature: [u8; 64],
}

impl WitnessKey {
    pub fn new(name: KeyName, public: [u8; 32]) -> Self {
        let id = id_of(&name, COSIGNATURE, &public);
        Self { name, id, public }
    }

    /// Reads `name+id+base64(type ‖ key)`. Witnesses publish their key as one of cosignatures (0x04)
    /// or, from older days, as a plain one of notes (0x01); what it signs here is a cosignature.
    pub fn parse(vkey: &str) -> Result<Self, WitnessKeyError> {
        let mut parts = vkey.splitn(3, '+');
        let mut part = || parts.next().ok_or(WitnessKeyError);
        let (name, id, key) = (part()?, part()?, part()?);
        let name = KeyName::parse(name).ok_or(WitnessKeyError)?;
        let key = BASE64.decode(key.as_bytes()).map_err(|_| WitnessKeyError)?;
        let (kind, public) = key.split_first().ok_or(WitnessKeyError)?;
        let public: [u8; 32] = public.try_into().map_err(|_| WitnessKeyError)?;
        let is_known = matches!(*kind, COSIGNATURE | ED25519);
        if is_known && id == HEXLOWER.encode(&id_of(&name, *kind, &public)) {
            Ok(Self::new(name, public))
        } else {
            Err(WitnessKeyError)
        }
    }

    /// The key as [`Self::parse`] reads it.
    pub fn to_vkey(&self) -> String {
        let key = BASE64.encode(&[&[COSIGNATURE], &self.public[..]].concat());
        format!("{}+{}+{key}", self.name, HEXLOWER.encode(&self.id))
    }

    /// This witness's word among the lines below a checkpoint's text: the first of its lines, if
    /// `verify` (key, message, signature) says that it is by the witness.
    pub fn find(
        &self,
        text: &str,
        signatures: &[NoteSignature],
        verify: impl Fn(&[u8; 32], &[u8], &[u8; 64]) -> bool,
    ) -> Option<Cosignature> {
        let own = |line: &&NoteSignature| line.name == self.name && line.id == self.id;
        let cosignature = Cosignature::parse(&signatures.iter().find(own)?.bytes)?;
        let message = Cosignature::message(cosignature.timestamp, text);
        verify(&self.public, message.as_bytes(), &cosignature.signature).then_some(cosignature)
    }

    /// The line below a note.
    pub fn line(&self, cosignature: &Cosignature) -> NoteSignature {
        let bytes = [&cosignature.timestamp.to_be_bytes()[..], &cosignature.signature].concat();
        NoteSignature { name: self.name.clone(), id: self.id, bytes }
    }
}

impl Cosignature {
    /// Reads the bytes of a signature line: the time in eight bytes, big-endian, and the signature.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (timestamp, signature) = bytes.split_first_chunk()?;
        let timestamp = u64::from_be_bytes(*timestamp);
        let signature = signature.try_into().ok()?;
        (timestamp <= TIMESTAMP_MAX).then_some(Self { timestamp, signature })
    }

    /// What a witness signs: a header, the time, and the checkpoint's text.
    pub fn message(timestamp: u64, checkpoint: &str) -> String {
        format!("cosignature/v1\ntime {timestamp}\n{checkpoint}")
    }
}

/// The text is not a witness's key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "not the key of a witness: name+id+base64, Ed25519, the id eight lower-case hexadecimal \
     characters that agree with the name and the key"
)]
pub struct WitnessKeyError;

fn id_of(name: &KeyName, kind: u8, public: &[u8]) -> [u8; 4] {
    let hash: [u8; 32] = Sha256::new()
        .chain_update(name.as_str())
        .chain_update([b'\n', kind])
        .chain_update(public)
        .finalize()
        .into();
    *hash.first_chunk().expect("SHA-256 has 32 bytes")
}

/// `signed-note`: the types of Ed25519 keys, of cosignatures and of plain notes.
const COSIGNATURE: u8 = 4;
const ED25519: u8 = 1;
/// `tlog-cosignature`: "must not exceed 2^63 - 1".
const TIMESTAMP_MAX: u64 = (1 << 63) - 1;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The key of `sum.golang.org`, which anybody knows: a plain one of notes.
    const VKEY: &str = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

    #[test]
    fn keys_are_read_in_both_forms() {
        let key = WitnessKey::parse(VKEY).unwrap();
        assert_eq!(key.name.as_str(), "sum.golang.org");
        assert_eq!(WitnessKey::parse(&key.to_vkey()), Ok(key));
        for text in [
            "",
            "a+b",
            &VKEY.replace("033de0ae", "033de0af"),
            &VKEY.replace("sum.", "sun."),
            &VKEY.replace("Ac4z", "Bc4z"),
            &VKEY.to_uppercase(),
            &format!("{VKEY}A"),
        ] {
            assert_eq!(WitnessKey::parse(text), Err(WitnessKeyError), "{text}");
        }
    }

    #[test]
    fn the_message_is_that_of_the_specification() {
        let text =
            "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        let message = Cosignature::message(1_679_315_147, text);
        assert_eq!(message, format!("cosignature/v1\ntime 1679315147\n{text}"));
    }

    #[test]
    fn only_its_own_line_counts() {
        let key = WitnessKey::parse(VKEY).unwrap();
        let cosignature = Cosignature { timestamp: 7, signature: [9; 64] };
        let line = key.line(&cosignature);
        let lines = [NoteSignature { id: [0; 4], ..line.clone() }, line];
        let verify = |_: &[u8; 32], message: &[u8], signature: &[u8; 64]| {
            message.starts_with(b"cosignature/v1\ntime 7\n") && *signature == [9; 64]
        };
        assert_eq!(key.find("text\n", &lines, verify), Some(cosignature));
        assert_eq!(key.find("text\n", &lines[..1], verify), None);
        assert_eq!(key.find("text\n", &lines, |_, _, _| false), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(
            bytes in prop::collection::vec(any::<u8>(), 0..90), text in "\\PC{0,60}",
        ) {
            let read = Cosignature::parse(&bytes);
            prop_assert_eq!(read.is_some(), bytes.len() == 72 && bytes[0] < 0x80);
            let _ = WitnessKey::parse(&text);
        }
    }
}
