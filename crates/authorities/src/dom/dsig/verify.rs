//! The verifier: is this document, whole and as it is read, what the holder of this certificate
//! signed?

use aws_lc_rs::digest::{SHA256, digest};

use super::certificate::Certificate;
use super::read::{Contents, contents};
use super::rejection::Rejection;
use super::{SecurityCode, count_signatures, is_signature};
use crate::dom::xml::c14n::{self, Method};
use crate::dom::xml::{Document, Element, Scope};

/// Verifies the signature of a document, as it was received, and else with the texts left out that
/// are nothing but layout: the DGII's library signs without them and may save with them.
///
/// It says who signed. Whether that certificate is to be trusted, was valid at the time that counts
/// ([`Certificate::check_valid_at`]) and may sign for this taxpayer are questions of their own: the
/// certificate is not covered by the signature.
pub fn verify(bytes: &[u8]) -> Result<Verified, Rejection> {
    let mut document = Document::parse(bytes)?;
    let mut signature = take_signature(&mut document)?;
    let contents = contents(&signature, document.root())?;
    let security_code = SecurityCode::of_signature(&contents.value).ok_or(Rejection::Forged)?;
    let (form, certificate) = match check(&document, &signature, &contents) {
        Ok(certificate) => (Form::AsReceived, certificate),
        Err(refused) => {
            let in_document = document.root_mut().drop_blank_texts();
            let in_signature = signature.drop_blank_texts();
            if !in_document && !in_signature {
                return Err(refused);
            }
            let without = check(&document, &signature, &contents);
            (Form::WithoutLayout, without.map_err(|second| nearer(refused, second))?)
        }
    };
    let Contents { canonicalization, certificates, .. } = contents;
    Ok(Verified { document, form, canonicalization, certificate, certificates, security_code })
}

/// A document whose signature holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    document: Document,
    form: Form,
    canonicalization: Method,
    certificate: Certificate,
    certificates: Vec<Vec<u8>>,
    security_code: SecurityCode,
}

impl Verified {
    /// What was signed, and nothing else: without the signature, and without the layout where it
    /// verified so. Read values from here.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Gives up the rest for the document.
    pub fn into_document(self) -> Document {
        self.document
    }

    pub fn form(&self) -> Form {
        self.form
    }

    /// The canonical form in which the signer signed.
    pub fn canonicalization(&self) -> Method {
        self.canonicalization
    }

    /// The signer's: the one of those that came with the signature whose key made it.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// All that came with the signature, in DER, the signer's among them.
    pub fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    pub fn security_code(&self) -> &SecurityCode {
        &self.security_code
    }
}

/// In which form a document verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    AsReceived,
    /// With the texts left out that are nothing but layout.
    WithoutLayout,
}

/// Takes the only signature out of its only place.
fn take_signature(document: &mut Document) -> Result<Element, Rejection> {
    let root = document.root();
    let mut scope = Scope::default();
    match count_signatures(root, &mut scope) {
        0 => return Err(Rejection::Unsigned),
        1 => {}
        count => return Err(Rejection::SeveralSignatures { count }),
    }
    scope.enter(root);
    let last = root.elements().next_back().ok_or(Rejection::Misplaced)?;
    scope.enter(last);
    if !is_signature(last, &scope) {
        return Err(Rejection::Misplaced);
    }
    document.root_mut().take_last_element().ok_or(Rejection::Misplaced)
}

/// Holds the digest against the document, and the signature against the certificates.
fn check(
    document: &Document,
    signature: &Element,
    contents: &Contents,
) -> Result<Certificate, Rejection> {
    let mut canonical = Vec::new();
    c14n::document(document.root(), contents.digested_as, &mut canonical);
    if digest(&SHA256, &canonical).as_ref() != contents.digest {
        return Err(Rejection::Altered);
    }
    let signed_info = signature.elements().next().expect("the signature was read before");
    canonical.clear();
    let ancestors = [document.root(), signature];
    c14n::subtree(signed_info, &ancestors, contents.canonicalization, &mut canonical);
    signer(&canonical, contents)
}

/// The certificate whose key signed. Those that cannot be used are passed over while another
/// verifies, and are named when none does.
fn signer(signed: &[u8], contents: &Contents) -> Result<Certificate, Rejection> {
    let mut unusable = None;
    let mut is_forged = false;
    for der in &contents.certificates {
        match Certificate::parse(der) {
            Ok(certificate) if certificate.verifies(signed, &contents.value) => {
                return Ok(certificate);
            }
            Ok(_) => is_forged = true,
            Err(error) => unusable = Some(error),
        }
    }
    match unusable {
        Some(error) if !is_forged => Err(error.into()),
        _ => Err(Rejection::Forged),
    }
}

/// Of two failed attempts, the one that came further: past the digest.
fn nearer(first: Rejection, second: Rejection) -> Rejection {
    if second == Rejection::Altered { first } else { second }
}
