//! From bytes to a tree: XML 1.0 with namespaces, UTF-8, and no document type whatsoever.

use super::text::{self, is_allowed, is_name, lines};
use super::{Attribute, Document, Element, Instruction, Node, is_space};

/// Why bytes are not the XML that was hoped for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dom_ecf) struct Malformed {
    pub(in crate::dom_ecf) why: &'static str,
    /// The byte where it was noticed.
    pub(in crate::dom_ecf) at: usize,
}

/// Reads a document. A byte order mark and a missing declaration are tolerated, as every real
/// receiver tolerates them.
pub(in crate::dom_ecf) fn parse(bytes: &[u8]) -> Result<Document, Malformed> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Malformed { why: "it is not UTF-8", at: error.valid_up_to() })?;
    let mut reader = Reader { text, at: 0, scopes: Vec::new(), left: MOST_NODES };
    reader.document()
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Namespace declarations in scope, innermost last.
    scopes: Vec<(String, String)>,
    /// Nodes that may still come.
    left: usize,
}

/// A start tag: the element without its content, and whether it closed itself.
type Opened = (Element, bool);

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<Document, Malformed> {
        let _mark = self.take("\u{FEFF}");
        self.declaration()?;
        let before = self.around()?;
        let root = self.element(0)?;
        let after = self.around()?;
        if self.at < self.text.len() {
            return Err(self.wrong("something follows the root element"));
        }
        Ok(Document { before, root, after })
    }

    fn declaration(&mut self) -> Result<(), Malformed> {
        let is_one =
            self.rest().starts_with("<?xml") && self.rest()[5..].starts_with(|c: char| is_space(c));
        if !is_one {
            return Ok(());
        }
        let said = self.until("?>")?.to_ascii_lowercase();
        let Some((_, encoding)) = said.split_once("encoding") else { return Ok(()) };
        let encoding = encoding.trim_start_matches(|c: char| is_space(c) || c == '=');
        let encoding = encoding.trim_start_matches(['"', '\'']);
        if encoding.starts_with("utf-8") || encoding.starts_with("utf8") {
            return Ok(());
        }
        Err(self.wrong("its encoding is not UTF-8"))
    }

    /// White space, comments and instructions outside the root.
    fn around(&mut self) -> Result<Vec<Instruction>, Malformed> {
        let mut found = Vec::new();
        loop {
            self.skip_space();
            if self.take("<!--") {
                self.comment()?;
            } else if self.rest().starts_with("<?") {
                found.push(self.instruction()?);
            } else if self.rest().starts_with("<!") {
                return Err(self.wrong("a document type is not allowed"));
            } else {
                return Ok(found);
            }
        }
    }

    fn element(&mut self, depth: usize) -> Result<Element, Malformed> {
        if depth >= DEEPEST {
            return Err(self.wrong("elements are nested too deep"));
        }
        let outer = self.scopes.len();
        let (mut element, is_empty) = self.start_tag()?;
        if !is_empty {
            self.content(&mut element, depth)?;
        }
        self.scopes.truncate(outer);
        Ok(element)
    }

    fn content(&mut self, element: &mut Element, depth: usize) -> Result<(), Malformed> {
        loop {
            self.count()?;
            if self.take("</") {
                return self.end_tag(element);
            }
            let node = if self.take("<!--") {
                self.comment()?
            } else if self.take("<![CDATA[") {
                Node::Text(lines(self.until("]]>")?))
            } else if self.rest().starts_with("<?") {
                Node::Instruction(self.instruction()?)
            } else if self.rest().starts_with('<') {
                Node::Element(self.element(depth + 1)?)
            } else {
                Node::Text(self.characters()?)
            };
            element.children.push(node);
        }
    }

    fn start_tag(&mut self) -> Result<Opened, Malformed> {
        if !self.take("<") {
            return Err(self.wrong("an element was expected"));
        }
        let name = self.name()?;
        let mut written = Vec::new();
        let is_empty = loop {
            let spaced = self.skip_space();
            if self.take("/>") {
                break true;
            }
            if self.take(">") {
                break false;
            }
            if !spaced {
                return Err(self.wrong("a space is missing before an attribute"));
            }
            self.count()?;
            written.push(self.attribute()?);
        };
        Ok((self.resolve(name, written)?, is_empty))
    }

    fn end_tag(&mut self, element: &Element) -> Result<(), Malformed> {
        let (prefix, local) = split(self.name()?);
        self.skip_space();
        if (prefix, local) != (&element.prefix, &element.local) || !self.take(">") {
            return Err(self.wrong("an end tag does not match its start"));
        }
        Ok(())
    }

    fn attribute(&mut self) -> Result<(&'a str, String), Malformed> {
        let name = self.name()?;
        self.skip_space();
        if !self.take("=") {
            return Err(self.wrong("an attribute has no value"));
        }
        self.skip_space();
        let Some(quote @ ('"' | '\'')) = self.rest().chars().next() else {
            return Err(self.wrong("an attribute's value is not quoted"));
        };
        self.at += 1;
        let raw = self.until(if quote == '"' { "\"" } else { "'" })?;
        if raw.contains('<') {
            return Err(self.wrong("an attribute's value holds a <"));
        }
        let spaced = lines(raw).replace(['\n', '\t'], " ");
        Ok((name, self.resolved(&spaced)?))
    }

    /// Binds the names of a start tag to their namespaces.
    fn resolve(&mut self, name: &str, written: Vec<(&str, String)>) -> Result<Element, Malformed> {
        let (mut declared, mut plain) = (Vec::new(), Vec::new());
        for (name, value) in written {
            match split(name) {
                ("", "xmlns") => declared.push((String::new(), value)),
                ("xmlns", prefix) => declared.push((prefix.to_owned(), value)),
                (prefix, local) => plain.push((prefix, local, value)),
            }
        }
        self.declare(&declared)?;
        let attributes = plain.into_iter().map(|(prefix, local, value)| {
            let namespace = if prefix.is_empty() { "" } else { self.namespace(prefix)? };
            let [prefix, local, namespace] = [prefix, local, namespace].map(str::to_owned);
            Ok(Attribute { prefix, local, namespace, value })
        });
        let attributes = attributes.collect::<Result<Vec<_>, _>>()?;
        self.refuse_twins(&attributes)?;
        let (prefix, local) = split(name);
        let namespace = self.namespace(prefix)?.to_owned();
        let [prefix, local] = [prefix, local].map(str::to_owned);
        Ok(Element { prefix, local, namespace, declared, attributes, children: Vec::new() })
    }

    fn declare(&mut self, declared: &[(String, String)]) -> Result<(), Malformed> {
        for (place, (prefix, namespace)) in declared.iter().enumerate() {
            let is_reserved = prefix == "xmlns" || (prefix == "xml") != (namespace == XML);
            let is_undone = !prefix.is_empty() && namespace.is_empty();
            let is_twin = declared[..place].iter().any(|(earlier, _)| earlier == prefix);
            if is_reserved || is_undone || is_twin || self.scopes.len() >= MOST_NAMESPACES {
                return Err(self.wrong("a namespace declaration is not allowed"));
            }
            self.scopes.push((prefix.clone(), namespace.clone()));
        }
        Ok(())
    }

    fn refuse_twins(&self, attributes: &[Attribute]) -> Result<(), Malformed> {
        if attributes.len() > MOST_ATTRIBUTES {
            return Err(self.wrong("an element has too many attributes"));
        }
        for (place, one) in attributes.iter().enumerate() {
            let is_same = |other: &Attribute| {
                (&other.namespace, &other.local) == (&one.namespace, &one.local)
            };
            if attributes[..place].iter().any(is_same) {
                return Err(self.wrong("an attribute stands twice"));
            }
        }
        Ok(())
    }

    fn namespace(&self, prefix: &str) -> Result<&str, Malformed> {
        if prefix == "xml" {
            return Ok(XML);
        }
        let declared = self.scopes.iter().rev().find(|(declared, _)| declared == prefix);
        match declared {
            Some((_, namespace)) => Ok(namespace),
            None if prefix.is_empty() => Ok(""),
            None => Err(self.wrong("a prefix is not declared")),
        }
    }

    fn instruction(&mut self) -> Result<Instruction, Malformed> {
        self.count()?;
        self.at += 2;
        let said = self.until("?>")?;
        let (target, data) = said.split_once(is_space).unwrap_or((said, ""));
        if target.is_empty() || target.eq_ignore_ascii_case("xml") || !is_name(target) {
            return Err(self.wrong("a processing instruction has no allowed name"));
        }
        let data = lines(data.trim_start_matches(is_space));
        Ok(Instruction { target: target.to_owned(), data })
    }

    fn comment(&mut self) -> Result<Node, Malformed> {
        self.count()?;
        let said = self.until("-->")?;
        if said.contains("--") || said.ends_with('-') {
            return Err(self.wrong("a comment holds two hyphens"));
        }
        Ok(Node::Comment)
    }

    fn characters(&mut self) -> Result<String, Malformed> {
        let end = self.rest().find('<').map(|length| self.at + length);
        let Some(end) = end else { return Err(self.wrong("an element is not closed")) };
        let raw = &self.text[self.at..end];
        if raw.contains("]]>") {
            return Err(self.wrong("text holds ]]>"));
        }
        let resolved = self.resolved(&lines(raw))?;
        self.at = end;
        Ok(resolved)
    }

    /// References resolved, and every character one that XML allows.
    fn resolved(&self, raw: &str) -> Result<String, Malformed> {
        text::resolved(raw).map_err(|why| self.wrong(why))
    }

    fn name(&mut self) -> Result<&'a str, Malformed> {
        let is_part = |c: char| !is_space(c) && !matches!(c, '=' | '/' | '>' | '<' | '"' | '\'');
        let rest = self.rest();
        let name = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
        let (prefix, local) = split(name);
        let is_plain = prefix.is_empty() != name.contains(':');
        if !is_plain || !is_name(local) || !(prefix.is_empty() || is_name(prefix)) {
            return Err(self.wrong("a name is not one"));
        }
        self.at += name.len();
        Ok(name)
    }

    fn until(&mut self, end: &str) -> Result<&'a str, Malformed> {
        let Some(length) = self.rest().find(end) else {
            return Err(self.wrong("something is not closed"));
        };
        let found = &self.text[self.at..self.at + length];
        if !found.chars().all(is_allowed) {
            return Err(self.wrong("a character is not allowed in XML"));
        }
        self.at += length + end.len();
        Ok(found)
    }

    fn take(&mut self, word: &str) -> bool {
        let is_next = self.rest().starts_with(word);
        if is_next {
            self.at += word.len();
        }
        is_next
    }

    fn skip_space(&mut self) -> bool {
        let rest = self.rest();
        let length = rest.len() - rest.trim_start_matches(is_space).len();
        self.at += length;
        length > 0
    }

    fn count(&mut self) -> Result<(), Malformed> {
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None => return Err(self.wrong("it has too many nodes")),
        }
        Ok(())
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn wrong(&self, why: &'static str) -> Malformed {
        Malformed { why, at: self.at }
    }
}

/// Prefix and local name.
fn split(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}

/// The namespace of `xml:` itself.
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// Elements within elements. The deepest e-CF, with its signature, has nine.
const DEEPEST: usize = 64;

/// Nodes and attributes of one document: ten thousand lines of every field there is.
const MOST_NODES: usize = 4_000_000;

/// Namespace declarations in scope at once. An e-CF has three.
const MOST_NAMESPACES: usize = 256;

/// Attributes of one element. An e-CF has none, a signature's elements have one.
const MOST_ATTRIBUTES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn why(text: &str) -> &'static str {
        parse(text.as_bytes()).expect_err(text).why
    }

    fn root(text: &str) -> Element {
        parse(text.as_bytes()).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}")).root
    }

    #[test]
    fn what_receivers_tolerate_is_tolerated() {
        for good in [
            "\u{FEFF}<a/>",
            "<?xml version=\"1.0\" encoding='UTF-8'?>\r\n<a></a>\n",
            "<!-- x --><?p q?><a b = 'c'\n/><!-- y -->",
            "<a><!-- x --><![CDATA[<&>]]></a >",
            "<x:a xmlns:x=\"u\" x:b=\"1\" b=\"2\"/>",
        ] {
            root(good);
        }
    }

    #[test]
    fn references_and_line_ends_are_resolved() {
        let read = root("<a b=\"1\t2&#10;3\">&#34;&#x26;&lt;&gt;&apos;&quot;\r\nñ\r</a>");
        assert_eq!(read.text(), "\"&<>'\"\nñ\n");
        assert_eq!(read.attribute("b"), Some("1 2\n3"));
    }

    #[test]
    fn what_is_hostile_is_refused() {
        for bad in [
            "",
            " ",
            "a",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a/>x",
            "<!DOCTYPE a><a/>",
            "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
            "<a>&e;</a>",
            "<a>&#0;</a>",
            "<a>&#+65;</a>",
            "<a>&#xD800;</a>",
            "<a>& </a>",
            "<a>\u{1}</a>",
            "<a b=1/>",
            "<a b='1'c='2'/>",
            "<a b='1' b='2'/>",
            "<x:a xmlns:x='u' xmlns:y='u' x:b='1' y:b='2'/>",
            "<x:a/>",
            "<a b='<'/>",
            "<a>]]></a>",
            "<a><!-- -- --></a>",
            "<a:b:c/>",
            "<:a/>",
            "<1a/>",
            "<a xmlns:x=''/>",
            "<a xmlns:xml='u'/>",
            "<a><?xml version='1.0'?></a>",
            "<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
        ] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert_eq!(parse(&[b'<', 0xFF]).unwrap_err().why, "it is not UTF-8");
        assert_eq!(why(&"<a>".repeat(5_000)), "elements are nested too deep");
    }

    #[test]
    fn a_tree_can_be_walked() {
        let read = root("<a><b><c>1</c></b><b><c>2</c></b> <d/></a>");
        assert_eq!(read.text_at("b/c").as_deref(), Some("1"));
        assert_eq!(read.every("b").count(), 2);
        assert!(read.at("b/x").is_none());
        assert_eq!(read.without_blank_texts().children.len(), 3);
    }
}
