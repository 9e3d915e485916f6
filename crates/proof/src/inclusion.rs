//! Proofs that a leaf is in a tree: RFC 6962 2.1.1, verified as in RFC 9162 2.1.3.2.

use crate::tree::{Node, node_hash, range_root, split};

/// The proof that the leaf at `index` is in the tree of the first `size` leaves, from its sibling
/// upwards. `read` gives complete subtrees by their height above the leaves and their ordinal.
pub(crate) fn prove_inclusion<E>(
    index: u64,
    size: u64,
    mut read: impl FnMut(u8, u64) -> Result<Node, E>,
) -> Result<Vec<Node>, E> {
    let mut path = Vec::new();
    let (mut first, mut end) = (0, size);
    while end - first > 1 {
        let middle = first + split(end - first);
        if index < middle {
            path.push(range_root(middle, end, &mut read)?);
            end = middle;
        } else {
            path.push(range_root(first, middle, &mut read)?);
            first = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// Whether `proof` shows that `leaf` stands at `index` in the tree of that size and root.
pub fn verify_inclusion(
    (index, size): (u64, u64),
    leaf: Node,
    proof: &[Node],
    root: Node,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Outside { index, size });
    }
    let (mut place, mut last) = (index, size - 1);
    let mut hash = leaf;
    for sibling in proof {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if place & 1 == 1 || place == last {
            hash = node_hash(sibling, &hash);
            let levels = place.trailing_zeros();
            (place, last) = (place >> levels, last >> levels);
        } else {
            hash = node_hash(&hash, sibling);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    if last != 0 {
        return Err(ProofError::Length);
    }
    if hash == root { Ok(()) } else { Err(ProofError::Root) }
}

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ProofError {
    #[error("leaf {index} lies outside of a tree of {size} leaves")]
    Outside { index: u64, size: u64 },
    #[error("the proof has another number of hashes than the tree asks for")]
    Length,
    #[error("the proof leads to another root")]
    Root,
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::tree::tests::{leaves, node_of, root_of};
    use proptest::prelude::*;

    fn proof(leaves: &[Node], index: u64) -> Vec<Node> {
        let read = |level, ordinal| Ok::<_, Infallible>(node_of(leaves, level, ordinal));
        let Ok(proof) = prove_inclusion(index, leaves.len() as u64, read);
        proof
    }

    #[test]
    fn every_leaf_of_every_small_tree() {
        for size in 1..=66 {
            let leaves = leaves(size);
            for index in 0..size {
                let leaf = leaves[usize::try_from(index).unwrap()];
                let proof = proof(&leaves, index);
                assert_eq!(verify_inclusion((index, size), leaf, &proof, root_of(&leaves)), Ok(()));
            }
        }
    }

    #[test]
    fn a_leaf_outside_and_a_tree_without_leaves_are_refused() {
        let outside = |index, size| ProofError::Outside { index, size };
        for (index, size) in [(0, 0), (1, 1), (u64::MAX, u64::MAX)] {
            let verified = verify_inclusion((index, size), [0; 32], &[], [0; 32]);
            assert_eq!(verified, Err(outside(index, size)));
        }
    }

    proptest! {
        /// Whatever is changed, the proof is of nothing any more.
        #[test]
        fn nothing_else_verifies(
            size in 2_u64..200, index in 0_u64..200, other in 0_u64..200, at in 0_usize..8,
        ) {
            let (index, other) = (index % size, other % size);
            let leaves = leaves(size);
            let leaf = leaves[usize::try_from(index).unwrap()];
            let root = root_of(&leaves);
            let proof = proof(&leaves, index);
            let verified = |place, leaf, proof: &[Node]| verify_inclusion(place, leaf, proof, root);
            prop_assert_eq!(verified((index, size), leaf, &proof), Ok(()));
            let mut changed = proof.clone();
            changed[at % proof.len()][0] ^= 1;
            prop_assert_eq!(verified((index, size), leaf, &changed), Err(ProofError::Root));
            prop_assert_eq!(verified((index, size), [7; 32], &proof), Err(ProofError::Root));
            if other != index {
                prop_assert!(verified((other, size), leaf, &proof).is_err());
            }
            prop_assert_eq!(
                verified((index, size), leaf, &proof[1..]).is_err(), true);
            let longer = [&proof[..], &[root]].concat();
            prop_assert_eq!(verified((index, size), leaf, &longer), Err(ProofError::Length));
        }

        #[test]
        fn no_numbers_make_it_panic(
            index: u64, size: u64, count in 0_usize..80,
        ) {
            let proof = vec![[1; 32]; count];
            prop_assert!(verify_inclusion((index, size), [0; 32], &proof, [0; 32]).is_err());
        }
    }
}
