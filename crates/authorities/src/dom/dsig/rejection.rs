//! Why a document is not taken for signed: one reason each, since the DGII and a receiver treat
//! them differently and an integrator has to find the mistake.

use super::certificate::CertificateError;
use crate::dom::xml::ParseError;

/// Why a document's signature is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("the document cannot be read: {0}")]
    Xml(#[from] ParseError),

    #[error("the document is not signed: there is no Signature in it")]
    Unsigned,
    #[error("the document holds {count} signatures: exactly one is accepted")]
    SeveralSignatures { count: usize },
    #[error("the signature is not the last child of the root: it may have been moved")]
    Misplaced,

    #[error("{element} holds {found}, where {expected} belongs")]
    Structure { element: String, found: String, expected: String },
    #[error("{element} has the attribute {attribute}, which this profile does not have")]
    Attribute { element: String, attribute: String },
    #[error("{element} has no attribute {attribute}")]
    AttributeMissing { element: String, attribute: &'static str },
    #[error("text stands between the elements of {element}")]
    StrayText { element: String },
    #[error("the element {element} is not of the namespace of XML signatures")]
    ForeignElement { element: String },
    #[error("the signature holds an Object, which nothing of the DGII's has")]
    Object,

    #[error("the canonicalization `{uri}` is neither Canonical XML 1.0 nor the exclusive one")]
    Canonicalization { uri: String },
    #[error("the signature method `{uri}` is not RSA with SHA-256")]
    SignatureMethod { uri: String },
    #[error("the digest method `{uri}` is not SHA-256")]
    DigestMethod { uri: String },
    #[error("{element} has parameters, which could change what is signed")]
    Parameters { element: String },

    #[error("the signature refers to {count} things: it must refer to the document alone")]
    SeveralReferences { count: usize },
    #[error("the signature refers to `{uri}`, outside of the document")]
    ExternalReference { uri: String },
    #[error("the signature refers to `{uri}`, which is not the whole document")]
    PartialReference { uri: String },
    #[error("more than one element is called `{id}`, so the signature may mean either")]
    AmbiguousReference { id: String },
    #[error("the transforms do not begin with the enveloped signature's")]
    NotEnveloped,
    #[error("the transform `{uri}` is not accepted, because it could sign less than is read")]
    Transform { uri: String },

    #[error("{element} is no plain base64: line breaks are all that may stand in it")]
    Base64 { element: String },
    #[error("the digest has {bytes} bytes, where SHA-256 has 32")]
    DigestLength { bytes: usize },

    #[error("KeyInfo holds {element}, which could lead to another key")]
    KeyInfo { element: String },
    #[error("the signature comes without a certificate")]
    NoCertificate,
    #[error("the signature comes with {count} certificates: {limit} at most are accepted")]
    TooManyCertificates { count: usize, limit: usize },
    #[error("the certificate cannot be used: {0}")]
    Certificate(#[from] CertificateError),

    #[error("the document is not the one that was signed: it was altered, or badly signed")]
    Altered,
    #[error("the signature was not made with the key of any certificate that comes with it")]
    Forged,
}

/// As much of what was found as belongs in a message: it comes from outside, at any length.
pub(super) fn shown(found: &str) -> String {
    const MAX_SHOWN: usize = 120;
    found.chars().take(MAX_SHOWN).collect()
}
