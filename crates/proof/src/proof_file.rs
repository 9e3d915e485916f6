//! Proofs in a file (C2SP `tlog-proof`): everything that is needed to check one entry, without a
//! network and without us.

use std::fmt;

use data_encoding::BASE64;

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::inclusion::{ProofError, verify_inclusion};
use crate::lines::{self, NODES_MAX};
use crate::note::{Note, NoteError};
use crate::tree::Node;

/// That a leaf stands in a log, up to a signed checkpoint. Its text is its [`fmt::Display`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProofFile {
    /// Whatever helps to find the leaf; nothing vouches for it.
    pub extra: Option<Vec<u8>>,
    /// The leaf's place, from 0.
    pub index: u64,
    /// From the leaf's sibling upwards.
    pub path: Vec<Node>,
    /// As it was signed, byte for byte.
    pub checkpoint: Note,
}

impl ProofFile {
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofFileError> {
        if bytes.len() > FILE_BYTES_MAX {
            return Err(ProofFileError::TooLong);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| ProofFileError::Shape)?;
        let (head, note) = text.split_once("\n\n").ok_or(ProofFileError::Shape)?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(TAG) {
            return Err(ProofFileError::Shape);
        }
        let extra = lines.next_if(|line| line.starts_with(EXTRA));
        let extra = extra.map(|line| BASE64.decode(&line.as_bytes()[EXTRA.len()..]));
        let index = lines.next().and_then(|line| line.strip_prefix(INDEX));
        let path: Option<Vec<Node>> = lines.map(lines::node).collect();
        let checkpoint = Note::parse(note.as_bytes())?;
        Checkpoint::parse(checkpoint.text())?;
        Ok(Self {
            extra: extra.transpose().map_err(|_| ProofFileError::Shape)?,
            index: index.and_then(lines::decimal).ok_or(ProofFileError::Shape)?,
            path: path.filter(|path| path.len() <= NODES_MAX).ok_or(ProofFileError::Shape)?,
            checkpoint,
        })
    }

    /// Whether bytes begin as a proof of this kind does, in whatever version.
    pub fn may_be(bytes: &[u8]) -> bool {
        bytes.starts_with(KIND.as_bytes())
    }

    /// The checkpoint, if the leaf is in its tree. Who signed it is for the caller to ask the note.
    pub fn check(&self, leaf: Node) -> Result<Checkpoint, ProofFileError> {
        let checkpoint = Checkpoint::parse(self.checkpoint.text())?;
        verify_inclusion((self.index, checkpoint.size), leaf, &self.path, checkpoint.root)?;
        Ok(checkpoint)
    }
}

impl fmt::Display for ProofFile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{TAG}")?;
        if let Some(extra) = &self.extra {
            writeln!(out, "{EXTRA}{}", BASE64.encode(extra))?;
        }
        let mut path = String::new();
        lines::push_nodes(&mut path, &self.path);
        write!(out, "{INDEX}{}\n{path}\n{}", self.index, self.checkpoint)
    }
}

/// Why bytes are not a proof, or prove nothing.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ProofFileError {
    #[error("not a whole proof in the form c2sp.org/tlog-proof@v1: get it again")]
    Shape,
    #[error("a proof is longer than {FILE_BYTES_MAX} bytes")]
    TooLong,
    #[error(transparent)]
    Note(#[from] NoteError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Proof(#[from] ProofError),
}

const TAG: &str = "c2sp.org/tlog-proof@v1";
const KIND: &str = "c2sp.org/tlog-proof@";
const EXTRA: &str = "extra ";
const INDEX: &str = "index ";
/// A note, 64 hashes, and what an application adds.
const FILE_BYTES_MAX: usize = 2 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::{KeyName, NoteSignature};
    use crate::tree::{leaf_hash, node_hash};
    use proptest::prelude::*;

    fn file() -> ProofFile {
        let (left, right) = (leaf_hash(b"left"), leaf_hash(b"right"));
        let root = node_hash(&left, &right);
        let checkpoint = Checkpoint { origin: "a.example/log".to_owned(), size: 2, root };
        let mut note = Note::new(checkpoint.to_string()).unwrap();
        let name = KeyName::parse("a.example/log").unwrap();
        note.add(NoteSignature { name, id: [1, 2, 3, 4], bytes: vec![5; 70] });
        ProofFile { extra: None, index: 1, path: vec![left], checkpoint: note }
    }

    #[test]
    fn is_read_back_with_and_without_extra() {
        for extra in [None, Some(Vec::new()), Some(b"something".to_vec())] {
            let file = ProofFile { extra, ..file() };
            let read = ProofFile::parse(file.to_string().as_bytes());
            assert_eq!(read, Ok(file));
        }
        let alone = ProofFile { path: Vec::new(), ..file() };
        assert_eq!(ProofFile::parse(alone.to_string().as_bytes()), Ok(alone));
    }

    #[test]
    fn proves_its_own_leaf_and_no_other() {
        let checkpoint = file().check(leaf_hash(b"right")).unwrap();
        assert_eq!((checkpoint.origin.as_str(), checkpoint.size), ("a.example/log", 2));
        let other = file().check(leaf_hash(b"left"));
        assert_eq!(other, Err(ProofFileError::Proof(ProofError::Root)));
    }

    #[test]
    fn another_form_is_refused() {
        let good = file().to_string();
        for (from, to) in [
            ("@v1", "@v2"),
            ("index 1", "index 01"),
            ("index 1", "extra AA\nindex 1"),
            ("index 1\n", "index 1\nextra AA==\n"),
            ("index 1\n", "index 1\n\n"),
            ("index 1\n", ""),
            ("c2sp.org/", "\nc2sp.org/"),
            ("\n\na.example", "\na.example"),
        ] {
            let text = good.replacen(from, to, 1);
            assert_ne!(text, good);
            assert!(ProofFile::parse(text.as_bytes()).is_err(), "{text}");
        }
        let long = ProofFile { path: vec![[0; 32]; NODES_MAX + 1], ..file() };
        assert_eq!(ProofFile::parse(long.to_string().as_bytes()), Err(ProofFileError::Shape));
    }

    proptest! {
        #[test]
        fn a_changed_byte_is_refused_or_seen(at in 0_usize..400, byte: u8) {
            let good = file().to_string();
            let mut bytes = good.clone().into_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            if let Ok(read) = ProofFile::parse(&bytes) {
                prop_assert_eq!(read.to_string().into_bytes(), bytes);
            }
        }
    }
}
