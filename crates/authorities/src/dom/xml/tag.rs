//! The inside of a start tag: its name, and its attributes with their references resolved.
//!
//! The tokenizer finds where a tag ends and leaves its contents to us; they are read strictly here,
//! because a lenient reading is another document than the one that was signed.

use super::characters::{is_allowed, is_blank};
use super::problem::{Problem, excerpt};

/// An attribute as it is written, its value normalized (XML 1.0, 3.3.3) and without escapes.
pub(super) struct RawAttribute<'a> {
    pub(super) name: &'a str,
    pub(super) value: String,
}

/// Reads `S name="value"` until the end; the bound on their number is the caller's.
pub(super) struct RawAttributes<'a>(&'a str);

impl<'a> RawAttributes<'a> {
    /// Takes what follows the name in a tag.
    pub(super) fn new(rest: &'a str) -> Self {
        Self(rest)
    }

    /// The next attribute, or nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<RawAttribute<'a>>, Problem> {
        let trimmed = trim_start(self.0);
        if trimmed.is_empty() {
            return Ok(None);
        }
        if trimmed.len() == self.0.len() {
            return Err(Problem::Attributes);
        }
        let (name, rest) = trimmed.split_once('=').ok_or(Problem::Attributes)?;
        let (value, rest) = quoted(trim_start(rest)).ok_or(Problem::Attributes)?;
        self.0 = rest;
        Ok(Some(RawAttribute { name: trim_end(name), value: attribute_value(value)? }))
    }
}

fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    text[1..].split_once(quote)
}

fn attribute_value(raw: &str) -> Result<String, Problem> {
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(character) = rest.chars().next() {
        let length = match character {
            '<' => return Err(Problem::Attributes),
            '&' => {
                let (reference, _) = rest[1..].split_once(';').ok_or(Problem::Attributes)?;
                value.push(referenced(reference)?);
                reference.len() + 2
            }
            '\r' if rest[1..].starts_with('\n') => {
                value.push(' ');
                2
            }
            '\t' | '\n' | '\r' => {
                value.push(' ');
                1
            }
            allowed if is_allowed(allowed) => {
                value.push(allowed);
                allowed.len_utf8()
            }
            other => return Err(Problem::Character(other.into())),
        };
        rest = &rest[length..];
    }
    Ok(value)
}

/// The character that a reference names, between its `&` and its `;`.
pub(super) fn referenced(reference: &str) -> Result<char, Problem> {
    match reference {
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "gt" => Ok('>'),
        "lt" => Ok('<'),
        "quot" => Ok('"'),
        _ => match reference.strip_prefix('#') {
            None => Err(Problem::Entity(excerpt(reference))),
            Some(number) => character_numbered(number)
                .ok_or_else(|| Problem::CharacterReference(excerpt(reference))),
        },
    }
}

fn character_numbered(number: &str) -> Option<char> {
    let (digits, radix) = match number.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    // Without this, a sign would pass for a digit.
    if !digits.starts_with(|first: char| first.is_digit(radix)) {
        return None;
    }
    let code = u32::from_str_radix(digits, radix).ok()?;
    char::from_u32(code).filter(|character| is_allowed(*character))
}

fn trim_start(text: &str) -> &str {
    text.trim_start_matches(|character: char| character.is_ascii() && is_blank(character as u8))
}

fn trim_end(text: &str) -> &str {
    text.trim_end_matches(|character: char| character.is_ascii() && is_blank(character as u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rest: &str) -> Result<Vec<(String, String)>, Problem> {
        let mut attributes = RawAttributes::new(rest);
        let mut read = Vec::new();
        while let Some(attribute) = attributes.next()? {
            read.push((attribute.name.to_owned(), attribute.value));
        }
        Ok(read)
    }

    #[test]
    fn values_are_normalized_and_their_references_resolved() {
        let read = read(" a = 'x\t\r\n\"&#9;&lt;&#x41;&#0065;'\n b=\"\" ").unwrap();
        let expected = [("a", "x  \"\t<AA"), ("b", "")];
        assert_eq!(read, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_is_malformed_is_refused() {
        for rest in ["a='1'", " a", " a=1", " a='1", " a='1'b='2'", " a='<'", " a='&amp'", " /"] {
            assert_eq!(read(rest), Err(Problem::Attributes), "{rest}");
        }
        assert_eq!(read(" a='&file;'"), Err(Problem::Entity("file".into())));
        assert_eq!(read(" a='\u{1}'"), Err(Problem::Character(1)));
    }

    #[test]
    fn references_name_characters_of_xml_only() {
        for number in
            ["#0", "#x0", "#xD800", "#x110000", "#+65", "#", "#x", "#xFFFE", "#X41", "#1 "]
        {
            let refused = Problem::CharacterReference(number.into());
            assert_eq!(referenced(number), Err(refused));
        }
        assert_eq!(referenced("#x1F600"), Ok('\u{1f600}'));
    }
}
