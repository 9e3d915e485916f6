//! What the management port shows of the past, each list bounded.

use std::collections::VecDeque;

use serde::Serialize;

use crate::FaultKind;
use crate::drc_emcf::limits::LOG_LENGTH;
use crate::drc_emcf::route::Operation;

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

/// A request that arrived, and what became of it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Asked {
    /// The authority's local time.
    pub(super) at: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) operation: Operation,
    /// Absent where no reply was sent.
    pub(super) status: Option<u16>,
    pub(super) fault: Option<FaultKind>,
}

/// A request that was turned down, and why.
#[derive(Clone, Debug, Serialize)]
pub(super) struct TurnedDown {
    pub(super) at: String,
    pub(super) operation: Operation,
    pub(super) nim: String,
    pub(super) rn: Option<String>,
    #[serde(rename = "errorCode")]
    pub(super) code: &'static str,
    #[serde(rename = "errorDesc")]
    pub(super) text: String,
    pub(super) detail: String,
    pub(super) rule: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_entry_makes_room() {
        let mut ring = Ring::default();
        for number in 0..LOG_LENGTH + 5 {
            ring.push(number);
        }
        assert_eq!(ring.entries().count(), LOG_LENGTH);
        assert_eq!(ring.entries().next(), Some(&5));
    }
}
