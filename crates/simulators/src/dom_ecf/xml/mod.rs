//! XML as this simulator reads it: a small tree of its own, made from bytes that nobody trusts.
//!
//! The reader and the canonical form below are written for this simulator alone, so that what it
//! judges is never read by the code that wrote it.

mod canonical;
mod parse;
mod text;

pub(super) use canonical::{Method, canonical_document, canonical_element};
pub(super) use parse::parse;

/// A document: its root, and the processing instructions around it (comments there never count).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Document {
    pub(super) before: Vec<Instruction>,
    pub(super) root: Element,
    pub(super) after: Vec<Instruction>,
}

/// An element. Names are as they were written; `namespace` is what the prefix stood for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) prefix: String,
    pub(super) local: String,
    pub(super) namespace: String,
    /// `xmlns` declarations of this very element: prefix (empty for the default) and name.
    pub(super) declared: Vec<(String, String)>,
    pub(super) attributes: Vec<Attribute>,
    pub(super) children: Vec<Node>,
}

/// An attribute that is not a namespace declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) prefix: String,
    pub(super) local: String,
    pub(super) namespace: String,
    pub(super) value: String,
}

/// What an element holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Element(Element),
    /// Text with its references resolved; neighbouring texts may be separate nodes.
    Text(String),
    Comment,
    Instruction(Instruction),
}

/// `<?target data?>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Instruction {
    pub(super) target: String,
    pub(super) data: String,
}

impl Element {
    /// The child elements, in order.
    pub(super) fn elements(&self) -> impl DoubleEndedIterator<Item = &Self> {
        self.children.iter().filter_map(|child| match child {
            Node::Element(element) => Some(element),
            Node::Text(_) | Node::Comment | Node::Instruction(_) => None,
        })
    }

    /// The first child element of this local name.
    pub(super) fn child(&self, local: &str) -> Option<&Self> {
        self.elements().find(|element| element.local == local)
    }

    /// The first element down a path such as `Encabezado/IdDoc/eNCF`.
    pub(super) fn at(&self, path: &str) -> Option<&Self> {
        path.split('/').try_fold(self, |element, local| element.child(local))
    }

    /// The text of the first element down a path.
    pub(super) fn text_at(&self, path: &str) -> Option<String> {
        self.at(path).map(Self::text)
    }

    /// Every element of a repeated path: all `Item` of `DetallesItems/Item`.
    pub(super) fn every<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Self> {
        let (parent, local) = path.rsplit_once('/').unwrap_or(("", path));
        let parent = if parent.is_empty() { Some(self) } else { self.at(parent) };
        let children = parent.into_iter().flat_map(Self::elements);
        children.filter(move |element| element.local == local)
    }

    /// All text inside, as the `string()` of an `XPath` gives it.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        self.collect_text(&mut text);
        text
    }

    pub(super) fn attribute(&self, local: &str) -> Option<&str> {
        let found =
            self.attributes.iter().find(|each| each.prefix.is_empty() && each.local == local);
        found.map(|attribute| attribute.value.as_str())
    }

    /// The tree as a reader that does not preserve white space sees it: without the texts that are
    /// nothing else.
    pub(super) fn without_blank_texts(&self) -> Self {
        let children = self.children.iter().filter_map(|child| match child {
            Node::Element(element) => Some(Node::Element(element.without_blank_texts())),
            Node::Text(text) if text.chars().all(is_space) => None,
            Node::Text(_) | Node::Comment | Node::Instruction(_) => Some(child.clone()),
        });
        Self { children: children.collect(), ..self.clone_head() }
    }

    /// The element and its attributes, without what is inside.
    fn clone_head(&self) -> Self {
        Self {
            prefix: self.prefix.clone(),
            local: self.local.clone(),
            namespace: self.namespace.clone(),
            declared: self.declared.clone(),
            attributes: self.attributes.clone(),
            children: Vec::new(),
        }
    }

    fn collect_text(&self, into: &mut String) {
        for child in &self.children {
            match child {
                Node::Element(element) => element.collect_text(into),
                Node::Text(text) => into.push_str(text),
                Node::Comment | Node::Instruction(_) => {}
            }
        }
    }
}

/// White space of XML 1.0, production 3.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Text with the five characters of markup as decimal references, as the DGII asks for them.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '&' | '\'' | '<' | '>' => {
                escaped.push_str("&#");
                escaped.push_str(&u32::from(c).to_string());
                escaped.push(';');
            }
            c => escaped.push(c),
        }
    }
    escaped
}
