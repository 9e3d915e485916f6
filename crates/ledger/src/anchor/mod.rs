//! Heads that are kept outside the store, so that a store which lost its last entries is noticed.
//!
//! A database that was put back from a backup, or whose standby took over without the last commits,
//! is sound in itself. Only who kept its head elsewhere sees that it is older: an *anchor* says how
//! many entries an outlet had, which was the last, and which numbers were taken, signed by the key
//! that signed them. It is written after the commit that it speaks of and is never ahead of the
//! store; so a store that does not continue it has lost something, and nothing more is added to that
//! outlet until an operator says so on record (`recovered`).

mod folder;
mod keeper;
mod pass;
mod rollback;
mod text;

pub use folder::AnchorFolder;
pub use rollback::{NumberRun, Recovery, Rollback};
pub use text::{Anchor, AnchorError};

pub(crate) use keeper::{Keeper, Look};
pub(crate) use rollback::{Evidence, recovery_note};

use std::sync::Arc;
use std::time::Duration;

/// Where a process keeps its anchors, and finds those of others beside them.
pub trait AnchorShelf: Send + Sync {
    /// Every file that is there, this process's own among them: its name for people, its bytes, and
    /// whether it is the process's own. None where nothing was ever kept.
    fn load(&self) -> std::io::Result<Vec<Kept>>;

    /// Puts the bytes in the place of the process's own file; durable when it returns.
    fn keep(&self, bytes: &[u8]) -> std::io::Result<()>;
}

/// A file of anchors as it was found.
#[derive(Clone, Debug)]
pub struct Kept {
    pub name: String,
    pub bytes: Vec<u8>,
    pub is_own: bool,
}

/// How a process anchors what it commits.
#[derive(Clone)]
pub struct Anchoring {
    pub shelf: Arc<dyn AnchorShelf>,
    /// The least time between two passes that write anchors. None: they are written when the ledger
    /// is closed, and when [`crate::Ledger::flush_anchors`] asks for it.
    pub interval: Option<Duration>,
    pub is_signed: IsSigned,
}

/// Whether a signature of a message (the second and the first of the pair, r ‖ s) is by the key
/// with this `SubjectPublicKeyInfo` in DER.
pub type IsSigned = Arc<dyn Fn(&[u8], (&[u8], &[u8; 64])) -> bool + Send + Sync>;

/// Which of an outlet's logs goes on: after a recovery it is another, which does not continue what was
/// published of the lost entries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Generation {
    /// 1 for the first. Above all that any anchor has seen, for a recovery may be lost too.
    pub(crate) number: u64,
    /// The sequence of the entry *recovered* that began it; 0 for the first.
    pub(crate) since: u64,
}

impl Generation {
    pub(crate) const FIRST: Self = Self { number: 1, since: 0 };
}

/// How often anchors are written, without another word. A pass costs one sync of a disk, and what was
/// sealed within the interval before a machine is lost for good is not anchored.
pub const ANCHOR_INTERVAL: Duration = Duration::from_secs(1);
