//! XML: the tree, its canonical forms, and what is read out of documents.

use authorities::dom::dsig::prepare;
use authorities::dom::ecf::document::{Acecf, Anecf, Arecf, EcfHeader, Rfce, Seed, is_summarised};
use authorities::dom::ecf::schema::{self, Kind};
use authorities::dom::xml::c14n::{self, Method};
use authorities::dom::xml::{Document, Element};

use super::{matters, told};
use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "documents",
    read,
    seeds: matters::documents,
    words: WORDS,
    limit: 256 * 1024,
    rounds: 1_000,
};

fn read(bytes: &[u8]) {
    let document = match Document::parse(bytes) {
        Ok(document) => document,
        Err(error) => {
            let lines = bytes.split(|byte| *byte == b'\n').count();
            assert!((1..=lines).contains(&error.line) && error.column > 0, "{error}");
            return told(error);
        }
    };
    written_again(&document);
    canonical_again(&document);
    let root = document.root();
    checked(root);
    if let Ok(prepared) = prepare(document.clone()) {
        let tidy = prepare(prepared.document().clone()).expect("what is signed can be signed");
        assert_eq!(tidy.bytes(), prepared.bytes(), "what is tidy stays");
    }
}

fn written_again(document: &Document) {
    let Ok(written) = document.to_xml() else { return };
    let again = Document::parse(&written).expect("what is written is read");
    assert!(again == *document, "it is read as it was written");
}

/// The canonical form of a document is a document, and its own canonical form.
fn canonical_again(document: &Document) {
    for method in [Method::Inclusive, Method::Exclusive] {
        let form = canonical(document.root(), method);
        let again = Document::parse(&form).expect("a canonical form is a document");
        assert_eq!(canonical(again.root(), method), form, "there is one canonical form");
    }
}

pub(super) fn canonical(root: &Element, method: Method) -> Vec<u8> {
    let mut form = Vec::new();
    c14n::document(root, method, &mut form);
    form
}

/// Whatever the root says that it is, and as whatever else it could be read.
fn checked(root: &Element) {
    if let Some(kind) = Kind::of(root) {
        let faults = schema::check(kind, root);
        for fault in faults.iter().chain(&schema::check_obligatoriness(kind, root)) {
            told(format!("{fault:?}"));
        }
        let unsigned = schema::check_unsigned(kind, root);
        if schema::is_flawless(kind, root) {
            assert!(unsigned.is_empty(), "what is flawless has no fault: {unsigned:?}");
        }
    }
    let _ = is_summarised(root);
    let _ = EcfHeader::read(root);
    let _ = Rfce::read(root);
    again(root, Seed::read, Seed::to_element);
    again(root, Arecf::read, Arecf::to_element);
    again(root, Acecf::read, Acecf::to_element);
    again(root, Anecf::read, Anecf::to_element);
}

/// What is read is written and read again the same.
fn again<T: PartialEq + std::fmt::Debug, E: std::fmt::Debug>(
    root: &Element,
    read: impl Fn(&Element) -> Result<T, E>,
    write: impl Fn(&T) -> Element,
) {
    if let Ok(one) = read(root) {
        let written = write(&one);
        assert_eq!(read(&written).expect("what is written is read"), one);
    }
}

const WORDS: &[&str] = &[
    "<",
    ">",
    "&",
    ";",
    "</",
    "/>",
    "<A>",
    "</A>",
    "<A/>",
    "<A ",
    "\"",
    "'",
    "=",
    " a=\"1\"",
    " xmlns=\"\"",
    " xmlns=\"urn:x\"",
    " xmlns:x=\"urn:x\"",
    " x:a=\"1\"",
    "<x:A>",
    " xml:lang=\"es\"",
    " Id=\"1\"",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?xml version=\"1.0\"?>",
    "<?x?>",
    "<!DOCTYPE A>",
    "<!ENTITY",
    "&amp;",
    "&lt;",
    "&#13;",
    "&#x0;",
    "&#xD800;",
    "&#1114112;",
    "&#38;",
    "\u{feff}",
    "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/>",
    "\r",
    "\r\n",
    "\u{85}",
    "\u{2028}",
    "31-12-9999",
    "E310000000001",
    "99999999999999.99",
];
