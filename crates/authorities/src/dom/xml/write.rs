//! Tree → bytes, without layout of its own.

use super::characters::forbidden;
use super::escape::{Canonical, Decimal, Escapes, push_attribute, push_text};
use super::tree::{Element, Node};
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
/// namespaces keep their order, and empty elements are written short. Says whether this is the
/// canonical form already, as it is where there is nothing of the kind.
pub(in crate::dom) fn signed(root: &Element, out: &mut Vec<u8>) -> bool {
    element::<Canonical>(root, out)
}

/// Finds the first character that no document can hold.
pub(in crate::dom) fn check(element: &Element) -> Result<(), ForbiddenCharacter> {
    let in_this =
        |character| ForbiddenCharacter { element: element.name().local().to_owned(), character };
    let values = element.attributes().iter().map(Attribute::value);
    let uris = element.namespaces().iter().map(Namespace::uri);
    if let Some(character) = values.chain(uris).find_map(forbidden) {
        return Err(in_this(character));
    }
    element.children().iter().try_for_each(|node| match node {
        Node::Element(child) => check(child),
        Node::Text(text) => forbidden(text).map_or(Ok(()), |found| Err(in_this(found))),
    })
}

/// Says whether nothing was written that the canonical form may have otherwise.
fn element<E: Escapes>(element: &Element, out: &mut Vec<u8>) -> bool {
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
        out.extend_from_slice(b"/>");
        return false;
    }
    let mut is_plain = element.namespaces().is_empty() && element.attributes().is_empty();
    out.push(b'>');
    for node in element.children() {
        match node {
            Node::Element(child) => is_plain &= self::element::<E>(child, out),
            Node::Text(text) => push_text::<E>(text, out),
        }
    }
    end_tag(name, out);
    is_plain
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
    use crate::dom::xml::Document;

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
