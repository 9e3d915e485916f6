//! What we answer: acknowledgements of receipt, and approvals.

use invoice::Timestamp;

use super::not_read;
use crate::contract::{Acknowledged, Approval, Decision, Motive, NotRead, Signed, Unsigned};
use crate::dom::dsig::{SignError, ToBeSigned, prepare};
use crate::dom::ecf::document::{self, Acecf, Arecf, Encf, Reason, Receipt, Rnc, Verdict};
use crate::dom::xml::{Document, Element};

/// The buyer in it is the one whom the document names, so that its issuer finds it again; where it
/// names none, it is us.
pub(super) fn acknowledgement(acknowledged: &Acknowledged<'_>) -> Unsigned {
    let Acknowledged { own_tax_id, document, motive, at } = acknowledged;
    let rnc = |text: &str| Rnc::parse(text).expect("it was read from an RNC");
    let buyer = document.buyer_tax_id.as_deref().unwrap_or(own_tax_id);
    let receipt = Arecf {
        issuer: rnc(&document.issuer_tax_id),
        buyer: rnc(buyer),
        encf: Encf::parse(&document.number).expect("it was read from an e-NCF"),
        receipt: match motive {
            None => Receipt::Received,
            Some(motive) => Receipt::NotReceived(Some(code(*motive))),
        },
        at: *at,
    };
    unsigned(receipt.to_element()).expect("its values are of digits, letters and hyphens")
}

fn code(motive: Motive) -> document::Motive {
    match motive {
        Motive::Specification => document::Motive::Specification,
        Motive::Signature => document::Motive::Signature,
        Motive::Duplicate => document::Motive::Duplicate,
        Motive::OtherBuyer => document::Motive::OtherBuyer,
    }
}

pub(super) fn approval(approval: &Approval, now: Timestamp) -> Result<Unsigned, NotRead> {
    let rnc = |text: &str| Rnc::parse(text).map_err(|error| NotRead(error.to_string()));
    let encf = Encf::parse(&approval.number).map_err(|error| NotRead(error.to_string()))?;
    if !encf.document_type().takes_approval() {
        return Err(not_read("a document of this type takes no approval"));
    }
    let verdict = match &approval.decision {
        Decision::Approved => Verdict::Accepted,
        Decision::Rejected(reason) => {
            let reason = Reason::parse(reason);
            let reason = reason.ok_or_else(|| not_read("a reason has 1 to 250 characters"))?;
            Verdict::Rejected(Some(reason))
        }
    };
    let document = Acecf {
        issuer: rnc(&approval.issuer_tax_id)?,
        encf,
        issued_on: approval.issued_on,
        total: approval.total,
        buyer: rnc(&approval.tax_id)?,
        verdict,
        at: now,
    };
    unsigned(document.to_element()).map_err(|error| NotRead(error.to_string()))
}

fn unsigned(root: Element) -> Result<Unsigned, SignError> {
    let document = prepare(Document::new(root))?;
    let to_sign = document.bytes().to_vec();
    Ok(Unsigned::new(to_sign, move |signed| finish(&document, signed)))
}

fn finish(document: &ToBeSigned, signed: &Signed) -> Result<Vec<u8>, String> {
    let certificate = signed.certificate.as_deref();
    let certificate =
        certificate.ok_or("the key has no certificate, which every document bears")?;
    let signed = document.finish(&signed.signature, certificate);
    signed.map(|signed| signed.bytes).map_err(|error| error.to_string())
}
