//! The tree: elements, their attributes and texts, and ways to find one's way in it.

use std::borrow::Cow;

use super::name::{Attribute, Name, Namespace};
use super::parse::{self, MAX_DOCUMENT_BYTES};
use super::problem::ParseError;
use super::write;
use super::{ForbiddenCharacter, is_blank_text};

/// A whole document: a root and nothing beside it, neither comments nor instructions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    root: Element,
}

impl Document {
    /// A document around a root that was built.
    pub fn new(root: Element) -> Self {
        Self { root }
    }

    /// Reads UTF-8 of at most [`MAX_DOCUMENT_BYTES`], with or without a byte order mark and an XML
    /// declaration. Refuses document types, entities of their own, comments and instructions.
    ///
    /// A CDATA section becomes text, as it does in the canonical form (Canonical XML 1.0, 2.1):
    /// the tree has one text where the bytes had several pieces, so nobody reads half of a value.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        parse::document(bytes, MAX_DOCUMENT_BYTES)
    }

    pub fn root(&self) -> &Element {
        &self.root
    }

    pub fn root_mut(&mut self) -> &mut Element {
        &mut self.root
    }

    /// Gives up the document for its root.
    pub fn into_root(self) -> Element {
        self.root
    }

    /// The document in UTF-8 with an XML declaration, without layout of its own, and with the
    /// decimal references that the DGII asks for (`&#34; &#38; &#39; &#60; &#62;`, Formato e-CF).
    /// For documents that are not signed: a signed one is kept as the bytes it has.
    pub fn to_xml(&self) -> Result<Vec<u8>, ForbiddenCharacter> {
        write::unsigned(&self.root)
    }
}

/// An element with what it declares, carries and holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    pub(super) name: Name,
    pub(super) namespaces: Vec<Namespace>,
    pub(super) attributes: Vec<Attribute>,
    /// Never two texts next to each other, and no empty text.
    pub(super) children: Vec<Node>,
}

/// What an element holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    Element(Element),
    /// Characters without escapes.
    Text(Cow<'static, str>),
}

impl Element {
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The namespaces that this very element declares, in the order of the document.
    pub fn namespaces(&self) -> &[Namespace] {
        &self.namespaces
    }

    /// The attributes that are not namespace declarations, in the order of the document.
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// The value of an attribute without a prefix.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|attribute| attribute.name.qualified() == name);
        found.map(Attribute::value)
    }

    pub fn children(&self) -> &[Node] {
        &self.children
    }

    /// The elements directly inside.
    pub fn elements(&self) -> impl DoubleEndedIterator<Item = &Element> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first element directly inside with this name. The DGII's elements have no prefix, and
    /// one that has is another element.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children_named(name).next()
    }

    /// All elements directly inside with this name, as a list repeats them.
    pub fn children_named(&self, name: &str) -> impl DoubleEndedIterator<Item = &Element> {
        self.elements().filter(move |element| element.name.qualified() == name)
    }

    /// The text of an element that holds no elements: empty if it holds nothing, none if it is no
    /// leaf.
    pub fn value(&self) -> Option<&str> {
        match self.children.as_slice() {
            [] => Some(""),
            [Node::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The element at the end of a path of names: `Encabezado/IdDoc/eNCF`.
    pub fn at(&self, path: &str) -> Option<&Element> {
        path.split('/').try_fold(self, Element::child)
    }

    /// The text of the leaf at the end of a path of names.
    pub fn value_at(&self, path: &str) -> Option<&str> {
        self.at(path)?.value()
    }

    /// Whether there is neither text nor an element inside.
    pub fn is_empty(&self) -> bool {
        self.children.is_empty()
    }

    /// To be changed without breaking what [`Element::children`] promises.
    pub(in crate::dom) fn children_mut(&mut self) -> impl Iterator<Item = &mut Node> {
        self.children.iter_mut()
    }

    pub(in crate::dom) fn attributes_mut(&mut self) -> impl Iterator<Item = &mut Attribute> {
        self.attributes.iter_mut()
    }

    /// Drops the texts directly inside that are nothing but layout; says whether there were any.
    pub(in crate::dom) fn drop_blank_texts_here(&mut self) -> bool {
        let before = self.children.len();
        self.children.retain(|node| !matches!(node, Node::Text(text) if is_blank_text(text)));
        self.children.len() < before
    }

    /// Drops all texts inside that are nothing but layout, as a reader does that does not keep it;
    /// says whether there were any.
    pub(in crate::dom) fn drop_blank_texts(&mut self) -> bool {
        let mut is_changed = self.drop_blank_texts_here();
        for node in &mut self.children {
            if let Node::Element(child) = node {
                is_changed |= child.drop_blank_texts();
            }
        }
        is_changed
    }

    /// Takes the last element out, if nothing but layout stands behind it.
    pub(in crate::dom) fn take_last_element(&mut self) -> Option<Element> {
        let last = self.children.iter().rposition(|node| matches!(node, Node::Element(_)))?;
        let is_layout = |node: &Node| matches!(node, Node::Text(text) if is_blank_text(text));
        if !self.children[last + 1..].iter().all(is_layout) {
            return None;
        }
        let behind = self.children.split_off(last + 1);
        let element = self.children.pop();
        for node in behind {
            if let Node::Text(text) = node {
                self.push_text(text);
            }
        }
        match element {
            Some(Node::Element(element)) => Some(element),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_a_value() {
        let document = Document::parse(
            b"<ECF><Encabezado><IdDoc><eNCF>E31</eNCF></IdDoc><x:IdDoc xmlns:x='urn:x'/></Encabezado>\
              <Tel>1</Tel><Tel>2</Tel><Leer/></ECF>",
        )
        .unwrap();
        let root = document.root();
        assert_eq!(root.value_at("Encabezado/IdDoc/eNCF"), Some("E31"));
        assert_eq!(root.value_at("Encabezado/IdDoc"), None, "it is no leaf");
        assert_eq!(root.value_at("Encabezado/Emisor"), None);
        assert_eq!(root.value_at("Leer"), Some(""));
        let telephones: Vec<_> = root.children_named("Tel").filter_map(Element::value).collect();
        assert_eq!(telephones, ["1", "2"]);
        assert_eq!(root.at("Encabezado").unwrap().children_named("IdDoc").count(), 1);
    }
}
