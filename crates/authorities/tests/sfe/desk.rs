//! How the rules are tried: a sale that is right, changes to it, and what is said of them.

use invoice::{Fault, Invoice, PricingFacts};
use serde_json::{Value, json};

use crate::changes::{changed, rows};
use crate::common::{emcf, facts, price};

/// The example of the DGI's family of documents: water exempt, milk at 16 %, 4064.00 in all.
pub(crate) fn sale() -> Value {
    json!({
        "kind": "sale",
        "prices": "tax_included",
        "operator": {"id": "1123", "name": "JACQUES"},
        "customer": {"kind": "person"},
        "lines": [
            {"code": "001", "kind": "goods", "name": "EAU", "quantity": "5",
             "unit_price": "720", "tax_group": "A"},
            {"code": "002", "kind": "goods", "name": "LAIT GR", "quantity": "1",
             "unit_price": "464", "tax_group": "B"},
        ],
    })
}

/// One line of one group.
pub(crate) fn sale_of(group: &str, kind: &str) -> Value {
    let mut sale = sale();
    sale["lines"] = json!([{"kind": kind, "name": "ARTICLE", "quantity": "1",
                            "unit_price": "100", "tax_group": group}]);
    sale
}

pub(crate) fn priced(document: &Value) -> Result<Invoice, Vec<Fault>> {
    price(document, &emcf(&json!({})), &facts())
}

pub(crate) fn accepted(document: &Value) -> Invoice {
    priced(document).unwrap_or_else(|faults| panic!("{document}: {faults:?}"))
}

/// Code and pointer of each fault; `-` where there is none.
pub(crate) fn verdict(document: &Value, facts: &PricingFacts) -> String {
    let faults = price(document, &emcf(&json!({})), facts).err().unwrap_or_default();
    let shown: Vec<_> = faults.iter().map(|f| format!("{} {}", f.code(), f.pointer())).collect();
    if shown.is_empty() { "-".to_owned() } else { shown.join(", ") }
}

/// Tries each row of a table: changes to a document, and the verdict.
pub(crate) fn tried(document: &Value, facts: &PricingFacts, table: &'static str) {
    for (changes, expected) in rows(table) {
        assert_eq!(verdict(&changed(document, changes), facts), expected, "{changes}");
    }
}
