//! What others sent, against the hash that stands beside it.

use invoice::Hash;

use super::{Break, Place};

/// The bytes are those of which a hash and a size were kept. Both stand in the same row, unsigned:
/// this finds what was damaged or rewritten by half, and not who rewrote all of it.
pub(crate) fn check_received(
    place: impl Fn() -> Place,
    document: &[u8],
    (hash, size): (&[u8], i64),
) -> Result<(), Break> {
    Break::unless_hash(&place, "the hash of the document", (hash, Hash::of_note(document)))?;
    let bytes = i64::try_from(document.len()).unwrap_or(i64::MAX);
    Break::unless_equal(place, "the size of the document", (size, bytes))
}
