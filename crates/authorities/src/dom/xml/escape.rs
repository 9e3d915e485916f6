//! Escapes: those of the canonical form, and the decimal ones that the DGII asks for.

use super::characters::BEGINS_NONCHARACTERS;

/// Which characters are escaped in texts and in attribute values, and how. All that is ever escaped
/// is ASCII, so bytes will do.
pub(super) trait Escapes {
    fn text(byte: u8) -> Option<&'static str>;
    fn attribute(byte: u8) -> Option<&'static str>;
}

/// Canonical XML 1.0, 2.3, which exclusive canonicalization shares.
pub(super) struct Canonical;

impl Escapes for Canonical {
    fn text(byte: u8) -> Option<&'static str> {
        match byte {
            b'&' => Some("&amp;"),
            b'<' => Some("&lt;"),
            b'>' => Some("&gt;"),
            b'\r' => Some("&#xD;"),
            _ => None,
        }
    }

    fn attribute(byte: u8) -> Option<&'static str> {
        match byte {
            b'&' => Some("&amp;"),
            b'<' => Some("&lt;"),
            b'"' => Some("&quot;"),
            b'\t' => Some("&#x9;"),
            b'\n' => Some("&#xA;"),
            b'\r' => Some("&#xD;"),
            _ => None,
        }
    }
}

/// Formato e-CF: the five characters as decimal references. A carriage return or, in an attribute,
/// other layout would not survive a reader unless escaped too.
pub(super) struct Decimal;

impl Escapes for Decimal {
    fn text(byte: u8) -> Option<&'static str> {
        match byte {
            b'"' => Some("&#34;"),
            b'&' => Some("&#38;"),
            b'\'' => Some("&#39;"),
            b'<' => Some("&#60;"),
            b'>' => Some("&#62;"),
            b'\r' => Some("&#13;"),
            _ => None,
        }
    }

    fn attribute(byte: u8) -> Option<&'static str> {
        match byte {
            b'\t' => Some("&#9;"),
            b'\n' => Some("&#10;"),
            other => Self::text(other),
        }
    }
}

/// Appends a text with its escapes.
pub(super) fn push_text<E: Escapes>(text: &str, out: &mut Vec<u8>) {
    push(text, E::text, out);
}

/// Appends a value with the escapes of the canonical form, if nothing but these keeps it from being
/// signed as it stands: no control character, no noncharacter, no blank at either end.
pub(super) fn push_plain_text(text: &str, out: &mut String) -> bool {
    let bytes = text.as_bytes();
    let is_open = |end: Option<&u8>| end.is_some_and(|end| *end > b' ');
    let marks = bytes.iter().fold(0, |seen, byte| seen | MARKS[usize::from(*byte)]);
    if marks & UNFIT != 0 || !is_open(bytes.first()) || !is_open(bytes.last()) {
        return false;
    }
    if marks & ESCAPED == 0 {
        out.push_str(text);
    } else {
        let mut escaped = Vec::with_capacity(2 * bytes.len());
        push_text::<Canonical>(text, &mut escaped);
        out.push_str(&String::from_utf8(escaped).expect("escapes are text"));
    }
    true
}

const ESCAPED: u8 = 1;
const UNFIT: u8 = 2;

/// What each byte of a value is for [`push_plain_text`]. Of the bytes that begin or go on with a
/// character beyond ASCII, one may begin a noncharacter.
static MARKS: [u8; 256] = {
    let mut marks = [0; 256];
    let mut control = 0;
    while control < b' ' as usize {
        marks[control] = UNFIT;
        control += 1;
    }
    marks[BEGINS_NONCHARACTERS as usize] = UNFIT;
    marks[b'&' as usize] = ESCAPED;
    marks[b'<' as usize] = ESCAPED;
    marks[b'>' as usize] = ESCAPED;
    marks
};

/// Appends the value of an attribute with its escapes.
pub(super) fn push_attribute<E: Escapes>(value: &str, out: &mut Vec<u8>) {
    push(value, E::attribute, out);
}

fn push(text: &str, escape: impl Fn(u8) -> Option<&'static str>, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    // Nearly no text needs an escape, which is seen faster without leaving the loop early.
    if !bytes.iter().fold(false, |seen, byte| seen | escape(*byte).is_some()) {
        out.extend_from_slice(bytes);
        return;
    }
    let mut written = 0;
    for (place, byte) in bytes.iter().enumerate() {
        if let Some(reference) = escape(*byte) {
            out.extend_from_slice(&bytes[written..place]);
            out.extend_from_slice(reference.as_bytes());
            written = place + 1;
        }
    }
    out.extend_from_slice(&bytes[written..]);
}
