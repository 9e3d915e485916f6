//! What may be asked of a log, and which tiles answer it.

use std::collections::BTreeSet;
use std::convert::Infallible;

use crate::consistency::prove_consistency;
use crate::inclusion::prove_inclusion;
use crate::tile::TilePath;
use crate::tiles::{Tiles, tile_of};
use crate::tree::{Node, range_root};

/// A question whose answer is a few hashes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Question {
    /// That the leaf at an index, from 0, is in the tree of a size.
    Inclusion { index: u64, size: u64 },
    /// That the tree of the old size is the beginning of the new one.
    Consistency { old: u64, new: u64 },
    /// The root of the tree of a size.
    Root { size: u64 },
}

impl Question {
    /// The question, if a log can have an answer to it.
    pub fn checked(self) -> Option<Self> {
        let may = match self {
            Self::Inclusion { index, size } => index < size,
            Self::Consistency { old, new } => old <= new,
            Self::Root { .. } => true,
        };
        may.then_some(self)
    }

    /// The tiles that the answer takes, each once.
    pub fn tiles(self) -> Vec<TilePath> {
        let mut wanted = BTreeSet::new();
        let Ok(_) = self.ask(|height, ordinal| {
            let (level, index, _) = tile_of(height, ordinal);
            wanted.insert((level, index));
            Ok::<_, Infallible>([0; 32])
        });
        let path = |(level, index)| TilePath::within(self.size(), level, index);
        wanted.into_iter().map(path).collect()
    }

    /// The answer, out of the tiles that `fetch` gives, exactly as wide as they are asked for: a
    /// proof's hashes from the leaves upwards, or the one root.
    pub fn answer<E>(
        self,
        fetch: impl FnMut(TilePath) -> Result<Vec<Node>, E>,
    ) -> Result<Vec<Node>, E> {
        let mut tiles = Tiles::new(self.size(), fetch);
        self.ask(|height, ordinal| tiles.node(height, ordinal))
    }

    fn ask<E>(self, mut read: impl FnMut(u8, u64) -> Result<Node, E>) -> Result<Vec<Node>, E> {
        match self {
            Self::Inclusion { index, size } => prove_inclusion(index, size, read),
            Self::Consistency { old, new } => prove_consistency(old, new, read),
            Self::Root { size } => Ok(vec![range_root(0, size, &mut read)?]),
        }
    }

    fn size(self) -> u64 {
        match self {
            Self::Inclusion { size, .. } | Self::Root { size } => size,
            Self::Consistency { new, .. } => new,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consistency::verify_consistency;
    use crate::inclusion::verify_inclusion;
    use crate::tile::TileKind;
    use crate::tree::tests::{leaves, node_of, root_of};

    const SIZE: u64 = 70_000;

    /// The answer, and how many tiles it took: those that were foretold.
    fn answer(leaves: &[Node], question: Question) -> (Vec<Node>, usize) {
        let mut fetched = Vec::new();
        let Ok(answer) = question.answer(|path| {
            fetched.push(path);
            let (first, end) = path.nodes_in(SIZE).unwrap();
            let TileKind::Hashes(level) = path.kind else { unreachable!() };
            let node = |ordinal| node_of(leaves, level * 8, ordinal);
            Ok::<_, Infallible>((first..end).map(node).collect())
        });
        let mut foretold = question.tiles();
        foretold.sort_by_key(ToString::to_string);
        fetched.sort_by_key(ToString::to_string);
        assert_eq!(fetched, foretold);
        (answer, fetched.len())
    }

    #[test]
    fn proofs_come_out_of_a_few_tiles() {
        let leaves = leaves(SIZE);
        let root = root_of(&leaves);
        for index in [0, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999] {
            let (proof, tiles) = answer(&leaves, Question::Inclusion { index, size: SIZE });
            let leaf = leaves[usize::try_from(index).unwrap()];
            verify_inclusion((index, SIZE), leaf, &proof, root).unwrap();
            assert!(tiles <= 5, "{tiles} tiles for leaf {index}");
        }
        for old in [0, 1, 256, 65_535, 65_536, 69_999, SIZE] {
            let (proof, tiles) = answer(&leaves, Question::Consistency { old, new: SIZE });
            let before = (old, root_of(&leaves[..usize::try_from(old).unwrap()]));
            verify_consistency(before, (SIZE, root), &proof).unwrap();
            assert!(tiles <= 6, "{tiles} tiles for size {old}");
        }
        assert_eq!(answer(&leaves, Question::Root { size: SIZE }).0, [root]);
    }

    #[test]
    fn what_no_log_answers_is_no_question() {
        assert_eq!(Question::Inclusion { index: 3, size: 3 }.checked(), None);
        assert_eq!(Question::Consistency { old: 4, new: 3 }.checked(), None);
        let last = Question::Inclusion { index: 2, size: 3 };
        assert_eq!(last.checked(), Some(last));
    }
}
