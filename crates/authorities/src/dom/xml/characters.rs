//! Which characters XML 1.0 allows, and where (fifth edition, 2.2 and 2.3).

/// A text holds a character that no XML document can hold, not even as a reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the element {element} holds the character U+{:04X}, which XML 1.0 does not allow: remove it",
    u32::from(*character)
)]
pub struct ForbiddenCharacter {
    /// The local name of the element whose text or attribute it stands in.
    pub element: String,
    /// The character.
    pub character: char,
}

/// The first character of a text that XML 1.0 does not allow.
pub(super) fn forbidden(text: &str) -> Option<char> {
    // All others are control characters or noncharacters. Nearly every text has neither, which is
    // seen faster byte by byte and without leaving the loop early.
    let is_suspect = |byte: u8| byte < b' ' || byte == BEGINS_NONCHARACTERS;
    if !text.bytes().fold(false, |seen, byte| seen | is_suspect(byte)) {
        return None;
    }
    text.chars().find(|character| !is_allowed(*character))
}

/// The byte with which U+FFFE and U+FFFF begin in UTF-8, as some others do.
pub(super) const BEGINS_NONCHARACTERS: u8 = 0xef;

/// `Char` (production 2).
pub(super) fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

/// One of the four characters of `S` (production 3), the only ones that a reader may treat as
/// layout. A no-break space is content.
pub(in crate::dom) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Whether a text is nothing but layout; the empty one is.
pub(in crate::dom) fn is_blank_text(text: &str) -> bool {
    text.bytes().all(is_blank)
}

/// A name without a colon: `NCName` of Namespaces in XML 1.0.
pub(super) fn is_name(text: &str) -> bool {
    // All of ours are of these, which is seen without decoding.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric();
    if text.bytes().next().is_some_and(|first| first.is_ascii_alphabetic())
        && text.bytes().fold(true, |plain, byte| plain & is_plain(byte))
    {
        return true;
    }
    let mut characters = text.chars();
    characters.next().is_some_and(starts_a_name) && characters.all(continues_a_name)
}

fn starts_a_name(character: char) -> bool {
    matches!(character,
        'A'..='Z' | 'a'..='z' | '_'
        | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}'
        | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}'
        | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

fn continues_a_name(character: char) -> bool {
    starts_a_name(character)
        || matches!(character,
            '0'..='9' | '-' | '.' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_the_namespaces_recommendation_has_them() {
        for name in ["ECF", "eNCF", "_x", "ITBIS1", "a-b.c", "Ñame"] {
            assert!(is_name(name), "{name}");
        }
        for other in ["", "1a", "-a", "a:b", "a b", "a/", "a\"b", ".", "a\u{37e}"] {
            assert!(!is_name(other), "{other}");
        }
    }

    #[test]
    fn control_characters_and_noncharacters_are_forbidden() {
        assert_eq!(forbidden("NIÑO ©\t\r\n\u{7f}\u{85}\u{1f600}"), None);
        for character in ['\0', '\u{1}', '\u{b}', '\u{1f}', '\u{fffe}', '\u{ffff}'] {
            assert_eq!(forbidden(&format!("a{character}b")), Some(character));
        }
    }
}
