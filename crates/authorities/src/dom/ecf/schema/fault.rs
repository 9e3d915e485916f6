//! What is wrong with a document, element by element.

use invoice::Fault;

use super::rules;

/// A rule of a schema or of a format that a document breaks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SchemaFault {
    /// Where: `/ECF/DetallesItems/Item[3]/MontoItem`, counting from one.
    pub path: String,
    /// The element that is meant, which may be the one that is missing.
    pub element: String,
    pub rule: Breach,
    /// What stands there, cut off after [`FOUND_MAX`] characters; empty where nothing does.
    pub found: String,
    /// What should: a range, a picture, a list of codes or names, or the element and the value
    /// that make this one necessary.
    pub expected: String,
}

/// Characters of a foreign text that a fault repeats: enough to find it again.
pub const FOUND_MAX: usize = 60;

/// Which kind of rule is broken: first those of the schemas, then those of the format and the law.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Breach {
    /// The root is that of another document.
    Root,
    /// An element is in a namespace, and none of DGII's is.
    Namespace,
    /// No element of this name stands in this group in this type of document.
    Unknown,
    /// It stands behind one that must follow it.
    Order,
    /// It stands more often than it may.
    TooMany,
    /// The schema wants it.
    Missing,
    /// Text stands between elements.
    StrayText,
    /// Elements stand in a text.
    Nested,
    /// It has an attribute, and none of DGII's elements has.
    Attribute,
    /// Too short or too long a text.
    Length,
    /// A text of another shape.
    Pattern,
    /// Not a number as the format writes it.
    Number,
    /// A number of too many digits.
    Digits,
    /// A number outside its bounds.
    Range,
    /// No code of the list.
    Code,
    /// The format makes it mandatory, though the schema does not.
    Required,
    /// It is mandatory because of what another element says.
    RequiredBecause,
    /// The value is one of the list, but not one for this type of document.
    NotForType,
    /// An element that holds nothing.
    Empty,
    /// Blanks stand around a value, or are all of it.
    Blank,
    /// No day of the calendar, or not written as dd-MM-yyyy.
    Calendar,
    /// It says otherwise than the document around it.
    Mismatch,
    /// What ends the document is no XML signature.
    Unsigned,
}

impl SchemaFault {
    pub(in crate::dom::ecf) fn new(path: String, element: &str, rule: Breach) -> Self {
        Self {
            path,
            element: clipped(element),
            rule,
            found: String::new(),
            expected: String::new(),
        }
    }

    pub(in crate::dom::ecf) fn found(self, found: &str) -> Self {
        Self { found: clipped(found), ..self }
    }

    pub(in crate::dom::ecf) fn expected(self, expected: impl Into<String>) -> Self {
        Self { expected: expected.into(), ..self }
    }

    /// The fault of the caller's document that this one comes of: `pointer` is the place in it
    /// from which the element was made.
    pub fn at(&self, pointer: impl Into<String>) -> Fault {
        Fault::new(rules::of(self.rule), pointer)
            .with("element", &self.element)
            .with("path", &self.path)
            .with("found", &self.found)
            .with("expected", &self.expected)
    }
}

/// Foreign texts are bounded before they are repeated.
fn clipped(text: &str) -> String {
    text.chars().take(FOUND_MAX).collect()
}
