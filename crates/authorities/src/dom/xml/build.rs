//! Building elements. Names are ours and are asserted; texts are others' and are checked when the
//! document is written or signed.

use std::borrow::Cow;

use super::name::{Attribute, Name, Namespace};
use super::tree::{Element, Node};

impl Element {
    /// An empty element.
    ///
    /// # Panics
    /// When the name, which our own code chose, is no XML name.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        let name = Name::parse(name).expect("an element is named by our own code");
        Self::named(name)
    }

    /// An element that holds one text.
    pub fn leaf(name: impl Into<Cow<'static, str>>, text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(name).text(text)
    }

    pub(super) fn named(name: Name) -> Self {
        Self { name, namespaces: Vec::new(), attributes: Vec::new(), children: Vec::new() }
    }

    /// Declares a namespace; the empty prefix is the default one.
    #[must_use]
    pub fn namespace(mut self, prefix: &'static str, uri: &'static str) -> Self {
        self.namespaces.push(Namespace { prefix: prefix.into(), uri: uri.into() });
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
        let name = Name::parse(name).expect("an attribute is named by our own code");
        self.attributes.push(Attribute { name, value: value.into() });
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
        self.children.push(Node::Element(child));
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
        if let Some(Node::Text(before)) = self.children.last_mut() {
            before.to_mut().push_str(&text);
        } else {
            // Nearly every text is all that its element holds: more room would be wasted.
            self.children.reserve_exact(1);
            self.children.push(Node::Text(text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_joined_and_empty_ones_left_out() {
        let element = Element::new("A").text("").text("x").text(String::from("y")).text("");
        assert_eq!(element.value(), Some("xy"));
        assert_eq!(element.children().len(), 1);
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
