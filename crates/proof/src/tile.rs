//! Tiles: rows of 256 nodes that anybody may fetch and keep (C2SP `tlog-tiles`).

use std::fmt;

use crate::tree::Node;

/// Which part of a log: `tile/<level>/<index>`, with `.p/<width>` while it is not full.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct TilePath {
    pub kind: TileKind,
    /// The tile's place in its level, from 0.
    pub index: u64,
    /// How many nodes or entries: 1 to 256.
    pub width: u16,
}

/// What a tile holds.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum TileKind {
    /// Roots of subtrees of `256^level` leaves; at level 0 the leaves' hashes. 0 to 7, for no log
    /// has more than 2^64 leaves.
    Hashes(u8),
    /// The entries themselves.
    Entries,
}

impl TilePath {
    /// Reads what stands after `tile/`, in the one form that a path has.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once('/')?;
        let kind = match kind {
            "entries" => TileKind::Entries,
            _ => TileKind::Hashes(level(kind)?),
        };
        let (index, width) = match rest.split_once(PARTIAL) {
            None => (rest, TILE_WIDTH),
            Some((index, width)) => (index, partial_width(width)?),
        };
        let path = Self { kind, index: read_index(index)?, width };
        (path.to_string() == text).then_some(path)
    }

    /// The ordinals of its nodes in their level, if a log of `size` leaves has all of them.
    pub fn nodes_in(&self, size: u64) -> Option<(u64, u64)> {
        let level = match self.kind {
            TileKind::Hashes(level) => level,
            TileKind::Entries => 0,
        };
        let shift = u32::from(level) * TILE_HEIGHT_BITS;
        let first = self.index.checked_mul(TILE_WIDTH.into())?;
        let end = first.checked_add(self.width.into())?;
        (end <= size.checked_shr(shift)?).then_some((first, end))
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes(level) => write!(out, "{level}/")?,
            TileKind::Entries => out.write_str("entries/")?,
        }
        let digits = format!("{:03}", self.index);
        let digits = format!("{digits:0>width$}", width = digits.len().next_multiple_of(3));
        for (place, group) in (1..).zip(digits.as_bytes().chunks(3)) {
            let group = std::str::from_utf8(group).expect("they are digits");
            let is_last = place * 3 == digits.len();
            if is_last { out.write_str(group)? } else { write!(out, "x{group}/")? }
        }
        if self.width < TILE_WIDTH { write!(out, "{PARTIAL}{}", self.width) } else { Ok(()) }
    }
}

/// The bytes of a tile of nodes.
pub fn hash_tile(nodes: &[Node]) -> Vec<u8> {
    nodes.concat()
}

/// The nodes of a tile that is so wide; nothing where the bytes are of another width.
pub fn hashes_of_tile(bytes: &[u8], width: u16) -> Option<Vec<Node>> {
    let (nodes, rest) = bytes.as_chunks::<32>();
    (rest.is_empty() && nodes.len() == usize::from(width)).then(|| nodes.to_vec())
}

/// The bytes of an entry bundle: each entry led by its length in two bytes, big-endian. Nothing
/// where an entry is too long for that.
pub fn entry_bundle<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let mut bundle = Vec::new();
    for entry in entries {
        bundle.extend_from_slice(&u16::try_from(entry.len()).ok()?.to_be_bytes());
        bundle.extend_from_slice(entry);
    }
    Some(bundle)
}

fn level(text: &str) -> Option<u8> {
    let level = text.parse().ok()?;
    (level <= LEVEL_MAX).then_some(level)
}

/// The groups of three digits, the last of them without its `x`.
fn read_index(text: &str) -> Option<u64> {
    if text.len() > INDEX_CHARACTERS_MAX {
        return None;
    }
    let digits: String = text.split('/').map(|group| group.trim_start_matches('x')).collect();
    digits.parse().ok()
}

fn partial_width(text: &str) -> Option<u16> {
    let width = text.parse().ok()?;
    (1..TILE_WIDTH).contains(&width).then_some(width)
}

/// Nodes or entries in a full tile.
pub const TILE_WIDTH: u16 = 256;
/// Levels of the tree in a tile.
pub(crate) const TILE_HEIGHT: usize = 8;
const TILE_HEIGHT_BITS: u32 = 8;
/// The eighth level of tiles holds the subtrees of 2^56 leaves.
const LEVEL_MAX: u8 = 7;
/// Seven groups hold the greatest number of 64 bits.
const INDEX_CHARACTERS_MAX: usize = 7 * 5;
const PARTIAL: &str = ".p/";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn path(kind: TileKind, index: u64, width: u16) -> TilePath {
        TilePath { kind, index, width }
    }

    #[test]
    fn paths_of_the_specification() {
        for (text, expected) in [
            ("0/x001/x234/067", path(TileKind::Hashes(0), 1_234_067, 256)),
            ("0/000", path(TileKind::Hashes(0), 0, 256)),
            ("1/273.p/17", path(TileKind::Hashes(1), 273, 17)),
            ("entries/x001/000.p/255", path(TileKind::Entries, 1_000, 255)),
            ("7/999", path(TileKind::Hashes(7), 999, 256)),
        ] {
            assert_eq!(TilePath::parse(text), Some(expected), "{text}");
            assert_eq!(expected.to_string(), text);
        }
    }

    #[test]
    fn another_way_to_write_a_path_is_refused() {
        for text in [
            "",
            "0",
            "0/",
            "0/0",
            "0/00",
            "0/0000",
            "0/x000/001",
            "0/x01/001",
            "0/001/001",
            "0/xx001/001",
            "0/x001/x001",
            "00/000",
            "+0/000",
            "0/+00",
            "64/000",
            "8/000",
            "-1/000",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/01",
            "0/000.p/",
            "0/000.p/1/",
            "0/000/",
            "entry/000",
            "data/000",
            "0/x018/x446/x744/x073/x709/x551/616",
            "0/０００",
        ] {
            assert_eq!(TilePath::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_log_has_the_tiles_that_the_specification_counts() {
        let size = 70_000;
        for (text, nodes) in [
            ("0/272", Some((69_632, 69_888))),
            ("0/273.p/112", Some((69_888, 70_000))),
            ("0/273.p/113", None),
            ("0/273", None),
            ("1/000", Some((0, 256))),
            ("1/001.p/17", Some((256, 273))),
            ("1/001.p/18", None),
            ("2/000.p/1", Some((0, 1))),
            ("2/000.p/2", None),
            ("entries/273.p/112", Some((69_888, 70_000))),
            ("7/x072/x057/x594/x037/927", None),
        ] {
            let path = TilePath::parse(text).unwrap();
            assert_eq!(path.nodes_in(size), nodes, "{text}");
        }
    }

    #[test]
    fn bundles_lead_each_entry_by_its_length() {
        let bundle = entry_bundle([&b"ab"[..], b"", b"c"]).unwrap();
        assert_eq!(bundle, [0, 2, b'a', b'b', 0, 0, 0, 1, b'c']);
        assert_eq!(entry_bundle([&vec![0; 65_536][..]]), None);
    }

    proptest! {
        #[test]
        fn any_path_is_read_back(level in 0_u8..8, index: u64, width in 1_u16..=256) {
            for kind in [TileKind::Hashes(level), TileKind::Entries] {
                let path = path(kind, index, width);
                prop_assert_eq!(TilePath::parse(&path.to_string()), Some(path));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[0-9x/.p]{0,40}") {
            if let Some(path) = TilePath::parse(&text) {
                prop_assert_eq!(path.to_string(), text);
                let _ = path.nodes_in(u64::MAX);
            }
        }
    }
}
