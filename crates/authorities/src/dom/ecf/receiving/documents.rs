//! What comes from other taxpayers: e-CFs, and their word on ours.

use super::{day, not_read, signer, told};
use crate::contract::{
    Decision, DocumentFacts, Motive, NotRead, Own, ReceivedApproval, ReceivedDocument,
    ReceivedVerdict,
};
use crate::dom::dsig::verify;
use crate::dom::ecf::document::{Acecf, DocumentType, EcfHeader, Encf, Rnc, Verdict};
use crate::dom::ecf::schema::{Kind, check, check_unsigned};
use crate::dom::xml::{Document, Element};

/// An approval has a dozen fields and a signature.
const APPROVAL_BYTES_MAX: usize = 64 * 1024;

const ISSUER: &str = "Encabezado/Emisor/RNCEmisor";
const NUMBER: &str = "Encabezado/IdDoc/eNCF";
const BUYER: &str = "Encabezado/Comprador/RNCComprador";

pub(super) fn read(bytes: &[u8], own: &Own<'_>) -> Result<ReceivedDocument, NotRead> {
    let document = Document::parse(bytes).map_err(|error| NotRead(error.to_string()))?;
    let root = document.root();
    let issuer = value(root, ISSUER).and_then(|text| Rnc::parse(text).ok());
    let number = value(root, NUMBER).and_then(|text| Encf::parse(text).ok());
    let issuer = issuer.ok_or_else(|| not_read("it has no RNCEmisor"))?;
    let number = number.ok_or_else(|| not_read("it has no eNCF"))?;
    let buyer = value(root, BUYER).and_then(|text| Rnc::parse(text).ok());
    let verdict = match judge(bytes, root, own) {
        Ok(facts) => ReceivedVerdict::Sound(Box::new(facts)),
        Err((motive, why)) => ReceivedVerdict::NotReceived(motive, why),
    };
    Ok(ReceivedDocument {
        issuer_tax_id: issuer.to_string(),
        number: number.to_string(),
        buyer_tax_id: buyer.map(|buyer| buyer.to_string()),
        verdict,
    })
}

/// In the order of the motives, but for the buyer, which is believed only where the signature
/// holds; the ledger knows about duplicates.
fn judge(bytes: &[u8], root: &Element, own: &Own<'_>) -> Result<DocumentFacts, (Motive, String)> {
    let document_type = check_format(root).map_err(|why| (Motive::Specification, why))?;
    let verified = verify(bytes).map_err(|why| (Motive::Signature, why.to_string()))?;
    let header = EcfHeader::read(verified.document().root());
    let header = header.map_err(|faults| (Motive::Specification, told(&faults)))?;
    // The certificate counts at the time of signing, which the document states.
    let signed_by = (Some(&header.issuer), header.signed_at);
    let signer = signer(&verified, own.roots, signed_by);
    let signer = signer.map_err(|why| (Motive::Signature, why.0))?;
    if header.buyer.as_ref().map(Rnc::as_str) != Some(own.tax_id) {
        let buyer = header.buyer.map_or_else(|| "nobody".to_owned(), |buyer| buyer.to_string());
        return Err((Motive::OtherBuyer, format!("it is for {buyer}")));
    }
    Ok(DocumentFacts {
        kind: document_type.code().to_owned(),
        issuer_name: header.issuer_name,
        issued_on: header.issued_on,
        total: header.total,
        takes_approval: document_type.takes_approval(),
        inquiry_code: verified.security_code().as_str().to_owned(),
        signer,
    })
}

fn check_format(root: &Element) -> Result<DocumentType, String> {
    let Some(kind @ Kind::Ecf(document_type)) = Kind::of(root) else {
        return Err("it is no e-CF".to_owned());
    };
    if !document_type.is_sent_to_receiver() {
        return Err(format!("a document of type {} has no receiver", document_type.code()));
    }
    // One without a signature is of the right format, and fails for that alone.
    let is_signed =
        root.elements().next_back().is_some_and(|last| last.name().local() == "Signature");
    let faults = if is_signed { check(kind, root) } else { check_unsigned(kind, root) };
    if faults.is_empty() { Ok(document_type) } else { Err(told(&faults)) }
}

pub(super) fn read_approval(bytes: &[u8], own: &Own<'_>) -> Result<ReceivedApproval, NotRead> {
    if bytes.len() > APPROVAL_BYTES_MAX {
        return Err(not_read("it is longer than any approval"));
    }
    let verified = verify(bytes).map_err(|why| NotRead(why.to_string()))?;
    let read = Acecf::read(verified.document().root()).map_err(|faults| NotRead(told(&faults)))?;
    let signer = signer(&verified, own.roots, (Some(&read.buyer), read.at))?;
    if read.issuer.as_str() != own.tax_id {
        return Err(NotRead(format!("the document is one of {}", read.issuer)));
    }
    if !read.encf.document_type().takes_approval() {
        return Err(not_read("a document of this type takes no approval"));
    }
    if read.issued_on > day(read.at) {
        return Err(not_read("it is older than the document"));
    }
    Ok(ReceivedApproval {
        buyer_tax_id: read.buyer.to_string(),
        number: read.encf.to_string(),
        issued_on: read.issued_on,
        total: read.total,
        decision: match read.verdict {
            Verdict::Accepted => Decision::Approved,
            Verdict::Rejected(reason) => {
                let reason = reason.as_ref().map_or("", |reason| reason.as_str());
                Decision::Rejected(reason.to_owned())
            }
        },
        signer,
    })
}

/// A value without the blanks that a schema lets stand around it.
fn value<'a>(root: &'a Element, path: &str) -> Option<&'a str> {
    root.value_at(path).map(str::trim)
}
