//! Verification: everything is recomputed from stored bytes, and nothing else is trusted.
//!
//! A store reads pages of rows, in the order of the chain; what a row shows by itself is checked on
//! every core (`work`), what it shows beside its neighbours by whoever reads, in their order
//! (`walk`). What is not covered by a hash and a signature is compared with what is.

mod chain;
mod credits;
mod invoices;
mod log;
mod page;
mod payload;
mod received;
mod series;
mod walk;
mod work;

pub(crate) use chain::{EntryRow, HeadRow, StoredEnd};
pub(crate) use credits::{CreditRows, check_quantities};
pub(crate) use invoices::{InvoiceRow, RangeRow};
pub(crate) use log::{CheckpointRow, check_tile};
pub(crate) use page::{FollowUp, Page, PageStart};
pub(crate) use received::check_received;
pub(crate) use series::{Annulled, NumberRow, SeriesCheck};
pub(crate) use walk::{WORTH_THREADS, Walk};

use std::fmt;

use invoice::Hash;

use crate::anchor::Recovery;
use crate::error::LedgerError;

/// Whether a signature of a message is by one key: (message, signature). Many threads ask it.
pub type Verifier = Box<dyn Fn(&[u8], &[u8]) -> bool + Send + Sync>;

/// What a sound ledger holds.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Report {
    pub entries: u64,
    pub outlets: Vec<OutletReport>,
}

/// What one outlet's chain and series hold.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct OutletReport {
    pub tenant: String,
    pub outlet: String,
    pub entries: u64,
    pub invoices: u64,
    /// Checkpoints of its log.
    pub checkpoints: u64,
    /// Numbers that stand on a receipt.
    pub sealed: u64,
    /// Numbers for which the authority is being asked.
    pub requested: u64,
    /// Numbers of which nobody knows yet whether the authority registered them.
    pub unanswered: u64,
    /// Numbers that came back and wait for the next invoice.
    pub free: u64,
    /// Numbers of its shares that were annulled.
    pub annulled: u64,
    /// Numbers of its shares that were never taken, and may still be until their range expires.
    pub unused: u64,
    /// Numbers that were written off with entries that the store lost.
    pub lost: u64,
    /// The entries that say so.
    pub recoveries: Vec<Recovery>,
    /// The last entry's hash in hexadecimal: what to compare with a head that is kept elsewhere.
    pub head: String,
}

/// How many numbers the recoveries of an outlet write off.
pub(crate) fn lost(recoveries: &[Recovery]) -> u64 {
    let runs = recoveries.iter().flat_map(|recovery| &recovery.lost);
    runs.map(|run| run.last - run.first + 1).sum()
}

/// The first thing that is not as it should be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Break {
    pub place: Place,
    /// What was compared.
    pub what: &'static str,
    pub stored: String,
    pub expected: String,
}

/// Where in the ledger; its schema is its tables, indexes and triggers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Place {
    Entry {
        outlet: String,
        sequence: u64,
    },
    Head {
        outlet: String,
    },
    /// One that signs for the outlet.
    Key {
        outlet: String,
        key: String,
    },
    /// Of the outlet's log, at a number of entries.
    Checkpoint {
        outlet: String,
        size: u64,
    },
    /// A full tile of the outlet's log, by where its root stands.
    Tile {
        outlet: String,
        level: u8,
        ordinal: u64,
    },
    Invoice {
        outlet: String,
        invoice: String,
    },
    /// The number as its ordinal and series: `7 of 2026`.
    Number {
        outlet: String,
        number: String,
    },
    Range {
        range: String,
    },
    /// The share as its range and its first number: `ra_… from 11 on`.
    Share {
        outlet: String,
        share: String,
    },
    Idempotency {
        tenant: String,
        key: String,
    },
    Submission {
        invoice: String,
    },
    Credit {
        invoice: String,
        original: String,
        line: i64,
    },
    Replacement {
        invoice: String,
        replaced: String,
    },
    /// Who stands for a receipt on paper.
    StandIn {
        invoice: String,
        number: String,
    },
    /// What another taxpayer sent to the outlet, by its place in the inbox.
    Received {
        outlet: String,
        sequence: i64,
    },
    /// A buyer's word on an invoice, as they came.
    Approval {
        invoice: String,
        ordinal: i64,
    },
    Schema {
        name: String,
    },
}

/// Why a ledger was not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error("{0}")]
    Break(Box<Break>),
    #[error("the ledger could not be read")]
    Unreadable(#[from] LedgerError),
}

impl Place {
    pub(crate) fn number(outlet: &str, series: &str, ordinal: i64) -> Self {
        Self::Number { outlet: outlet.to_owned(), number: format!("{ordinal} of {series}") }
    }

    pub(crate) fn share(outlet: &str, range: &str, first: u64) -> Self {
        Self::Share { outlet: outlet.to_owned(), share: format!("{range} from {first} on") }
    }
}

impl Break {
    pub(crate) fn new(
        place: Place,
        what: &'static str,
        (stored, expected): (&dyn fmt::Display, &dyn fmt::Display),
    ) -> Self {
        Self { place, what, stored: stored.to_string(), expected: expected.to_string() }
    }

    /// Nothing, if both values are the same.
    pub(crate) fn unless_equal<T: PartialEq + fmt::Display>(
        place: impl FnOnce() -> Place,
        what: &'static str,
        (stored, expected): (T, T),
    ) -> Result<(), Self> {
        if stored == expected {
            Ok(())
        } else {
            Err(Self::new(place(), what, (&stored, &expected)))
        }
    }
}

impl Break {
    /// Nothing, if the stored bytes are this hash.
    pub(crate) fn unless_hash(
        place: impl FnOnce() -> Place,
        what: &'static str,
        (stored, expected): (&[u8], Hash),
    ) -> Result<(), Self> {
        if *stored == expected.0 {
            return Ok(());
        }
        let stored = Hash::from_slice(stored).unwrap_or(Hash::ZERO);
        Err(Self::new(place(), what, (&stored.to_hex(), &expected.to_hex())))
    }
}

/// A key that points to no invoice, or to one of another time than its own.
pub(crate) fn stray_key(place: Place, invoice: &str, (at, sealed_at): (i64, Option<i64>)) -> Break {
    match sealed_at {
        None => Break::new(place, "the invoice", (&invoice, &"one that exists")),
        Some(sealed_at) => {
            let expected = format!("{sealed_at}, when {invoice} was written");
            Break::new(place, "the time", (&at, &expected))
        }
    }
}

impl From<Break> for VerifyError {
    fn from(broken: Break) -> Self {
        Self::Break(Box::new(broken))
    }
}

impl From<rusqlite::Error> for VerifyError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Unreadable(error.into())
    }
}

impl fmt::Display for Break {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, what, stored, expected } = self;
        write!(formatter, "{place}: {what} is {stored}, expected {expected}")
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry { outlet, sequence } => write!(formatter, "entry {sequence} of {outlet}"),
            Self::Head { outlet } => write!(formatter, "head of {outlet}"),
            Self::Key { outlet, key } => write!(formatter, "key {key} of {outlet}"),
            Self::Checkpoint { outlet, size } => {
                write!(formatter, "checkpoint of {size} entries of {outlet}")
            }
            Self::Tile { outlet, level, ordinal } => {
                write!(formatter, "hash {ordinal} of level {level} of the tiles of {outlet}")
            }
            Self::Invoice { outlet, invoice } => write!(formatter, "{invoice} of {outlet}"),
            Self::Number { outlet, number } => write!(formatter, "number {number} of {outlet}"),
            Self::Range { range } => formatter.write_str(range),
            Self::Share { outlet, share } => write!(formatter, "share of {share} of {outlet}"),
            Self::Idempotency { tenant, key } => {
                write!(formatter, "idempotency key {key:?} of {tenant}")
            }
            Self::Submission { invoice } => write!(formatter, "submission of {invoice}"),
            Self::Credit { invoice, original, line } => {
                write!(formatter, "credit of line {line} of {original} by {invoice}")
            }
            Self::Replacement { invoice, replaced } => {
                write!(formatter, "replacement of {replaced} by {invoice}")
            }
            Self::StandIn { invoice, number } => {
                write!(formatter, "{invoice} in the place of {number}")
            }
            Self::Received { outlet, sequence } => {
                write!(formatter, "document {sequence} in the inbox of {outlet}")
            }
            Self::Approval { invoice, ordinal } => {
                write!(formatter, "word {ordinal} of the buyer of {invoice}")
            }
            Self::Schema { name } => write!(formatter, "{name} of the database"),
        }
    }
}
