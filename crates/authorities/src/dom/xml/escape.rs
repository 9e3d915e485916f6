//! Escapes: those of the canonical form, and the decimal ones that the DGII asks for.

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
