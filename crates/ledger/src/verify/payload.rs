//! What an invoice's columns show, against its canonical bytes: those are hashed and signed, the
//! columns are not.

use invoice::{InvoiceId, SecurityElements};

use super::invoices::{InvoiceRow, invoice_place};
use super::{Break, EntryRow, chain};

/// Holds the row against the invoice that its bytes spell. Bytes that are no invoice of our schema
/// show nothing; that they are the bytes that were sealed is checked by their hash.
pub(super) fn check_payload(row: &InvoiceRow, payload: &[u8]) -> Result<(), Break> {
    let Ok(invoice) = invoice::Invoice::from_canonical(payload) else { return Ok(()) };
    let at = || invoice_place(row);
    let total = invoice.totals().total.to_string();
    for (what, stored, spelled) in [
        ("the document kind", row.document_kind.as_str(), invoice.kind()),
        ("the date", &row.issued_on, &invoice.issued_on().to_string()),
        ("the taxpayer", &row.taxpayer, &invoice.seller().tax_id),
        ("the total", &row.total, &total),
        ("the currency", &row.currency, invoice.currency()),
        ("the regime", &row.regime, invoice.regime_version()),
    ] {
        Break::unless_equal(at, what, (stored, spelled))?;
    }
    let customer = invoice.customer();
    for (what, stored, spelled) in [
        ("the customer's name", &row.customer_name, customer.name.as_deref()),
        ("the customer's tax id", &row.customer_tax_id, customer.tax_id.as_deref()),
        ("the invoice that it replaces", &row.replaces, invoice.replaces().map(InvoiceId::as_str)),
    ] {
        Break::unless_equal(at, what, (shown(stored.as_deref()), shown(spelled)))?;
    }
    Ok(())
}

/// An entry bears the code that stands in its elements, unless the entry before of the invoice
/// bears it already; returns the last that the invoice bears.
pub(super) fn check_code(
    entry: &EntryRow,
    before: Option<String>,
) -> Result<Option<String>, Break> {
    let elements = entry.elements.as_deref().and_then(SecurityElements::parse);
    let code = elements.map(|elements| elements.code).filter(|code| before.as_ref() != Some(code));
    let stored = entry.authority_code.as_deref();
    let both = (shown(stored), shown(code.as_deref()));
    Break::unless_equal(|| chain::place(entry), "the authority's code", both)?;
    let bears_it = matches!(entry.kind.as_str(), "sealed" | "acknowledged");
    Ok(if bears_it { code.or(before) } else { before })
}

fn shown(text: Option<&str>) -> &str {
    text.unwrap_or("none")
}
