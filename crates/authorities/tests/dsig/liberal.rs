//! What other issuers' libraries write, and what is the same document all the same.

use authorities::dom::dsig::{Form, verify};
use data_encoding::BASE64;

use crate::kit::{HOLDER, Holder};

fn signed() -> String {
    HOLDER.sign_text("<ECF><A><B>1 &amp; 2</B></A></ECF>")
}

fn form(xml: &str) -> Form {
    let verified = verify(xml.as_bytes()).unwrap_or_else(|rejection| panic!("{rejection}: {xml}"));
    assert_eq!(verified.certificate().der(), HOLDER.certificate);
    verified.form()
}

#[test]
fn other_spellings_of_the_same_are_taken() {
    let signed = signed();
    for (from, to) in [
        ("<?xml version=\"1.0\" encoding=\"utf-8\"?>", ""),
        ("<?xml version=\"1.0\" encoding=\"utf-8\"?>", "\u{feff}"),
        ("1 &amp; 2", "1 &#38; 2"),
        ("1 &amp; 2", "1&#x20;<![CDATA[& ]]>2"),
        ("<A><B>", "<A ><B\n>"),
        ("</ECF>", "</ECF>\r\n\r\n"),
        ("URI=\"\"", "URI=''"),
        ("<KeyInfo>", "<KeyInfo Id='K'>\n<KeyName>x</KeyName><KeyValue><RSAKeyValue/></KeyValue>"),
        ("<X509Data>", "<X509Data><X509SubjectName>CN=x</X509SubjectName><X509IssuerSerial/>"),
        ("</X509Data>", "</X509Data>\n"),
    ] {
        assert!(signed.contains(from), "{from}");
        assert_eq!(form(&signed.replace(from, to)), Form::AsReceived, "{to}");
    }
}

#[test]
fn base64_may_have_lines() {
    let signed = signed();
    for name in ["SignatureValue", "X509Certificate"] {
        let (_, rest) = signed.split_once(&format!("<{name}>")).unwrap();
        let value = rest.split_once("</").unwrap().0;
        for line_end in ["\n", "\r\n", "&#13;\n"] {
            let lines: Vec<_> = value.as_bytes().chunks(76).map(String::from_utf8_lossy).collect();
            let lines = format!("\n  {}{line_end}  ", lines.join(line_end));
            assert_eq!(form(&signed.replace(value, &lines)), Form::AsReceived, "{line_end:?}");
        }
    }
}

/// The DGII's own desktop signer signs without layout, and saves with it.
#[test]
fn layout_that_was_added_after_signing_is_left_out() {
    let signed = signed();
    let indented = signed.replace("><", ">\r\n  <");
    assert_ne!(indented, signed);
    assert_eq!(form(&indented), Form::WithoutLayout);
    let verified = verify(indented.as_bytes()).unwrap();
    assert_eq!(verified.document(), verify(signed.as_bytes()).unwrap().document());
    assert_eq!(verified.document().root().value_at("A/B"), Some("1 & 2"));
}

#[test]
fn the_leaf_may_stand_anywhere_among_the_certificates() {
    let other = Holder::new("Autoridad");
    let bag = |der: &[u8]| format!("<X509Certificate>{}</X509Certificate>", BASE64.encode(der));
    let (ours, theirs) = (bag(&HOLDER.certificate), bag(&other.certificate));
    let broken = bag(b"no es un certificado");
    let signed = signed();
    assert!(signed.contains(&ours));
    for certificates in [
        format!("{theirs}{ours}"),
        format!("{ours}{theirs}"),
        format!("{broken}{theirs}{ours}{theirs}"),
        format!("{theirs}</X509Data><X509Data>{ours}"),
    ] {
        assert_eq!(form(&signed.replace(&ours, &certificates)), Form::AsReceived);
    }
}
