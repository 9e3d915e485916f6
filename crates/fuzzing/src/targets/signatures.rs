//! Signed documents: whatever is done to one, what verifies says what was signed.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use authorities::dom::dsig::{Form, prepare, verify};
use authorities::dom::xml::Document;
use authorities::dom::xml::c14n::Method;

use super::documents::canonical;
use super::{matters, told};
use crate::Target;
use crate::material::{PERSON, signed};

pub(super) const TARGET: Target = Target {
    name: "signatures",
    read,
    seeds: || SIGNED.iter().map(|xml| signed(xml)).collect(),
    words: WORDS,
    limit: 256 * 1024,
    rounds: 1_500,
};

/// Everything that the person ever signed.
static SIGNED: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut all = vec![matters::seed(), matters::approval(), matters::document("31", 1)];
    all.extend([matters::document("32", 2), matters::acknowledgement("E310000000001")]);
    all
});

/// The canonical form of each.
static SAID: LazyLock<BTreeSet<Vec<u8>>> = LazyLock::new(|| {
    let form = |xml: &String| {
        let document = Document::parse(xml.as_bytes()).expect("a seed is a document");
        let prepared = prepare(document).expect("a seed can be signed");
        canonical(prepared.document().root(), Method::Inclusive)
    };
    SIGNED.iter().map(form).collect()
});

fn read(bytes: &[u8]) {
    let verified = match verify(bytes) {
        Ok(verified) => verified,
        Err(rejection) => return told(rejection),
    };
    // Others hold keys too: a document may come with a certificate of its own. This person's
    // key has signed these and nothing else.
    if verified.certificate().der() != PERSON {
        return;
    }
    let form = canonical(verified.document().root(), Method::Inclusive);
    assert!(SAID.contains(&form), "nobody signed {}", String::from_utf8_lossy(&form));
    assert!(matches!(verified.form(), Form::AsReceived | Form::WithoutLayout));
    assert_eq!(verified.security_code().as_str().chars().count(), 6);
}

const WORDS: &[&str] = &[
    "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\">",
    "</Signature>",
    "<SignedInfo>",
    "<Reference URI=\"\">",
    " URI=\"#a\"",
    " Id=\"a\"",
    " ID=\"a\"",
    "<Transforms/>",
    "http://www.w3.org/2001/10/xml-exc-c14n#",
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
    "http://www.w3.org/2000/09/xmldsig#sha1",
    "http://www.w3.org/TR/1999/REC-xpath-19991116",
    "<Object>",
    "<Manifest>",
    "<KeyName>x</KeyName>",
    "<X509SubjectName>x</X509SubjectName>",
    " xmlns:a=\"urn:a\"",
    " xmlns=\"\"",
    "<![CDATA[",
    "]]>",
    "&#32;",
    "&#13;",
    "\r\n",
    " ",
    "\t",
    "<!--x-->",
    "<MontoTotal>1.00</MontoTotal>",
    "=",
    "AAAA",
];
