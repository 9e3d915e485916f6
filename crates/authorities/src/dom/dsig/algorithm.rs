//! The names of the algorithms, letter by letter (Firmado de e-CF; its printed sample has misspelt
//! ones).

use crate::dom::xml::c14n::Method;

/// XML Signature Syntax and Processing.
pub(super) const NAMESPACE: &str = "http://www.w3.org/2000/09/xmldsig#";
pub(super) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
/// Canonical XML 1.0 without comments.
pub(super) const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
/// Exclusive XML Canonicalization 1.0 without comments. The DGII takes it though it does not name
/// it: sixteen of twenty-five documents of such an issuer were accepted, the others not for this.
pub(super) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// PKCS#1 v1.5 (RFC 4051, 2.3.2).
pub(super) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
pub(super) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// The canonical form of this name, if it is one of the two.
pub(super) fn canonicalization(uri: &str) -> Option<Method> {
    match uri {
        INCLUSIVE => Some(Method::Inclusive),
        EXCLUSIVE => Some(Method::Exclusive),
        _ => None,
    }
}
