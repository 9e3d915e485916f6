//! An outlet in Santo Domingo: its settings, its facts, and what it sells.

use authorities::{Authority as _, Environment, dom};
use invoice::{Draft, Invoice, Json, PricingFacts, Seller, Timestamp};
use jiff::civil::date;
use serde_json::{Value, json};

pub(crate) const ISSUER: &str = "130999999";
pub(crate) const BUYER: &str = "131888888";

/// An outlet's channel under its settings: those of a test outlet, and what differs.
pub(crate) fn ecf(changes: &Value) -> dom::ecf::Ecf {
    let settings = Json::parse(changes.to_string().as_bytes()).unwrap();
    dom::ecf::Ecf::new(dom::Settings::parse(&settings, Environment::Test).unwrap())
}

pub(crate) fn now() -> Timestamp {
    Timestamp::parse("2026-11-20T14:30:05Z").unwrap()
}

fn facts() -> PricingFacts {
    PricingFacts {
        seller: Seller {
            name: "Colmado El Faro SRL".to_owned(),
            tax_id: ISSUER.to_owned(),
            outlet_code: "01".to_owned(),
            outlet_name: "Centro".to_owned(),
            address: "Calle del Conde 12, Zona Colonial".to_owned(),
            ..Seller::default()
        },
        today: date(2026, 11, 20),
        original: None,
        replaces: None,
        reference_rates: Vec::new(),
    }
}

fn line(price: &str) -> Value {
    json!({"kind": "goods", "name": "Articulo", "quantity": "1", "unit_price": price,
           "tax_group": "itbis_18"})
}

/// A document for a company, which goes whole and is handed to it.
pub(crate) fn tax_credit_invoice() -> Value {
    json!({
        "kind": "tax_credit_invoice",
        "prices": "tax_excluded",
        "operator": {"name": "Yesenia"},
        "customer": {"kind": "company", "name": "Ferreteria Ozama SRL", "tax_id": BUYER},
        "lines": [line("1000")],
    })
}

/// A consumer's purchase, of which the DGII gets the summary where it is small.
pub(crate) fn consumer_invoice(price: &str) -> Value {
    json!({
        "kind": "consumer_invoice",
        "prices": "tax_excluded",
        "operator": {"name": "Yesenia"},
        "customer": {"kind": "consumer"},
        "lines": [line(price)],
    })
}

/// One whose buyer is known, as the law wants it of a large one.
pub(crate) fn named_consumer_invoice(price: &str) -> Value {
    let mut draft = consumer_invoice(price);
    draft["customer"] = json!({"kind": "person", "name": "Ana", "tax_id": "00113918205"});
    draft
}

pub(crate) fn priced(draft: &Value) -> Invoice {
    priced_by(&ecf(&json!({})), draft)
}

/// The same by a channel with settings of its own.
pub(crate) fn priced_by(channel: &dom::ecf::Ecf, draft: &Value) -> Invoice {
    let draft = Draft::read(&Json::parse(draft.to_string().as_bytes()).unwrap()).unwrap();
    channel.price(&draft, &facts()).unwrap()
}
