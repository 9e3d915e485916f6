//! Documents on paper: drafts that are right, changes to them, and what the composed document says.

use std::collections::BTreeMap;

use invoice::{Fault, Hash, Invoice, InvoiceId, Original, OriginalInvoice, OutletId, PricingFacts};
use serde_json::{Value, json};

use crate::dom::compose::testing::{composed, facts, leaves, priced};

/// A consumer's purchase of one article at 1,000 pesos, taxed at 18 %, tax not included.
pub(super) fn sale() -> Value {
    json!({
        "kind": "consumer_invoice",
        "prices": "tax_excluded",
        "operator": {"name": "Yesenia"},
        "customer": {"kind": "consumer"},
        "lines": [line("1000", "itbis_18")],
    })
}

pub(super) fn line(price: &str, group: &str) -> Value {
    json!({"kind": "goods", "name": "Articulo", "quantity": "1", "unit_price": price,
           "tax_group": group})
}

/// The sale with these lines instead.
pub(super) fn with_lines(lines: &[Value]) -> Value {
    changed(&sale(), &[("/lines", json!(lines))])
}

/// A company, for what wants one.
pub(super) fn company() -> Value {
    json!({"kind": "company", "name": "Ferreteria Ozama SRL", "tax_id": "131888888"})
}

/// A purchase of a professional without receipts of his own.
pub(super) fn purchase() -> Value {
    let mut line = line("1000", "itbis_18");
    line["kind"] = json!("service");
    line["do"] = json!({"withholding": {"itbis_percent": "100", "income_tax_percent": "10"}});
    changed(
        &sale(),
        &[
            ("/kind", json!("purchase")),
            (
                "/customer",
                json!({"kind": "person", "name": "Ramon Peralta", "tax_id": "00113918205"}),
            ),
            ("/lines", json!([line])),
        ],
    )
}

/// The document with these members set.
pub(super) fn changed(document: &Value, changes: &[(&str, Value)]) -> Value {
    let mut document = document.clone();
    for (pointer, value) in changes {
        set(&mut document, pointer, value.clone());
    }
    document
}

fn set(document: &mut Value, pointer: &str, value: Value) {
    let mut at = document;
    let mut steps = pointer.split('/').skip(1).peekable();
    while let Some(step) = steps.next() {
        at = match at {
            Value::Array(items) => &mut items[step.parse::<usize>().expect("a place")],
            other => {
                if other.is_null() {
                    *other = json!({});
                }
                &mut other[step]
            }
        };
        if steps.peek().is_none() {
            *at = value;
            return;
        }
    }
}

/// An invoice as the ledger holds it, under a number.
pub(super) fn sold(draft: &Value, number: &str) -> PricingFacts {
    let invoice = price(draft);
    let names = Original {
        id: InvoiceId::of(&OutletId::from_random([1; 10]), [2; 15]),
        number: number.to_owned(),
        entry_hash: Hash::of_note(b"any"),
        code: None,
    };
    PricingFacts { original: Some(OriginalInvoice { names, invoice }), ..facts() }
}

pub(super) fn price(draft: &Value) -> Invoice {
    priced(draft, &facts()).unwrap_or_else(|faults| panic!("{faults:?}\n{draft:#}"))
}

/// Every leaf of the document that a draft becomes.
pub(super) fn document(draft: &Value) -> BTreeMap<String, String> {
    leaves(&composed(&price(draft)))
}

/// The leaves of the totals.
pub(super) fn totals(draft: &Value) -> Vec<(String, String)> {
    below(&document(draft), "Encabezado/Totales/")
}

/// The leaves of a line, from 1.
pub(super) fn item(draft: &Value, number: usize) -> Vec<(String, String)> {
    below(&document(draft), &format!("DetallesItems/Item[{number}]/"))
}

pub(super) fn below(leaves: &BTreeMap<String, String>, area: &str) -> Vec<(String, String)> {
    let inside = leaves
        .iter()
        .filter_map(|(place, value)| Some((place.strip_prefix(area)?.to_owned(), value.clone())));
    inside.collect()
}

/// Asserts what some leaves are; others may be there.
#[track_caller]
pub(super) fn assert_leaves(leaves: &[(String, String)], expected: &[(&str, &str)]) {
    for (place, value) in expected {
        let found =
            leaves.iter().find(|(known, _)| known == place).map(|(_, value)| value.as_str());
        let expected = Some(*value).filter(|value| !value.is_empty());
        assert_eq!(found, expected, "{place} in {leaves:#?}");
    }
}

/// Asserts exactly these leaves, in any order.
#[track_caller]
pub(super) fn assert_exactly(leaves: &[(String, String)], expected: &[(&str, &str)]) {
    let mut expected: Vec<_> =
        expected.iter().map(|(place, value)| ((*place).to_owned(), (*value).to_owned())).collect();
    expected.sort();
    assert_eq!(leaves, expected);
}

/// Faults as the tables write them.
pub(super) fn shown(outcome: Result<Invoice, Vec<Fault>>) -> String {
    let faults = outcome.map_or_else(|faults| faults, |fine| panic!("accepted: {fine:?}"));
    let shown: Vec<_> = faults.iter().map(|f| format!("{} {}", f.code(), f.pointer())).collect();
    shown.join(", ")
}
