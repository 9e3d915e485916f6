//! What a test has ordered, and what the management port shows of the past; each list bounded.

use std::collections::VecDeque;

use serde::Serialize;

use super::limits::LOG_LENGTH;
use super::route::{Environment, Operation};
use super::verdict::{Message, Standing};
use crate::FaultKind;

/// Faults that a test has ordered.
#[derive(Clone, Debug)]
pub(super) struct Armed {
    /// Any operation, if absent.
    pub(super) operation: Option<Operation>,
    pub(super) kind: FaultKind,
    pub(super) count: u64,
}

/// A verdict that a test has ordered for the next document of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Forced {
    pub(super) environment: Environment,
    /// Any issuer, if absent.
    pub(super) rnc: Option<String>,
    pub(super) encf: String,
    pub(super) outcome: ForcedOutcome,
}

/// Which one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ForcedOutcome {
    Judged {
        standing: Standing,
        messages: Vec<Message>,
        /// Whether a rejection burns the number.
        number_used: bool,
    },
    /// In process until another order comes.
    Stuck,
}

impl Forced {
    pub(super) fn is_for(&self, environment: Environment, rnc: &str, encf: &str) -> bool {
        let is_issuer = self.rnc.as_ref().is_none_or(|each| each == rnc);
        is_issuer && self.environment == environment && self.encf == encf
    }
}

/// A request that arrived, and what became of it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Asked {
    /// The authority's local time.
    pub(super) at: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) operation: Operation,
    pub(super) environment: Option<Environment>,
    /// Absent where no reply was sent.
    pub(super) status: Option<u16>,
    pub(super) fault: Option<FaultKind>,
}

/// The newest entries of something, oldest first.
#[derive(Debug)]
pub(super) struct Ring<T>(VecDeque<T>);

impl<T> Ring<T> {
    pub(super) fn push(&mut self, entry: T) {
        if self.0.len() == LOG_LENGTH {
            self.0.pop_front();
        }
        self.0.push_back(entry);
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }
}

impl<T> Default for Ring<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}
