//! The namespaces in scope while one walks down a tree.

use super::name::{Name, XML_NAMESPACE};
use super::tree::Element;

/// A stack of the declarations of an element and of those around it.
#[derive(Debug, Clone, Default)]
pub(in crate::dom) struct Scope<'a> {
    /// Prefix and URI, the innermost last.
    declared: Vec<(&'a str, &'a str)>,
}

impl<'a> Scope<'a> {
    /// Adds the declarations of an element, and says where to go back to when it is left.
    pub(in crate::dom) fn enter(&mut self, element: &'a Element) -> usize {
        let mark = self.declared.len();
        let declarations = element.namespaces().iter();
        self.declared.extend(declarations.map(|one| (one.prefix(), one.uri())));
        mark
    }

    pub(in crate::dom) fn leave(&mut self, mark: usize) {
        self.declared.truncate(mark);
    }

    /// What a prefix is bound to; none for the default namespace where there is none, and for a
    /// prefix that is not bound.
    pub(in crate::dom) fn uri(&self, prefix: &str) -> Option<&'a str> {
        let found = self.declared.iter().rev().find(|(declared, _)| *declared == prefix);
        match found {
            Some((_, uri)) => Some(uri).copied().filter(|uri| !uri.is_empty()),
            None if prefix == "xml" => Some(XML_NAMESPACE),
            None => None,
        }
    }

    /// The namespace of an element of this name.
    pub(in crate::dom) fn of_element(&self, name: &Name) -> Option<&'a str> {
        self.uri(name.prefix())
    }

    /// All declarations, those that are overridden too, from the outermost to the innermost.
    pub(super) fn declarations(&self) -> impl Iterator<Item = (&'a str, &'a str)> + '_ {
        self.declared.iter().copied()
    }
}
