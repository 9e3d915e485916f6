//! An outlet's Merkle log as it is shown to others: checkpoints, and proofs against them.

use std::sync::Arc;

use invoice::{Hash, OutletId};
use proof::{Checkpoint, KeyName, LogKey, Node, Note, NoteSignature, ProofFile, der_of};

/// The tree of an outlet's first entries, signed in the commit that added the last of them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogCheckpoint {
    pub outlet: OutletId,
    /// Which log of the outlet: 1, and one more after each recovery.
    pub generation: u64,
    /// How many entries.
    pub size: u64,
    pub root: Hash,
    /// The key of the last of these entries: it signs the tree too.
    pub key_id: String,
    /// ECDSA P-256 over [`LogCheckpoint::text`]: r ‖ s.
    pub signature: [u8; 64],
    /// The words of witnesses that have seen it.
    pub cosignatures: Vec<NoteSignature>,
}

/// That an entry is in its outlet's log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EntryProof {
    /// The entry's place in the tree, from 0: its sequence less one.
    pub index: u64,
    /// From its sibling upwards.
    pub path: Vec<Node>,
    pub checkpoint: Arc<LogCheckpoint>,
}

/// Which checkpoint of a log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WhichCheckpoint {
    Last,
    /// Of exactly so many entries.
    Of(u64),
    /// The first with so many entries: for an entry's sequence, that of its own commit.
    FirstWith(u64),
    /// Of those with so many entries that witnesses have cosigned of late, the one that the most of
    /// them have, and of equals the last.
    MostCosignedWith(u64),
}

/// The entry that sealed an invoice.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SealedEntry {
    pub sequence: u64,
    pub statement: Vec<u8>,
    pub signature: [u8; 64],
}

/// The name of an outlet's log and of its keys. It has no host in it: proofs outlive addresses. What an
/// outlet publishes after a recovery is another log, the second generation and so on: it does not
/// continue what was published of the entries that were lost.
pub fn log_name(outlet: &OutletId, generation: u64) -> KeyName {
    let name = origin(outlet.as_str(), generation);
    KeyName::parse(&name).expect("an id has neither spaces nor a plus")
}

/// The generation of an outlet's log by its name; none where it is no name of its logs.
pub fn log_generation(outlet: &OutletId, name: &str) -> Option<u64> {
    let rest = name.strip_prefix(LOG_PREFIX)?.strip_prefix(outlet.as_str())?;
    let generation = rest.strip_prefix('/').map_or(Some(1), |digits| digits.parse().ok())?;
    (generation >= 1 && origin(outlet.as_str(), generation) == name).then_some(generation)
}

/// The key of that id as notes name it; none where it is not 16 hexadecimal characters.
pub fn log_key(name: KeyName, key_id: &str) -> Option<LogKey> {
    let is_whole = key_id.len() == KEY_ID_CHARACTERS;
    is_whole.then(|| LogKey::named(name, key_id)).flatten()
}

fn origin(outlet: &str, generation: u64) -> String {
    match generation {
        1 => format!("{LOG_PREFIX}{outlet}"),
        later => format!("{LOG_PREFIX}{outlet}/{later}"),
    }
}

impl LogCheckpoint {
    /// The text that is signed.
    pub fn text(&self) -> String {
        checkpoint_text((self.outlet.as_str(), self.generation), self.size, self.root)
    }

    /// The signed note, as it is published; none where the key's id is no key's.
    pub fn note(&self) -> Option<Note> {
        let key = log_key(log_name(&self.outlet, self.generation), &self.key_id)?;
        let mut note = Note::new(self.text()).expect("a checkpoint has three plain lines");
        note.add(key.signature(der_of(&self.signature)));
        self.cosignatures.iter().cloned().for_each(|line| note.add(line));
        Some(note)
    }
}

impl EntryProof {
    /// The proof as a file that needs nothing else: it carries the entry's statement, led by its
    /// length in two bytes, and the entry's signature. None where the key's id is no key's.
    pub fn file(&self, statement: &[u8], signature: &[u8; 64]) -> Option<ProofFile> {
        let length = u16::try_from(statement.len()).ok()?;
        let extra = [&length.to_be_bytes()[..], statement, signature].concat();
        let checkpoint = self.checkpoint.note()?;
        Some(ProofFile {
            extra: Some(extra),
            index: self.index,
            path: self.path.clone(),
            checkpoint,
        })
    }
}

/// The statement and the signature that [`EntryProof::file`] put into a proof; none where something
/// else stands there.
pub fn entry_of_proof(file: &ProofFile) -> Option<(&[u8], [u8; 64])> {
    let (length, rest) = file.extra.as_deref()?.split_first_chunk()?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (statement, signature) = rest.split_at_checked(length)?;
    Some((statement, signature.try_into().ok()?))
}

/// What the checkpoint of an outlet signs, by the outlet's id as it stands in a row.
pub(crate) fn checkpoint_text((outlet, generation): (&str, u64), size: u64, root: Hash) -> String {
    Checkpoint { origin: origin(outlet, generation), size, root: root.0 }.to_string()
}

const LOG_PREFIX: &str = "stalela/";

/// Eight bytes of a digest in hexadecimal.
const KEY_ID_CHARACTERS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint(key_id: &str) -> LogCheckpoint {
        LogCheckpoint {
            outlet: OutletId::from_random([1; 10]),
            generation: 1,
            size: 1,
            root: Hash([2; 32]),
            key_id: key_id.to_owned(),
            signature: [3; 64],
            cosignatures: Vec::new(),
        }
    }

    #[test]
    fn a_note_names_the_log_and_its_key() {
        let checkpoint = checkpoint("0123456789abcdef");
        let note = checkpoint.note().unwrap();
        let name = format!("stalela/{}", checkpoint.outlet);
        assert!(note.text().starts_with(&format!("{name}\n1\n")));
        let [signature] = note.signatures() else { panic!("one signature") };
        assert_eq!((signature.name.as_str(), signature.id), (&*name, [0x01, 0x23, 0x45, 0x67]));
        assert_eq!(self::checkpoint("a key").note(), None);
    }

    #[test]
    fn each_generation_has_a_name() {
        let outlet = OutletId::from_random([1; 10]);
        for (generation, suffix) in [(1, ""), (2, "/2"), (10, "/10")] {
            let name = log_name(&outlet, generation);
            assert_eq!(name.as_str(), format!("stalela/{outlet}{suffix}"));
            assert_eq!(log_generation(&outlet, name.as_str()), Some(generation));
        }
        for suffix in ["/1", "/0", "/02", "/", "/2/", "/x", "/-1", "2"] {
            assert_eq!(log_generation(&outlet, &format!("stalela/{outlet}{suffix}")), None);
        }
        assert_eq!(log_generation(&outlet, "stalela/another"), None);
    }

    #[test]
    fn a_file_carries_its_entry() {
        let checkpoint = Arc::new(checkpoint("0123456789abcdef"));
        let proof = EntryProof { index: 0, path: Vec::new(), checkpoint };
        let file = proof.file(b"a statement", &[7; 64]).unwrap();
        assert_eq!(entry_of_proof(&file), Some((&b"a statement"[..], [7; 64])));
        let without = ProofFile { extra: Some(vec![0, 9, 1]), ..file };
        assert_eq!(entry_of_proof(&without), None);
    }
}
