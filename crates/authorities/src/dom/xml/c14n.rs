//! The canonical forms: Canonical XML 1.0 (inclusive) and Exclusive XML Canonicalization 1.0, both
//! without comments, of a whole document or of an element with what it inherits.
//!
//! Everything goes into one buffer; what has to be sorted is sorted in two lists that are reused.

use super::escape::{Canonical, push_text};
use super::name::{Attribute, XML_NAMESPACE};
use super::scope::Scope;
use super::tree::{Element, Node};
use super::write;

/// Which canonical form. They differ in the namespaces that an element is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Every namespace in scope: <http://www.w3.org/TR/2001/REC-xml-c14n-20010315>.
    Inclusive,
    /// Those that are used in a name: <http://www.w3.org/2001/10/xml-exc-c14n#>.
    Exclusive,
}

/// Appends the canonical form of a whole document.
pub fn document(root: &Element, method: Method, out: &mut Vec<u8>) {
    subtree(root, &[], method, out);
}

/// Appends the canonical form of an element and all inside it; `ancestors` are those around it, the
/// root first.
pub fn subtree<'a>(
    element: &'a Element,
    ancestors: &[&'a Element],
    method: Method,
    out: &mut Vec<u8>,
) {
    let mut canonicalizer = Canonicalizer {
        method,
        out,
        scope: Scope::default(),
        rendered: Vec::new(),
        namespaces: Vec::new(),
        attributes: Vec::new(),
    };
    for ancestor in ancestors {
        canonicalizer.scope.enter(ancestor);
    }
    canonicalizer.apex(element, ancestors);
}

struct Canonicalizer<'a, 'o> {
    method: Method,
    out: &'o mut Vec<u8>,
    /// What is declared here and around.
    scope: Scope<'a>,
    /// What has been written here and around: prefix and URI, the innermost last.
    rendered: Vec<(&'a str, &'a str)>,
    /// What this element is to be given, reused from element to element.
    namespaces: Vec<(&'a str, &'a str)>,
    attributes: Vec<&'a Attribute>,
}

impl<'a> Canonicalizer<'a, '_> {
    /// The outermost element of the output, which in the inclusive form inherits all.
    fn apex(&mut self, element: &'a Element, ancestors: &[&'a Element]) {
        self.scope.enter(element);
        self.attributes.extend(element.attributes());
        match self.method {
            Method::Exclusive => self.used_namespaces(element),
            Method::Inclusive => {
                let declared = self.scope.declarations().map(|(prefix, _)| prefix);
                let prefixes: Vec<_> = declared.collect();
                for prefix in prefixes {
                    self.render(prefix, self.scope.uri(prefix).unwrap_or_default());
                }
                self.inherited_attributes(ancestors);
            }
        }
        self.tags_and_contents(element);
    }

    fn element(&mut self, element: &'a Element) {
        let scope_mark = self.scope.enter(element);
        let rendered_mark = self.rendered.len();
        self.attributes.extend(element.attributes());
        match self.method {
            Method::Exclusive => self.used_namespaces(element),
            Method::Inclusive => {
                for namespace in element.namespaces() {
                    self.render(namespace.prefix(), namespace.uri());
                }
            }
        }
        self.tags_and_contents(element);
        self.rendered.truncate(rendered_mark);
        self.scope.leave(scope_mark);
    }

    fn tags_and_contents(&mut self, element: &'a Element) {
        let name = element.name().qualified().as_bytes();
        self.out.push(b'<');
        self.out.extend_from_slice(name);
        self.write_namespaces();
        self.write_attributes();
        self.out.push(b'>');
        for node in element.children() {
            match node {
                Node::Element(child) => self.element(child),
                Node::Text(text) => push_text::<Canonical>(text, self.out),
            }
        }
        write::end_tag(name, self.out);
    }

    /// The namespaces that the names of an element and its attributes visibly use (Exclusive XML
    /// Canonicalization 1.0, 3).
    fn used_namespaces(&mut self, element: &'a Element) {
        let prefix = element.name().prefix();
        self.render(prefix, self.scope.uri(prefix).unwrap_or_default());
        for attribute in element.attributes() {
            let prefix = attribute.name().prefix();
            if !prefix.is_empty() {
                self.render(prefix, self.scope.uri(prefix).unwrap_or_default());
            }
        }
    }

    /// Notes a namespace to be written, unless what is written around says the same already.
    fn render(&mut self, prefix: &'a str, uri: &'a str) {
        let around = self.rendered.iter().rev().find(|(rendered, _)| *rendered == prefix);
        let said = around.map_or("", |(_, uri)| uri);
        let is_known = prefix == "xml" || said == uri;
        if !is_known {
            self.rendered.push((prefix, uri));
            self.namespaces.push((prefix, uri));
        }
    }

    /// The attributes in the namespace of XML that stand around the outermost element (Canonical
    /// XML 1.0, 2.4), the nearest of each name.
    fn inherited_attributes(&mut self, ancestors: &[&'a Element]) {
        for ancestor in ancestors.iter().rev() {
            for attribute in ancestor.attributes() {
                let name = attribute.name();
                let has = self.attributes.iter().any(|own| own.name() == name);
                if name.prefix() == "xml" && !has {
                    self.attributes.push(attribute);
                }
            }
        }
    }

    fn write_namespaces(&mut self) {
        self.namespaces.sort_unstable();
        for (prefix, uri) in self.namespaces.drain(..) {
            write::declaration::<Canonical>(prefix, uri, self.out);
        }
    }

    /// By namespace, those without one first, then by local name.
    fn write_attributes(&mut self) {
        if self.attributes.len() > 1 {
            let scope = &self.scope;
            self.attributes.sort_by_key(|attribute| {
                let name = attribute.name();
                let uri = match name.prefix() {
                    "" => "",
                    "xml" => XML_NAMESPACE,
                    prefix => scope.uri(prefix).unwrap_or_default(),
                };
                (uri, name.local())
            });
        }
        for attribute in self.attributes.drain(..) {
            write::attribute::<Canonical>(attribute, self.out);
        }
    }
}
