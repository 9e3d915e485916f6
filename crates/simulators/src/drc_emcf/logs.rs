//! What the management port shows of the past, each list bounded.

use serde::Serialize;

use crate::FaultKind;
use crate::drc_emcf::route::Operation;

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
