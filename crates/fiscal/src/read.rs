//! From what the ledger holds back to invoices.

use invoice::{CanonicalError, EntryKind, Invoice, SealedInvoice, SecurityElements, Statement};
use ledger::InvoiceRecord;

/// Stored bytes that are not what was written: the ledger needs `verify`.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableRecord {
    #[error(transparent)]
    Payload(#[from] CanonicalError),
    #[error(transparent)]
    Statement(#[from] invoice::StatementError),
}

/// The invoice of a record, sealed or not.
pub fn invoice_of(record: &InvoiceRecord) -> Result<Invoice, UnreadableRecord> {
    Ok(Invoice::from_canonical(&record.payload)?)
}

/// The sealed invoice of a record; nothing while it is not sealed.
pub fn sealed_invoice(record: &InvoiceRecord) -> Result<Option<SealedInvoice>, UnreadableRecord> {
    let Some(seal) = record.seal() else { return Ok(None) };
    Ok(Some(SealedInvoice {
        id: record.invoice.invoice.clone(),
        invoice: invoice_of(record)?,
        statement: Statement::parse(&seal.statement)?,
        signature: seal.signature,
        elements: elements_of(record),
    }))
}

/// The elements that it was sealed with, if they came before the seal.
pub(crate) fn sealed_elements(record: &InvoiceRecord) -> Option<SecurityElements> {
    SecurityElements::parse(record.seal()?.elements.as_deref()?)
}

/// The authority's elements: of the seal, or of the acknowledgement that came later.
fn elements_of(record: &InvoiceRecord) -> Option<SecurityElements> {
    record
        .entries
        .iter()
        .filter(|entry| matches!(entry.kind, EntryKind::Sealed | EntryKind::Acknowledged))
        .find_map(|entry| SecurityElements::parse(entry.elements.as_deref()?))
}
