//! The tree while it is being read: open elements, the text that is being gathered, the namespaces
//! in scope, and the limits.

use std::mem;

use super::name::{Attribute, Name, Namespace, XML_NAMESPACE, XMLNS_NAMESPACE};
use super::parse::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_NAMESPACES, MAX_NODES};
use super::problem::{Problem, excerpt};
use super::tag::RawAttribute;
use super::tree::{Document, Element};

#[derive(Default)]
pub(super) struct Growth {
    root: Option<Element>,
    open: Vec<Element>,
    /// What was read since the last tag.
    text: String,
    /// The declarations of all open elements, the innermost last.
    in_scope: Vec<Namespace>,
    nodes: usize,
}

impl Growth {
    /// Before the root, or behind it.
    pub(super) fn is_outside(&self) -> bool {
        self.open.is_empty()
    }

    pub(super) fn open(&mut self, name: &str) -> Result<(), Problem> {
        if self.is_outside() && self.root.is_some() {
            return Err(Problem::SecondRoot);
        }
        if self.open.len() == MAX_DEPTH {
            return Err(Problem::TooDeep { limit: MAX_DEPTH });
        }
        self.flush();
        self.count()?;
        self.open.push(Element::named(parse_name(name)?));
        Ok(())
    }

    /// An attribute of the element that was opened last.
    pub(super) fn attribute(&mut self, raw: RawAttribute<'_>) -> Result<(), Problem> {
        let element = self.open.last_mut().expect("an attribute stands in a tag");
        if element.attributes().len() + element.namespaces().len() == MAX_ATTRIBUTES {
            return Err(Problem::TooManyAttributes { limit: MAX_ATTRIBUTES });
        }
        let name = parse_name(raw.name)?;
        match (name.prefix(), name.local()) {
            ("", "xmlns") => declare(element, "", raw.value),
            ("xmlns", prefix) => declare(element, prefix, raw.value),
            _ if element.attributes().iter().any(|other| other.name == name) => Err(twice(&name)),
            _ => {
                element.tag_mut().attributes.push(Attribute { name, value: raw.value.into() });
                Ok(())
            }
        }
    }

    /// Puts the declarations of the element that was opened last into scope, and checks that it and
    /// its attributes are bound to namespaces.
    pub(super) fn bind(&mut self) -> Result<(), Problem> {
        let element = self.open.last().expect("the element was just opened");
        if self.in_scope.len() + element.namespaces().len() > MAX_NAMESPACES {
            return Err(Problem::TooManyNamespaces { limit: MAX_NAMESPACES });
        }
        self.in_scope.extend_from_slice(element.namespaces());
        self.namespace_of(&element.name)?;
        let mut seen: Vec<(&str, &str)> = Vec::new();
        for Attribute { name, .. } in element.attributes() {
            if name.prefix().is_empty() {
                continue;
            }
            let expanded = (self.namespace_of(name)?, name.local());
            if seen.contains(&expanded) {
                return Err(twice(name));
            }
            seen.push(expanded);
        }
        Ok(())
    }

    pub(super) fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Closes the element that was opened last; the tokenizer has seen that it is the right one.
    pub(super) fn close(&mut self) -> Result<(), Problem> {
        self.flush();
        let Some(element) = self.open.pop() else {
            return Err(Problem::EndTag(String::new()));
        };
        self.in_scope.truncate(self.in_scope.len() - element.namespaces().len());
        match self.open.last_mut() {
            Some(parent) => parent.push(element),
            None => self.root = Some(element),
        }
        if self.nodes > MAX_NODES { Err(TOO_MANY_NODES) } else { Ok(()) }
    }

    pub(super) fn finish(self) -> Result<Document, Problem> {
        if let Some(unclosed) = self.open.last() {
            return Err(Problem::Unclosed(excerpt(unclosed.name.qualified())));
        }
        self.root.map(Document::new).ok_or(Problem::NoRoot)
    }

    fn flush(&mut self) {
        if self.text.is_empty() {
            return;
        }
        self.nodes += 1;
        let element = self.open.last_mut().expect("text outside the root is not gathered");
        element.push_text(mem::take(&mut self.text).into());
    }

    fn count(&mut self) -> Result<(), Problem> {
        self.nodes += 1;
        if self.nodes > MAX_NODES { Err(TOO_MANY_NODES) } else { Ok(()) }
    }

    fn namespace_of(&self, name: &Name) -> Result<&str, Problem> {
        let prefix = name.prefix();
        let declared = self.in_scope.iter().rev().find(|namespace| namespace.prefix == prefix);
        match (declared, prefix) {
            (Some(namespace), _) => Ok(&namespace.uri),
            (None, "") => Ok(""),
            (None, "xml") => Ok(XML_NAMESPACE),
            (None, _) => Err(Problem::UnboundPrefix(excerpt(prefix))),
        }
    }
}

/// Namespaces in XML 1.0, sections 2.1, 2.2 and 3; Canonical XML 1.0, 4.1 for relative ones.
fn declare(element: &mut Element, prefix: &str, uri: String) -> Result<(), Problem> {
    let written = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
    if element.namespaces().iter().any(|other| other.prefix == prefix) {
        return Err(Problem::DuplicateAttribute(excerpt(&written)));
    }
    let is_reserved = prefix == "xmlns"
        || uri == XMLNS_NAMESPACE
        || (prefix == "xml") != (uri == XML_NAMESPACE)
        || (uri.is_empty() && !prefix.is_empty());
    if is_reserved {
        return Err(Problem::NamespaceDeclaration(excerpt(&written)));
    }
    if !uri.is_empty() && !is_absolute(&uri) {
        return Err(Problem::RelativeNamespace(excerpt(&uri)));
    }
    element
        .tag_mut()
        .namespaces
        .push(Namespace { prefix: prefix.to_owned().into(), uri: uri.into() });
    Ok(())
}

/// Whether a URI begins with a scheme (RFC 3986, 3.1).
fn is_absolute(uri: &str) -> bool {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
    };
    uri.split_once(':').is_some_and(|(scheme, _)| is_scheme(scheme))
}

fn parse_name(written: &str) -> Result<Name, Problem> {
    Name::parse(written.to_owned()).ok_or_else(|| Problem::Name(excerpt(written)))
}

fn twice(name: &Name) -> Problem {
    Problem::DuplicateAttribute(excerpt(name.qualified()))
}

const TOO_MANY_NODES: Problem = Problem::TooManyNodes { limit: MAX_NODES };
