//! JSON that is either a caller's document or our canonical form, and nothing looser.
//!
//! Reading refuses a key that stands twice, because two readers would take two different values.
//! Writing is RFC 8785 (JCS) for trees without numbers but small integers, so that every language
//! can reproduce the bytes with its standard library.

use std::collections::HashSet;
use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor,
};

/// A JSON value. Objects keep the order in which they were read or built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    Null,
    Bool(bool),
    /// An integer that every language represents exactly (|n| < 2^53).
    Integer(i64),
    /// Any other number: kept as a mark only, since no field takes one.
    OtherNumber,
    String(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads a document; the error names line and column.
    pub fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        // Read as text, each of its strings need not be looked at again. Where it is no text, the
        // reader of bytes says where.
        match std::str::from_utf8(bytes) {
            Ok(text) => serde_json::from_str(text),
            Err(_) => serde_json::from_slice(bytes),
        }
    }

    /// The same, for a document whose objects have up to so many members.
    pub fn parse_wide(bytes: &[u8], members_max: usize) -> Result<Self, serde_json::Error> {
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let read = JsonVisitor { members_max }.deserialize(&mut reader)?;
        reader.end().map(|()| read)
    }

    pub fn string(text: impl Into<String>) -> Self {
        Self::String(text.into())
    }

    /// The member of an object, if this is one and has it.
    pub fn member(&self, key: &str) -> Option<&Json> {
        match self {
            Self::Object(members) => members.iter().find(|(name, _)| name == key).map(|(_, v)| v),
            _ => None,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Whether a canonical form can hold the tree. A tree that a caller wrote has to be asked.
    pub fn is_canonical(&self) -> bool {
        match self {
            Self::OtherNumber => false,
            Self::Null | Self::Bool(_) | Self::Integer(_) | Self::String(_) => true,
            Self::Array(items) => items.iter().all(Self::is_canonical),
            Self::Object(members) => members.iter().all(|(_, value)| value.is_canonical()),
        }
    }

    /// RFC 8785: members sorted by UTF-16 code units, no white space, the shortest escapes.
    ///
    /// Panics on [`Json::OtherNumber`]: what we build holds none, and of what a caller wrote
    /// [`Self::is_canonical`] tells.
    pub fn to_canonical_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(1024);
        self.write(&mut bytes);
        bytes
    }

    /// The same as text.
    pub fn to_text(&self) -> String {
        String::from_utf8(self.to_canonical_bytes()).expect("canonical JSON is UTF-8")
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(true) => out.extend_from_slice(b"true"),
            Self::Bool(false) => out.extend_from_slice(b"false"),
            Self::Integer(value) => out.extend_from_slice(value.to_string().as_bytes()),
            Self::OtherNumber => panic!("a canonical form holds no number but small integers"),
            Self::String(text) => write_string(text, out),
            Self::Array(items) => write_array(items, out),
            Self::Object(members) => write_object(members, out),
        }
    }
}

fn write_array(items: &[Json], out: &mut Vec<u8>) {
    out.push(b'[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        item.write(out);
    }
    out.push(b']');
}

fn write_object(members: &[(String, Json)], out: &mut Vec<u8>) {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by(|(left, _), (right, _)| in_utf16(left, right));
    out.push(b'{');
    for (index, (key, value)) in sorted.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_string(key, out);
        out.push(b':');
        value.write(out);
    }
    out.push(b'}');
}

/// RFC 8785 orders keys by their UTF-16 code units, which for ASCII are the bytes.
pub(crate) fn in_utf16(left: &str, right: &str) -> std::cmp::Ordering {
    if left.is_ascii() && right.is_ascii() {
        return left.cmp(right);
    }
    left.encode_utf16().cmp(right.encode_utf16())
}

/// A text with its quotation marks. What is escaped is one byte of UTF-8, and all between is copied
/// as it stands.
pub(crate) fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(place) = rest.iter().position(|byte| is_escaped(*byte)) {
        out.extend_from_slice(&rest[..place]);
        write_escape(rest[place], out);
        rest = &rest[place + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

fn is_escaped(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn write_escape(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        0x08 => out.extend_from_slice(b"\\b"),
        b'\t' => out.extend_from_slice(b"\\t"),
        b'\n' => out.extend_from_slice(b"\\n"),
        0x0C => out.extend_from_slice(b"\\f"),
        b'\r' => out.extend_from_slice(b"\\r"),
        _ => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
    }
}

/// Integers beyond this are not exact in JavaScript, so no canonical form holds them.
const INTEGER_MAX: i64 = (1 << 53) - 1;

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        JsonVisitor { members_max: MEMBERS_MAX }.deserialize(deserializer)
    }
}

#[derive(Clone, Copy)]
struct JsonVisitor {
    /// Of one object.
    members_max: usize,
}

impl<'de> DeserializeSeed<'de> for JsonVisitor {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        let exact = (-INTEGER_MAX..=INTEGER_MAX).contains(&value);
        Ok(if exact { Json::Integer(value) } else { Json::OtherNumber })
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(match i64::try_from(value) {
            Ok(value) if value <= INTEGER_MAX => Json::Integer(value),
            _ => Json::OtherNumber,
        })
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::OtherNumber)
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::string(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut members: Vec<(String, Json)> = Vec::new();
        // Of few, looking at each is quicker.
        let mut many: HashSet<String> = HashSet::new();
        while let Some(key) = access.next_key::<String>()? {
            if members.len() >= self.members_max {
                let why = format!("an object has more than {} members", self.members_max);
                return Err(A::Error::custom(why));
            }
            let is_known = if self.members_max > MEMBERS_MAX {
                !many.insert(key.clone())
            } else {
                members.iter().any(|(name, _)| *name == key)
            };
            if is_known {
                let shown: String = key.chars().take(KEY_SHOWN_MAX).collect();
                return Err(A::Error::custom(format!("the key {shown:?} stands twice")));
            }
            members.push((key, access.next_value_seed(self)?));
        }
        Ok(Json::Object(members))
    }
}

/// Members of one object. No document of ours has half as many, and looking a key up is linear.
const MEMBERS_MAX: usize = 64;
/// Characters of a key that an error repeats: it is told in several languages, and a key may be as
/// long as the document.
const KEY_SHOWN_MAX: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_that_stands_twice_is_told_in_few_words() {
        let key = "é".repeat(30_000);
        let error = Json::parse(format!(r#"{{"{key}":1,"{key}":2}}"#).as_bytes()).unwrap_err();
        assert!(error.to_string().contains("stands twice") && error.to_string().len() < 200);
    }

    fn tree() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::Bool),
            (-INTEGER_MAX..=INTEGER_MAX).prop_map(Json::Integer),
            any::<String>().prop_map(Json::String),
        ];
        leaf.prop_recursive(4, 64, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Json::Array),
                prop::collection::btree_map(any::<String>(), inner, 0..8)
                    .prop_map(|members| Json::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn agrees_with_an_independent_canonicaliser(tree in tree()) {
            let ours = tree.to_canonical_bytes();
            let value: serde_json::Value = serde_json::from_slice(&ours).unwrap();
            let theirs = serde_json_canonicalizer::to_vec(&value).unwrap();
            prop_assert_eq!(String::from_utf8(ours), String::from_utf8(theirs));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Json::parse(&bytes);
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_refused() {
        let error = Json::parse(br#"{"a":1,"a":2}"#).unwrap_err();
        assert!(error.to_string().contains("stands twice"), "{error}");
    }

    #[test]
    fn a_wide_document_has_more_members_and_none_twice() {
        let members = (0..1_000).map(|index| format!("\"{index}\":1"));
        let text = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
        assert!(Json::parse(text.as_bytes()).is_err());
        let Json::Object(members) = Json::parse_wide(text.as_bytes(), 1_000).unwrap() else {
            panic!("an object")
        };
        assert_eq!(members.len(), 1_000);
        assert!(Json::parse_wide(text.as_bytes(), 999).is_err());
        let twice = text.replace("\"999\"", "\"0\"");
        let error = Json::parse_wide(twice.as_bytes(), 1_000).unwrap_err();
        assert!(error.to_string().contains("stands twice"), "{error}");
        assert!(Json::parse_wide(b"{} {}", 1_000).is_err());
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_with_their_place() {
        let error = Json::parse(b"{\"a\":\n\"\xff\"}").unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
    }

    #[test]
    fn sorts_by_utf16_code_units_as_rfc_8785_asks() {
        let json = Json::parse("{\"\u{FB33}\":1,\"\u{1F600}\":2,\"b\":3}".as_bytes()).unwrap();
        let text = String::from_utf8(json.to_canonical_bytes()).unwrap();
        assert_eq!(text, "{\"b\":3,\"\u{1F600}\":2,\"\u{FB33}\":1}");
    }
}
