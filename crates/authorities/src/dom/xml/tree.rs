//! The tree: elements, their attributes and texts, and ways to find one's way in it.

use std::borrow::Cow;
use std::mem;

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
    /// Nothing where it neither declares nor carries anything, as nearly all do: a document is
    /// built in half the time while an element is small.
    pub(super) tag: Option<Box<Tag>>,
    pub(super) contents: Contents,
}

/// What stands in a start tag besides the name: one of the two lists is not empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) namespaces: Vec<Namespace>,
    pub(super) attributes: Vec<Attribute>,
}

/// What an element holds. There is one way only to hold the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Contents {
    /// One text that is not empty, as of a leaf, which so needs no list.
    Text(Cow<'static, str>),
    /// Anything else: never two texts next to each other, no empty text, no single text.
    Nodes(Vec<Stored>),
}

/// One of several that an element holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stored {
    Element(Element),
    Text(Cow<'static, str>),
}

/// What an element holds, as it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node<'a> {
    Element(&'a Element),
    /// Characters without escapes.
    Text(&'a str),
}

/// What an element holds, to be changed.
#[derive(Debug)]
pub(in crate::dom) enum NodeMut<'a> {
    Element(&'a mut Element),
    Text(&'a mut Cow<'static, str>),
}

impl Element {
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The namespaces that this very element declares, in the order of the document.
    pub fn namespaces(&self) -> &[Namespace] {
        self.tag.as_ref().map_or(&[], |tag| &tag.namespaces)
    }

    /// The attributes that are not namespace declarations, in the order of the document.
    pub fn attributes(&self) -> &[Attribute] {
        self.tag.as_ref().map_or(&[], |tag| &tag.attributes)
    }

    /// The value of an attribute without a prefix.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes().iter().find(|attribute| attribute.name.qualified() == name);
        found.map(Attribute::value)
    }

    /// Elements and texts directly inside: never two texts next to each other, and no empty one.
    pub fn children(&self) -> impl DoubleEndedIterator<Item = Node<'_>> {
        let (text, nodes) = match &self.contents {
            Contents::Text(text) => (Some(Node::Text(text)), [].as_slice()),
            Contents::Nodes(nodes) => (None, nodes.as_slice()),
        };
        text.into_iter().chain(nodes.iter().map(Stored::node))
    }

    /// The elements directly inside.
    pub fn elements(&self) -> impl DoubleEndedIterator<Item = &Element> {
        self.nodes().iter().filter_map(|node| match node {
            Stored::Element(element) => Some(element),
            Stored::Text(_) => None,
        })
    }

    /// Empty where one text is all.
    pub(super) fn nodes(&self) -> &[Stored] {
        match &self.contents {
            Contents::Text(_) => &[],
            Contents::Nodes(nodes) => nodes,
        }
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
        match &self.contents {
            Contents::Text(text) => Some(text),
            Contents::Nodes(nodes) => nodes.is_empty().then_some(""),
        }
    }

    /// The element at the end of a path of names: `Encabezado/IdDoc/eNCF`.
    pub fn at(&self, path: &str) -> Option<&Element> {
        // A search made for long texts would cost more than it saves in so short a one.
        match path.bytes().position(|byte| byte == b'/') {
            None => self.child(path),
            Some(end) => self.child(&path[..end])?.at(&path[end + 1..]),
        }
    }

    /// The text of the leaf at the end of a path of names.
    pub fn value_at(&self, path: &str) -> Option<&str> {
        self.at(path)?.value()
    }

    /// The text of the first leaf directly inside with this name.
    pub fn value_of(&self, name: &str) -> Option<&str> {
        self.child(name)?.value()
    }

    /// Whether there is neither text nor an element inside.
    pub fn is_empty(&self) -> bool {
        matches!(&self.contents, Contents::Nodes(nodes) if nodes.is_empty())
    }

    /// To be changed without breaking what [`Element::children`] promises, but that a text may have
    /// become empty: [`Element::drop_blank_texts_here`] then follows.
    pub(in crate::dom) fn children_mut(&mut self) -> impl Iterator<Item = NodeMut<'_>> {
        let (text, nodes) = match &mut self.contents {
            Contents::Text(text) => (Some(NodeMut::Text(text)), [].as_mut_slice()),
            Contents::Nodes(nodes) => (None, nodes.as_mut_slice()),
        };
        let nodes = nodes.iter_mut().map(|node| match node {
            Stored::Element(element) => NodeMut::Element(element),
            Stored::Text(text) => NodeMut::Text(text),
        });
        text.into_iter().chain(nodes)
    }

    pub(in crate::dom) fn attributes_mut(&mut self) -> impl Iterator<Item = &mut Attribute> {
        self.tag.iter_mut().flat_map(|tag| tag.attributes.iter_mut())
    }

    /// Drops the texts directly inside that are nothing but layout; says whether there were any.
    pub(in crate::dom) fn drop_blank_texts_here(&mut self) -> bool {
        match &mut self.contents {
            Contents::Text(text) if is_blank_text(text) => {
                self.contents = Contents::Nodes(Vec::new());
                true
            }
            Contents::Text(_) => false,
            Contents::Nodes(nodes) => {
                let before = nodes.len();
                nodes.retain(|node| !matches!(node, Stored::Text(text) if is_blank_text(text)));
                nodes.len() < before
            }
        }
    }

    /// Drops all texts inside that are nothing but layout, as a reader does that does not keep it;
    /// says whether there were any.
    pub(in crate::dom) fn drop_blank_texts(&mut self) -> bool {
        let mut is_changed = self.drop_blank_texts_here();
        for node in self.children_mut() {
            if let NodeMut::Element(child) = node {
                is_changed |= child.drop_blank_texts();
            }
        }
        is_changed
    }

    /// Takes the last element out, if nothing but layout stands behind it.
    pub(in crate::dom) fn take_last_element(&mut self) -> Option<Element> {
        let last = self.nodes().iter().rposition(|node| matches!(node, Stored::Element(_)))?;
        let is_layout = |node: &Stored| matches!(node, Stored::Text(text) if is_blank_text(text));
        if !self.nodes()[last + 1..].iter().all(is_layout) {
            return None;
        }
        let mut nodes = mem::replace(&mut self.contents, Contents::Nodes(Vec::new())).into_nodes();
        let behind = nodes.split_off(last + 1);
        let taken = nodes.pop();
        for node in nodes.into_iter().chain(behind) {
            match node {
                Stored::Element(element) => self.push(element),
                Stored::Text(text) => self.push_text(text),
            }
        }
        match taken {
            Some(Stored::Element(element)) => Some(element),
            Some(Stored::Text(_)) | None => None,
        }
    }
}

impl Stored {
    fn node(&self) -> Node<'_> {
        match self {
            Self::Element(element) => Node::Element(element),
            Self::Text(text) => Node::Text(text),
        }
    }
}

impl Contents {
    /// One text; nothing where it is empty.
    pub(super) fn of(text: Cow<'static, str>) -> Self {
        if text.is_empty() { Self::Nodes(Vec::new()) } else { Self::Text(text) }
    }

    pub(super) fn into_nodes(self) -> Vec<Stored> {
        match self {
            Self::Text(text) => vec![Stored::Text(text)],
            Self::Nodes(nodes) => nodes,
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
