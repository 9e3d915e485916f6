//! What a document must look like before it is signed.
//!
//! The DGII's side drops texts that are nothing but layout before it digests, and loses carriage
//! returns when it writes a document again. So a document is signed without either, and its values
//! have no blanks around them (Formato e-CF).

use std::borrow::Cow;

use super::sign::SignError;
use crate::dom::xml::{Element, Node, NodeMut, is_blank, is_blank_text};

/// Trims values, turns line ends into line feeds, and drops the layout between elements.
pub(super) fn tidy(element: &mut Element) -> Result<(), SignError> {
    let is_leaf = element.elements().next().is_none();
    let is_content = |node: Node<'_>| matches!(node, Node::Text(text) if !is_blank_text(text));
    if !is_leaf && element.children().any(is_content) {
        return Err(SignError::MixedContent { element: element.name().local().to_owned() });
    }
    for attribute in element.attributes_mut() {
        without_carriage_returns(attribute.value_mut());
    }
    for node in element.children_mut() {
        match node {
            NodeMut::Element(child) => tidy(child)?,
            NodeMut::Text(text) => value(text),
        }
    }
    element.drop_blank_texts_here();
    Ok(())
}

fn value(text: &mut Cow<'static, str>) {
    without_carriage_returns(text);
    let trimmed = text.trim_matches(|c: char| u8::try_from(c).is_ok_and(is_blank));
    if trimmed.len() != text.len() {
        *text = Cow::Owned(trimmed.to_owned());
    }
}

fn without_carriage_returns(text: &mut Cow<'static, str>) {
    if text.contains('\r') {
        *text = Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dom::xml::Document;

    fn tidied(xml: &str) -> Result<Element, SignError> {
        let mut root = Document::parse(xml.as_bytes()).unwrap().into_root();
        tidy(&mut root).map(|()| root)
    }

    #[test]
    fn layout_goes_and_values_are_trimmed() {
        let untidy = "<A>\r\n <B> x&#13;&#10;y&#13;z\t</B> <C> \n</C><D>\u{a0}</D>\n</A>";
        let tidy = "<A><B>x\ny\nz</B><C/><D>\u{a0}</D></A>";
        assert_eq!(tidied(untidy).unwrap(), Document::parse(tidy.as_bytes()).unwrap().into_root());
        assert_eq!(tidied(tidy), tidied(untidy));
    }

    #[test]
    fn text_beside_elements_is_refused() {
        let mixed = SignError::MixedContent { element: "B".into() };
        assert_eq!(tidied("<A><B>x<C/></B></A>"), Err(mixed));
    }
}
