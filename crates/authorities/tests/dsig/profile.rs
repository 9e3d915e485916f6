//! What no attacker needs to have made: signatures of another profile, or of a careless library.

use authorities::dom::dsig::{CertificateError, Rejection, verify};
use data_encoding::BASE64;

use crate::kit::{
    COMMON_NAME, HOLDER, UTF8_STRING, bits, element, relative_name, sequence, unsigned_certificate,
};

fn signed() -> String {
    HOLDER.sign_text("<ECF><Version>1.0</Version></ECF>")
}

fn changed(from: &str, to: &str) -> Rejection {
    let signed = signed();
    assert!(signed.contains(from), "{from}");
    verify(signed.replacen(from, to, 1).as_bytes()).unwrap_err()
}

fn structure(element: &str, found: &str, expected: &str) -> Rejection {
    let (element, found, expected) = (element.into(), found.into(), expected.into());
    Rejection::Structure { element, found, expected }
}

#[test]
fn the_parts_come_in_their_order_and_once() {
    let expected = "SignedInfo, SignatureValue, KeyInfo";
    let found = "SignedInfo, SignatureValue, SignatureValue, KeyInfo";
    let twice = changed("<KeyInfo>", "<SignatureValue/><KeyInfo>");
    assert_eq!(twice, structure("Signature", found, expected));
    let renamed = changed("<KeyInfo>", "<Key/><KeyInfo>");
    let found = "SignedInfo, SignatureValue, Key, KeyInfo";
    assert_eq!(renamed, structure("Signature", found, expected));
    let expected = "CanonicalizationMethod, SignatureMethod, Reference";
    let found = "CanonicalizationMethod, SignatureMethod, Reference, X";
    assert_eq!(
        changed("</SignedInfo>", "<X/></SignedInfo>"),
        structure("SignedInfo", found, expected)
    );
    let expected = "Transforms, DigestMethod, DigestValue";
    let found = "Transforms, DigestMethod, DigestValue, X";
    assert_eq!(
        changed("</Reference>", "<X/></Reference>"),
        structure("Reference", found, expected)
    );
    assert_eq!(
        changed("<Transforms>", "<Transforms><X/>"),
        structure("Transforms", "X", "Transform")
    );
}

#[test]
fn one_reference_with_its_transform() {
    let several = changed("<Reference ", "<Reference/><Reference ");
    assert_eq!(several, Rejection::SeveralReferences { count: 2 });
    let signed = signed();
    let (before, rest) = signed.split_once("<Transforms>").unwrap();
    let (_, after) = rest.split_once("</Transforms>").unwrap();
    for without in [format!("{before}{after}"), format!("{before}<Transforms/>{after}")] {
        assert_eq!(verify(without.as_bytes()).unwrap_err(), Rejection::NotEnveloped);
    }
}

#[test]
fn attributes_are_those_of_the_profile() {
    let attribute = |element: &str, attribute: &str| Rejection::Attribute {
        element: element.into(),
        attribute: attribute.into(),
    };
    let typed = changed("<Reference ", "<Reference Type=\"http://x/\" ");
    assert_eq!(typed, attribute("Reference", "Type"));
    let encoded = changed("<SignatureValue>", "<SignatureValue Encoding=\"hex\">");
    assert_eq!(encoded, attribute("SignatureValue", "Encoding"));
    assert_eq!(changed("<KeyInfo>", "<KeyInfo x=\"\">"), attribute("KeyInfo", "x"));
    let prefixed = changed("<Reference ", "<Reference xmlns:x=\"urn:x\" x:URI=\"\" ");
    assert_eq!(prefixed, attribute("Reference", "x:URI"));
    let missing =
        Rejection::AttributeMissing { element: "Transform".into(), attribute: "Algorithm" };
    assert_eq!(changed("<Transforms>", "<Transforms><Transform/>"), missing);
}

#[test]
fn text_and_strange_canonicalizations_are_refused() {
    let stray = |element: &str| Rejection::StrayText { element: element.into() };
    assert_eq!(changed("<SignedInfo>", "<SignedInfo>x"), stray("SignedInfo"));
    assert_eq!(changed("</KeyInfo>", "&#160;</KeyInfo>"), stray("KeyInfo"));
    let canonicalization = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
    for uri in [
        "http://www.w3.org/2006/12/xml-c14n11",
        "",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
    ] {
        let refused = Rejection::Canonicalization { uri: uri.into() };
        assert_eq!(changed(canonicalization, uri), refused);
    }
    let inside = "<CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">\
        <i:InclusiveNamespaces xmlns:i=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"\"/>\
        </CanonicalizationMethod>";
    let method = format!("<CanonicalizationMethod Algorithm=\"{canonicalization}\"/>");
    let parameters = Rejection::Parameters { element: "CanonicalizationMethod".into() };
    assert_eq!(changed(&method, inside), parameters);
}

#[test]
fn base64_is_plain() {
    let refused = |element: &str| Rejection::Base64 { element: element.into() };
    let signed = signed();
    for name in ["DigestValue", "SignatureValue", "X509Certificate"] {
        let tag = format!("<{name}>");
        let (_, rest) = signed.split_once(&tag).unwrap();
        let value = rest.split_once("</").unwrap().0;
        let (first, second) = value.split_at(7);
        for bad in [
            format!("{first} {second}"),
            format!("{first}\t{second}"),
            format!("{first}\u{a0}{second}"),
            format!("{first}={second}"),
            format!("{first}-{second}"),
            format!("{value}AAA"),
            format!("AA=={value}"),
            format!("{value}="),
            String::new(),
            "  \n".to_owned(),
            "<X/>".to_owned(),
        ] {
            let changed = signed.replacen(value, &bad, 1);
            let rejection = verify(changed.as_bytes()).unwrap_err();
            assert_eq!(rejection, refused(name), "{name} {bad}");
        }
    }
    // The last digit before the padding has bits to spare, which must be zero.
    let digest = signed.split_once("<DigestValue>").unwrap().1.split_once("=<").unwrap().0;
    let last = digest.chars().last().unwrap();
    let spare = char::from_u32(u32::from(last) + 1).unwrap();
    let spared = format!("{}{spare}=<", &digest[..digest.len() - 1]);
    let rejection = changed(&format!("{digest}=<"), &spared);
    assert_eq!(rejection, refused("DigestValue"));
}

#[test]
fn a_digest_has_the_length_of_its_method() {
    let signed = signed();
    let digest = signed.split_once("<DigestValue>").unwrap().1.split_once('<').unwrap().0;
    assert_eq!(changed(digest, "AAAA"), Rejection::DigestLength { bytes: 3 });
}

#[test]
fn the_key_is_in_a_certificate_and_nowhere_else() {
    let key_info = |element: &str| Rejection::KeyInfo { element: element.into() };
    for element in ["RetrievalMethod", "MgmtData", "PGPData", "SPKIData"] {
        assert_eq!(changed("<KeyInfo>", &format!("<KeyInfo><{element}/>")), key_info(element));
    }
    assert_eq!(changed("<X509Data>", "<X509Data><X509CRL/>"), key_info("X509CRL"));
    let signed = signed();
    let (before, rest) = signed.split_once("<X509Data>").unwrap();
    let (_, after) = rest.split_once("</X509Data>").unwrap();
    for without in
        ["", "<X509Data/>", "<KeyName>x</KeyName>", "<KeyValue><RSAKeyValue/></KeyValue>"]
    {
        let changed = format!("{before}{without}{after}");
        assert_eq!(verify(changed.as_bytes()).unwrap_err(), Rejection::NoCertificate);
    }
    let many = "<X509Certificate>AAAA</X509Certificate>".repeat(8);
    let too_many = changed("<X509Data>", &format!("<X509Data>{many}"));
    assert_eq!(too_many, Rejection::TooManyCertificates { count: 9, limit: 8 });
}

#[test]
fn unusable_certificates_are_named() {
    let names = [relative_name(COMMON_NAME, UTF8_STRING, b"Ana")];
    let certificate = |spki: &[u8]| unsigned_certificate(&names, spki);
    let mut cut_off = HOLDER.certificate.clone();
    cut_off.pop();
    for (der, expected) in [
        (b"abc".to_vec(), CertificateError::Malformed),
        (cut_off, CertificateError::Malformed),
        ([&HOLDER.certificate[..], &[0]].concat(), CertificateError::Malformed),
        (vec![0; 17_000], CertificateError::TooLong { limit: 16 * 1024 }),
        (certificate(&elliptic_key()), CertificateError::NotRsa),
        (certificate(&rsa_key(&[0xc5; 128])), CertificateError::KeySize { bits: 1024 }),
    ] {
        let ours = BASE64.encode(&HOLDER.certificate);
        let rejection = changed(&ours, &BASE64.encode(&der));
        assert_eq!(rejection, Rejection::Certificate(expected));
    }
}

/// An RSA key of a modulus that is nobody's.
fn rsa_key(modulus: &[u8]) -> Vec<u8> {
    let modulus = element(0x02, &[&[0], modulus].concat());
    let key = sequence(&[modulus, element(0x02, &[1, 0, 1])]);
    let algorithm = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    sequence(&[sequence(&[algorithm.to_vec()]), bits(&key)])
}

fn elliptic_key() -> Vec<u8> {
    let algorithm = [0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    let curve = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    let point = [&[4][..], &[7; 64]].concat();
    sequence(&[sequence(&[algorithm.to_vec(), curve.to_vec()]), bits(&point)])
}
