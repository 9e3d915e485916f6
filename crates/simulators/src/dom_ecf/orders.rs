//! What a test has ordered, and what the management port shows of the past; each list bounded.

use serde::Serialize;

use super::route::{Environment, Operation};
use super::verdict::{Message, Standing};
use crate::FaultKind;

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
