//! From a document to a signed one, in two halves, between which the taxpayer's key is asked.

use crate::contract::{KeyRole, NumberFate, Refusal, RefusalKind, Signed, Step};
use crate::dom::dsig::{SecurityCode, SignError, ToBeSigned, prepare};
use crate::dom::ecf::schema::SchemaFault;
use crate::dom::xml::{Document, Element};

/// A document as it goes out, byte for byte.
pub(super) struct SignedText {
    pub(super) text: String,
    pub(super) code: SecurityCode,
}

pub(super) fn to_be_signed(root: Element) -> Result<ToBeSigned, Refusal> {
    prepare(Document::new(root)).map_err(|error| unsigned(&error))
}

pub(super) fn sign(document: &ToBeSigned) -> Step {
    Step::Sign(document.bytes().to_vec(), KeyRole::Taxpayer)
}

pub(super) fn finish(document: &ToBeSigned, signed: &Signed) -> Result<SignedText, Refusal> {
    let certificate = signed.certificate.as_deref().ok_or_else(no_certificate)?;
    let signed =
        document.finish(&signed.signature, certificate).map_err(|error| unsigned(&error))?;
    let text = String::from_utf8(signed.bytes).expect("the writer writes UTF-8");
    Ok(SignedText { text, code: signed.security_code })
}

fn unsigned(error: &SignError) -> Refusal {
    ours("not_signed", error.to_string())
}

fn no_certificate() -> Refusal {
    let words = "the taxpayer's key has no certificate, which every document bears: name it as \
                 taxpayer_certificate in the outlet's settings";
    ours("no_certificate", words.to_owned())
}

/// The first of what is wrong with a document, for people.
pub(super) fn told(faults: &[SchemaFault]) -> String {
    match faults.first() {
        None => "it is not what it should be".to_owned(),
        Some(fault) => format!("{:?} of {} at {}", fault.rule, fault.element, fault.path),
    }
}

/// Why a document cannot come to be: nothing of it has left.
pub(super) fn ours(code: &str, words: String) -> Refusal {
    Refusal {
        kind: RefusalKind::Connection,
        code: code.to_owned(),
        words,
        number: NumberFate::Unused,
    }
}
