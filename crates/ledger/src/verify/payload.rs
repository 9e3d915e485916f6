//! What an invoice's columns show, against its canonical bytes: those are hashed and signed, the
//! columns are not.

use std::borrow::Cow;

use invoice::{Amount, SecurityElements};
use serde::Deserialize;

use super::invoices::{InvoiceRow, invoice_place};
use super::{Break, EntryRow, chain};

/// What the bytes spell of the members that the columns show. The others are passed over: a tree of
/// them all would take as long as the signature's check.
#[derive(Deserialize)]
struct Spelled<'a> {
    #[serde(borrow)]
    schema: Cow<'a, str>,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    issued_on: Cow<'a, str>,
    #[serde(borrow)]
    currency: Cow<'a, str>,
    #[serde(borrow)]
    regime: Cow<'a, str>,
    #[serde(borrow)]
    seller: Seller<'a>,
    #[serde(borrow)]
    customer: Customer<'a>,
    #[serde(borrow)]
    totals: Totals<'a>,
    #[serde(borrow)]
    replaces: Option<Cow<'a, str>>,
    #[serde(borrow)]
    credit: Option<Credit<'a>>,
}

#[derive(Deserialize)]
struct Seller<'a> {
    #[serde(borrow)]
    tax_id: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Customer<'a> {
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    tax_id: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Totals<'a> {
    #[serde(borrow)]
    total: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Credit<'a> {
    #[serde(borrow)]
    original: Option<Original<'a>>,
}

#[derive(Deserialize)]
struct Original<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
}

/// Holds the row against the invoice that its bytes spell. Bytes that are no invoice of our schema
/// show nothing; that they are the bytes that were sealed is checked by their hash.
pub(super) fn check_payload(row: &InvoiceRow, payload: &[u8]) -> Result<(), Break> {
    let spelled = serde_json::from_slice::<Spelled<'_>>(payload).ok();
    let Some(invoice) = spelled.filter(|invoice| invoice.schema == SCHEMA) else { return Ok(()) };
    let at = || invoice_place(row);
    for (what, stored, spelled) in [
        ("the document kind", &row.document_kind, &invoice.kind),
        ("the date", &row.issued_on, &invoice.issued_on),
        ("the taxpayer", &row.taxpayer, &invoice.seller.tax_id),
        ("the total", &row.total, &invoice.totals.total),
        ("the currency", &row.currency, &invoice.currency),
        ("the regime", &row.regime, &invoice.regime),
    ] {
        Break::unless_equal(at, what, (stored.as_str(), spelled))?;
    }
    for (what, stored, spelled) in [
        ("the customer's name", &row.customer_name, &invoice.customer.name),
        ("the customer's tax id", &row.customer_tax_id, &invoice.customer.tax_id),
        ("the invoice that it replaces", &row.replaces, &invoice.replaces),
    ] {
        Break::unless_equal(at, what, (shown(stored.as_deref()), shown(spelled.as_deref())))?;
    }
    check_credited(row, &invoice)
}

/// It claims of the invoice that it names, and of no other. Bytes name an original only where the
/// ledger holds it. What is no credit note may name one and claim nothing of it, and so may a
/// credit note that comes to nothing.
fn check_credited(row: &InvoiceRow, invoice: &Spelled<'_>) -> Result<(), Break> {
    let original = invoice.credit.as_ref().and_then(|credit| credit.original.as_ref());
    let named = original.map(|original| &*original.id);
    let comes_to = Amount::parse(&invoice.totals.total).unwrap_or(Amount::ZERO);
    let must_claim = is_credit_note(&invoice.kind) && comes_to.is_positive();
    if row.credits.is_none() && !must_claim {
        return Ok(());
    }
    let both = (shown(row.credits.as_deref()), shown(named));
    Break::unless_equal(|| invoice_place(row), "the invoice that it credits", both)
}

/// Every regime's key of a credit note says so, and no other key does.
fn is_credit_note(kind: &str) -> bool {
    kind == "credit_note" || kind.ends_with("_credit_note")
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

/// Of canonical bytes whose members these are.
const SCHEMA: &str = "stalela.invoice/1";
