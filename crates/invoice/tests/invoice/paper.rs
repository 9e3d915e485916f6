//! Documents on paper: a draft that is right, and changes that make it wrong.

use invoice::{Draft, Fault, Invoice, Json, PricingFacts, Regime};
use serde_json::{Value, json};

/// A sale that has nothing wrong with it.
pub(crate) fn sale() -> Value {
    json!({
        "kind": "sale",
        "prices": "tax_included",
        "operator": {"name": "Rufus"},
        "customer": {"kind": "anyone"},
        "lines": [
            {"code": "7", "kind": "thing", "name": "Hat", "quantity": "2",
             "unit_price": "1800", "tax_group": "B"},
            {"kind": "thing", "name": "Bread", "quantity": "3",
             "unit_price": "450", "tax_group": "A"},
        ],
    })
}

/// A sale with every field that there is.
pub(crate) fn full() -> Value {
    json!({
        "kind": "sale",
        "issued_on": "2026-07-14",
        "currency": "FRD",
        "prices": "tax_excluded",
        "operator": {"id": "9", "name": "Rufus"},
        "customer": {"kind": "firm", "name": "Trentino SA", "tax_id": "S-2", "register": "R1",
                     "phone": "555", "email": "a@b.fr", "address": "Sylvania"},
        "lines": [
            {"code": "7", "kind": "thing", "name": "Hat", "unit": "pc", "quantity": "2.5",
             "unit_price": "16", "tax_group": "B",
             "specific_tax": {"percent": "10", "name": "felt"},
             "discount": {"original_price": "20", "reason": "sale"}},
            {"kind": "fee", "name": "Stamp", "quantity": "1", "unit_price": "1.04",
             "tax_group": "X"},
        ],
        "payments": [
            {"method": "card", "amount": "40", "exchange": {"currency": "USD", "rate": "2000"}},
            {"method": "cash", "amount": "12.96"},
        ],
        "exchange": {"currency": "USD", "rate": "2000"},
        "exemption_reference": "EX-1",
        "comments": ["one", "two"],
        "reference": "order 66",
    })
}

pub(crate) fn read(document: &Value) -> Result<Draft, Vec<Fault>> {
    let json = Json::parse(document.to_string().as_bytes()).expect("JSON without doubled keys");
    Draft::read(&json)
}

pub(crate) fn price(
    document: &Value,
    regime: &Regime,
    facts: &PricingFacts,
) -> Result<Invoice, Vec<Fault>> {
    Invoice::price(&read(document)?, regime, facts)
}

/// Faults as the tables write them.
pub(crate) fn shown<T: std::fmt::Debug>(outcome: Result<T, Vec<Fault>>) -> String {
    let faults = outcome.map_or_else(|faults| faults, |fine| panic!("accepted: {fine:?}"));
    let shown: Vec<_> = faults.iter().map(|f| format!("{} {}", f.code(), f.pointer())).collect();
    shown.join(", ")
}
