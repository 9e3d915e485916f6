//! What a country adds to a draft or an invoice: a member named after the country, kept whole.
//!
//! This crate knows no country. It takes the member as it stands, bounds it, and hands it to the
//! regime that prices the draft; what the regime writes into the invoice is hashed like the rest.

use crate::json::{Json, in_utf16};

/// Objects within lists within objects: the deepest that a country writes is four.
const DEPTH_MAX: usize = 8;
/// Values of one section, however they are nested. The longest that a country writes are its twenty
/// adjustments, twenty subtotals and a hundred pages, with the sums of each.
const VALUES_MAX: usize = 10_000;

/// A country's own part of a document, of its customer or of a line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Section {
    country: String,
    content: Json,
}

/// Why a member is not a section.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SectionError {
    /// The name is not two small letters.
    Name,
    /// The content is not an object.
    NotAnObject,
    /// More values, or deeper ones, than any country writes.
    TooLarge,
}

impl Section {
    /// A section of a country, by its ISO 3166 letters in lower case.
    pub fn new(country: &str, mut content: Json) -> Result<Self, SectionError> {
        if !Self::is_name(country) {
            return Err(SectionError::Name);
        }
        if !matches!(content, Json::Object(_)) {
            return Err(SectionError::NotAnObject);
        }
        let mut left = VALUES_MAX;
        sort(&mut content, DEPTH_MAX, &mut left).ok_or(SectionError::TooLarge)?;
        Ok(Self { country: country.to_owned(), content })
    }

    /// Whether a member of that name is a country's, whatever the country.
    pub fn is_name(key: &str) -> bool {
        key.len() == 2 && key.bytes().all(|byte| byte.is_ascii_lowercase())
    }

    pub fn country(&self) -> &str {
        &self.country
    }

    /// An object, its members in canonical order.
    pub fn content(&self) -> &Json {
        &self.content
    }
}

/// Brings the members of every object into canonical order, so that what is read back from
/// canonical bytes equals what was written; nothing where the tree is too large.
fn sort(tree: &mut Json, depth: usize, left: &mut usize) -> Option<()> {
    *left = left.checked_sub(1)?;
    let below = depth.checked_sub(1)?;
    match tree {
        Json::Array(items) => items.iter_mut().try_for_each(|item| sort(item, below, left)),
        Json::Object(members) => {
            members.sort_by(|(one, _), (other, _)| in_utf16(one, other));
            members.iter_mut().try_for_each(|(_, value)| sort(value, below, left))
        }
        Json::Null | Json::Bool(_) | Json::Integer(_) | Json::OtherNumber | Json::String(_) => {
            Some(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_name_is_two_small_letters() {
        for (name, is) in
            [("fr", true), ("FR", false), ("f", false), ("fra", false), ("f1", false), ("é", false)]
        {
            assert_eq!(Section::is_name(name), is, "{name}");
            assert_eq!(Section::new(name, json("{}")).is_ok(), is, "{name}");
        }
    }

    #[test]
    fn what_is_kept_is_in_canonical_order() {
        let section = Section::new("fr", json(r#"{"b":[{"d":1,"c":2}],"a":null}"#)).unwrap();
        assert_eq!(section.content(), &json(r#"{"a":null,"b":[{"c":2,"d":1}]}"#));
    }

    #[test]
    fn what_is_too_deep_too_long_or_no_object_is_refused() {
        let deep =
            |levels: usize| format!("{}{}", "{\"a\":".repeat(levels), "1") + &"}".repeat(levels);
        let long = |items: usize| format!("{{\"a\":[{}]}}", vec!["1"; items].join(","));
        assert!(Section::new("fr", json(&deep(7))).is_ok());
        assert_eq!(Section::new("fr", json(&deep(8))), Err(SectionError::TooLarge));
        assert!(Section::new("fr", json(&long(VALUES_MAX - 2))).is_ok());
        assert_eq!(Section::new("fr", json(&long(VALUES_MAX - 1))), Err(SectionError::TooLarge));
        assert_eq!(Section::new("fr", json("[]")), Err(SectionError::NotAnObject));
    }
}
