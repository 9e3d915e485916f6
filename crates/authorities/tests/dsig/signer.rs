//! The signer: what it makes of a document before it signs, and what it does not sign.

use authorities::dom::dsig::{SecurityCode, SignError, prepare, verify};
use authorities::dom::xml::{Document, Element};

use crate::kit::HOLDER;

fn refused(xml: &str) -> SignError {
    prepare(Document::parse(xml.as_bytes()).unwrap()).unwrap_err()
}

#[test]
fn what_is_built_and_what_is_read_are_signed_alike() {
    let mut root = Element::new("ECF");
    root.push_leaf("Version", "1.0");
    root.push_leaf("RazonSocialEmisor", "A & B <\"C\"> 'D' Ñ ©".to_owned());
    root.push_optional("NombreComercial", None::<String>);
    let document = Document::new(root);
    let read = String::from_utf8(document.to_xml().unwrap()).unwrap();
    let signed = HOLDER.sign(document);
    assert_eq!(HOLDER.sign_text(&read).into_bytes(), signed.bytes);
    let verified = verify(&signed.bytes).unwrap();
    assert_eq!(verified.security_code(), &signed.security_code);
    let name = verified.document().root().value_at("RazonSocialEmisor");
    assert_eq!(name, Some("A & B <\"C\"> 'D' Ñ ©"));
}

#[test]
fn layout_blanks_and_carriage_returns_do_not_survive() {
    let untidy = "\u{feff}<ECF>\r\n\t<A> uno&#13;dos\r\n </A>\r\n\t<B>\n</B>\r\n</ECF>\r\n";
    let signed = HOLDER.sign_text(untidy);
    let expected = "<?xml version=\"1.0\" encoding=\"utf-8\"?><ECF><A>uno\ndos</A><B/><Signature ";
    assert!(signed.starts_with(expected), "{signed}");
    assert!(signed.ends_with("</X509Certificate></X509Data></KeyInfo></Signature></ECF>"));
    assert!(verify(signed.as_bytes()).is_ok());
}

#[test]
fn the_security_code_is_what_a_reader_sees_first_of_the_value() {
    let signed = HOLDER.sign(Document::new(Element::new("ECF").with(Element::leaf("A", "1"))));
    let text = String::from_utf8(signed.bytes).unwrap();
    let value = text.split_once("<SignatureValue>").unwrap().1;
    assert_eq!(value[..6].parse::<SecurityCode>().unwrap(), signed.security_code);
}

#[test]
fn what_should_not_be_signed_is_refused() {
    let signed = HOLDER.sign_text("<ECF><A>1</A></ECF>");
    assert_eq!(refused(&signed), SignError::SignedAlready);
    let hidden = "<ECF><A><s:Signature xmlns:s='http://www.w3.org/2000/09/xmldsig#'/></A></ECF>";
    assert_eq!(refused(hidden), SignError::SignedAlready);
    assert_eq!(refused("<ECF> \n</ECF>"), SignError::Empty);
    let mixed = SignError::MixedContent { element: "A".into() };
    assert_eq!(refused("<ECF><A>1<B/></A></ECF>"), mixed);

    let control = Element::new("ECF").with(Element::leaf("NombreItem", "a\u{1}"));
    let refused = prepare(Document::new(control)).unwrap_err();
    assert!(matches!(&refused, SignError::ForbiddenCharacter(one) if one.element == "NombreItem"));
    let noncharacter = Element::new("ECF").with(Element::leaf("NombreItem", "a\u{ffff}"));
    assert!(prepare(Document::new(noncharacter)).is_err());

    let document = Document::parse(b"<ECF><A>1</A></ECF>").unwrap();
    let short = prepare(document).unwrap().finish(b"short", &HOLDER.certificate).unwrap_err();
    assert_eq!(short, SignError::SignatureTooShort { bytes: 5 });
}
