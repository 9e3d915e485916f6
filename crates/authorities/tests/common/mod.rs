//! An outlet in Kinshasa: its settings, its facts, and how it prices a document.

use authorities::{Authority as _, drc};
use invoice::{Draft, Exchange, ExchangeRate, Fault, Invoice, Json, PricingFacts, Seller};
use jiff::civil::{Date, date};
use serde_json::{Value, json};

pub(crate) const TODAY: Date = date(2026, 3, 20);

/// An e-MCF under an outlet's settings: the system's identifier, and what differs from the rest.
pub(crate) fn emcf(changes: &Value) -> drc::Emcf {
    drc::Emcf::new(settings(changes))
}

pub(crate) fn settings(changes: &Value) -> drc::Settings {
    let mut settings = json!({"isf": "SFEABC001"});
    let members = changes.as_object().expect("settings are an object");
    settings.as_object_mut().expect("so are ours").extend(members.clone());
    drc::Settings::parse(&as_json(&settings)).expect("the settings are right")
}

pub(crate) fn facts() -> PricingFacts {
    PricingFacts {
        seller: Seller {
            name: "Alimentation du Fleuve SARL".to_owned(),
            tax_id: "A1234567B".to_owned(),
            register: Some("CD/KNG/RCCM/20-B-01234".to_owned()),
            regime_label: Some("Régime réel".to_owned()),
            outlet_code: "KIN01".to_owned(),
            outlet_name: "Gombe".to_owned(),
            address: "Boulevard du 30 Juin 23, Kinshasa".to_owned(),
            phone: Some("+243 81 000 00 00".to_owned()),
            email: Some("caisse@fleuve.example".to_owned()),
            system_id: Some("SFEABC001".to_owned()),
        },
        today: TODAY,
        original: None,
        replaces: None,
        reference_rates: vec![Exchange {
            currency: "USD".to_owned(),
            rate: ExchangeRate::parse("2300").expect("a rate"),
        }],
    }
}

pub(crate) fn as_json(document: &Value) -> Json {
    Json::parse(document.to_string().as_bytes()).expect("JSON without doubled keys")
}

/// Reads, prices and checks a document, as an outlet does before it seals.
pub(crate) fn price(
    document: &Value,
    emcf: &drc::Emcf,
    facts: &PricingFacts,
) -> Result<Invoice, Vec<Fault>> {
    let invoice = emcf.price(&Draft::read(&as_json(document))?, facts)?;
    let faults = emcf.check(&invoice);
    if faults.is_empty() { Ok(invoice) } else { Err(faults) }
}
