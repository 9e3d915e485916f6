//! The signature of the DGII's documents: one narrow profile of XML Signature (Firmado de e-CF).
//!
//! A signature is enveloped, covers the whole document, is the last child of the root, and is RSA
//! with SHA-256 over a canonical form. [`prepare`] and [`ToBeSigned::finish`] make exactly one
//! shape of it; [`verify`] takes that shape and what other issuers' libraries make of it, and
//! refuses everything else with a reason of its own.

mod algorithm;
mod certificate;
mod part;
mod read;
mod rejection;
mod security_code;
mod sign;
mod template;
mod tidy;
mod verify;

pub use certificate::{Certificate, CertificateError, OutsideValidity};
pub use rejection::Rejection;
pub use security_code::{NoSecurityCode, SecurityCode};
pub use sign::{SignError, Signed, ToBeSigned, prepare};
pub use verify::{Form, Verified, verify};

use crate::dom::xml::{Element, Scope};

/// How many signatures a tree holds, at whatever place and under whatever prefix.
fn count_signatures<'a>(element: &'a Element, scope: &mut Scope<'a>) -> usize {
    let mark = scope.enter(element);
    let own = usize::from(is_signature(element, scope));
    let inside: usize = element.elements().map(|child| count_signatures(child, scope)).sum();
    scope.leave(mark);
    own + inside
}

/// Whether an element whose declarations are in scope is a signature.
fn is_signature(element: &Element, scope: &Scope<'_>) -> bool {
    let name = element.name();
    name.local() == "Signature" && scope.of_element(name) == Some(algorithm::NAMESPACE)
}
