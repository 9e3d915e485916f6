//! The two hashes of RFC 6962 (section 2.1), and the tree that they span over a range of leaves.

use sha2::{Digest as _, Sha256};

/// A node of the tree: SHA-256.
pub type Node = [u8; 32];

/// `SHA-256(0x00 ‖ data)`.
pub fn leaf_hash(data: &[u8]) -> Node {
    Sha256::new().chain_update([0]).chain_update(data).finalize().into()
}

/// `SHA-256(0x01 ‖ left ‖ right)`.
pub fn node_hash(left: &Node, right: &Node) -> Node {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of a tree without leaves: the SHA-256 of nothing.
pub fn empty_root() -> Node {
    Sha256::digest([]).into()
}

/// The root of the leaves `first..end`, of complete subtrees that `read` gives by level and
/// ordinal. `first` is where a subtree as wide as the range may begin, as in every split of RFC 6962.
pub(crate) fn range_root<E>(
    first: u64,
    end: u64,
    read: &mut dyn FnMut(u8, u64) -> Result<Node, E>,
) -> Result<Node, E> {
    let length = end - first;
    if length == 0 {
        return Ok(empty_root());
    }
    if length.is_power_of_two() {
        let level = length.trailing_zeros();
        return read(u8::try_from(level).expect("a level is below 64"), first >> level);
    }
    let middle = first + split(length);
    let left = range_root(first, middle, read)?;
    let right = range_root(middle, end, read)?;
    Ok(node_hash(&left, &right))
}

/// The largest power of two below a length of two or more: where RFC 6962 splits a tree.
pub(crate) fn split(length: u64) -> u64 {
    1 << (length - 1).ilog2()
}

#[cfg(test)]
pub(crate) mod tests {
    use std::convert::Infallible;

    use super::*;

    /// The tree as RFC 6962 defines it, with nothing clever in it.
    pub(crate) fn root_of(leaves: &[Node]) -> Node {
        match leaves {
            [] => empty_root(),
            [leaf] => *leaf,
            _ => {
                let middle = usize::try_from(split(leaves.len() as u64)).unwrap();
                node_hash(&root_of(&leaves[..middle]), &root_of(&leaves[middle..]))
            }
        }
    }

    /// A complete subtree of these leaves.
    pub(crate) fn node_of(leaves: &[Node], level: u8, ordinal: u64) -> Node {
        let first = usize::try_from(ordinal << level).unwrap();
        root_of(&leaves[first..first + (1 << level)])
    }

    pub(crate) fn leaves(count: u64) -> Vec<Node> {
        (0..count).map(|leaf| leaf_hash(&leaf.to_be_bytes())).collect()
    }

    /// The leaves of Certificate Transparency's reference tests, and the roots of their trees.
    const VECTORS: [(&[u8], &str); 8] = [
        (b"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (b"\x00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        (b"\x10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        (b"\x20\x21", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        (b"\x30\x31", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        (b"\x40\x41\x42\x43", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        (
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        ),
        (
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ),
    ];

    #[test]
    fn roots_are_those_of_the_reference_tests() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(data_encoding::HEXLOWER.encode(&empty_root()), empty);
        let mut leaves = Vec::new();
        for (data, root) in VECTORS {
            leaves.push(leaf_hash(data));
            let mut read = |level, ordinal| Ok::<_, Infallible>(node_of(&leaves, level, ordinal));
            let Ok(found) = range_root(0, leaves.len() as u64, &mut read);
            assert_eq!(data_encoding::HEXLOWER.encode(&found), root);
            assert_eq!(found, root_of(&leaves));
        }
    }
}
