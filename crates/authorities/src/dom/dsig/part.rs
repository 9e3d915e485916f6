//! One element of a signature, read strictly: its namespace, its attributes, what it holds.

use data_encoding::BASE64;

use super::algorithm::NAMESPACE;
use super::rejection::{Rejection, shown};
use crate::dom::xml::{Attribute, Element, Node, Scope, is_blank, is_blank_text};

/// An element of the namespace of signatures, with the declarations in its scope.
#[derive(Clone)]
pub(super) struct Part<'a> {
    element: &'a Element,
    scope: Scope<'a>,
}

impl<'a> Part<'a> {
    /// An element that stands in a scope.
    pub(super) fn new(element: &'a Element, around: &Scope<'a>) -> Result<Self, Rejection> {
        let mut scope = around.clone();
        scope.enter(element);
        if scope.of_element(element.name()) == Some(NAMESPACE) {
            Ok(Self { element, scope })
        } else {
            Err(Rejection::ForeignElement { element: shown(element.name().qualified()) })
        }
    }

    pub(super) fn element(&self) -> &'a Element {
        self.element
    }

    pub(super) fn name(&self) -> &'a str {
        self.element.name().local()
    }

    /// The elements inside, all of the namespace of signatures, with nothing but layout between.
    pub(super) fn parts(&self) -> Result<Vec<Part<'a>>, Rejection> {
        let is_stray = |node: Node<'_>| matches!(node, Node::Text(text) if !is_blank_text(text));
        if self.element.children().any(is_stray) {
            return Err(Rejection::StrayText { element: self.shown_name() });
        }
        self.element.elements().map(|child| Part::new(child, &self.scope)).collect()
    }

    /// The elements inside, which must be these, in this order.
    pub(super) fn exactly<const N: usize>(
        &self,
        names: [&'static str; N],
    ) -> Result<[Part<'a>; N], Rejection> {
        let parts = self.parts()?;
        let found: Vec<_> = parts.iter().map(Part::name).collect();
        if found != names {
            let (found, expected) = (listed(&found), listed(&names));
            return Err(Rejection::Structure { element: self.shown_name(), found, expected });
        }
        Ok(parts.try_into().ok().expect("there are as many parts as names"))
    }

    /// Refuses every attribute but these.
    pub(super) fn allow_attributes(&self, allowed: &[&str]) -> Result<(), Rejection> {
        let names = self.element.attributes().iter().map(|one| one.name().qualified());
        let found = names.into_iter().find(|name| !allowed.contains(name));
        found.map_or(Ok(()), |attribute| {
            let attribute = shown(attribute);
            Err(Rejection::Attribute { element: self.shown_name(), attribute })
        })
    }

    pub(super) fn attribute(&self, attribute: &'static str) -> Result<&'a str, Rejection> {
        let found = self.element.attributes().iter();
        found
            .clone()
            .find(|one| one.name().qualified() == attribute)
            .map(Attribute::value)
            .ok_or_else(|| Rejection::AttributeMissing { element: self.shown_name(), attribute })
    }

    /// The name of an algorithm, which is all that this element may have.
    pub(super) fn algorithm(&self) -> Result<&'a str, Rejection> {
        self.allow_attributes(&["Algorithm"])?;
        self.attribute("Algorithm")
    }

    /// Refuses parameters of an algorithm: whatever stands inside.
    pub(super) fn without_parameters(&self) -> Result<(), Rejection> {
        if self.element.elements().next().is_some() {
            return Err(Rejection::Parameters { element: self.shown_name() });
        }
        self.parts().map(drop)
    }

    /// The bytes of a leaf: base64 as RFC 4648 has it, with padding and without spare bits, line
    /// breaks anywhere and other layout around the whole.
    pub(super) fn base64(&self) -> Result<Vec<u8>, Rejection> {
        let refused = || Rejection::Base64 { element: self.shown_name() };
        let text = self.element.value().ok_or_else(refused)?.as_bytes();
        let start = text.iter().position(|byte| !is_blank(*byte)).unwrap_or(text.len());
        let end = text.iter().rposition(|byte| !is_blank(*byte)).map_or(start, |last| last + 1);
        let is_line_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let joined: Vec<u8> =
            text[start..end].iter().copied().filter(|byte| !is_line_end(byte)).collect();
        // The decoder would go on behind padding, with what was encoded apart.
        let padding = joined.iter().position(|byte| *byte == b'=').unwrap_or(joined.len());
        if joined.is_empty() || joined.len() - padding > 2 {
            return Err(refused());
        }
        BASE64.decode(&joined).map_err(|_| refused())
    }

    pub(super) fn shown_name(&self) -> String {
        shown(self.name())
    }
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { shown(&names.join(", ")) }
}
