//! Text as it is hashed: NFC, trimmed, without control characters, bounded.

use unicode_normalization::{UnicodeNormalization as _, is_nfc_quick};

/// Longest text of one field, in characters. The longest that an authority takes is a comment of
/// 255 (MCF 36h).
pub const TEXT_CHARACTERS_MAX: usize = 255;

/// Why a text cannot stand in an invoice.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TextError {
    Empty,
    TooLong,
    /// A control character, a bidirectional override, or a code point that is not assigned a
    /// meaning in interchange: it could hide or reorder what a customer reads on paper.
    Forbidden(char),
}

/// Normalises a text, or says why it cannot be one.
pub fn normalise(raw: &str) -> Result<String, TextError> {
    normalise_up_to(raw, TEXT_CHARACTERS_MAX)
}

/// The same for a field whose country allows another length, in characters.
pub fn normalise_up_to(raw: &str, maximum: usize) -> Result<String, TextError> {
    let trimmed = raw.trim();
    // Printable ASCII is nearly all that is ever written: nothing of it is forbidden, and each
    // character of it is one byte and stands for itself.
    if trimmed.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~')) {
        return match trimmed.len() {
            0 => Err(TextError::Empty),
            length if length <= maximum => Ok(trimmed.to_owned()),
            _ => Err(TextError::TooLong),
        };
    }
    if let Some(forbidden) = trimmed.chars().find(|&character| is_forbidden(character)) {
        return Err(TextError::Forbidden(forbidden));
    }
    let text = match is_nfc_quick(trimmed.chars()) {
        unicode_normalization::IsNormalized::Yes => trimmed.to_owned(),
        _ => trimmed.nfc().collect(),
    };
    match text.chars().count() {
        0 => Err(TextError::Empty),
        length if length <= maximum => Ok(text),
        _ => Err(TextError::TooLong),
    }
}

fn is_forbidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFF}'
            | '\u{E000}'..='\u{F8FF}' | '\u{E0000}'..='\u{E007F}' | '\u{F0000}'..='\u{10FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composes_and_trims() {
        assert_eq!(normalise("  Cafe\u{301} "), Ok("Café".to_owned()));
    }

    #[test]
    fn refuses_what_cannot_be_printed_truthfully() {
        assert_eq!(normalise(" \t "), Err(TextError::Empty));
        assert_eq!(normalise("a\u{1b}[2J"), Err(TextError::Forbidden('\u{1b}')));
        assert_eq!(normalise("\u{202E}0001"), Err(TextError::Forbidden('\u{202E}')));
        for letter in ["x", "ñ"] {
            assert_eq!(normalise(&letter.repeat(255)), Ok(letter.repeat(255)));
            assert_eq!(normalise(&letter.repeat(256)), Err(TextError::TooLong));
        }
        assert_eq!(normalise("a\u{7f}b"), Err(TextError::Forbidden('\u{7f}')));
    }
}
