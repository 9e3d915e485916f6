//! The signature's own text, which is the same for every document but for three values.

use std::sync::LazyLock;

use data_encoding::BASE64;

use super::algorithm::{ENVELOPED, INCLUSIVE, NAMESPACE, RSA_SHA256, SHA256};
use crate::dom::xml::c14n::{self, Method};
use crate::dom::xml::{Element, write};

/// Appends the canonical form of `SignedInfo`, as it will stand in this root.
pub(super) fn push_signed_info(root: &Element, digest: &[u8], out: &mut Vec<u8>) {
    let inherits = |name: &str| name.starts_with("xml:");
    let attributes = root.attributes().iter().map(|attribute| attribute.name().qualified());
    if root.namespaces().is_empty() && !attributes.into_iter().any(inherits) {
        let [before, behind] = &TEMPLATE.canonical;
        out.extend_from_slice(before.as_bytes());
        out.extend_from_slice(BASE64.encode(digest).as_bytes());
        out.extend_from_slice(behind.as_bytes());
    } else {
        let signed_info = signed_info(&BASE64.encode(digest));
        c14n::subtree(&signed_info, &[root, &envelope()], Method::Inclusive, out);
    }
}

/// Appends the whole signature, as it is written.
pub(super) fn push_signature(digest: &[u8], value: &[u8], certificate: &[u8], out: &mut String) {
    let [first, second, third, last] = &TEMPLATE.written;
    out.push_str(first);
    BASE64.encode_append(digest, out);
    out.push_str(second);
    BASE64.encode_append(value, out);
    out.push_str(third);
    BASE64.encode_append(certificate, out);
    out.push_str(last);
}

/// Both texts, cut where the values go.
struct Template {
    canonical: [String; 2],
    written: [String; 4],
}

static TEMPLATE: LazyLock<Template> = LazyLock::new(|| {
    let signed_info = signed_info(PLACE);
    let mut canonical = Vec::new();
    c14n::subtree(&signed_info, &[&envelope()], Method::Inclusive, &mut canonical);
    let certificate = Element::leaf("X509Certificate", PLACE);
    let signature = envelope()
        .with(signed_info)
        .with(Element::leaf("SignatureValue", PLACE))
        .with(Element::new("KeyInfo").with(Element::new("X509Data").with(certificate)));
    let mut written = Vec::new();
    write::signed(&signature, &mut written);
    Template { canonical: cut(canonical), written: cut(written) }
});

fn cut<const N: usize>(text: Vec<u8>) -> [String; N] {
    let text = String::from_utf8(text).expect("it was written from text");
    let pieces: Vec<String> = text.split(PLACE).map(str::to_owned).collect();
    pieces.try_into().expect("the places were put there")
}

fn envelope() -> Element {
    Element::new("Signature").namespace("", NAMESPACE)
}

fn signed_info(digest: &str) -> Element {
    let named = |name: &'static str, uri| Element::new(name).with_attribute("Algorithm", uri);
    let reference = Element::new("Reference")
        .with_attribute("URI", "")
        .with(Element::new("Transforms").with(named("Transform", ENVELOPED)))
        .with(named("DigestMethod", SHA256))
        .with(Element::leaf("DigestValue", digest.to_owned()));
    Element::new("SignedInfo")
        .with(named("CanonicalizationMethod", INCLUSIVE))
        .with(named("SignatureMethod", RSA_SHA256))
        .with(reference)
}

/// Stands for a value; nothing else of a signature has such a character.
const PLACE: &str = "%";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dom::xml::Document;

    fn signed_info_in(root: &str) -> String {
        let document = Document::parse(root.as_bytes()).unwrap();
        let mut out = Vec::new();
        push_signed_info(document.root(), b"digest", &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn signed_info_inherits_what_the_root_has() {
        let plain = signed_info_in("<ECF a='1'/>");
        let rest = plain.strip_prefix("<SignedInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\">");
        let rest = rest.unwrap();
        assert!(rest.contains("<DigestValue>ZGlnZXN0</DigestValue></Reference></SignedInfo>"));
        for (root, inherited) in [
            ("<ECF xmlns='urn:d'/>", ""),
            ("<ECF xmlns:b='u:b' xmlns:a='u:a'/>", " xmlns:a=\"u:a\" xmlns:b=\"u:b\""),
            ("<ECF xml:lang='es'/>", " xml:lang=\"es\""),
        ] {
            let expected = format!(
                "<SignedInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"{inherited}>{rest}"
            );
            assert_eq!(signed_info_in(root), expected);
        }
    }
}
