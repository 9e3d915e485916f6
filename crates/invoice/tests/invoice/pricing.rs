//! Drafts of the right shape that the regime does not allow.

use invoice::{
    Hash, Invoice, InvoiceId, Original, OriginalInvoice, OutletId, PriceMode, PricingFacts,
};
use serde_json::Value;

use crate::changes::{changed, rows};
use crate::freedonia::{facts, regime};
use crate::paper::{full, price, sale, shown};

pub(crate) const FAULTS: &str = r#"
    /kind "proforma"                                 | unknown_key /kind
    /issued_on "2026-07-13"                          | date_not_today /issued_on
    /issued_on "2026-07-15"                          | date_not_today /issued_on
    /currency "USD"                                  | wrong_currency /currency
    /customer/kind "king"                            | unknown_key /customer/kind
    /customer/kind "firm" | customer_name_missing /customer/name, customer_tax_id_missing /customer/tax_id
    /customer/kind "firm" ; /customer/name "Ok"      | customer_tax_id_missing /customer/tax_id
    /customer/kind "mission" | customer_name_missing /customer/name, exemption_reference_missing /exemption_reference
    /lines/0/kind "ghost"                            | unknown_key /lines/0/kind
    /lines/0/kind "fee"                              | line_kind_not_in_group /lines/0/kind
    /lines/1/tax_group "X"                           | line_kind_not_in_group /lines/1/kind
    /lines/0/tax_group "b"                           | unknown_key /lines/0/tax_group
    /lines/0/tax_group "Z"                           | tax_group_not_in_force /lines/0/tax_group
    /lines/0/tax_group "D" ; /lines/1/tax_group "D"  | exemption_reference_missing /exemption_reference
    /kind "export_sale"                              | tax_group_not_for_export /lines/0/tax_group
    /lines/0/quantity "0"                            | not_positive /lines/0/quantity
    /lines/0/quantity "-2"                           | not_positive /lines/0/quantity
    /lines/0/unit_price "0.00"                       | not_positive /lines/0/unit_price
    /lines/0/unit_price "-1800"                      | not_positive /lines/0/unit_price
    /lines/0/quantity "0.001"                        | too_many_decimals /lines/0/quantity
    /lines/0/unit_price "1800.005"                   | too_many_decimals /lines/0/unit_price
    /lines/1/unit_price "0.01" ; /lines/1/quantity "0.49" | rounds_to_zero /lines/1
    /lines/0/unit_price "99999999999999.99"          | total_too_large /lines/0
    /lines/0/specific_tax {"amount":"0"}             | not_positive /lines/0/specific_tax
    /lines/0/specific_tax {"per_unit":"-1"}          | not_positive /lines/0/specific_tax
    /lines/0/specific_tax {"percent":"0.00"}         | not_positive /lines/0/specific_tax
    /lines/0/specific_tax {"amount":"99999999999999.99"} | total_too_large /lines/0
    /lines/0/specific_tax {"per_unit":"99999999999999"} | total_too_large /lines/0
    /lines/0/specific_tax {"percent":"99999999999999"} | total_too_large /lines/0
    /lines/0/discount {"original_price":"1800","reason":"x"} | discount_not_lower /lines/0/discount/original_price
    /lines/0/discount {"original_price":"2000.001","reason":"x"} | too_many_decimals /lines/0/discount/original_price
    /payments [{"method":"gold","amount":"4950"}]    | unknown_key /payments/0/method
    /payments [{"method":"cash","amount":"4949.99"}] | payments_differ_from_total /payments
    /payments [{"method":"cash","amount":"5000"},{"method":"card","amount":"-50"}] | not_positive /payments/1/amount
    /exchange {"currency":"GBP","rate":"2000"}       | unknown_key /exchange/currency
    /exchange {"currency":"USD","rate":"0"}          | not_positive /exchange/rate
    /exchange {"currency":"USD","rate":"2050.0001"}  | exchange_rate_out_of_range /exchange/rate
    /exchange {"currency":"USD","rate":"1949.9999"}  | exchange_rate_out_of_range /exchange/rate
    /payments [{"method":"cash","amount":"4950","exchange":{"currency":"USD","rate":"1"}}] | exchange_rate_out_of_range /payments/0/exchange/rate
    /comments ["a","b","c"]                          | too_many /comments
    /credit {"nature":"rebate"}                      | credit_unexpected /credit
    /kind "credit_note"                              | credit_missing /credit
    /kind "credit_note" ; /credit {"nature":"whim"}  | unknown_key /credit/nature
    /kind "credit_note" ; /credit {"nature":"undo"}  | original_missing /credit/original
    /kind "credit_note" ; /credit {"nature":"rebate","original":{"number":"1"}} | original_unexpected /credit/original
"#;

#[test]
fn each_fault_of_law_has_its_code_and_pointer() {
    for (changes, faults) in rows(FAULTS) {
        let document = changed(&sale(), changes);
        assert_eq!(shown(price(&document, &regime(), &facts())), faults, "{changes}");
    }
}

const ACCEPTED: &str = r#"
    .                                                | 4950.00
    /issued_on "2026-07-14"                          | 4950.00
    /currency "FRD"                                  | 4950.00
    /customer/kind "firm" ; /customer/name "A" ; /customer/tax_id "B" | 4950.00
    /customer/kind "mission" ; /customer/name "A" ; /exemption_reference "E" | 4950.00
    /lines/0/tax_group "D" ; /exemption_reference "E" | 4950.00
    /kind "export_sale" ; /lines/0/tax_group "H"     | 4950.00
    /kind "advance"                                  | 4950.00
    /lines/1/unit_price "0.01" ; /lines/1/quantity "0.5" | 3600.01
    /exchange {"currency":"USD","rate":"2050"}       | 4950.00
    /exchange {"currency":"USD","rate":"1950"}       | 4950.00
    /exchange {"currency":"EUR","rate":"2300.5"}     | 4950.00
    /payments [{"method":"card","amount":"4000"},{"method":"card","amount":"950"}] | 4950.00
    /comments ["a","b"]                              | 4950.00
    /kind "credit_note" ; /credit {"nature":"rebate"} | 4950.00
"#;

#[test]
fn what_the_regime_allows_is_priced() {
    for (changes, total) in rows(ACCEPTED) {
        let document = changed(&sale(), changes);
        let invoice = price(&document, &regime(), &facts());
        let invoice = invoice.unwrap_or_else(|faults| panic!("{changes}: {faults:?}"));
        assert_eq!(invoice.totals().total.to_string(), total, "{changes}");
    }
}

/// Faults of several places come all at once, in the order of the document.
#[test]
fn all_faults_are_told_at_once() {
    let changes = r#"/currency "USD" ; /customer/kind "king" ; /lines/0/quantity "0" ; /lines/1/tax_group "Q" ; /comments ["a","b","c"]"#;
    let outcome = price(&changed(&sale(), changes), &regime(), &facts());
    assert_eq!(
        shown(outcome),
        "unknown_key /customer/kind, wrong_currency /currency, too_many /comments, \
         not_positive /lines/0/quantity, unknown_key /lines/1/tax_group"
    );
}

/// A rate near zero makes of a total a foreign amount that no canonical form holds.
#[test]
fn a_foreign_amount_that_no_decimal_holds_is_a_fault() {
    let large = changed(&sale(), r#"/lines/0/unit_price "40000000000000""#);
    for (changes, faults) in rows(
        r#"
        /exchange {"currency":"EUR","rate":"0.0001"} | total_too_large /exchange/rate
        /payments [{"method":"cash","amount":"80000000001350","exchange":{"currency":"EUR","rate":"0.5"}}] | total_too_large /payments/0/exchange/rate
        "#,
    ) {
        let outcome = price(&changed(&large, changes), &regime(), &facts());
        assert_eq!(shown(outcome), faults, "{changes}");
    }
}

fn original(document: &Value) -> PricingFacts {
    let invoice = price(document, &regime(), &facts()).expect("the original is right");
    let names = Original {
        id: InvoiceId::of(&OutletId::from_random([1; 10]), [2; 15]),
        number: "01-2026-000001".to_owned(),
        entry_hash: Hash::of_note(b"any"),
        code: Some("CODE".to_owned()),
    };
    PricingFacts { original: Some(OriginalInvoice { names, invoice }), ..facts() }
}

/// On top of a credit note that takes back all of `sale()`.
pub(crate) const CREDIT_FAULTS: &str = r#"
    /kind "export_credit_note" ; /lines/0/tax_group "H" | original_of_other_kind /credit/original, line_not_on_original /lines/0
    /prices "tax_excluded"                           | price_mode_differs_from_original /prices
    /lines/0/name "Cap"                              | line_not_on_original /lines/0
    /lines/0/code "8"                                | line_not_on_original /lines/0
    /lines/0/tax_group "A"                           | line_not_on_original /lines/0
    /lines/0/unit_price "1799.99"                    | price_differs_from_original /lines/0/unit_price
    /lines/0/quantity "2.01"                         | more_than_sold /lines/0/quantity
    /lines/1/quantity "4" ; /lines/0/unit_price "9" | price_differs_from_original /lines/0/unit_price, more_than_sold /lines/1/quantity
"#;

fn credit_note() -> Value {
    let credit = r#"/kind "credit_note" ; /credit {"nature":"undo","original":{"number":"1"}}"#;
    changed(&sale(), credit)
}

#[test]
fn a_credit_note_is_held_against_its_original() {
    let facts = original(&sale());
    for (changes, faults) in rows(CREDIT_FAULTS) {
        let document = changed(&credit_note(), changes);
        assert_eq!(shown(price(&document, &regime(), &facts)), faults, "{changes}");
    }
}

#[test]
fn a_credit_note_names_its_original_by_all_its_names() {
    let facts = original(&sale());
    let credited = price(&credit_note(), &regime(), &facts).unwrap();
    let names = credited.credit().unwrap().original.as_ref();
    assert_eq!(names, facts.original.as_ref().map(|original| &original.names));
    let partial = changed(&credit_note(), r#"/lines/0/quantity "0.5" ; /lines/1/quantity "1""#);
    assert_eq!(price(&partial, &regime(), &facts).unwrap().totals().total.to_string(), "1350.00");
}

#[test]
fn a_credit_note_corrects_no_credit_note() {
    let facts = original(&changed(&sale(), r#"/kind "credit_note" ; /credit {"nature":"rebate"}"#));
    let outcome = price(&credit_note(), &regime(), &facts);
    assert_eq!(shown(outcome), "original_of_other_kind /credit/original");
}

/// A till may ring one article up several times: what was sold is the sum.
#[test]
fn the_quantity_sold_is_that_of_all_lines_of_the_article() {
    let again = r#"/lines/- {"code":"7","kind":"thing","name":"Hat","quantity":"3","unit_price":"1800","tax_group":"B"}"#;
    let facts = original(&changed(&sale(), again));
    let five = changed(&credit_note(), r#"/lines/0/quantity "5""#);
    assert!(price(&five, &regime(), &facts).is_ok());
    let more = changed(&credit_note(), r#"/lines/0/quantity "5.01""#);
    assert_eq!(shown(price(&more, &regime(), &facts)), "more_than_sold /lines/0/quantity");
}

#[test]
fn what_is_not_given_is_filled_in_from_the_facts() {
    let invoice = price(&sale(), &regime(), &facts()).unwrap();
    assert_eq!(invoice.issued_on().to_string(), "2026-07-14");
    assert_eq!((invoice.currency(), invoice.regime_version()), ("FRD", "freedonia/1"));
    assert_eq!(invoice.price_mode(), PriceMode::TaxIncluded);
    assert_eq!(invoice.seller().name, "Firefly & Co");
    // No payment given means all of it by the first method.
    let payments: Vec<_> =
        invoice.payments().iter().map(|p| (p.method.as_str(), p.amount.to_string())).collect();
    assert_eq!(payments, [("cash", "4950.00".to_owned())]);
}

#[test]
fn a_foreign_total_is_to_the_nearest_cent() {
    let invoice: Invoice = price(&full(), &regime(), &facts()).unwrap();
    // 52.96 ÷ 2000 = 0.02648
    assert_eq!(invoice.foreign_total().unwrap().to_string(), "0.03");
    assert_eq!(invoice.payments()[0].foreign.as_ref().unwrap().amount.to_string(), "0.02");
}
