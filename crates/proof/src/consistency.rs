//! Proofs that a tree is the beginning of another: RFC 6962 2.1.2, verified as in RFC 9162 2.1.4.2.

use crate::inclusion::ProofError;
use crate::tree::{Node, node_hash, range_root, split};

/// The proof that the first `old` leaves of a tree of `new` leaves are those of the old tree. Empty
/// where one of them has no leaves, or both are the same. `read` is as for
/// [`super::inclusion::prove_inclusion`].
///
/// # Panics
/// Where `old` is greater than `new`.
pub(crate) fn prove_consistency<E>(
    old: u64,
    new: u64,
    mut read: impl FnMut(u8, u64) -> Result<Node, E>,
) -> Result<Vec<Node>, E> {
    assert!(old <= new, "a log does not shrink");
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    let mut path = Vec::new();
    let (mut first, mut end) = (0, new);
    while old < end {
        let middle = first + split(end - first);
        if old <= middle {
            path.push(range_root(middle, end, &mut read)?);
            end = middle;
        } else {
            path.push(range_root(first, middle, &mut read)?);
            first = middle;
        }
    }
    // The old tree itself needs no proof: whoever verifies has its root.
    if first > 0 {
        path.push(range_root(first, end, &mut read)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether `proof` shows that the tree (size, root) `old` is the beginning of `new`.
pub fn verify_consistency(
    old: (u64, Node),
    new: (u64, Node),
    proof: &[Node],
) -> Result<(), ProofError> {
    if old.0 > new.0 {
        return Err(ProofError::Outside { index: old.0, size: new.0 });
    }
    if old.0 == new.0 || old.0 == 0 {
        let same = old.0 == 0 || old.1 == new.1;
        let fits = if proof.is_empty() { Ok(()) } else { Err(ProofError::Length) };
        return fits.and(if same { Ok(()) } else { Err(ProofError::Root) });
    }
    let levels = old.0.trailing_zeros();
    let (mut place, mut last) = ((old.0 - 1) >> levels, (new.0 - 1) >> levels);
    let (seed, rest) = if old.0.is_power_of_two() {
        (&old.1, proof)
    } else {
        proof.split_first().ok_or(ProofError::Length)?
    };
    let (mut old_root, mut new_root) = (*seed, *seed);
    for sibling in rest {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if place & 1 == 1 || place == last {
            old_root = node_hash(sibling, &old_root);
            new_root = node_hash(sibling, &new_root);
            let levels = place.trailing_zeros();
            (place, last) = (place >> levels, last >> levels);
        } else {
            new_root = node_hash(&new_root, sibling);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    if last != 0 {
        return Err(ProofError::Length);
    }
    if (old_root, new_root) == (old.1, new.1) { Ok(()) } else { Err(ProofError::Root) }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::tree::empty_root;
    use crate::tree::tests::{leaves, node_of, root_of};
    use proptest::prelude::*;

    fn proof(leaves: &[Node], old: u64) -> Vec<Node> {
        let read = |level, ordinal| Ok::<_, Infallible>(node_of(leaves, level, ordinal));
        let Ok(proof) = prove_consistency(old, leaves.len() as u64, read);
        proof
    }

    fn tree(leaves: &[Node], size: u64) -> (u64, Node) {
        (size, root_of(&leaves[..usize::try_from(size).unwrap()]))
    }

    #[test]
    fn every_size_up_to_every_other() {
        for new in 0..=66 {
            let leaves = leaves(new);
            for old in 0..=new {
                let proof = proof(&leaves, old);
                let verified = verify_consistency(tree(&leaves, old), tree(&leaves, new), &proof);
                assert_eq!(verified, Ok(()), "{old} → {new}");
            }
        }
    }

    #[test]
    fn a_history_that_was_rewritten_is_consistent_with_nothing() {
        let before = leaves(40);
        for changed in 0..33 {
            let mut after = leaves(40);
            after[changed] = [9; 32];
            let proof = proof(&after, 33);
            let verified = verify_consistency(tree(&before, 33), tree(&after, 40), &proof);
            assert_eq!(verified, Err(ProofError::Root), "{changed}");
        }
    }

    #[test]
    fn a_log_that_shrank_is_refused() {
        let leaves = leaves(9);
        let verified = verify_consistency(tree(&leaves, 9), tree(&leaves, 8), &[]);
        assert_eq!(verified, Err(ProofError::Outside { index: 9, size: 8 }));
        let verified = verify_consistency((3, [1; 32]), (3, [2; 32]), &[]);
        assert_eq!(verified, Err(ProofError::Root));
        let verified = verify_consistency((0, empty_root()), (3, [2; 32]), &[[0; 32]]);
        assert_eq!(verified, Err(ProofError::Length));
    }

    proptest! {
        #[test]
        fn nothing_else_verifies(new in 2_u64..200, old in 1_u64..200, at in 0_usize..9) {
            let old = old % (new - 1) + 1;
            let leaves = leaves(new);
            let (before, after) = (tree(&leaves, old), tree(&leaves, new));
            let proof = proof(&leaves, old);
            prop_assert_eq!(verify_consistency(before, after, &proof), Ok(()));
            let mut changed = proof.clone();
            changed[at % proof.len()][0] ^= 1;
            prop_assert!(verify_consistency(before, after, &changed).is_err());
            prop_assert!(verify_consistency(before, after, &proof[1..]).is_err());
            let longer = [&proof[..], &[after.1]].concat();
            prop_assert!(verify_consistency(before, after, &longer).is_err());
            prop_assert!(verify_consistency((old, [1; 32]), after, &proof).is_err());
        }

        #[test]
        fn no_numbers_make_it_panic(old: u64, new: u64, count in 0_usize..80) {
            let proof = vec![[1; 32]; count];
            let _ = verify_consistency((old, [0; 32]), (new, [2; 32]), &proof);
        }
    }
}
