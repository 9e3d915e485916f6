//! The right edge of a tree: all that is needed to let it grow.

use crate::growth::TileRoot;
use crate::tree::{Node, empty_root, node_hash};

/// The complete subtrees that a tree falls into, the widest first: one for each bit of its size.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Frontier {
    size: u64,
    nodes: Vec<Node>,
}

impl Frontier {
    /// Of a tree without leaves.
    pub const EMPTY: Self = Self { size: 0, nodes: Vec::new() };

    pub(crate) fn new(size: u64, nodes: Vec<Node>) -> Self {
        debug_assert_eq!(nodes.len(), size.count_ones() as usize);
        Self { size, nodes }
    }

    /// Reads what [`Self::to_bytes`] wrote of a tree of `size` leaves; nothing where another number
    /// of nodes stands there.
    pub fn parse(size: u64, bytes: &[u8]) -> Option<Self> {
        let (nodes, rest) = bytes.as_chunks::<32>();
        let fits = rest.is_empty() && nodes.len() == size.count_ones() as usize;
        fits.then(|| Self { size, nodes: nodes.to_vec() })
    }

    /// The nodes one after the other, 32 bytes each: 2 KiB at the very most.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.nodes.concat()
    }

    /// How many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Adds a leaf's hash.
    pub fn push(&mut self, leaf: Node) {
        self.push_and_tell(leaf, |_| {});
    }

    /// Adds a leaf's hash, and tells the roots of the tiles that it fills, the lowest first.
    pub fn push_and_tell(&mut self, leaf: Node, mut tell: impl FnMut(TileRoot)) {
        let mut node = leaf;
        for height in 1..=self.size.trailing_ones() {
            let left = self.nodes.pop().expect("there is a node for each bit of the size");
            node = node_hash(&left, &node);
            if let Some(level) = tile_level(height) {
                tell(TileRoot { level, ordinal: self.size >> height, hash: node });
            }
        }
        self.nodes.push(node);
        self.size += 1;
    }

    pub fn root(&self) -> Node {
        let mut nodes = self.nodes.iter().rev();
        let Some(last) = nodes.next() else { return empty_root() };
        nodes.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// The level of tiles whose hashes stand so high above the leaves, from 1; most heights have none.
fn tile_level(height: u32) -> Option<u8> {
    let level = height / TILE_HEIGHT;
    height.is_multiple_of(TILE_HEIGHT).then_some(u8::try_from(level).expect("8 levels at most"))
}

const TILE_HEIGHT: u32 = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::growth::Growth;
    use crate::tree::tests::{leaves, root_of};

    #[test]
    fn has_the_root_of_every_size_and_is_read_back() {
        let leaves = leaves(300);
        let mut frontier = Frontier::EMPTY;
        for (count, leaf) in leaves.iter().enumerate() {
            assert_eq!(frontier.root(), root_of(&leaves[..count]));
            let read = Frontier::parse(frontier.size(), &frontier.to_bytes());
            assert_eq!(read.as_ref(), Some(&frontier));
            frontier.push(*leaf);
        }
    }

    #[test]
    fn tells_the_same_tiles_as_a_tree_that_grew_at_once() {
        let mut told = Vec::new();
        let mut frontier = Frontier::EMPTY;
        let mut growth = Growth::new(&frontier);
        for leaf in leaves(66_000) {
            frontier.push_and_tell(leaf, |root| told.push(root));
            growth.push(leaf);
        }
        assert_eq!(told.len(), 66_000 / 256 + 1);
        told.sort_by_key(|root| (root.level, root.ordinal));
        assert_eq!(told, growth.finish().tile_roots().collect::<Vec<_>>());
    }

    #[test]
    fn another_number_of_nodes_is_refused() {
        assert_eq!(Frontier::parse(3, &[0; 32]), None);
        assert_eq!(Frontier::parse(3, &[0; 63]), None);
        assert_eq!(Frontier::parse(3, &[0; 65]), None);
        assert_eq!(Frontier::parse(0, &[0; 32]), None);
        assert_eq!(Frontier::parse(0, &[]), Some(Frontier::EMPTY));
    }
}
