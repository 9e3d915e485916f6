//! Tree → bytes, without layout of its own.

use super::characters::forbidden;
use super::escape::{Canonical, Decimal, Escapes, push_attribute, push_plain_text, push_text};
use super::tree::{Contents, Element, Node, Stored};
use super::{Attribute, ForbiddenCharacter, Namespace};

/// What stands before every document of ours.
pub(in crate::dom) const DECLARATION: &str = r#"<?xml version="1.0" encoding="utf-8"?>"#;

/// The whole with the declaration and decimal references.
pub(super) fn unsigned(root: &Element) -> Result<Vec<u8>, ForbiddenCharacter> {
    check(root)?;
    let mut out = DECLARATION.as_bytes().to_vec();
    element::<Decimal>(root, &mut out);
    Ok(out)
}

/// An element with the escapes of the canonical form, for what stands around a signature: declared
/// namespaces keep their order, and empty elements are written short.
pub(in crate::dom) fn signed(root: &Element, out: &mut Vec<u8>) {
    element::<Canonical>(root, out);
}

/// Writes an element that can be signed as it stands, and whose canonical form is what is written:
/// all is done in one walk that others do in several. Says no, and may have written a part, where
/// there is anything besides elements and values: attributes, namespaces, empty elements, blanks
/// around a value, control characters, mixed contents, or what may be a signature. Then the long way
/// finds out what it is; that of our own documents never does.
pub(in crate::dom) fn plain(element: &Element, out: &mut String) -> bool {
    let name = element.name().qualified();
    if element.tag.is_some() || name.ends_with("Signature") {
        return false;
    }
    out.reserve(2 * name.len() + TAG_MARKS);
    out.push('<');
    out.push_str(name);
    out.push('>');
    let is_plain = match &element.contents {
        Contents::Text(text) => push_plain_text(text, out),
        Contents::Nodes(nodes) => {
            let mut nodes = nodes.iter();
            nodes.len() > 0
                && nodes.all(|node| matches!(node, Stored::Element(child) if plain(child, out)))
        }
    };
    out.push_str("</");
    out.push_str(name);
    out.push('>');
    is_plain
}

/// The five marks of a start and an end tag.
const TAG_MARKS: usize = 5;

/// Finds the first character that no document can hold.
pub(in crate::dom) fn check(element: &Element) -> Result<(), ForbiddenCharacter> {
    let in_this =
        |character| ForbiddenCharacter { element: element.name().local().to_owned(), character };
    let values = element.attributes().iter().map(Attribute::value);
    let uris = element.namespaces().iter().map(Namespace::uri);
    if let Some(character) = values.chain(uris).find_map(forbidden) {
        return Err(in_this(character));
    }
    element.children().try_for_each(|node| match node {
        Node::Element(child) => check(child),
        Node::Text(text) => forbidden(text).map_or(Ok(()), |found| Err(in_this(found))),
    })
}

fn element<E: Escapes>(element: &Element, out: &mut Vec<u8>) {
    let name = element.name().qualified().as_bytes();
    out.push(b'<');
    out.extend_from_slice(name);
    for namespace in element.namespaces() {
        declaration::<E>(namespace.prefix(), namespace.uri(), out);
    }
    for one in element.attributes() {
        attribute::<E>(one, out);
    }
    if element.is_empty() {
        return out.extend_from_slice(b"/>");
    }
    out.push(b'>');
    for node in element.children() {
        match node {
            Node::Element(child) => self::element::<E>(child, out),
            Node::Text(text) => push_text::<E>(text, out),
        }
    }
    end_tag(name, out);
}

pub(super) fn declaration<E: Escapes>(prefix: &str, uri: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b" xmlns");
    if !prefix.is_empty() {
        out.push(b':');
        out.extend_from_slice(prefix.as_bytes());
    }
    quoted::<E>(uri, out);
}

pub(super) fn attribute<E: Escapes>(attribute: &Attribute, out: &mut Vec<u8>) {
    out.push(b' ');
    out.extend_from_slice(attribute.name().qualified().as_bytes());
    quoted::<E>(attribute.value(), out);
}

fn quoted<E: Escapes>(value: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"=\"");
    push_attribute::<E>(value, out);
    out.push(b'"');
}

pub(super) fn end_tag(name: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"</");
    out.extend_from_slice(name);
    out.push(b'>');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dom::xml::{Document, c14n};

    fn written(root: Element) -> String {
        String::from_utf8(Document::new(root).to_xml().unwrap()).unwrap()
    }

    #[test]
    fn the_five_characters_are_written_as_decimal_references() {
        let root = Element::new("ECF")
            .namespace("xsi", "http://www.w3.org/2001/XMLSchema-instance")
            .with_attribute("a", "\"1\"\n")
            .with(Element::leaf("R", "A & B <\"C\"> 'D' ÑÍ ©\r"))
            .with(Element::new("Comprador"));
        let expected = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
            <ECF xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" a=\"&#34;1&#34;&#10;\">\
            <R>A &#38; B &#60;&#34;C&#34;&#62; &#39;D&#39; ÑÍ ©&#13;</R><Comprador/></ECF>";
        assert_eq!(written(root.clone()), expected);
        assert_eq!(Document::parse(expected.as_bytes()).unwrap().into_root(), root);
    }

    /// What can be signed as it stands is written as its canonical form, and nothing else is.
    #[test]
    fn the_short_way_is_taken_by_plain_documents_only() {
        let value = |text: &'static str| Element::new("A").with(Element::leaf("B", text));
        for root in
            [value("1.00"), value("Ñandú & <Cía>"), value("a\u{a0}"), Element::leaf("A", "x")]
        {
            let (mut short, mut long) = (String::new(), Vec::new());
            assert!(plain(&root, &mut short));
            c14n::document(&root, c14n::Method::Inclusive, &mut long);
            assert_eq!(short.as_bytes(), long);
        }
        for root in [
            Element::new("A"),
            value(" 1"),
            value("1 "),
            value("\u{a0}\n"),
            value("1\r2"),
            value("\u{1}"),
            value("1\u{fffe}"),
            value("1").text("x"),
            value("1").with(Element::new("C")),
            value("1").with_attribute("a", "b"),
            value("1").namespace("", "urn:x"),
            value("1").with(Element::leaf("ds:Signature", "x")),
        ] {
            assert!(!plain(&root, &mut String::new()), "{root:?}");
        }
    }

    #[test]
    fn what_no_document_can_hold_is_refused_with_its_place() {
        let root = Element::new("ECF").with(Element::leaf("NombreItem", "a\u{b}b"));
        let refused = Document::new(root).to_xml().unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the element NombreItem holds the character U+000B, which XML 1.0 does not allow: \
             remove it"
        );
    }
}
