//! The scene of the e-CF: two outlets of one taxpayer under `dom/ecf`, whose machine is the product's
//! own, and a DGII that was written from its documents.

mod books;
mod dgii;
mod door;
mod doubts;
mod read;
mod signer;

use authorities::RangeKind;
use authorities::dom::sequences::RANGE_KINDS;
use jiff::civil::date;

use crate::ends::Ends;
use crate::ranged::FIRST_DAY;
use crate::requests::{Request, What};
use crate::scene::{FirstRange, Scene};

pub(crate) use dgii::Dgii;

pub(crate) static ECF: Scene = Scene {
    channels: &["dom/ecf", "dom/ecf"],
    seals_first: 1,
    ranged: [0, 1],
    kinds: &[TAX_CREDIT, CONSUMER, CREDIT_NOTE],
    own_kind: None,
    codes_itself: true,
    zone: "America/Santo_Domingo",
    tax_id: "130999999",
    address: Some("Calle del Conde 12"),
    registered_settings: "{}",
    settings,
    first_ranges: FIRST_RANGES,
    first_ungiven: 61,
    draft,
    quantity_again,
    ends: |dice| Ends::Dgii(Box::new(Dgii::new(dice.fork()))),
    keys: signer::keys,
};

/// The kinds of number, in the order of the authority's types.
const TAX_CREDIT: &RangeKind = &RANGE_KINDS[0];
const CONSUMER: &RangeKind = &RANGE_KINDS[1];
const CREDIT_NOTE: &RangeKind = &RANGE_KINDS[3];

/// Few of each, so that they run out; those of tax credits expire, some with the first day.
const FIRST_RANGES: &[FirstRange] = &[
    FirstRange {
        kind: TAX_CREDIT,
        numbers: (1, 8),
        expires_on: Some(FIRST_DAY),
        shares: [(1, 3), (5, 6)],
    },
    FirstRange {
        kind: TAX_CREDIT,
        numbers: (11, 30),
        expires_on: Some(date(2026, 12, 31)),
        shares: [(11, 14), (20, 24)],
    },
    FirstRange { kind: CONSUMER, numbers: (1, 40), expires_on: None, shares: [(1, 9), (20, 34)] },
    FirstRange {
        kind: CREDIT_NOTE,
        numbers: (1, 20),
        expires_on: None,
        shares: [(1, 5), (11, 17)],
    },
];

/// Either what became of a summary can be asked for, or it cannot; one outlet may send later.
fn settings(outlet: usize, is_other_way: bool) -> String {
    let model = if outlet == 0 { "by_directory" } else { "printed" };
    let (asks, defers) = (!is_other_way, outlet == 1);
    format!(r#"{{"model":"{model}","summary_inquiry":{asks},"deferred_sending":{defers}}}"#)
}

/// One of each: 118,100.00, so that three are too much for a summary. Nothing has to be rounded.
const LINES: &str = r#"
    { "kind": "goods", "name": "one", "quantity": "QUANTITY", "unit_price": "100.00",
      "tax_group": "exempt" },
    { "kind": "goods", "name": "two", "quantity": "QUANTITY", "unit_price": "118000.00",
      "tax_group": "itbis_18" }"#;

/// The quantity says which kind of document a sale makes: a consumer's, as a summary or whole, or
/// one that gives a tax credit.
fn draft(request: &Request) -> String {
    let Request { mark, quantity, what, .. } = request;
    let (kind, besides) = match what {
        What::Credit(original) => (
            "credit_note",
            format!(
                r#""credit": {{ "nature": "amount_correction", "original": {{ "id": "{original}" }} }},"#
            ),
        ),
        What::Again(refused) => (sale_of(*quantity), format!(r#""replaces": "{refused}","#)),
        What::Sale | What::Delivery => (sale_of(*quantity), String::new()),
    };
    let lines = LINES.replace("QUANTITY", &quantity.to_string());
    format!(
        r#"{{ "kind": "{kind}", "prices": "tax_included", {besides} "operator": {{ "name": "till" }},
              "customer": {{ "kind": "company", "tax_id": "131888888", "name": "{mark}" }},
              "lines": [{lines}] }}"#
    )
}

fn sale_of(quantity: u64) -> &'static str {
    if quantity == TAX_CREDIT_QUANTITY { "tax_credit_invoice" } else { "consumer_invoice" }
}

/// A refused note is followed by a sale, which finds a number of its own.
fn quantity_again(kind: &str) -> u64 {
    if kind == "tax_credit_invoice" { TAX_CREDIT_QUANTITY } else { 1 }
}

/// The most that is sold at once.
const TAX_CREDIT_QUANTITY: u64 = 4;
