//! A file: what any process reads of it, and what is on the disk of it.

use std::collections::BTreeMap;

use super::locks::{Locks, Shared};

/// One file of the disk.
#[derive(Default)]
pub(crate) struct File {
    /// What is read: the cache over the disk.
    pub now: Vec<u8>,
    /// What is on the disk for certain.
    pub safe: Vec<u8>,
    /// What was done since, in its order, of which the disk may hold any part.
    pub since: Vec<Change>,
    /// Whether the file's name is on the disk for certain.
    pub is_named: bool,
    pub locks: Locks,
    pub shared: Shared,
}

/// Something done to a file that is not synced.
pub(crate) enum Change {
    Bytes { at: usize, bytes: Vec<u8> },
    Length(usize),
}

impl File {
    pub(crate) fn holding(bytes: Vec<u8>) -> Self {
        Self { safe: bytes.clone(), now: bytes, is_named: true, ..Self::default() }
    }

    pub(crate) fn write(&mut self, at: usize, bytes: &[u8]) {
        put(&mut self.now, at, bytes);
        self.since.push(Change::Bytes { at, bytes: bytes.to_vec() });
    }

    pub(crate) fn set_length(&mut self, length: usize) {
        self.now.resize(length, 0);
        self.since.push(Change::Length(length));
    }

    /// Everything is on the disk.
    pub(crate) fn sync(&mut self) {
        for change in self.since.drain(..) {
            change.apply(&mut self.safe);
        }
        self.is_named = true;
    }

    /// How many bytes were there to read.
    pub(crate) fn read(&self, at: usize, into: &mut [u8]) -> usize {
        let there = self.now.get(at..).unwrap_or_default();
        let length = there.len().min(into.len());
        into[..length].copy_from_slice(&there[..length]);
        length
    }
}

impl Change {
    pub(crate) fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::Bytes { at, bytes } => put(to, *at, bytes),
            Self::Length(length) => to.resize(*length, 0),
        }
    }
}

pub(crate) fn put(to: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if to.len() < end {
        to.resize(end, 0);
    }
    to[at..end].copy_from_slice(bytes);
}

/// The bytes of all files at one moment: a backup, or what a schedule begins with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot(BTreeMap<String, Vec<u8>>);

impl Snapshot {
    pub(crate) fn of(files: &BTreeMap<String, File>) -> Self {
        Self(files.iter().map(|(name, file)| (name.clone(), file.now.clone())).collect())
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(crate) fn to_files(&self) -> BTreeMap<String, File> {
        self.0.iter().map(|(name, bytes)| (name.clone(), File::holding(bytes.clone()))).collect()
    }
}

/// The file is at least so long; what it has grown by is zero.
pub(crate) fn put_length(to: &mut Vec<u8>, end: usize) {
    if to.len() < end {
        to.resize(end, 0);
    }
}
