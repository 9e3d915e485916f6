//! What happened in a schedule, in its order: as one number always, in words where somebody reads.

use std::fmt;
use std::hash::{DefaultHasher, Hasher as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One line of time for the disk, the line to the authority, and the operations.
pub(crate) struct Trace(Mutex<Lines>);

struct Lines {
    hash: DefaultHasher,
    words: Option<Vec<String>>,
}

impl Trace {
    pub(crate) fn new(keep_words: bool) -> Self {
        Self(Mutex::new(Lines { hash: DefaultHasher::new(), words: keep_words.then(Vec::new) }))
    }

    /// Something that is rare enough to be put into words each time.
    pub(crate) fn note(&self, line: fmt::Arguments<'_>) {
        let text = line.to_string();
        let mut lines = self.lines();
        lines.hash.write(text.as_bytes());
        if let Some(words) = &mut lines.words {
            words.push(text);
        }
    }

    /// Something that is told to readers alone: what it comes before and after is chance.
    pub(crate) fn aside(&self, line: fmt::Arguments<'_>) {
        if let Some(words) = &mut self.lines().words {
            words.push(line.to_string());
        }
    }

    /// A call of the disk: a thousand of them make a schedule.
    pub(crate) fn call(&self, what: &str, file: &str, (at, length): (u64, u64), number: u64) {
        let mut lines = self.lines();
        lines.hash.write(what.as_bytes());
        lines.hash.write(file.as_bytes());
        lines.hash.write_u64(at);
        lines.hash.write_u64(length);
        if let Some(words) = &mut lines.words {
            words.push(format!("      disk call {number}: {what} {file} at {at}, {length} bytes"));
        }
    }

    pub(crate) fn hash(&self) -> u64 {
        self.lines().hash.finish()
    }

    pub(crate) fn words(&self) -> Vec<String> {
        self.lines().words.clone().unwrap_or_default()
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
