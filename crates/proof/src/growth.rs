//! A tree that grows by the leaves of one transaction: its new root, and a proof for each new leaf,
//! from the right edge alone.

use crate::frontier::Frontier;
use crate::tile::TILE_HEIGHT;
use crate::tree::{Node, empty_root, node_hash};

/// A tree while leaves are added.
#[derive(Clone, Debug)]
pub struct Growth {
    base: u64,
    size: u64,
    /// By height above the leaves.
    levels: Vec<Level>,
}

/// The complete nodes of one height, from the old right edge on: all that a proof of a new leaf
/// may need of that height.
#[derive(Clone, Debug)]
struct Level {
    /// The ordinal of the first of them.
    first: u64,
    nodes: Vec<Node>,
}

impl Growth {
    pub fn new(frontier: &Frontier) -> Self {
        let base = frontier.size();
        let mut nodes = frontier.nodes().iter().rev();
        let height = u64::BITS - base.leading_zeros();
        let level = |level| {
            let ordinal = base >> level;
            match ordinal & 1 {
                0 => Level { first: ordinal, nodes: Vec::new() },
                _ => {
                    Level { first: ordinal - 1, nodes: nodes.next().copied().into_iter().collect() }
                }
            }
        };
        Self { base, size: base, levels: (0..height).map(level).collect() }
    }

    /// Adds a leaf's hash.
    pub fn push(&mut self, leaf: Node) {
        let mut node = leaf;
        let mut height = 0;
        loop {
            if height == self.levels.len() {
                self.levels.push(Level { first: 0, nodes: Vec::new() });
            }
            let level = &mut self.levels[height];
            level.nodes.push(node);
            let is_left = (level.first + level.nodes.len() as u64) % 2 == 1;
            if is_left {
                break;
            }
            let [.., left, right] = &*level.nodes else {
                unreachable!("a right node was kept with its left one")
            };
            node = node_hash(left, right);
            height += 1;
        }
        self.size += 1;
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// The right edge, from which the tree grows on.
    pub fn frontier(&self) -> Frontier {
        let heights = (0..self.levels.len()).rev();
        let bits = heights.filter(|height| (self.size >> height) & 1 == 1);
        let node = |height| *self.node(height, (self.size >> height) - 1);
        Frontier::new(self.size, bits.map(node).collect())
    }

    /// The tree as it stands, ready for proofs.
    pub fn finish(self) -> Grown {
        let mut edges = Vec::with_capacity(self.levels.len());
        let mut edge = None;
        for height in 0..self.levels.len() {
            edges.push(edge);
            let ordinal = self.size >> height;
            if ordinal & 1 == 1 {
                let left = self.node(height, ordinal - 1);
                edge = Some(edge.map_or(*left, |right| node_hash(left, &right)));
            }
        }
        Grown { root: edge.unwrap_or_else(empty_root), edges, tree: self }
    }

    fn node(&self, height: usize, ordinal: u64) -> &Node {
        let level = &self.levels[height];
        let place = usize::try_from(ordinal - level.first).expect("a batch fits into memory");
        &level.nodes[place]
    }
}

/// A tree that has grown.
#[derive(Clone, Debug)]
pub struct Grown {
    root: Node,
    /// By height: the root of what lies right of the complete nodes of that height, if anything.
    edges: Vec<Option<Node>>,
    tree: Growth,
}

/// The root of a full tile that came to be: one hash of a tile above it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TileRoot {
    /// The level of the tile that it stands in, from 1.
    pub level: u8,
    /// Its place in its level, from 0.
    pub ordinal: u64,
    pub hash: Node,
}

impl Grown {
    pub fn size(&self) -> u64 {
        self.tree.size
    }

    pub fn root(&self) -> Node {
        self.root
    }

    /// The proof that the leaf at `index` is in the tree, from its sibling upwards; nothing where
    /// the leaf is not one of those that were added.
    pub fn prove(&self, index: u64) -> Option<Vec<Node>> {
        if !(self.tree.base..self.tree.size).contains(&index) {
            return None;
        }
        let mut path = Vec::with_capacity(self.edges.len());
        for (height, edge) in self.edges.iter().enumerate() {
            let sibling = (index >> height) ^ 1;
            if sibling < self.tree.size >> height {
                path.push(*self.tree.node(height, sibling));
            } else if sibling == self.tree.size >> height {
                path.extend(edge);
            }
        }
        Some(path)
    }

    /// The roots of the tiles that these leaves filled.
    pub fn tile_roots(&self) -> impl Iterator<Item = TileRoot> + '_ {
        let heights = (TILE_HEIGHT..self.tree.levels.len()).step_by(TILE_HEIGHT);
        heights.flat_map(move |height| {
            let level = u8::try_from(height / TILE_HEIGHT).expect("a tree has 64 levels at most");
            let new = self.tree.base >> height..self.tree.size >> height;
            new.map(move |ordinal| TileRoot {
                level,
                ordinal,
                hash: *self.tree.node(height, ordinal),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inclusion::verify_inclusion;
    use crate::tree::tests::{leaves, node_of, root_of};

    fn frontier(leaves: &[Node]) -> Frontier {
        let mut frontier = Frontier::EMPTY;
        leaves.iter().copied().for_each(|leaf| frontier.push(leaf));
        frontier
    }

    fn growth(leaves: &[Node], base: usize) -> Growth {
        let mut growth = Growth::new(&frontier(&leaves[..base]));
        leaves[base..].iter().copied().for_each(|leaf| growth.push(leaf));
        growth
    }

    #[test]
    fn from_every_size_to_every_size() {
        let leaves = leaves(70);
        for size in 0..=leaves.len() {
            for base in 0..=size {
                let growth = growth(&leaves[..size], base);
                assert_eq!(growth.frontier(), frontier(&leaves[..size]), "{base} → {size}");
                let grown = growth.finish();
                assert_eq!(grown.root(), root_of(&leaves[..size]), "{base} → {size}");
                for index in 0..=size as u64 {
                    let proof = grown.prove(index);
                    assert_eq!(proof.is_some(), (base as u64..size as u64).contains(&index));
                    let Some(proof) = proof else { continue };
                    let leaf = leaves[usize::try_from(index).unwrap()];
                    verify_inclusion((index, size as u64), leaf, &proof, grown.root()).unwrap();
                }
            }
        }
    }

    #[test]
    fn tells_the_roots_of_the_tiles_that_became_full() {
        let leaves = leaves(1_100);
        for (base, size, ordinals) in
            [(0, 255, 0..0), (0, 256, 0..1), (255, 256, 0..1), (256, 300, 1..1), (300, 1_100, 1..4)]
        {
            let roots: Vec<TileRoot> =
                growth(&leaves[..size], base).finish().tile_roots().collect();
            let expected: Vec<TileRoot> = ordinals
                .map(|ordinal| {
                    let hash = node_of(&leaves, 8, ordinal);
                    TileRoot { level: 1, ordinal, hash }
                })
                .collect();
            assert_eq!(roots, expected, "{base} → {size}");
        }
    }
}
