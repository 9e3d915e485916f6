//! The nodes of a tree, out of its tiles.

use std::collections::HashMap;

use crate::tile::{TILE_WIDTH, TileKind, TilePath};
use crate::tree::{Node, node_hash};

/// Reads complete subtrees of a log of a known size; fetches each tile once.
pub(crate) struct Tiles<F> {
    size: u64,
    fetch: F,
    known: HashMap<(u8, u64), Vec<Node>>,
}

impl<F, E> Tiles<F>
where
    F: FnMut(TilePath) -> Result<Vec<Node>, E>,
{
    /// `fetch` gives the nodes of a tile, exactly as many as its path says.
    pub(crate) fn new(size: u64, fetch: F) -> Self {
        Self { size, fetch, known: HashMap::new() }
    }

    /// The root of the subtree of `2^height` leaves at this place among those of its height, all of
    /// which the log has.
    pub(crate) fn node(&mut self, height: u8, ordinal: u64) -> Result<Node, E> {
        let (level, index, place) = tile_of(height, ordinal);
        let nodes = self.tile(level, index)?;
        Ok(complete_root(&nodes[place..place + (1 << (height % TILE_HEIGHT))]))
    }

    fn tile(&mut self, level: u8, index: u64) -> Result<&[Node], E> {
        if !self.known.contains_key(&(level, index)) {
            let path = TilePath::within(self.size, level, index);
            let nodes = (self.fetch)(path)?;
            assert_eq!(nodes.len(), usize::from(path.width), "a tile is as wide as it was asked");
            self.known.insert((level, index), nodes);
        }
        Ok(&self.known[&(level, index)])
    }
}

impl TilePath {
    /// A tile of a log's hashes, as wide as the log has it at that size.
    pub(crate) fn within(size: u64, level: u8, index: u64) -> Self {
        let in_level = size >> (u32::from(level) * u32::from(TILE_HEIGHT));
        let width = (in_level - index * WIDTH).min(WIDTH);
        let width = u16::try_from(width).expect("a tile is narrow");
        Self { kind: TileKind::Hashes(level), index, width }
    }
}

/// Where a subtree stands: the tile's level, its index, and the place of its first node.
pub(crate) fn tile_of(height: u8, ordinal: u64) -> (u8, u64, usize) {
    let first = ordinal << (height % TILE_HEIGHT);
    let place = usize::try_from(first % WIDTH).expect("a tile is narrow");
    (height / TILE_HEIGHT, first / WIDTH, place)
}

/// The root of a power of two of nodes.
fn complete_root(nodes: &[Node]) -> Node {
    if let [node] = nodes {
        return *node;
    }
    let (left, right) = nodes.split_at(nodes.len() / 2);
    node_hash(&complete_root(left), &complete_root(right))
}

const TILE_HEIGHT: u8 = 8;
const WIDTH: u64 = TILE_WIDTH as u64;
