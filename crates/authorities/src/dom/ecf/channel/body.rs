//! The body of an answer, in whichever of its many shapes it comes.
//!
//! The DGII's services answer JSON and XML by the same names, in differing case; errors come as bare
//! text, as a JSON string, as objects of three kinds, as HTML of the server in front.

use serde_json::{Map, Value};

use crate::dom::xml::{Document, Element};

/// What stands in an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Body {
    Empty,
    /// Members by name, whatever the notation was.
    Tree(Value),
    /// Words for people.
    Text(String),
    /// A page of some server, of which the title is all that says something.
    Page(String),
}

/// Bytes of an answer that are read. The largest that means something to this channel is a list of
/// a document's deliveries; a directory of all taxpayers is never asked for.
pub(super) const BODY_BYTES_MAX: usize = 64 * 1024;

impl Body {
    /// Reads the beginning of an answer; never fails.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let bytes = &bytes[..bytes.len().min(BODY_BYTES_MAX)];
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_start_matches('\u{FEFF}').trim();
        match text.as_bytes().first() {
            None => Self::Empty,
            Some(b'{' | b'[' | b'"') => Self::json(text),
            Some(b'<') => Self::markup(text),
            Some(_) => Self::Text(text.to_owned()),
        }
    }

    /// A string in JSON may hold words, or the JSON that was meant.
    fn json(text: &str) -> Self {
        match serde_json::from_str(text) {
            Ok(Value::String(inner)) => match inner.trim_start().as_bytes().first() {
                None => Self::Empty,
                Some(b'{' | b'[') => match serde_json::from_str(&inner) {
                    Ok(tree) => Self::Tree(tree),
                    Err(_) => Self::Text(inner),
                },
                Some(_) => Self::Text(inner),
            },
            Ok(tree) => Self::Tree(tree),
            Err(_) => Self::Text(text.to_owned()),
        }
    }

    fn markup(text: &str) -> Self {
        match Document::parse(text.as_bytes()) {
            Ok(document) if !document.root().name().local().eq_ignore_ascii_case("html") => {
                Self::Tree(tree(document.root(), DEPTH_MAX))
            }
            Ok(_) | Err(_) => Self::Page(title(text)),
        }
    }

    /// The member of that name, in any case, of an object.
    pub(super) fn member(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Tree(tree) => member(tree, name),
            Self::Empty | Self::Text(_) | Self::Page(_) => None,
        }
    }

    /// The text of a member, where it has one.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.member(name).and_then(text)
    }

    /// The objects of a list, and nothing where an answer is none: that a list is empty is believed
    /// of a list alone.
    pub(super) fn list(&self, mark: &str) -> Option<Vec<&Value>> {
        let found = self.objects(mark);
        let is_empty_list = matches!(self, Self::Tree(Value::Array(items)) if items.is_empty());
        (is_empty_list || !found.is_empty()).then_some(found)
    }

    /// The objects of a list: one that stands alone, in an array, or in an array that is the only
    /// one among an object's members. An object counts as one of them if it has the member `mark`.
    pub(super) fn objects(&self, mark: &str) -> Vec<&Value> {
        let Self::Tree(tree) = self else { return Vec::new() };
        let is_one = |value: &&Value| member(value, mark).is_some();
        match tree {
            Value::Array(items) => items.iter().filter(is_one).collect(),
            Value::Object(_) if is_one(&tree) => vec![tree],
            Value::Object(members) => members
                .values()
                .flat_map(|value| match value {
                    Value::Array(items) => items.iter().collect(),
                    other => vec![other],
                })
                .filter(is_one)
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// The member of that name, in any case.
pub(super) fn member<'a>(tree: &'a Value, name: &str) -> Option<&'a Value> {
    let members = tree.as_object()?;
    let found = members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value).filter(|value| !value.is_null())
}

/// A value as text: strings without blanks around, numbers and truths as they are written; nothing
/// for what has parts, and for an empty text.
pub(super) fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    };
    Some(text).filter(|text| !text.is_empty())
}

/// Elements as JSON would have them: a leaf is its text, one that repeats is a list.
fn tree(element: &Element, depth: usize) -> Value {
    if let Some(value) = element.value() {
        return Value::String(value.to_owned());
    }
    let mut members = Map::new();
    for child in element.elements().filter(|_| depth > 0) {
        let value = tree(child, depth - 1);
        match members.entry(child.name().local().to_owned()) {
            serde_json::map::Entry::Vacant(vacant) => {
                vacant.insert(value);
            }
            serde_json::map::Entry::Occupied(mut occupied) => match occupied.get_mut() {
                Value::Array(items) => items.push(value),
                first => *first = Value::Array(vec![first.take(), value]),
            },
        }
    }
    Value::Object(members)
}

/// Answers nest three deep.
const DEPTH_MAX: usize = 8;

/// What the page of a server calls itself.
fn title(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let inside = lower.find("<title").and_then(|tag| {
        let from = tag + lower[tag..].find('>')? + 1;
        let until = from + lower[from..].find("</title")?;
        page.get(from..until)
    });
    inside.map(str::trim).filter(|title| !title.is_empty()).unwrap_or("a page").to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn each_shape_is_told_apart() {
        let text = |words: &str| Body::Text(words.to_owned());
        for (bytes, body) in [
            ("", Body::Empty),
            (" \r\n", Body::Empty),
            ("\"\"", Body::Empty),
            ("El RNC no existe", text("El RNC no existe")),
            ("\"El RNC no existe\"", text("El RNC no existe")),
            ("{\"a\":", text("{\"a\":")),
            ("{\"a\":1}", Body::Tree(json!({"a": 1}))),
            ("\u{FEFF} {\"a\":1}", Body::Tree(json!({"a": 1}))),
            ("\"{\\\"a\\\":1}\"", Body::Tree(json!({"a": 1}))),
            ("<R><a>1</a><b>x</b><b>y</b></R>", Body::Tree(json!({"a": "1", "b": ["x", "y"]}))),
            (
                "<!DOCTYPE html><html><head><Title> 502 Bad\n</title></head>",
                Body::Page("502 Bad".into()),
            ),
            ("<html><body>x</body></html>", Body::Page("a page".into())),
            ("<", Body::Page("a page".into())),
        ] {
            assert_eq!(Body::read(bytes.as_bytes()), body, "{bytes}");
        }
    }

    #[test]
    fn members_are_found_in_any_case_and_lists_in_any_wrapping() {
        let body = Body::Tree(json!({"eNCF": "E31", "Codigo": 1, "nada": null, "vacio": " "}));
        assert_eq!(body.text("encf").as_deref(), Some("E31"));
        assert_eq!(body.text("codigo").as_deref(), Some("1"));
        assert_eq!((body.text("nada"), body.text("vacio"), body.text("x")), (None, None, None));
        let one = json!({"trackId": "1"});
        for list in [
            one.clone(),
            json!([one]),
            json!({"detalles": [one]}),
            json!({"TrackingDetalle": one, "otro": 1}),
            json!([one, {"other": 1}, 3]),
        ] {
            assert_eq!(Body::Tree(list.clone()).objects("trackid"), [&one], "{list}");
        }
        for none in [json!([]), json!({}), json!({"a": []}), json!("x"), json!(1)] {
            let is_list = none.is_array();
            let body = Body::Tree(none);
            assert!(body.objects("trackid").is_empty());
            assert_eq!(body.list("trackid").is_some(), is_list, "{body:?}");
        }
        assert_eq!(Body::Text("[".to_owned()).list("trackid"), None);
        assert_eq!(Body::Tree(json!([3])).list("trackid"), None, "of something else");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let body = Body::read(&bytes);
            let _ = body.objects("a");
        }

        #[test]
        fn no_page_makes_it_panic(page in "<(!DOCTYPE |html|<title|>|</title|é|\\u{130}|[a-z ]){0,20}") {
            let _ = Body::read(page.as_bytes());
        }
    }
}
