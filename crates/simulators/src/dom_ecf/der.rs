//! The little of DER (ITU-T X.690) that a certificate needs: elements one after the other.

/// One element: its tag and its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
}

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const NULL: u8 = 0x05;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const UTF8_STRING: u8 = 0x0C;
pub(super) const PRINTABLE_STRING: u8 = 0x13;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
/// `[0] EXPLICIT`, the version of a certificate.
pub(super) const CONTEXT_0: u8 = 0xA0;

/// The elements of some content, in order; nothing if it is not DER through and through.
pub(super) fn pieces(mut content: &[u8]) -> Option<Vec<Piece<'_>>> {
    let mut found = Vec::new();
    while !content.is_empty() {
        let (piece, rest) = first(content)?;
        found.push(piece);
        content = rest;
    }
    Some(found)
}

/// The only element of some content, which must have this tag.
pub(super) fn only(content: &[u8], tag: u8) -> Option<&[u8]> {
    match pieces(content)?[..] {
        [piece] if piece.tag == tag => Some(piece.content),
        _ => None,
    }
}

/// Writes one element.
pub(super) fn write(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut written = vec![tag];
    let length = content.len().to_be_bytes();
    let digits = &length[length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1)..];
    if content.len() >= 0x80 {
        let count = u8::try_from(digits.len()).expect("a length has eight bytes at most");
        written.push(0x80 | count);
    }
    written.extend_from_slice(digits);
    written.extend_from_slice(content);
    written
}

/// Writes one element that holds others.
pub(super) fn write_all(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    write(tag, &parts.concat())
}

fn first(bytes: &[u8]) -> Option<(Piece<'_>, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&short, rest) = rest.split_first()?;
    let (length, rest) = match short {
        0..=0x7F => (usize::from(short), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(short & 0x7F))?;
            let length = digits.iter().fold(0_usize, |sum, digit| sum << 8 | usize::from(*digit));
            (length, rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((Piece { tag, content }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 127, 128, 255, 256, 65_536] {
            let content = vec![7; length];
            let written = write(SEQUENCE, &content);
            assert_eq!(only(&written, SEQUENCE), Some(content.as_slice()), "{length}");
            assert_eq!(only(&written, SET), None);
            if length > 0 {
                assert_eq!(pieces(&written[..written.len() - 1]), None, "{length}");
            }
        }
        assert_eq!(pieces(&[0x30]), None);
        assert_eq!(pieces(&[0x30, 0x80, 0, 0]), None, "an indefinite length is not DER");
        assert_eq!(pieces(&[0x30, 0x88, 1, 1, 1, 1, 1, 1, 1, 1]), None);
    }
}
