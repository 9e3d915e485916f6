//! How a walk came to where it is: for the path of a fault, and for the meaning of a prefix.

use crate::dom::xml::{Attribute, Element, Namespace};

/// The elements from the root to the one at hand, and which of its repetitions each is.
#[derive(Default)]
pub(super) struct Trail<'a> {
    steps: Vec<(&'a Element, usize)>,
}

/// The namespace in which an instance says where its schema lies (XML Schema part 1, 2.6).
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

impl<'a> Trail<'a> {
    /// `count` is zero for an element that stands once.
    pub(super) fn enter(&mut self, element: &'a Element, count: usize) {
        self.steps.push((element, count));
    }

    pub(super) fn leave(&mut self) {
        self.steps.pop();
    }

    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        for (element, count) in &self.steps {
            path.push('/');
            path.push_str(element.name().qualified());
            if *count > 0 {
                path.push('[');
                path.push_str(&count.to_string());
                path.push(']');
            }
        }
        path
    }

    /// Whether an attribute only says where the schema lies, which any element may do.
    pub(super) fn is_schema_hint(&self, attribute: &Attribute) -> bool {
        let name = attribute.name();
        matches!(name.local(), "schemaLocation" | "noNamespaceSchemaLocation")
            && self.meaning(name.prefix()) == Some(INSTANCE)
    }

    fn meaning(&self, prefix: &str) -> Option<&str> {
        let mut spaces = self.steps.iter().rev().flat_map(|(element, _)| element.namespaces());
        spaces.find(|space| space.prefix() == prefix).map(Namespace::uri)
    }
}
