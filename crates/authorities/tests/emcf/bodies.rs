//! What is sent, byte for byte: field names are the API's, numbers are exact text.

use authorities::{Authority as _, Event, Matter, Numbered, Step};
use invoice::{Hash, InvoiceId, Original, OriginalInvoice, OutletId, PricingFacts};
use serde_json::{Value, json};

use crate::common::{emcf, facts, price};
use crate::machine::{CODE, Machine, NUMBER, document, priced};

/// The text of the POST for a document.
fn body_of(document: &Value, settings: &Value, facts: &PricingFacts) -> String {
    let emcf = emcf(settings);
    let invoice = price(document, &emcf, facts).unwrap_or_else(|f| panic!("{document}: {f:?}"));
    let mut machine = Machine::of(&emcf, Matter::Invoice(Numbered::new(&invoice, NUMBER)));
    match machine.step(Event::Started) {
        Ok(Step::Send(request)) => String::from_utf8(request.body.expect("a body")).expect("text"),
        other => panic!("{other:?}"),
    }
}

fn tree_of(document: &Value) -> Value {
    serde_json::from_str(&body_of(document, &json!({}), &facts())).expect("JSON")
}

const EXAMPLE: &str = concat!(
    r#"{"nif":"A1234567B","rn":"FAC01/2026","mode":"ttc","isf":"SFEABC001","type":"FV","#,
    r#""items":[{"code":"001","type":"BIE","name":"EAU","price":720.00,"quantity":5.000,"taxGroup":"A"},"#,
    r#"{"code":"002","type":"BIE","name":"LAIT GR","price":464.00,"quantity":1.000,"taxGroup":"B"}],"#,
    r#""client":{"nif":"A9001255A","name":"ABC SARL","contact":"","address":"","type":"PM","typeDesc":"Personne morale"},"#,
    r#""operator":{"id":"1123","name":"JACQUES"},"#,
    r#""payment":[{"name":"ESPECES","amount":4064.00}]}"#,
);

#[test]
fn the_example_of_the_api_to_the_byte() {
    assert_eq!(body_of(&document(), &json!({}), &facts()), EXAMPLE);
}

#[test]
fn the_confirmation_states_both_totals_to_the_cent() {
    let emcf = emcf(&json!({}));
    let mut machine = Machine::new(&emcf);
    machine.step(Event::Started).unwrap();
    let Ok(Step::Send(request)) = machine.reply(&priced()) else { panic!("a confirmation") };
    assert_eq!(request.path, format!("api/invoice/{}/confirm", crate::machine::UID));
    assert_eq!(request.body.unwrap(), br#"{"total":4064.00,"vtotal":64.00}"#);
    assert!(request.point_of_no_return);
}

/// The names that the API's request may hold, by object.
const NAMES: &[(&str, &str)] = &[
    (
        "",
        "nif rn mode isf type items client operator payment reference referenceType \
         referenceDesc cmta cmtb cmtc cmtd cmte cmtf cmtg cmth curCode curDate curRate",
    ),
    (
        "items",
        "code type name price quantity taxGroup taxSpecificValue taxSpecificAmount \
         originalPrice priceModification",
    ),
    ("client", "nif name contact address type typeDesc"),
    ("operator", "id name"),
    ("payment", "name amount currencyCode currencyRate"),
];

fn full() -> Value {
    let mut document = document();
    document["prices"] = json!("tax_excluded");
    document["customer"] = json!({"kind": "embassy", "name": "Ambassade", "phone": "243",
                                  "email": "a@b.cd", "address": "Avenue 1"});
    document["lines"] = json!([
        {"code": "001", "kind": "goods", "name": "VIN", "unit": "L", "quantity": "1.125",
         "unit_price": "720.5", "tax_group": "D", "specific_tax": {"percent": "12.5"},
         "discount": {"original_price": "800", "reason": "Remise 10%"}},
        {"kind": "levy", "name": "TVA", "quantity": "1", "unit_price": "89.11", "tax_group": "N"},
    ]);
    document["exemption_reference"] = json!("EXO/1");
    document["comments"] = json!(["b", "c", "d", "e", "f", "g", "h"]);
    document["exchange"] = json!({"currency": "USD", "rate": "2310.5"});
    document["payments"] = json!([
        {"method": "cash", "amount": "1000", "exchange": {"currency": "USD", "rate": "2300"}},
        {"method": "mobile_money", "amount": "1.00"},
    ]);
    document
}

fn full_paid() -> Value {
    // 720.5 × 1.125 = 810.56; 12.5 % of it 101.32; with the VAT of group N 1000.99.
    let mut document = full();
    document["payments"][1]["amount"] = json!("0.99");
    document
}

#[test]
fn every_name_is_the_apis() {
    let tree = tree_of(&full_paid());
    for (object, names) in NAMES {
        let allowed: Vec<&str> = names.split_whitespace().collect();
        let objects = match (*object, &tree[*object]) {
            ("", _) => vec![&tree],
            (_, Value::Array(items)) => items.iter().collect(),
            (_, object) => vec![object],
        };
        for object in objects {
            for key in object.as_object().unwrap().keys() {
                assert!(allowed.contains(&key.as_str()), "{key}");
            }
        }
    }
    for mandatory in ["nif", "rn", "mode", "isf", "type", "items", "operator"] {
        assert!(tree.get(mandatory).is_some(), "{mandatory}");
    }
}

#[test]
fn every_field_of_a_full_invoice_is_told() {
    let text = body_of(&full_paid(), &json!({}), &facts());
    for part in [
        r#""mode":"ht""#,
        r#""type":"AO","typeDesc":"Ambassades et organisations internationales""#,
        r#""contact":"243 a@b.cd","address":"Avenue 1""#,
        r#""price":720.50,"quantity":1.125,"taxGroup":"D","taxSpecificValue":"12.5%","taxSpecificAmount":101.32,"originalPrice":800.00,"priceModification":"Remise 10%""#,
        r#"{"type":"TAX","name":"TVA","price":89.11,"quantity":1.000,"taxGroup":"N"}"#,
        r#"{"name":"ESPECES","amount":1000.00,"currencyCode":"USD","currencyRate":2300.0000}"#,
        r#"{"name":"MOBILEMONEY","amount":0.99}"#,
        r#""cmta":"EXO/1","cmtb":"b","cmtc":"c","cmtd":"d","cmte":"e","cmtf":"f","cmtg":"g","cmth":"h""#,
        r#""curCode":"USD","curDate":"2026-03-20T00:00:00","curRate":2310.5000"#,
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("null"), "{text}");
}

/// `"230"` is an amount for each unit, `"10%"` a percentage; the line's amount stands beside. A sum
/// for the whole line is told as what it makes a unit, or alone where it does not divide.
#[test]
fn a_specific_tax_is_told_by_its_rule_and_its_amount() {
    for (quantity, tax, value, amount) in [
        ("4", json!({"per_unit": "75"}), Some("75"), "300.00"),
        ("4", json!({"per_unit": "0.25"}), Some("0.25"), "1.00"),
        ("4", json!({"percent": "10"}), Some("10%"), "172.41"),
        ("4", json!({"percent": "12.5"}), Some("12.5%"), "215.52"),
        ("1", json!({"amount": "300"}), Some("300"), "300.00"),
        ("4", json!({"amount": "300"}), Some("75"), "300.00"),
        ("2.5", json!({"amount": "300"}), Some("120"), "300.00"),
        ("3", json!({"amount": "100"}), None, "100.00"),
    ] {
        let mut document = document();
        document["lines"] = json!([{"kind": "goods", "name": "SPEC", "quantity": quantity,
            "unit_price": "500", "tax_group": "B", "specific_tax": tax}]);
        let text = body_of(&document, &json!({}), &facts());
        let tree: Value = serde_json::from_str(&text).unwrap();
        let item = &tree["items"][0];
        assert_eq!(item.get("taxSpecificValue").and_then(Value::as_str), value, "{document}");
        assert!(text.contains(&format!("\"taxSpecificAmount\":{amount}")), "{text}");
    }
}

#[test]
fn a_credit_note_cites_the_code_without_dashes() {
    let emcf = emcf(&json!({}));
    let names = Original {
        id: InvoiceId::of(&OutletId::from_random([1; 10]), [2; 15]),
        number: "FAC00/2026".to_owned(),
        entry_hash: Hash::of_note(b""),
        code: Some("TEST-FACT-HQBA-X2F3-K22N-MDYR".to_owned()),
    };
    let invoice = price(&document(), &emcf, &facts()).unwrap();
    let facts = PricingFacts { original: Some(OriginalInvoice { names, invoice }), ..facts() };
    for (nature, code, label) in [
        ("correction", "COR", "Correction"),
        ("cancellation", "RAN", "Annulation"),
        ("return", "RAM", "Avoir suite reprise"),
    ] {
        let mut note = document();
        note["kind"] = json!("credit_note");
        note["credit"] = json!({"nature": nature, "original": {"number": "FAC00/2026"}});
        let tree: Value = serde_json::from_str(&body_of(&note, &json!({}), &facts)).unwrap();
        assert_eq!((&tree["type"], &tree["reference"]), (&json!("FA"), &json!(CODE)));
        assert_eq!((&tree["referenceType"], &tree["referenceDesc"]), (&json!(code), &json!(label)));
        // Amounts of a credit note are positive on the wire.
        assert_eq!(tree["items"][0]["price"], json!(720.0));
    }
}

#[test]
fn a_rebate_cites_rrr() {
    let mut note = document();
    note["kind"] = json!("credit_note");
    note["credit"] = json!({"nature": "rebate"});
    let tree = tree_of(&note);
    assert_eq!([&tree["reference"], &tree["referenceType"]], ["RRR", "RRR"]);
    // A sale has none of the three keys.
    let sale = tree_of(&document());
    for key in ["reference", "referenceType", "referenceDesc"] {
        assert_eq!(sale.get(key), None);
    }
}

#[test]
fn the_type_of_each_kind_of_document() {
    let emcf = emcf(&json!({}));
    for kind in emcf.regime().document_kinds {
        let mut document = document();
        document["kind"] = json!(kind.coded.key);
        let group = if kind.export { "E" } else { "B" };
        document["lines"] = json!([{"kind": "service", "name": "X", "quantity": "1",
                                    "unit_price": "1", "tax_group": group}]);
        if kind.coded.code.ends_with('A') {
            document["credit"] = json!({"nature": "rebate"});
        }
        let tree = tree_of(&document);
        assert_eq!(
            (&tree["type"], &tree["items"][0]["type"]),
            (&json!(kind.coded.code), &json!("SER"))
        );
    }
}

/// The readings of the API that integrations differ in are the outlet's settings.
#[test]
fn settings_spell_the_request() {
    let text = body_of(&full_paid(), &json!({"payment_currency_fields": "cur_code"}), &facts());
    assert!(
        text.contains(r#"{"name":"ESPECES","amount":1000.00,"curCode":"USD","curRate":2300.0000}"#),
        "{text}"
    );
    let settings = json!({"trailing_slash": true, "action_case": "upper", "isf": "AB01710090"});
    let emcf = emcf(&settings);
    let mut machine = Machine::new(&emcf);
    let Ok(Step::Send(post)) = machine.step(Event::Started) else { panic!("a POST") };
    assert_eq!(post.path, "api/invoice/");
    assert!(String::from_utf8(post.body.unwrap()).unwrap().contains(r#""isf":"AB01710090""#));
    let Ok(Step::Send(confirm)) = machine.reply(&priced()) else { panic!("a confirmation") };
    assert_eq!(confirm.path, format!("api/invoice/{}/CONFIRM", crate::machine::UID));
}

/// What is posted again is what was posted: the same bytes, from the stored progress.
#[test]
fn the_same_bytes_are_sent_again() {
    let emcf = emcf(&json!({}));
    let mut machine = Machine::new(&emcf);
    machine.step(Event::Started).unwrap();
    machine.step(Event::Unanswered("timeout".to_owned())).unwrap();
    machine.step(Event::Due).unwrap();
    let Ok(Step::Send(post)) = machine.reply(&json!({"pendingRequestsList": []})) else {
        panic!("a POST")
    };
    assert_eq!(post.body.unwrap(), EXAMPLE.as_bytes());
}
