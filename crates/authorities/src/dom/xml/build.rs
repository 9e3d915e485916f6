//! Building elements. Names are ours and are asserted; texts are others' and are checked when the
//! document is written or signed.

use std::borrow::Cow;
use std::mem;

use super::name::{Attribute, Name, Namespace};
use super::tree::{Contents, Element, Stored, Tag};

impl Element {
    /// An empty element.
    ///
    /// # Panics
    /// When the name, which our own code chose, is no XML name.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self::named(Name::ours(name.into()))
    }

    /// An element that holds one text.
    pub fn leaf(name: impl Into<Cow<'static, str>>, text: impl Into<Cow<'static, str>>) -> Self {
        let name = Name::ours(name.into());
        Self { name, tag: None, contents: Contents::of(text.into()) }
    }

    #[inline]
    pub(super) fn named(name: Name) -> Self {
        Self { name, tag: None, contents: Contents::Nodes(Vec::new()) }
    }

    pub(super) fn tag_mut(&mut self) -> &mut Tag {
        self.tag.get_or_insert_default()
    }

    /// Declares a namespace; the empty prefix is the default one.
    #[must_use]
    pub fn namespace(mut self, prefix: &'static str, uri: &'static str) -> Self {
        let namespace = Namespace { prefix: prefix.into(), uri: uri.into() };
        self.tag_mut().namespaces.push(namespace);
        self
    }

    /// Adds an attribute.
    ///
    /// # Panics
    /// When the name, which our own code chose, is no XML name.
    #[must_use]
    pub fn with_attribute(
        mut self,
        name: &'static str,
        value: impl Into<Cow<'static, str>>,
    ) -> Self {
        let name = Name::ours(name.into());
        self.tag_mut().attributes.push(Attribute { name, value: value.into() });
        self
    }

    /// Adds text at the end.
    #[must_use]
    pub fn text(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.push_text(text.into());
        self
    }

    /// Adds an element at the end.
    #[must_use]
    pub fn with(mut self, child: Element) -> Self {
        self.push(child);
        self
    }

    /// Adds an element at the end.
    pub fn push(&mut self, child: Element) {
        match &mut self.contents {
            Contents::Nodes(nodes) => {
                if nodes.is_empty() {
                    nodes.reserve(ROOM);
                }
                nodes.push(Stored::Element(child));
            }
            Contents::Text(text) => {
                let text = Stored::Text(mem::take(text));
                self.contents = Contents::Nodes(vec![text, Stored::Element(child)]);
            }
        }
    }

    /// Adds `<name>text</name>` at the end.
    pub fn push_leaf(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        text: impl Into<Cow<'static, str>>,
    ) {
        self.push(Self::leaf(name, text));
    }

    /// Adds `<name>text</name>` at the end if there is a text: an empty element is refused by the
    /// DGII where a missing one is not (Formato e-CF).
    pub fn push_optional(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        text: Option<impl Into<Cow<'static, str>>>,
    ) {
        if let Some(text) = text {
            self.push_leaf(name, text);
        }
    }

    /// Keeps what [`Element::children`] promises: texts are joined, and none is empty.
    pub(super) fn push_text(&mut self, text: Cow<'static, str>) {
        if text.is_empty() {
            return;
        }
        match &mut self.contents {
            Contents::Text(before) => before.to_mut().push_str(&text),
            Contents::Nodes(nodes) => match nodes.last_mut() {
                None => self.contents = Contents::of(text),
                Some(Stored::Text(before)) => before.to_mut().push_str(&text),
                Some(Stored::Element(_)) => nodes.push(Stored::Text(text)),
            },
        }
    }
}

/// Elements that a group holds at first: most of the format's groups have as many, and few more.
const ROOM: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_joined_and_empty_ones_left_out() {
        let element = Element::new("A").text("").text("x").text(String::from("y")).text("");
        assert_eq!(element.value(), Some("xy"));
        assert_eq!(element.children().count(), 1);
        assert!(Element::leaf("A", "").is_empty());
    }

    #[test]
    fn what_is_absent_is_left_out() {
        let mut element = Element::new("A");
        element.push_optional("B", None::<String>);
        element.push_optional("C", Some("1"));
        assert_eq!(element, Element::new("A").with(Element::leaf("C", "1")));
    }

    #[test]
    #[should_panic(expected = "named by our own code")]
    fn a_name_of_ours_that_is_none_is_a_fault_of_ours() {
        let _ = Element::new("Monto Total");
    }
}
