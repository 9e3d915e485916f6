//! How an attempt at a batch ends that does not write it.

use super::trouble::{Trouble, of};
use crate::error::LedgerError;

/// Why an attempt at a batch ended without its rows.
pub(super) enum Ended {
    /// One of its orders cannot be written; which, is found by halves.
    Asked(LedgerError),
    /// Nothing is written, and the same again may succeed.
    Again(String),
    Lost(String),
    Server(String),
    /// The connection was lost during the commit.
    Unknown(String),
    /// A signer failed: without its order the others are planned anew.
    Dropped,
}

impl From<LedgerError> for Ended {
    fn from(error: LedgerError) -> Self {
        let LedgerError::Postgres(postgres) = &error else { return Self::Asked(error) };
        match of(postgres) {
            Trouble::Again(words) => Self::Again(words),
            Trouble::Asked(_) => Self::Asked(error),
            Trouble::Lost(words) => Self::Lost(words),
            Trouble::Server(words) => Self::Server(words),
        }
    }
}

impl From<tokio_postgres::Error> for Ended {
    fn from(error: tokio_postgres::Error) -> Self {
        LedgerError::from(error).into()
    }
}
