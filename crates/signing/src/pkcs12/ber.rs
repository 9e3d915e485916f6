//! BER made into what the walk over DER can read: definite lengths, and octet strings in one piece
//! (X.690, 8.1.3.6 and 8.7.3). RFC 7292 (4.1) allows BER, and Bouncy Castle and Firefox use it.

use zeroize::Zeroizing;

use crate::der::{self, OCTET_STRING};

/// The first element of `bytes` with definite lengths; `None` where it is no such thing, or nested
/// more deeply than any PKCS#12 file is.
pub(super) fn to_definite(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut input = bytes;
    element(&mut input, MAX_DEPTH)
}

/// Reads one element off `input`, and writes it anew.
fn element(input: &mut &[u8], depth: usize) -> Option<Zeroizing<Vec<u8>>> {
    let depth = depth.checked_sub(1)?;
    let tag = take(input, 1)?[0];
    if tag & LONG_TAG == LONG_TAG {
        return None;
    }
    let length = take(input, 1)?[0];
    let is_constructed = tag & CONSTRUCTED != 0;
    if length == INDEFINITE {
        return if is_constructed { rewritten(tag, &children_to_end(input, depth)?) } else { None };
    }
    let length = length_of(length, input)?;
    let mut contents = take(input, length)?;
    if !is_constructed {
        return Some(Zeroizing::new(der::element(tag, contents)));
    }
    let mut children = Vec::new();
    while !contents.is_empty() {
        children.push(element(&mut contents, depth)?);
    }
    rewritten(tag, &children)
}

/// What stands before the two zeros that end an indefinite length.
fn children_to_end(input: &mut &[u8], depth: usize) -> Option<Vec<Zeroizing<Vec<u8>>>> {
    let mut children = Vec::new();
    while !input.starts_with(&END) {
        children.push(element(input, depth)?);
    }
    take(input, END.len())?;
    Some(children)
}

fn rewritten(tag: u8, children: &[Zeroizing<Vec<u8>>]) -> Option<Zeroizing<Vec<u8>>> {
    if tag == OCTET_STRING | CONSTRUCTED {
        let contents = joined(children)?;
        return Some(Zeroizing::new(der::element(OCTET_STRING, &contents)));
    }
    let length = children.iter().map(|child| child.len()).sum();
    let mut contents = Zeroizing::new(Vec::with_capacity(length));
    for child in children {
        contents.extend_from_slice(child);
    }
    Some(Zeroizing::new(der::element(tag, &contents)))
}

/// The contents of the pieces of an octet string, each of which must be one.
fn joined(pieces: &[Zeroizing<Vec<u8>>]) -> Option<Zeroizing<Vec<u8>>> {
    let length = pieces.iter().map(|piece| piece.len()).sum();
    let mut contents = Zeroizing::new(Vec::with_capacity(length));
    for piece in pieces {
        contents.extend_from_slice(der::Reader::new(piece).contents(OCTET_STRING)?);
    }
    Some(contents)
}

/// The length that `first` begins.
fn length_of(first: u8, input: &mut &[u8]) -> Option<usize> {
    if first < LONG_LENGTH {
        return Some(usize::from(first));
    }
    let bytes = take(input, usize::from(first & !LONG_LENGTH))?;
    let bytes = der::without_leading_zeros(bytes);
    let is_short = bytes.len() <= size_of::<u32>();
    is_short.then(|| bytes.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte)))
}

fn take<'a>(input: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = input.split_at_checked(count)?;
    *input = rest;
    Some(taken)
}

const CONSTRUCTED: u8 = 0x20;
/// Tags of more than one byte occur in no PKCS#12 file.
const LONG_TAG: u8 = 0x1f;
const LONG_LENGTH: u8 = 0x80;
const INDEFINITE: u8 = 0x80;
const END: [u8; 2] = [0, 0];
/// The deepest part, the parameters of PBES2, lies some twelve levels down.
const MAX_DEPTH: usize = 32;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn definite(bytes: &[u8]) -> Option<Vec<u8>> {
        to_definite(bytes).map(|bytes| bytes.to_vec())
    }

    #[test]
    fn lengths_become_definite_and_pieces_one() {
        let der = [0x30, 5, 4, 3, 1, 2, 3];
        assert_eq!(definite(&der).unwrap(), der);
        let ber = [0x30, 0x80, 0x24, 0x80, 4, 1, 1, 0x24, 4, 4, 2, 2, 3, 0, 0, 0, 0];
        assert_eq!(definite(&ber).unwrap(), der);
        let long_length = [0x30, 0x84, 0, 0, 0, 5, 4, 3, 1, 2, 3, 0xff];
        assert_eq!(definite(&long_length).unwrap(), der, "what follows is not looked at");
    }

    #[test]
    fn what_has_no_end_or_no_bottom_is_refused() {
        let unended = [0x30, 0x80, 4, 1, 1];
        let primitive = [4, 0x80, 0, 0];
        let mixed = [0x24, 3, 2, 1, 0];
        let cut_off = [0x30, 5, 4, 3, 1];
        let too_long = [0x30, 0x85, 1, 0, 0, 0, 0];
        for bytes in [&unended[..], &primitive, &mixed, &cut_off, &too_long, &[], &[0x30]] {
            assert_eq!(definite(bytes), None, "{bytes:?}");
        }
        let deep = |depth: usize| [[0x30, 0x80].repeat(depth), [0, 0].repeat(depth)].concat();
        assert!(definite(&deep(MAX_DEPTH)).is_some());
        assert_eq!(definite(&deep(MAX_DEPTH + 1)), None);
        assert_eq!(definite(&deep(30_000)), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            definite(&bytes);
        }

        #[test]
        fn what_comes_out_stays_as_it_is(bytes in prop::collection::vec(
            prop_oneof![Just(0x30_u8), Just(0x24), Just(4), Just(0x80), Just(0), 0_u8..9], 0..60,
        )) {
            if let Some(once) = definite(&bytes) {
                prop_assert_eq!(definite(&once).unwrap(), once);
            }
        }
    }
}
