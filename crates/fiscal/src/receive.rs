//! Receive: another taxpayer's document, which is kept and acknowledged; or its word on ours.

use authorities::{
    Acknowledged, Chain, Decision, DocumentFacts, Motive, NotRead, ReceivedApproval,
    ReceivedDocument, ReceivedVerdict, SignerStanding,
};
use invoice::{Hash, Timestamp};
use ledger::{
    DocumentMark, InvoiceSummary, Kept, KeptApproval, LedgerError, NewApproval, NewDocument,
    Outlet, Stage,
};

use crate::reception::{Reception, SignatureError};

/// What is answered to a document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Receipt {
    /// The acknowledgement, as signed.
    pub document: Vec<u8>,
    /// None where the document was taken.
    pub motive: Option<Motive>,
}

/// Why there is no answer of the kind that was wanted.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The sender's.
    #[error(transparent)]
    NotRead(#[from] NotRead),
    /// The word is on a document that we have not issued so.
    #[error("there is no such document of this taxpayer")]
    NotOurs,
    /// As many came as are kept.
    #[error("too many have come")]
    TooMany,
    #[error(transparent)]
    Signature(#[from] SignatureError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Takes a document, and acknowledges it.
///
/// The very same bytes are answered with the very same acknowledgement, for ever: their sender has
/// lost the first. Other bytes under the same number are a duplicate of what is known to be the
/// issuer's, or is of the same certificate; beside what may be forged they are kept too. What is not taken is answered
/// with a signed motive and not kept: anybody may send anything.
pub async fn receive(
    reception: &Reception,
    bytes: Vec<u8>,
    sender: Option<String>,
    now: Timestamp,
) -> Result<Receipt, ReceiveError> {
    let (read, bytes) = read(reception, bytes).await?;
    let facts = match &read.verdict {
        ReceivedVerdict::Sound(facts) => facts.as_ref().clone(),
        ReceivedVerdict::NotReceived(motive, why) => {
            tracing::info!(
                outlet.id = %reception.outlet.id, issuer = %read.issuer_tax_id,
                number = %read.number, "not received, {}: {why}", motive.as_str()
            );
            return answer(reception, &read, Some(*motive), now).await;
        }
    };
    let key = (read.issuer_tax_id.as_str(), read.number.as_str());
    let (ledger, outlet) = (&reception.ledger, &reception.outlet);
    let hash = Hash::of_note(&bytes);
    let mark = DocumentMark { document_hash: hash, certificate: facts.signer.certificate };
    if let Some(known) = ledger.received(&outlet.tenant, &outlet.id, key, mark).await? {
        return again(reception, &read, (hash, known), now).await;
    }
    let receipt = answer(reception, &read, None, now).await?;
    let new = new_document(reception, &read, (facts, bytes, sender), (&receipt, now));
    match ledger.keep_document(new).await? {
        Kept::New(_) => Ok(receipt),
        // Somebody was faster between the question and the answer.
        Kept::There { document_hash, receipt } if document_hash == hash => {
            Ok(Receipt { document: receipt, motive: None })
        }
        Kept::There { .. } => answer(reception, &read, Some(Motive::Duplicate), now).await,
        Kept::TooMany => Err(ReceiveError::TooMany),
    }
}

/// Off the threads that answer: a document of some megabytes takes a while to read.
async fn read(
    reception: &Reception,
    bytes: Vec<u8>,
) -> Result<(ReceivedDocument, Vec<u8>), NotRead> {
    let reception = reception.clone();
    let read = tokio::task::spawn_blocking(move || {
        let read = reception.receiving.read_document(&bytes, &reception.own());
        read.map(|read| (read, bytes))
    });
    read.await.expect("reading does not panic")
}

async fn again(
    reception: &Reception,
    read: &ReceivedDocument,
    (hash, (known, receipt)): (Hash, (Hash, Vec<u8>)),
    now: Timestamp,
) -> Result<Receipt, ReceiveError> {
    if known == hash {
        return Ok(Receipt { document: receipt, motive: None });
    }
    answer(reception, read, Some(Motive::Duplicate), now).await
}

async fn answer(
    reception: &Reception,
    document: &ReceivedDocument,
    motive: Option<Motive>,
    at: Timestamp,
) -> Result<Receipt, ReceiveError> {
    let acknowledged = Acknowledged { own_tax_id: &reception.tax_id, document, motive, at };
    let unsigned = reception.receiving.acknowledgement(&acknowledged);
    let document = reception.sign(unsigned, at).await?;
    Ok(Receipt { document, motive })
}

fn new_document(
    reception: &Reception,
    read: &ReceivedDocument,
    (facts, document, sender): (DocumentFacts, Vec<u8>, Option<String>),
    (receipt, at): (&Receipt, Timestamp),
) -> NewDocument {
    NewDocument {
        tenant: reception.outlet.tenant.clone(),
        outlet: reception.outlet.id.clone(),
        issuer_tax_id: read.issuer_tax_id.clone(),
        issuer_name: facts.issuer_name,
        number: read.number.clone(),
        kind: facts.kind,
        issued_on: facts.issued_on,
        total: facts.total,
        takes_approval: facts.takes_approval,
        inquiry_code: facts.inquiry_code,
        signer_is_party: facts.signer.standing == SignerStanding::Party,
        chain_checked: facts.signer.chain == Chain::Checked,
        certificate: facts.signer.certificate,
        signer: facts.signer.name,
        sender,
        document,
        receipt: receipt.document.clone(),
        at,
    }
}

/// Takes a buyer's word on an invoice of the taxpayer, of whichever of its outlets: it has to name
/// it as it was issued. The same again is nothing new, and ever new words are bounded.
pub async fn receive_approval(
    reception: &Reception,
    bytes: Vec<u8>,
    now: Timestamp,
) -> Result<(), ReceiveError> {
    let read = reception.receiving.read_approval(&bytes, &reception.own())?;
    let invoice = meant(reception, &read).await?.ok_or(ReceiveError::NotOurs)?;
    let (is_approved, reason) = match read.decision {
        Decision::Approved => (true, String::new()),
        Decision::Rejected(reason) => (false, reason),
    };
    let new = NewApproval {
        tenant: reception.outlet.tenant.clone(),
        invoice: invoice.invoice,
        number: read.number,
        buyer_tax_id: read.buyer_tax_id,
        is_approved,
        reason,
        signer_is_party: read.signer.standing == SignerStanding::Party,
        chain_checked: read.signer.chain == Chain::Checked,
        certificate: read.signer.certificate,
        signer: read.signer.name,
        document: bytes,
        at: now,
    };
    match reception.ledger.keep_approval(new).await? {
        KeptApproval::New | KeptApproval::There => Ok(()),
        KeptApproval::TooMany => Err(ReceiveError::TooMany),
    }
}

/// The invoice with the number, buyer, day and total that the word names, which this taxpayer sealed.
async fn meant(
    reception: &Reception,
    read: &ReceivedApproval,
) -> Result<Option<InvoiceSummary>, LedgerError> {
    let Outlet { tenant, taxpayer, .. } = &reception.outlet;
    for invoice in reception.ledger.invoices_by_number(tenant, &read.number).await? {
        let outlet = reception.ledger.outlet(tenant, &invoice.outlet).await?;
        let is_own = outlet.is_some_and(|outlet| {
            outlet.taxpayer == *taxpayer && outlet.environment == reception.outlet.environment
        });
        if is_own && is_as_named(&invoice, read) {
            return Ok(Some(invoice));
        }
    }
    Ok(None)
}

fn is_as_named(invoice: &InvoiceSummary, read: &ReceivedApproval) -> bool {
    matches!(invoice.stage, Stage::Sealed | Stage::SealedUnanswered | Stage::Acknowledged)
        && invoice.summary.customer_tax_id.as_deref() == Some(read.buyer_tax_id.as_str())
        && invoice.summary.issued_on == read.issued_on.to_string()
        && invoice.total == read.total
}
