//! One outlet's Merkle log: grown again from the entries, and held against what is published.

use std::fmt::Write as _;

use invoice::Hash;
use proof::{Frontier, TileRoot};

use super::{Break, Place};
/// A checkpoint's columns as they stand.
pub(crate) struct CheckpointRow {
    pub(crate) tenant: String,
    pub(crate) size: u64,
    pub(crate) root: Vec<u8>,
    pub(crate) key_id: String,
    pub(crate) signature: Vec<u8>,
}

/// The log as far as its entries have been read.
pub(super) struct LogCheck {
    frontier: Frontier,
    /// Roots of tiles that were filled and not yet compared.
    filled: Vec<TileRoot>,
    tiles: u64,
}

impl LogCheck {
    pub(super) fn new() -> Self {
        Self { frontier: Frontier::EMPTY, filled: Vec::new(), tiles: 0 }
    }

    pub(super) fn entry(&mut self, hash: Hash) {
        self.frontier.push_and_tell(hash.0, |root| self.filled.push(root));
    }

    pub(super) fn take_filled(&mut self) -> Vec<TileRoot> {
        self.tiles += self.filled.len() as u64;
        std::mem::take(&mut self.filled)
    }

    /// Compares a checkpoint with the tree of the entries so far.
    pub(super) fn checkpoint(
        &self,
        (tenant, outlet): (&str, &str),
        row: &CheckpointRow,
    ) -> Result<(), Break> {
        let place = || checkpoint_place(outlet, row);
        Break::unless_equal(place, "the number of entries", (&row.size, &self.frontier.size()))?;
        Break::unless_equal(place, "the tenant", (row.tenant.as_str(), tenant))?;
        Break::unless_hash(place, "the root", (&row.root, Hash(self.frontier.root())))
    }

    /// The last checkpoint covers all entries, the tiles are as many as were filled, and the right
    /// edge is the one that is kept with the head.
    pub(super) fn end(
        &self,
        outlet: &str,
        (last, frontier, tiles): (u64, Option<&[u8]>, u64),
    ) -> Result<(), Break> {
        let place = || Place::Head { outlet: outlet.to_owned() };
        let size = self.frontier.size();
        Break::unless_equal(place, "the size of the last checkpoint", (&last, &size))?;
        Break::unless_equal(place, "the count of tiles", (&tiles, &self.tiles))?;
        let computed = hex(&self.frontier.to_bytes());
        let stored = hex(frontier.unwrap_or_default());
        Break::unless_equal(place, "the right edge of the tree", (&stored, &computed))
    }
}

pub(super) fn checkpoint_place(outlet: &str, row: &CheckpointRow) -> Place {
    Place::Checkpoint { outlet: outlet.to_owned(), size: row.size }
}

/// A stored root of a tile is the one that its leaves have.
pub(crate) fn check_tile(
    outlet: &str,
    root: TileRoot,
    stored: Option<Vec<u8>>,
) -> Result<(), Break> {
    let TileRoot { level, ordinal, hash } = root;
    let place = || Place::Tile { outlet: outlet.to_owned(), level, ordinal };
    let stored = stored.map_or_else(|| "missing".to_owned(), |stored| hex(&stored));
    Break::unless_equal(place, "the root", (&stored, &hex(&hash)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
