//! Outlets with their authorities, and what is priced for them.

use std::sync::{Arc, LazyLock};

use authorities::{Authority, Environment, authority_named, names};
use invoice::{Draft, Exchange, ExchangeRate, Invoice, Json, PricingFacts, Seller, Timestamp};
use jiff::civil::date;

use crate::material::ISSUER;

/// Every authority, as an outlet opens it.
pub(super) static AUTHORITIES: LazyLock<Vec<Arc<dyn Authority>>> = LazyLock::new(|| {
    let open = |name: &'static str| {
        let settings = if name.starts_with("drc/") { r#"{"isf":"TEST01"}"# } else { "{}" };
        let settings = Json::parse(settings.as_bytes()).expect("it is JSON");
        authority_named(name, &settings, Environment::Test).expect("the settings are right")
    };
    names().into_iter().map(open).collect()
});

pub(super) fn now() -> Timestamp {
    Timestamp::parse("2026-11-25T14:30:05Z").expect("it is an instant")
}

pub(super) fn facts() -> PricingFacts {
    PricingFacts {
        seller: Seller {
            name: "Tienda de Prueba".to_owned(),
            tax_id: ISSUER.to_owned(),
            outlet_code: "01".to_owned(),
            outlet_name: "Centro".to_owned(),
            address: "Calle 1".to_owned(),
            system_id: Some("TEST01".to_owned()),
            ..Seller::default()
        },
        today: date(2026, 11, 25),
        original: None,
        replaces: None,
        reference_rates: vec![Exchange {
            currency: "USD".to_owned(),
            rate: ExchangeRate::parse("2300").expect("it is a rate"),
        }],
    }
}

/// What an authority makes of a draft, if it is one of its own and right.
pub(super) fn priced(authority: &dyn Authority, draft: &[u8]) -> Option<Invoice> {
    let draft = Draft::read(&Json::parse(draft).ok()?).ok()?;
    let invoice = authority.price(&draft, &facts()).ok()?;
    authority.check(&invoice).is_empty().then_some(invoice)
}
