//! Canonical XML 1.0 and Exclusive XML Canonicalization 1.0, both without comments.

use super::{Attribute, Document, Element, Instruction, Node};

/// Which canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dom_ecf) enum Method {
    /// <http://www.w3.org/TR/2001/REC-xml-c14n-20010315>
    Inclusive,
    /// <http://www.w3.org/2001/10/xml-exc-c14n#>, with the prefixes that are treated inclusively
    /// all the same (an empty one is the default namespace).
    Exclusive(Vec<String>),
}

/// A whole document, without its comments.
pub(in crate::dom_ecf) fn canonical_document(document: &Document, method: &Method) -> Vec<u8> {
    let mut out = String::new();
    for each in &document.before {
        instruction(each, &mut out);
        out.push('\n');
    }
    out.push_str(&canonical_element(&document.root, &[], method));
    for each in &document.after {
        out.push('\n');
        instruction(each, &mut out);
    }
    out.into_bytes()
}

/// One element of a document, with everything inside. `ancestors` are the elements around it,
/// outermost first: their namespaces are in scope.
pub(in crate::dom_ecf) fn canonical_element(
    element: &Element,
    ancestors: &[&Element],
    method: &Method,
) -> String {
    let mut writer = Writer { out: String::new(), method, scopes: Vec::new(), shown: Vec::new() };
    for ancestor in ancestors {
        writer.scopes.extend(ancestor.declared.iter().cloned());
    }
    let inherited = match method {
        Method::Inclusive => xml_attributes(element, ancestors),
        Method::Exclusive(_) => Vec::new(),
    };
    writer.element(element, inherited);
    writer.out
}

/// Attributes of the `xml:` namespace that an apex inherits (Canonical XML 1.0, 2.4).
fn xml_attributes(apex: &Element, ancestors: &[&Element]) -> Vec<Attribute> {
    let mut found: Vec<Attribute> = Vec::new();
    let is_xml = |attribute: &&Attribute| attribute.prefix == "xml";
    for attribute in
        ancestors.iter().rev().flat_map(|ancestor| ancestor.attributes.iter().filter(is_xml))
    {
        let is_known = |other: &Attribute| other.prefix == "xml" && other.local == attribute.local;
        if !apex.attributes.iter().any(is_known) && !found.iter().any(is_known) {
            found.push(attribute.clone());
        }
    }
    found
}

struct Writer<'a> {
    out: String,
    method: &'a Method,
    /// Declarations in scope, innermost last.
    scopes: Vec<(String, String)>,
    /// Declarations that stand in the output around here, innermost last.
    shown: Vec<(String, String)>,
}

impl Writer<'_> {
    fn element(&mut self, element: &Element, inherited: Vec<Attribute>) {
        let (scoped, shown) = (self.scopes.len(), self.shown.len());
        self.scopes.extend(element.declared.iter().cloned());
        let name = qualified(&element.prefix, &element.local);
        self.out.push('<');
        self.out.push_str(&name);
        self.namespaces(element);
        self.attributes(element, inherited);
        self.out.push('>');
        for child in &element.children {
            match child {
                Node::Element(element) => self.element(element, Vec::new()),
                Node::Text(text) => escape_text(text, &mut self.out),
                Node::Comment => {}
                Node::Instruction(each) => instruction(each, &mut self.out),
            }
        }
        self.out.push_str("</");
        self.out.push_str(&name);
        self.out.push('>');
        self.scopes.truncate(scoped);
        self.shown.truncate(shown);
    }

    fn namespaces(&mut self, element: &Element) {
        let mut prefixes = self.candidates(element);
        prefixes.sort_unstable();
        prefixes.dedup();
        for prefix in prefixes {
            let namespace = bound(&self.scopes, &prefix).to_owned();
            if namespace == bound(&self.shown, &prefix) {
                continue;
            }
            self.out.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            self.out.push_str(&prefix);
            self.out.push_str("=\"");
            escape_attribute(&namespace, &mut self.out);
            self.out.push('"');
            self.shown.push((prefix, namespace));
        }
    }

    /// The prefixes that this element may have to declare.
    fn candidates(&self, element: &Element) -> Vec<String> {
        let in_scope = self.scopes.iter().map(|(prefix, _)| prefix);
        let listed = match self.method {
            Method::Inclusive => {
                return in_scope.filter(|prefix| *prefix != "xml").cloned().collect();
            }
            Method::Exclusive(listed) => listed,
        };
        let mut used: Vec<String> =
            in_scope.filter(|each| listed.contains(each)).cloned().collect();
        used.push(element.prefix.clone());
        let attributes = element.attributes.iter().map(|attribute| attribute.prefix.clone());
        used.extend(attributes.filter(|prefix| !prefix.is_empty()));
        used.retain(|prefix| prefix != "xml");
        used
    }

    fn attributes(&mut self, element: &Element, inherited: Vec<Attribute>) {
        let mut attributes = inherited;
        attributes.extend(element.attributes.iter().cloned());
        attributes.sort_by(|one, other| {
            (&one.namespace, &one.local).cmp(&(&other.namespace, &other.local))
        });
        for attribute in attributes {
            self.out.push(' ');
            self.out.push_str(&qualified(&attribute.prefix, &attribute.local));
            self.out.push_str("=\"");
            escape_attribute(&attribute.value, &mut self.out);
            self.out.push('"');
        }
    }
}

/// What a prefix stands for; nothing, if it is not bound.
fn bound<'a>(scopes: &'a [(String, String)], prefix: &str) -> &'a str {
    let found = scopes.iter().rev().find(|(each, _)| each == prefix);
    found.map_or("", |(_, namespace)| namespace.as_str())
}

fn qualified(prefix: &str, local: &str) -> String {
    if prefix.is_empty() { local.to_owned() } else { format!("{prefix}:{local}") }
}

fn instruction(instruction: &Instruction, out: &mut String) {
    out.push_str("<?");
    out.push_str(&instruction.target);
    if !instruction.data.is_empty() {
        out.push(' ');
        out.push_str(&instruction.data);
    }
    out.push_str("?>");
}

fn escape_text(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#xD;"),
            c => out.push(c),
        }
    }
}

fn escape_attribute(value: &str, out: &mut String) {
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#x9;"),
            '\n' => out.push_str("&#xA;"),
            '\r' => out.push_str("&#xD;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn inclusive(text: &str) -> String {
        let document = parse(text.as_bytes()).unwrap();
        String::from_utf8(canonical_document(&document, &Method::Inclusive)).unwrap()
    }

    /// The examples of Canonical XML 1.0, section 3, that need no document type.
    #[test]
    fn the_recommendations_own_examples() {
        assert_eq!(
            inclusive(
                "<?xml version=\"1.0\"?>\n\n<?xml-stylesheet   href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n\n<doc>Hello, world!<!-- Comment 1 --></doc>\n\n<?pi-without-data     ?>\n\n<!-- Comment 2 -->\n"
            ),
            "<?xml-stylesheet href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n<doc>Hello, world!</doc>\n<?pi-without-data?>"
        );
        assert_eq!(
            inclusive(
                "<doc><e1   /><e3   name = \"elem3\"   id=\"elem3\"   /><e5 a:attr=\"out\" b:attr=\"sorted\" attr2=\"all\" attr=\"I'm\" xmlns:b=\"http://www.ietf.org\" xmlns:a=\"http://www.w3.org\" xmlns=\"http://example.org\"/><e6 xmlns=\"\" xmlns:a=\"http://www.w3.org\"><e7 xmlns=\"http://www.ietf.org\"><e8 xmlns=\"\" xmlns:a=\"http://www.w3.org\"/></e7></e6></doc>"
            ),
            "<doc><e1></e1><e3 id=\"elem3\" name=\"elem3\"></e3><e5 xmlns=\"http://example.org\" xmlns:a=\"http://www.w3.org\" xmlns:b=\"http://www.ietf.org\" attr=\"I'm\" attr2=\"all\" b:attr=\"sorted\" a:attr=\"out\"></e5><e6 xmlns:a=\"http://www.w3.org\"><e7 xmlns=\"http://www.ietf.org\"><e8 xmlns=\"\"></e8></e7></e6></doc>"
        );
        assert_eq!(
            inclusive(
                "<doc><text>First line&#x0d;&#10;Second line</text><value>&#x32;</value><compute><![CDATA[value>\"0\" && value<\"10\" ?\"valid\":\"error\"]]></compute></doc>"
            ),
            "<doc><text>First line&#xD;\nSecond line</text><value>2</value><compute>value&gt;\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"</compute></doc>"
        );
    }

    #[test]
    fn an_apex_takes_the_namespaces_around_it_or_only_those_it_uses() {
        let text = "<a xmlns:z=\"Z\" xmlns:b=\"B\" xml:lang=\"es\"><s xmlns=\"S\"><b:t/></s></a>";
        let document = parse(text.as_bytes()).unwrap();
        let apex = document.root.child("s").unwrap();
        let form = |method| canonical_element(apex, &[&document.root], &method);
        assert_eq!(
            form(Method::Inclusive),
            "<s xmlns=\"S\" xmlns:b=\"B\" xmlns:z=\"Z\" xml:lang=\"es\"><b:t></b:t></s>"
        );
        assert_eq!(
            form(Method::Exclusive(Vec::new())),
            "<s xmlns=\"S\"><b:t xmlns:b=\"B\"></b:t></s>"
        );
        assert_eq!(
            form(Method::Exclusive(vec!["z".into()])),
            "<s xmlns=\"S\" xmlns:z=\"Z\"><b:t xmlns:b=\"B\"></b:t></s>"
        );
    }
}
