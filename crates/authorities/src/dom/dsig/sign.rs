//! The signer, in two halves, so that the key can be elsewhere: what is to be signed comes out, and
//! the signature goes in.

use aws_lc_rs::digest::{Digest, SHA256, digest};

use super::template::{push_signature, push_signed_info};
use super::tidy::tidy;
use super::{SecurityCode, count_signatures};
use crate::dom::xml::c14n::{self, Method};
use crate::dom::xml::{Document, Element, ForbiddenCharacter, Scope, write};

/// Brings a document into the form in which it is signed, and digests it.
pub fn prepare(mut document: Document) -> Result<ToBeSigned, SignError> {
    let mut written = String::with_capacity(TYPICAL_BYTES);
    let digest = if write::plain(document.root(), &mut written) {
        digest(&SHA256, written.as_bytes())
    } else {
        written = tidied(document.root_mut())?;
        canonical_digest(document.root())
    };
    let mut bytes = Vec::with_capacity(SIGNED_INFO_BYTES);
    push_signed_info(document.root(), digest.as_ref(), &mut bytes);
    Ok(ToBeSigned { document, written, digest, bytes })
}

/// The long way, for a document that is not plain, or cannot be signed.
fn tidied(root: &mut Element) -> Result<String, SignError> {
    write::check(root)?;
    if count_signatures(root, &mut Scope::default()) > 0 {
        return Err(SignError::SignedAlready);
    }
    tidy(root)?;
    if root.is_empty() {
        return Err(SignError::Empty);
    }
    let mut written = Vec::with_capacity(TYPICAL_BYTES);
    write::signed(root, &mut written);
    Ok(String::from_utf8(written).expect("it was written from text"))
}

fn canonical_digest(root: &Element) -> Digest {
    let mut canonical = Vec::with_capacity(TYPICAL_BYTES);
    c14n::document(root, Method::Inclusive, &mut canonical);
    digest(&SHA256, &canonical)
}

/// A document that waits for its signature. The same document always gives the same one, so it
/// need not be stored.
#[derive(Debug, Clone)]
pub struct ToBeSigned {
    document: Document,
    /// The document as it will be sent, but for declaration and signature.
    written: String,
    digest: Digest,
    bytes: Vec<u8>,
}

impl ToBeSigned {
    /// What the key signs, with RSA PKCS#1 v1.5 and SHA-256: the canonical form of `SignedInfo`,
    /// which holds the digest of the document.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The document as it is signed.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Takes the signature over [`ToBeSigned::bytes`], and the certificate of the key in DER: the
    /// leaf alone, without its chain.
    pub fn finish(&self, signature: &[u8], certificate: &[u8]) -> Result<Signed, SignError> {
        let too_short = SignError::SignatureTooShort { bytes: signature.len() };
        let security_code = SecurityCode::of_signature(signature).ok_or(too_short)?;
        let end = self.written.rfind("</").expect("the root is not empty, so it has an end tag");
        let (contents, end_tag) = self.written.split_at(end);
        let mut whole = String::with_capacity(self.written.len() + SIGNATURE_BYTES);
        whole.push_str(write::DECLARATION);
        whole.push_str(contents);
        push_signature(self.digest.as_ref(), signature, certificate, &mut whole);
        whole.push_str(end_tag);
        Ok(Signed { bytes: whole.into_bytes(), security_code })
    }
}

/// A signed document. Its bytes are what is stored and sent; nobody writes them again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    pub bytes: Vec<u8>,
    pub security_code: SecurityCode,
}

/// Why a document is not signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    #[error(transparent)]
    ForbiddenCharacter(#[from] ForbiddenCharacter),
    #[error("the document holds a signature already: sign the one without")]
    SignedAlready,
    #[error("the document is empty: fill it first")]
    Empty,
    #[error("the element {element} holds both text and elements: keep one or the other")]
    MixedContent { element: String },
    #[error("a signature of {bytes} bytes is none of RSA: check the key that made it")]
    SignatureTooShort { bytes: usize },
}

/// A signed e-CF of a few lines, so that the buffer grows rarely.
const TYPICAL_BYTES: usize = 8 * 1024;
/// The canonical form of `SignedInfo`, which differs in its digest only, for the same reason.
const SIGNED_INFO_BYTES: usize = 1024;
/// A signature with a certificate of usual length, for the same reason.
const SIGNATURE_BYTES: usize = 4 * 1024;
