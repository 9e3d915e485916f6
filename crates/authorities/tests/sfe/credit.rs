//! SFE 1.1.25-1.1.28: credit notes and what they correct.
//!
//! 1.1.26 d, the quantities over all credit notes of a sale, is the ledger's: it is kept inside
//! the transaction that seals, and tested there.

use authorities::Authority as _;
use invoice::{Hash, InvoiceId, Original, OriginalInvoice, OutletId, PricingFacts};
use serde_json::{Value, json};

use crate::changes::changed;
use crate::common::{emcf, facts, price};
use crate::desk::{accepted, sale, sale_of, tried, verdict};

fn after(sold: &Value, code: Option<&str>) -> PricingFacts {
    let names = Original {
        id: InvoiceId::of(&OutletId::from_random([1; 10]), [2; 15]),
        number: "KIN01-2026-000001".to_owned(),
        entry_hash: Hash::of_note(b"the entry of the sale"),
        code: code.map(str::to_owned),
    };
    PricingFacts { original: Some(OriginalInvoice { names, invoice: accepted(sold) }), ..facts() }
}

const CODE: &str = "TESTFACTHQBAX2F3K22NMDYR";

fn credit_note(nature: &str) -> Value {
    let mut document = sale();
    document["kind"] = json!("credit_note");
    document["credit"] = json!({"nature": nature, "original": {"code": CODE}});
    document
}

#[test]
fn sfe_1_1_25_the_nature_is_mandatory() {
    let emcf = emcf(&json!({}));
    for (key, code, names_original) in [
        ("correction", "COR", true),
        ("cancellation", "RAN", true),
        ("return", "RAM", true),
        ("rebate", "RRR", false),
    ] {
        let nature = emcf.regime().credit_nature(key).unwrap();
        assert_eq!((nature.coded.code, nature.names_original), (code, names_original));
    }
    tried(
        &credit_note("return"),
        &after(&sale(), Some(CODE)),
        r#"
        .                        | -
        /credit -                | credit_missing /credit
        /credit/nature -         | missing_field /credit/nature
        /credit/nature "RAM"     | unknown_key /credit/nature
        /kind "sale"             | credit_unexpected /credit
        /kind "advance"          | credit_unexpected /credit
        "#,
    );
}

#[test]
fn sfe_1_1_26_a_the_original_exists_and_bears_a_code() {
    for nature in ["correction", "cancellation", "return"] {
        let document = credit_note(nature);
        assert_eq!(verdict(&document, &after(&sale(), Some(CODE))), "-", "{nature}");
        assert_eq!(verdict(&document, &facts()), "original_missing /credit/original");
        let uncoded = after(&sale(), None);
        assert_eq!(verdict(&document, &uncoded), "cd_original_without_code /credit/original");
    }
    tried(
        &credit_note("return"),
        &after(&sale(), Some(CODE)),
        r#"
        /credit/original -                          | original_missing /credit/original
        /credit/original {}                         | exactly_one_of /credit/original
        /credit/original {"id":"a","number":"b"}    | exactly_one_of /credit/original
        "#,
    );
}

/// An avoir for a domestic sale is an FA, for an export an EA; what it corrects is no avoir.
#[test]
fn sfe_1_1_26_a_a_credit_note_corrects_a_sale_or_an_advance_of_its_own_regime() {
    let advance = changed(&sale(), r#"/kind "advance""#);
    assert_eq!(verdict(&credit_note("return"), &after(&advance, Some(CODE))), "-");
    let rebate = changed(&sale(), r#"/kind "credit_note" ; /credit {"nature":"rebate"}"#);
    let of_other_kind = "original_of_other_kind /credit/original";
    assert_eq!(verdict(&credit_note("return"), &after(&rebate, Some(CODE))), of_other_kind);
    let mut export = sale_of("E", "goods");
    export["kind"] = json!("export_sale");
    let mut back = export.clone();
    back["credit"] = json!({"nature": "return", "original": {"code": CODE}});
    for (kind, expected) in [("export_credit_note", "-"), ("credit_note", of_other_kind)] {
        back["kind"] = json!(kind);
        assert_eq!(verdict(&back, &after(&export, Some(CODE))), expected, "{kind}");
    }
}

#[test]
fn sfe_1_1_26_b_credited_articles_are_on_the_original() {
    tried(
        &credit_note("return"),
        &after(&sale(), Some(CODE)),
        r#"
        /lines/0/code "003"         | line_not_on_original /lines/0
        /lines/0/name "VIN"         | line_not_on_original /lines/0
        /lines/1/tax_group "A"      | line_not_on_original /lines/1
        /lines/- {"kind":"goods","name":"VIN","quantity":"1","unit_price":"1","tax_group":"B"} | line_not_on_original /lines/2
        "#,
    );
}

#[test]
fn sfe_1_1_26_c_credited_quantity_is_at_most_the_sold_one() {
    tried(
        &credit_note("cancellation"),
        &after(&sale(), Some(CODE)),
        r#"
        /lines/0/quantity "5.000"   | -
        /lines/0/quantity "5.001"   | more_than_sold /lines/0/quantity
        /lines/0/quantity "0.001"   | -
        /lines/1/quantity "2"       | more_than_sold /lines/1/quantity
        "#,
    );
}

/// The same article rung up twice was sold twice.
#[test]
fn sfe_1_1_26_c_the_sold_quantity_is_that_of_all_lines_of_the_article() {
    let mut sold = sale();
    let again = sold["lines"][0].clone();
    sold["lines"].as_array_mut().unwrap().push(again);
    tried(
        &credit_note("return"),
        &after(&sold, Some(CODE)),
        r#"
        /lines/0/quantity "10"      | -
        /lines/0/quantity "10.001"  | more_than_sold /lines/0/quantity
        "#,
    );
}

#[test]
fn sfe_1_1_26_e_credited_unit_price_is_the_sold_one() {
    tried(
        &credit_note("correction"),
        &after(&sale(), Some(CODE)),
        r#"
        /lines/0/unit_price "719.99"    | price_differs_from_original /lines/0/unit_price
        /lines/0/unit_price "720.01"    | price_differs_from_original /lines/0/unit_price
        /prices "tax_excluded"          | price_mode_differs_from_original /prices
        "#,
    );
}

#[test]
fn sfe_1_1_27_a_credit_note_may_be_partial() {
    let mut document = credit_note("return");
    document["lines"].as_array_mut().unwrap().pop();
    document["lines"][0]["quantity"] = json!("2");
    let note = price(&document, &emcf(&json!({})), &after(&sale(), Some(CODE))).unwrap();
    assert_eq!(note.totals().total.to_string(), "1440.00");
    assert_eq!(note.credit().unwrap().original.as_ref().unwrap().number, "KIN01-2026-000001");
}

#[test]
fn sfe_1_1_28_a_rebate_names_no_original_and_matches_no_lines() {
    let mut rebate = sale_of("B", "goods");
    rebate["kind"] = json!("credit_note");
    rebate["credit"] = json!({"nature": "rebate"});
    assert_eq!(verdict(&rebate, &facts()), "-");
    rebate["credit"] = json!({"nature": "rebate", "original": {"code": CODE}});
    assert_eq!(verdict(&rebate, &facts()), "original_unexpected /credit/original");
}
