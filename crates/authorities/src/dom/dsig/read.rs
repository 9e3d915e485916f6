//! The contents of a signature, held against the profile.

use super::algorithm::{self, ENVELOPED, RSA_SHA256, SHA256};
use super::part::Part;
use super::rejection::{Rejection, shown};
use crate::dom::xml::c14n::Method;
use crate::dom::xml::{Attribute, Element, Scope};

/// What a signature says, once it says nothing that this profile does not have.
pub(super) struct Contents {
    /// The canonical form in which `SignedInfo` was signed.
    pub(super) canonicalization: Method,
    /// The canonical form in which the document was digested.
    pub(super) digested_as: Method,
    pub(super) digest: [u8; SHA256_BYTES],
    pub(super) value: Vec<u8>,
    /// In DER, in the order of the document: the leaf is not always the first.
    pub(super) certificates: Vec<Vec<u8>>,
}

/// Reads the signature that was taken out of this root.
pub(super) fn contents(signature: &Element, root: &Element) -> Result<Contents, Rejection> {
    let mut scope = Scope::default();
    scope.enter(root);
    let signature = Part::new(signature, &scope)?;
    signature.allow_attributes(&["Id"])?;
    if signature.parts()?.iter().any(|part| part.name() == "Object") {
        return Err(Rejection::Object);
    }
    let [signed_info, value, key_info] =
        signature.exactly(["SignedInfo", "SignatureValue", "KeyInfo"])?;
    signed_info.allow_attributes(&["Id"])?;
    let [canonicalization, method, reference] = signed_info_parts(&signed_info)?;
    let canonicalization = canonicalization_method(&canonicalization)?;
    signature_method(&method)?;
    let (digested_as, digest) = self::reference(&reference, root, signature.element())?;
    value.allow_attributes(&["Id"])?;
    let value = value.base64()?;
    let certificates = certificates(&key_info)?;
    Ok(Contents { canonicalization, digested_as, digest, value, certificates })
}

fn signed_info_parts<'a>(signed_info: &Part<'a>) -> Result<[Part<'a>; 3], Rejection> {
    let parts = signed_info.parts()?;
    let count = parts.iter().filter(|part| part.name() == "Reference").count();
    if count > 1 {
        return Err(Rejection::SeveralReferences { count });
    }
    signed_info.exactly(["CanonicalizationMethod", "SignatureMethod", "Reference"])
}

fn canonicalization_method(part: &Part<'_>) -> Result<Method, Rejection> {
    let uri = part.algorithm()?;
    let method = algorithm::canonicalization(uri)
        .ok_or_else(|| Rejection::Canonicalization { uri: shown(uri) })?;
    part.without_parameters()?;
    Ok(method)
}

fn signature_method(part: &Part<'_>) -> Result<(), Rejection> {
    match part.algorithm()? {
        RSA_SHA256 => part.without_parameters(),
        uri => Err(Rejection::SignatureMethod { uri: shown(uri) }),
    }
}

/// The form in which the document was digested, and its digest.
fn reference(
    reference: &Part<'_>,
    root: &Element,
    signature: &Element,
) -> Result<(Method, [u8; SHA256_BYTES]), Rejection> {
    reference.allow_attributes(&["Id", "URI"])?;
    whole_document(reference.attribute("URI")?, root, signature)?;
    if reference.parts()?.first().is_none_or(|part| part.name() != "Transforms") {
        return Err(Rejection::NotEnveloped);
    }
    let [transforms, method, value] =
        reference.exactly(["Transforms", "DigestMethod", "DigestValue"])?;
    let digested_as = digested_as(&transforms)?;
    match method.algorithm()? {
        SHA256 => method.without_parameters()?,
        uri => return Err(Rejection::DigestMethod { uri: shown(uri) }),
    }
    value.allow_attributes(&[])?;
    let digest = value.base64()?;
    let bytes = digest.len();
    let digest = digest.try_into().map_err(|_| Rejection::DigestLength { bytes })?;
    Ok((digested_as, digest))
}

/// The whole document is "", or the identifier of the root, which nobody else may bear.
fn whole_document(uri: &str, root: &Element, signature: &Element) -> Result<(), Rejection> {
    if uri.is_empty() {
        return Ok(());
    }
    let Some(id) = uri.strip_prefix('#') else {
        return Err(Rejection::ExternalReference { uri: shown(uri) });
    };
    if !root.attributes().iter().any(|attribute| identifies(attribute, id)) {
        return Err(Rejection::PartialReference { uri: shown(uri) });
    }
    if bearers(root, id) + bearers(signature, id) > 1 {
        return Err(Rejection::AmbiguousReference { id: shown(id) });
    }
    Ok(())
}

/// Without a document type, libraries take an attribute for an identifier by its name, each in its
/// own spelling.
fn identifies(attribute: &Attribute, id: &str) -> bool {
    attribute.name().local().eq_ignore_ascii_case("id") && attribute.value() == id
}

fn bearers(element: &Element, id: &str) -> usize {
    let own = element.attributes().iter().any(|attribute| identifies(attribute, id));
    usize::from(own) + element.elements().map(|child| bearers(child, id)).sum::<usize>()
}

/// The enveloped signature's transform, and at most one canonicalization behind it. Where there is
/// none, it is the inclusive one (XML Signature, 4.4.3.2).
fn digested_as(transforms: &Part<'_>) -> Result<Method, Rejection> {
    transforms.allow_attributes(&[])?;
    let mut method = None;
    for (place, transform) in transforms.parts()?.iter().enumerate() {
        if transform.name() != "Transform" {
            let found = transform.shown_name();
            let expected = "Transform".to_owned();
            return Err(Rejection::Structure { element: "Transforms".into(), found, expected });
        }
        let uri = transform.algorithm()?;
        match (place, algorithm::canonicalization(uri)) {
            (0, _) if uri == ENVELOPED => {}
            (0, Some(_)) => return Err(Rejection::NotEnveloped),
            (1, Some(second)) => method = Some(second),
            _ => return Err(Rejection::Transform { uri: shown(uri) }),
        }
        transform.without_parameters()?;
    }
    if transforms.element().is_empty() {
        return Err(Rejection::NotEnveloped);
    }
    Ok(method.unwrap_or(Method::Inclusive))
}

/// All certificates. What else describes the key is passed over, because the key is taken from a
/// certificate only; what leads elsewhere is refused.
fn certificates(key_info: &Part<'_>) -> Result<Vec<Vec<u8>>, Rejection> {
    key_info.allow_attributes(&["Id"])?;
    let mut certificates = Vec::new();
    for part in key_info.parts()? {
        match part.name() {
            "X509Data" => x509_data(&part, &mut certificates)?,
            "KeyName" | "KeyValue" => {}
            _ => return Err(Rejection::KeyInfo { element: part.shown_name() }),
        }
    }
    match certificates.len() {
        0 => Err(Rejection::NoCertificate),
        1..=MAX_CERTIFICATES => Ok(certificates),
        count => Err(Rejection::TooManyCertificates { count, limit: MAX_CERTIFICATES }),
    }
}

fn x509_data(data: &Part<'_>, certificates: &mut Vec<Vec<u8>>) -> Result<(), Rejection> {
    data.allow_attributes(&[])?;
    for part in data.parts()? {
        match part.name() {
            "X509Certificate" => {
                part.allow_attributes(&[])?;
                certificates.push(part.base64()?);
            }
            "X509IssuerSerial" | "X509SKI" | "X509SubjectName" => {}
            _ => return Err(Rejection::KeyInfo { element: part.shown_name() }),
        }
    }
    Ok(())
}

const SHA256_BYTES: usize = 32;
/// A leaf and its chain are three or four. Each may cost a verification.
const MAX_CERTIFICATES: usize = 8;
