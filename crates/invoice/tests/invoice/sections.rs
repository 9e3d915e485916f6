//! Sections: a country's own part of a draft and of an invoice, whatever the country.

use invoice::{
    Amount, Assembly, AssemblyError, ExchangeRate, Fault, GroupTotal, Invoice, Json, Language,
    Section, Totals,
};
use proptest::prelude::*;
use serde_json::json;

use crate::changes::{changed, rows};
use crate::freedonia::{TODAY, facts, regime};
use crate::paper::{price, read, sale, shown};

fn section(country: &str, content: &str) -> Section {
    Section::new(country, Json::parse(content.as_bytes()).expect("JSON")).expect("a section")
}

/// The sale as a regime with sections of its own would have priced it.
fn assembly() -> Assembly {
    let sale = price(&sale(), &regime(), &facts()).expect("the sale is right");
    Assembly {
        regime: sale.regime_version().to_owned(),
        kind: sale.kind().to_owned(),
        issued_on: TODAY,
        currency: sale.currency().to_owned(),
        price_mode: sale.price_mode(),
        seller: sale.seller().clone(),
        operator: sale.operator().clone(),
        customer: sale.customer().clone(),
        lines: sale.lines().to_vec(),
        groups: sale.groups().to_vec(),
        totals: sale.totals(),
        payments: sale.payments().to_vec(),
        exchange: None,
        exemption_reference: None,
        comments: Vec::new(),
        credit: None,
        reference: None,
        replaces: None,
        section: None,
    }
}

fn with_sections() -> Assembly {
    let mut assembly = assembly();
    assembly.section = Some(section("fr", r#"{"term":"30 days","totals":{"b":"1","a":"2"}}"#));
    assembly.customer.section = Some(section("fr", r#"{"contact":"Chico"}"#));
    assembly.lines[1].section = Some(section("fr", r#"{"flour":[{"z":1,"a":true}]}"#));
    assembly
}

#[test]
fn a_draft_keeps_its_sections_whole() {
    let changes = r#"/fr {"b":1.5,"a":[null]} ; /customer/fr {"c":"d"} ; /lines/1/fr {}"#;
    let draft = read(&changed(&sale(), changes)).unwrap();
    let numbers = Json::Object(vec![
        ("a".to_owned(), Json::Array(vec![Json::Null])),
        ("b".to_owned(), Json::OtherNumber),
    ]);
    assert_eq!(draft.section.as_ref().map(Section::content), Some(&numbers));
    assert_eq!(draft.customer.section, Some(section("fr", r#"{"c":"d"}"#)));
    assert_eq!(draft.lines[0].section, None);
    assert_eq!(draft.lines[1].section, Some(section("fr", "{}")));
}

pub(crate) const SHAPES: &str = r#"
    /fr 5                                | wrong_type /fr
    /customer/fr []                      | wrong_type /customer/fr
    /lines/1/fr "x"                      | wrong_type /lines/1/fr
    /fr {} ; /zz {}                      | unknown_field /zz
    /operator/fr {}                      | unknown_field /operator/fr
    /fra {}                              | unknown_field /fra
    /FR {}                               | unknown_field /FR
    /fr {"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}} | section_too_large /fr
"#;

#[test]
fn a_section_of_a_wrong_shape_is_a_fault() {
    for (changes, faults) in rows(SHAPES) {
        assert_eq!(shown(read(&changed(&sale(), changes))), faults, "{changes}");
    }
    let crowded = json!({"all": vec!["x"; 10_000]});
    let mut document = sale();
    document["fr"] = crowded;
    assert_eq!(shown(read(&document)), "section_too_large /fr");
}

/// A null is an absent section, as it is an absent field.
#[test]
fn a_null_section_is_none() {
    assert_eq!(read(&changed(&sale(), "/fr null")), read(&sale()));
}

#[test]
fn a_regime_without_sections_knows_no_such_field() {
    let document = changed(&sale(), r#"/fr {} ; /customer/zz {} ; /lines/1/fr {"a":"b"}"#);
    let faults = price(&document, &regime(), &facts());
    assert_eq!(
        shown(faults),
        "unknown_field /fr, unknown_field /customer/zz, unknown_field /lines/1/fr"
    );
    let draft = read(&document).unwrap();
    let others: Vec<_> = draft.sections_unknown_to(Some("fr"));
    assert_eq!(shown(Err::<(), _>(others)), "unknown_field /customer/zz");
}

/// Whoever looks for the section's name finds it where it may stand, and nowhere else.
#[test]
fn what_is_allowed_tells_of_the_section_where_one_may_stand() {
    let said = |faults: &[Fault]| faults[0].message(Language::English);
    let of = |changes| said(&read(&changed(&sale(), changes)).unwrap_err());
    for changes in ["/total 1", "/customer/age 1", "/lines/1/colour 1"] {
        let words = of(changes);
        assert!(
            words.ends_with(
                "and the section that is named by the two letters of the outlet's country."
            ),
            "{words}"
        );
    }
    assert!(of("/operator/role 1").ends_with("Allowed: id, name."));
    assert!(of("/fr {} ; /zz {}").ends_with("replaces, fr."));
    let draft = read(&changed(&sale(), "/zz {}")).unwrap();
    assert!(said(&draft.sections_unknown_to(Some("fr"))).ends_with("replaces, fr."));
    assert!(said(&draft.sections_unknown_to(None)).ends_with("replaces."));
}

#[test]
fn an_invoice_bears_its_sections_and_is_read_back() {
    let invoice = with_sections().build().unwrap();
    let bytes = invoice.canonical_bytes();
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(text.contains(r#""fr":{"term":"30 days","totals":{"a":"2","b":"1"}}"#), "{text}");
    assert_eq!(Invoice::from_canonical(&bytes), Ok(invoice));
    let plain = assembly().build().unwrap();
    assert_eq!(plain, price(&sale(), &regime(), &facts()).unwrap());
}

/// One country a document, objects only, no number that a language could read otherwise.
#[test]
fn sections_that_are_no_invoices_are_refused() {
    let text = String::from_utf8(with_sections().build().unwrap().canonical_bytes()).unwrap();
    for (from, to) in [
        (r#""fr":{"term""#, r#""fr":{"term":1.5,"term2""#),
        (r#""fr":{"contact":"Chico"}"#, r#""fr":"Chico""#),
        (r#""kind":"sale""#, r#""gb":{},"kind":"sale""#),
    ] {
        let other = text.replacen(from, to, 1);
        assert!(Invoice::from_canonical(other.as_bytes()).is_err(), "{to}");
    }
}

#[test]
fn parts_that_do_not_agree_are_no_invoice() {
    type Change = fn(&mut Assembly);
    let cases: [(AssemblyError, Change); 13] = [
        (AssemblyError::NoLines, |parts| parts.lines.clear()),
        (AssemblyError::GroupDiffers, |parts| parts.groups[0].base = Amount::from_units(1)),
        (AssemblyError::GroupDiffers, |parts| parts.groups[0].tax = Amount::from_units(1)),
        (AssemblyError::GroupTwice, |parts| {
            let twice = parts.groups[0].clone();
            parts.groups.push(twice);
        }),
        (AssemblyError::TotalsDiffer, |parts| {
            parts.groups.push(GroupTotal {
                group: "more".to_owned(),
                base: Amount::from_units(1),
                total: Amount::from_units(1),
                tax: Amount::ZERO,
                ..parts.groups[0].clone()
            });
        }),
        (AssemblyError::TotalsDiffer, |parts| parts.groups.clear()),
        (AssemblyError::TotalsDiffer, |parts| parts.totals = Totals::default()),
        (AssemblyError::TooLarge, |parts| {
            parts.lines[0].amount = Amount::from_units(10_i128.pow(16));
        }),
        (AssemblyError::TooLarge, |parts| {
            parts.totals.discount = Amount::from_units(10_i128.pow(16));
        }),
        (AssemblyError::Rate, |parts| {
            parts.exchange =
                Some(invoice::Exchange { currency: "USD".to_owned(), rate: ExchangeRate::ZERO });
        }),
        (AssemblyError::Section, |parts| {
            parts.section = Some(section("fr", "{}"));
            parts.customer.section = Some(section("zz", "{}"));
        }),
        (AssemblyError::Section, |parts| {
            parts.lines[0].section = Some(section("fr", "{}"));
            parts.lines[1].section = Some(section("zz", "{}"));
        }),
        (AssemblyError::Section, |parts| parts.section = Some(section("fr", r#"{"a":0.5}"#))),
    ];
    for (index, (error, change)) in cases.into_iter().enumerate() {
        let mut parts = assembly();
        change(&mut parts);
        assert_eq!(parts.build().unwrap_err(), error, "case {index}");
    }
}

proptest! {
    /// Whatever a country writes into its sections: one spelling, read back whole.
    #[test]
    fn any_section_is_read_back(members in prop::collection::btree_map(any::<String>(), any::<String>(), 0..6)) {
        let content = Json::Object(
            members.into_iter().map(|(key, value)| (key, Json::String(value))).collect(),
        );
        let mut parts = assembly();
        parts.section = Some(Section::new("fr", content).unwrap());
        let invoice = parts.build().unwrap();
        prop_assert_eq!(Invoice::from_canonical(&invoice.canonical_bytes()), Ok(invoice));
    }
}
