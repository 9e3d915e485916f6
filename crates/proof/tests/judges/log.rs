//! A log with a key, whole in memory, and the files that it would serve.

use std::convert::Infallible;
use std::fs;
use std::path::Path;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use proof::{
    Checkpoint, Grown, Growth, KeyName, LogKey, Node, Note, ProofFile, Question, TILE_WIDTH,
    TileKind, TilePath, WitnessRequest, der_of, entry_bundle, hash_tile, leaf_hash,
};

pub(crate) struct Log {
    key: EcdsaKeyPair,
    pub(crate) name: LogKey,
    entries: Vec<Vec<u8>>,
}

impl Log {
    pub(crate) fn new(size: u64) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let name = KeyName::parse("stalela/ou_test").unwrap();
        let name = LogKey::new(name, &spki(&key));
        let entries = (0..size).map(|entry| format!("entry {entry}").into_bytes()).collect();
        Self { key, name, entries }
    }

    pub(crate) fn vkey(&self) -> String {
        self.name.to_vkey(&self.spki())
    }

    pub(crate) fn spki(&self) -> Vec<u8> {
        spki(&self.key)
    }

    pub(crate) fn entry(&self, index: u64) -> &[u8] {
        &self.entries[usize::try_from(index).unwrap()]
    }

    /// The tree of the first entries, grown from `base` of them on.
    pub(crate) fn grown(&self, base: u64, size: u64) -> Grown {
        let leaves = |range: std::ops::Range<u64>| range.map(|index| leaf_hash(self.entry(index)));
        let mut frontier = proof::Frontier::EMPTY;
        leaves(0..base).for_each(|leaf| frontier.push(leaf));
        let mut growth = Growth::new(&frontier);
        leaves(base..size).for_each(|leaf| growth.push(leaf));
        growth.finish()
    }

    pub(crate) fn checkpoint(&self, size: u64) -> Note {
        let origin = self.name.name.to_string();
        let checkpoint = Checkpoint { origin, size, root: self.grown(0, size).root() };
        let mut note = Note::new(checkpoint.to_string()).unwrap();
        let signature = self.key.sign(&SystemRandom::new(), note.text().as_bytes()).unwrap();
        let fixed: [u8; 64] = signature.as_ref().try_into().unwrap();
        note.add(self.name.signature(der_of(&fixed)));
        note
    }

    pub(crate) fn proof(&self, index: u64, base: u64, size: u64) -> ProofFile {
        let path = self.grown(base, size).prove(index).unwrap();
        let entry = self.entry(index);
        let length = u16::try_from(entry.len()).unwrap().to_be_bytes();
        let extra = Some([&length, entry].concat());
        ProofFile { extra, index, path, checkpoint: self.checkpoint(size) }
    }

    pub(crate) fn request(&self, old: u64, size: u64) -> WitnessRequest {
        let question = Question::Consistency { old, new: size };
        let Ok(consistency) = question.answer(|path| Ok::<_, Infallible>(self.tile(path)));
        WitnessRequest { old, consistency, checkpoint: self.checkpoint(size) }
    }

    /// The files of a log of so many entries, under the paths that a server would serve them at.
    pub(crate) fn write(&self, folder: &Path, size: u64) {
        let write = |path: &str, bytes: Vec<u8>| {
            let file = folder.join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, bytes).unwrap();
        };
        write("checkpoint", self.checkpoint(size).to_string().into_bytes());
        for level in 0..3 {
            let nodes = size >> (8 * level);
            for index in 0..nodes.div_ceil(TILE_WIDTH.into()) {
                let width = (nodes - index * 256).min(TILE_WIDTH.into());
                let width = u16::try_from(width).unwrap();
                let path = TilePath { kind: TileKind::Hashes(level), index, width };
                write(&format!("tile/{path}"), hash_tile(&self.tile(path)));
                if level == 0 {
                    let path = TilePath { kind: TileKind::Entries, ..path };
                    write(&format!("tile/{path}"), self.bundle(path));
                }
            }
        }
    }

    fn bundle(&self, path: TilePath) -> Vec<u8> {
        let (first, end) = path.nodes_in(u64::MAX).unwrap();
        entry_bundle((first..end).map(|index| self.entry(index))).unwrap()
    }

    /// By the definition: each node is the root of what lies below it.
    fn tile(&self, path: TilePath) -> Vec<Node> {
        let TileKind::Hashes(level) = path.kind else { unreachable!() };
        let (first, end) = path.nodes_in(u64::MAX).unwrap();
        let leaves = 1 << (8 * u32::from(level));
        let root = |ordinal: u64| {
            let mut growth = Growth::new(&proof::Frontier::EMPTY);
            let below = ordinal * leaves..(ordinal + 1) * leaves;
            below.for_each(|index| growth.push(leaf_hash(self.entry(index))));
            growth.finish().root()
        };
        (first..end).map(root).collect()
    }
}

/// `SubjectPublicKeyInfo` of a P-256 point (RFC 5480).
fn spki(key: &EcdsaKeyPair) -> Vec<u8> {
    let head = data_encoding::HEXLOWER
        .decode(b"3059301306072a8648ce3d020106082a8648ce3d030107034200")
        .unwrap();
    [&head, key.public_key().as_ref()].concat()
}
