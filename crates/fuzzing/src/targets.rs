//! The families of readers, one file each.

mod certificates;
mod documents;
mod drafts;
mod matters;
mod names;
mod notes;
mod pkcs12;
mod receipts;
mod received;
mod replies;
mod requests;
mod seeds;
mod settings;
mod signatures;
mod stored;
mod world;

use crate::Target;

/// All of them.
pub const TARGETS: &[&Target] = &[
    &certificates::TARGET,
    &documents::TARGET,
    &drafts::TARGET,
    &names::TARGET,
    &notes::TARGET,
    &pkcs12::TARGET,
    &receipts::TARGET,
    &received::TARGET,
    &replies::TARGET,
    &requests::TARGET,
    &settings::TARGET,
    &signatures::TARGET,
    &stored::TARGET,
];

/// A refusal is told in words that a person reads and a row can hold, however long what was sent.
fn told(words: impl std::fmt::Display) {
    let words = words.to_string();
    assert!(!words.is_empty(), "a refusal says why");
    assert!(words.len() <= WORDS_BYTES_MAX, "{} bytes of words", words.len());
}

/// Some hundred lines of a terminal: a refusal may list faults, but not give back what was sent.
const WORDS_BYTES_MAX: usize = 16 * 1024;
