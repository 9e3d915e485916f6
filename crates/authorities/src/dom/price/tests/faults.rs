//! What a draft can break: a row of a table for each rule, with the pointer that it is told at.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::paper::{changed, company, line, purchase, sale, shown, sold};
use crate::dom::compose::testing::{facts, priced, read};
use crate::dom::price::{RULES, Terms, price};

/// Changes to the sale: `pointer json`, `;` between; behind the bar the faults.
const OF_A_SALE: &str = r#"
    /kind "sale"                                    | unknown_key /kind
    /issued_on "2026-11-21"                         | do_date_in_future /issued_on
    /currency "USD"                                 | wrong_currency /currency
    /comments ["one","two"]                         | too_many /comments
    /exchange {"currency":"XAF","rate":"1"}         | unknown_key /exchange/currency
    /exchange {"currency":"USD","rate":"0"}         | not_positive /exchange/rate
    /exchange {"currency":"USD","rate":"1000"}      | do_exchange_rate_too_large /exchange/rate
    /exchange {"currency":"USD","rate":"0.0001"} ; /lines/0/unit_price "50000000000000" | do_customer_number_required /customer/tax_id, do_customer_name_required /customer/name, total_too_large /exchange/rate
    /cd {}                                          | unknown_field /cd
    /do/colour "red"                                | unknown_field /do/colour
    /do/priced {}                                   | unknown_field /do/priced
    /lines/0/do/priced {}                           | unknown_field /lines/0/do/priced
    /customer/do/age "7"                            | unknown_field /customer/do/age
    /do/income_type "work"                          | unknown_key /do/income_type
    /do/all_inclusive "yes"                         | wrong_type /do/all_inclusive
    /do/lines_per_page 0                            | wrong_type /do/lines_per_page
    /do/seller/phones "809"                         | wrong_type /do/seller/phones
    /do/period/from "1.1.2026"                      | malformed_date /do/period/from
    /do/balance/advance 5                           | decimal_as_number /do/balance/advance
    /lines/0/do/taxes [7]                           | wrong_type /lines/0/do/taxes/0
    /lines/0/specific_tax {"amount":"1"}            | do_specific_tax_by_code /lines/0/specific_tax
    /lines/0/tax_group "A"                          | unknown_key /lines/0/tax_group
    /lines/0/tax_group "itbis_16" ; /issued_on "2015-12-31" | tax_group_not_in_force /lines/0/tax_group
    /lines/0/kind "levy"                            | unknown_key /lines/0/kind
    /lines/0/unit "cubit"                           | do_unknown_unit /lines/0/unit
    /lines/0/quantity "0"                           | not_positive /lines/0/quantity
    /lines/0/quantity "-1"                          | not_positive /lines/0/quantity
    /lines/0/quantity "0.125"                       | too_many_decimals /lines/0/quantity
    /lines/0/unit_price "-1"                        | do_negative /lines/0/unit_price
    /lines/0/discount {"original_price":"1000","reason":"x"} | discount_not_lower /lines/0/discount/original_price
    /lines/0/do/discounts [{}]                      | do_amount_or_percent /lines/0/do/discounts/0
    /lines/0/do/surcharges [{"amount":"1","percent":"1"}] | do_amount_or_percent /lines/0/do/surcharges/0
    /lines/0/do/discounts [{"amount":"-1"}]         | do_negative /lines/0/do/discounts/0
    /lines/0/do/discounts [{"amount":"1000.01"}]    | do_discount_exceeds /lines/0/do/discounts
    /lines/0/unit_price "99999999999999" ; /lines/0/quantity "99" | total_too_large /lines/0
    /lines/0/unit_price "99999999999999"            | total_too_large /lines
    /lines/0/do/taxes [{"code":"040"}]              | do_unknown_tax /lines/0/do/taxes/0/code
    /lines/0/do/taxes [{}]                          | do_unknown_tax /lines/0/do/taxes/0/code
    /lines/0/do/taxes [{"code":"031"}] ; /lines/0/tax_group "itbis_16" | do_excise_group /lines/0/do/taxes/0/code
    /lines/0/do/taxes [{"code":"019","rate":"60"}] ; /lines/0/tax_group "exempt" | do_excise_group /lines/0/do/taxes/0/code
    /lines/0/do/taxes [{"code":"006","rate":"700"},{"code":"023"}] ; /lines/0/tax_group "non_billable" | do_excise_group /lines/0/do/taxes/0/code, do_excise_group /lines/0/do/taxes/1/code
    /lines/0/do/taxes [{"code":"001"},{"code":"001"}] | do_tax_twice /lines/0/do/taxes/1
    /lines/0/do/taxes [{"code":"001","rate":"5"}]   | do_tax_rate_fixed /lines/0/do/taxes/0/rate
    /lines/0/do/taxes [{"code":"006"}]              | do_tax_rate_unknown /lines/0/do/taxes/0/rate
    /lines/0/do/taxes [{"code":"006","rate":"0"}]   | not_positive /lines/0/do/taxes/0/rate
    /lines/0/do/taxes [{"code":"006","rate":"700"}] | do_excise_field_missing /lines/0/do/alcohol_degrees, do_excise_field_missing /lines/0/do/subquantities
    /lines/0/do/taxes [{"code":"019","rate":"60"}]  | do_excise_field_missing /lines/0/do/reference_quantity
    /lines/0/do/taxes [{"code":"036"}]              | do_tax_rate_unknown /lines/0/do/taxes
    /lines/0/do {"taxes":[{"code":"019","rate":"60"},{"code":"036"}],"reference_quantity":"10"} | do_excise_field_missing /lines/0/do/reference_price
    /lines/0/do {"taxes":[{"code":"019","rate":"60"},{"code":"036"}],"reference_quantity":"10","reference_price":"70"} | do_reference_price_too_low /lines/0/do/reference_price
    /lines/0/do {"taxes":[{"code":"006","rate":"700"}],"alcohol_degrees":"5","reference_quantity":"24","subquantities":[{"quantity":"355","unit":"mililitro"}]} | do_not_in_litres /lines/0/do/subquantities/0/unit
    /lines/0/do {"foreign_price":"1"}               | do_foreign_price_without_exchange /lines/0/do/foreign_price
    /lines/0/do {"foreign_price":"1"} ; /exchange {"currency":"USD","rate":"60"} | do_foreign_price_differs /lines/0/do/foreign_price
    /lines/0/do {"foreign_price":"1"} ; /exchange {"currency":"USD","rate":"0"} | not_positive /exchange/rate
    /lines/0/do/norm_07_07 true ; /lines/0/tax_group "exempt" | do_norm_07_07_group /lines/0/do/norm_07_07
    /lines/0/do/withholding {"itbis":"1"}           | do_withholding_not_for_type /lines/0/do/withholding
    /do/adjustments [{}]                            | unknown_key /do/adjustments/0/group, missing_field /do/adjustments/0/kind
    /do/adjustments [{"kind":"discount","group":"non_billable","amount":"1"}] | unknown_key /do/adjustments/0/group
    /do/adjustments [{"kind":"discount","group":"exempt","amount":"1"}] | do_adjusted_group_empty /do/adjustments/0/group
    /do/adjustments [{"kind":"discount","group":"itbis_18"}] | do_amount_or_percent /do/adjustments/0
    /do/adjustments [{"kind":"discount","group":"itbis_18","amount":"-1"}] | do_negative /do/adjustments/0
    /do/adjustments [{"kind":"discount","group":"itbis_18","amount":"1000.01"}] | do_discount_exceeds /do/adjustments
    /do/adjustments [{"kind":"discount","group":"itbis_18","amount":"1","norm_10_07":true}] | do_norm_10_07_prices /prices, do_norm_10_07_taxes /do/adjustments/0/norm_10_07
    /do/subtotals [{"first_line":1,"last_line":2}]  | do_lines_out_of_range /do/subtotals/0
    /do/subtotals [{"title":"x"}]                   | do_lines_out_of_range /do/subtotals/0
    /customer/kind "partner"                        | unknown_key /customer/kind
    /customer/kind "company"                        | customer_name_missing /customer/name, customer_tax_id_missing /customer/tax_id
    /customer/tax_id "12345678"                     | do_rnc_shape /customer/tax_id
    /customer/tax_id "1-30-99999-9"                 | do_rnc_shape /customer/tax_id
    /payments [{"method":"mobile_money","amount":"1180"}] | unknown_key /payments/0/method
    /payments [{"method":"cash","amount":"1179.99"}] | payments_differ_from_total /payments
    /payments [{"method":"cash","amount":"-1"},{"method":"card","amount":"1181"}] | do_negative /payments/0/amount
    /do/payment_terms/kind "credit"                 | do_due_date_missing /do/payment_terms/due_on
    /do/payment_terms {"kind":"credit","due_on":"2026-11-19"} | do_dates_reversed /do/payment_terms/due_on
    /do/period {"from":"2026-11-02","to":"2026-11-01"} | do_dates_reversed /do/period/to
    /do/reference/reason "x"                        | do_reference_without_nature /credit
    /credit/nature "cancellation"                   | do_nature_not_for_type /credit/nature, do_reference_missing /credit/original
    /credit/nature "return"                         | unknown_key /credit/nature, do_reference_missing /credit/original
    /credit {"nature":"contingency_replacement","original":{"number":"B0200000001"}} | original_missing /credit/original
    /credit/nature "contingency_replacement" ; /do/reference {"number":"B02","issued_on":"2026-11-01"} | do_ncf_shape /do/reference/number
    /credit/nature "contingency_replacement" ; /do/reference {"number":"B0100000001","issued_on":"2026-11-01"} | do_ncf_not_equivalent /do/reference/number
    /credit/nature "contingency_replacement" ; /do/reference {"number":"E320000000001","issued_on":"2026-11-01"} | do_not_series_b /do/reference/number
    /credit/nature "contingency_replacement" ; /do/reference {"number":"A010010010200000001","issued_on":"2026-11-01"} | do_not_series_b /do/reference/number
    /credit/nature "contingency_replacement" ; /do/reference {"number":"B0200000001","issued_on":"2026-11-21"} | do_dates_reversed /issued_on
"#;

/// What only the format's check finds, at the place of the draft that it comes of.
const OF_THE_FORMAT: &str = r#"
    /lines/0/name "AAAAAAAAAABBBBBBBBBBCCCCCCCCCCDDDDDDDDDDEEEEEEEEEEFFFFFFFFFFGGGGGGGGGGHHHHHHHHHHI" | do_xml_length /lines/0/name
    /lines/0/do/codes [{"code":"1"}]                | do_xml_missing_element /lines/0/do/codes/0/kind
    /lines/0/do/codes [{"kind":"EAN","code":"1"},{"kind":"TOO LONG A KIND","code":"1"}] | do_xml_length /lines/0/do/codes/1/kind
    /lines/0/code "7" ; /lines/0/do/codes [{"kind":"TOO LONG A KIND","code":"1"}] | do_xml_length /lines/0/do/codes/0/kind
    /lines/0/do/reference_unit "cubit"              | do_xml_code /lines/0/do/reference_unit
    /lines/0/do/subquantities [{"quantity":"1","unit":"cubit"}] | do_xml_code /lines/0/do/subquantities/0/unit
    /lines/0/do/alcohol_degrees "0"                 | do_xml_range /lines/0/do/alcohol_degrees
    /do/seller/phones ["809-555-0101","555"]        | do_xml_pattern /do/seller/phones
    /do/seller/municipality "999999"                | do_xml_code /do/seller/municipality
    /do/seller/order_number "A7"                    | do_xml_number /do/seller/order_number
    /customer/email "nobody"                        | do_xml_pattern /customer/email
    /customer/do/payer "Banco 7"                    | do_xml_pattern /customer/do/payer
    /customer/do/country "Noruega"                  | do_xml_unknown_element /customer/do/country
    /customer/do/delivery/phone "555"               | do_xml_pattern /customer/do/delivery/phone
    /do/payment_terms/term "treinta (30) dias"      | do_xml_pattern /do/payment_terms/term
    /do/shipment/reference "R-1"                    | do_xml_number /do/shipment/reference
    /do/shipment/volume "0"                         | do_xml_range /do/shipment/volume
    /do/shipment/total_fob "5"                      | do_xml_unknown_element /do/shipment/total_fob
    /do/transport/plate "A6396890"                  | do_xml_length /do/transport/plate
    /do/transport/mode "sea"                        | do_xml_unknown_element /do/transport/mode
    /do/subtotals [{"first_line":1,"last_line":1,"position":100}] | do_xml_digits /do/subtotals/0/position
    /do/adjustments [{"kind":"discount","group":"itbis_18","amount":"1","description":"AAAAAAAAAABBBBBBBBBBCCCCCCCCCCDDDDDDDDDDEEEEEE"}] | do_xml_length /do/adjustments/0/description
"#;

fn rows(table: &'static str) -> impl Iterator<Item = (Vec<(&'static str, Value)>, &'static str)> {
    let rows = table.lines().map(str::trim).filter(|row| !row.is_empty());
    rows.map(|row| {
        let (changes, faults) = row.rsplit_once(" | ").expect("two columns");
        let changes = changes.split(" ; ").map(|change| {
            let (pointer, value) = change.trim().split_once(' ').expect("pointer, then a value");
            (pointer, serde_json::from_str(value.trim()).expect("JSON"))
        });
        (changes.collect(), faults.trim())
    })
}

#[test]
fn each_fault_of_a_sale_is_told_at_its_place() {
    for (changes, faults) in rows(OF_A_SALE).chain(rows(OF_THE_FORMAT)) {
        let draft = changed(&sale(), &changes);
        assert_eq!(shown(priced(&draft, &facts())), faults, "{changes:?}");
    }
}

/// Of a tax credit invoice to a company.
const OF_A_CREDIT_INVOICE: &str = r#"
    /customer {"kind":"consumer","name":"Ana"}      | do_customer_rnc_required /customer/tax_id
    /customer {"kind":"foreigner","name":"A","tax_id":"P1"} | do_customer_rnc_required /customer/kind
    /customer/kind "person" ; /customer/name null   | do_customer_name_required /customer/name
    /payments [{"method":"gift_certificate","amount":"1180"}] | do_payment_not_for_type /payments/0/method
    /do/payment_terms/kind "free"                   | do_free_not_for_type /do/payment_terms/kind
    /lines [{"kind":"goods","name":"A","quantity":"1","unit_price":"9","tax_group":"itbis_18","do":{"taxes":[{"code":"019","rate":"60"}],"reference_quantity":"1"}},{"kind":"goods","name":"B","quantity":"1","unit_price":"9","tax_group":"itbis_18","do":{"taxes":[{"code":"019","rate":"61"}],"reference_quantity":"1"}}] | do_tax_rates_differ /lines/1/do/taxes/0/rate
    /credit/nature "consumer_invoice_reference" ; /do/reference {"number":"E310000000001","issued_on":"2026-11-01"} | do_not_a_consumer_invoice /do/reference/number
    /kind "special_regime_invoice" ; /lines/0/tax_group "exempt" ; /lines/0/do/taxes [{"code":"006","rate":"700"}] | do_tax_not_for_type /lines/0/do/taxes/0/code
    /kind "foreign_payment" ; /lines/0/tax_group "exempt" ; /lines/0/kind "service" | do_customer_abroad /customer/kind
"#;

/// Of a credit note on a tax credit invoice of the ledger.
const OF_A_NOTE: &str = r#"
    /credit null                                    | credit_missing /credit
    /kind "debit_note"                              | do_nature_not_for_type /credit/nature
    /do/reference/number "E310000000007"            | do_reference_twice /do/reference/number
    /credit/original null ; /do/reference {"number":"E310000000007","issued_on":"2026-11-20","other_tax_id":"130999999"} | do_other_is_seller /do/reference/other_tax_id
    /credit/original null ; /do/reference {"number":"E310000000007","issued_on":"2026-11-19"} | do_reference_date_differs /do/reference/issued_on
    /credit/nature "contingency_replacement"        | do_not_series_b /credit/original
    /customer/tax_id "131777777"                    | do_note_for_other_customer /customer/tax_id
    /lines/0/quantity "1.01"                        | do_note_above_original /lines
    /credit/nature "text_correction"                | do_text_correction_charges /lines
    /do/reference/reason "AAAAAAAAAABBBBBBBBBBCCCCCCCCCCDDDDDDDDDDEEEEEEEEEEFFFFFFFFFFGGGGGGGGGGHHHHHHHHHHIIIIIIIIIIJ" | do_xml_length /do/reference/reason
"#;

const OF_A_PURCHASE: &str = r#"
    /lines/0/do null                                | do_withholding_missing /lines/0/do/withholding
    /lines/0/do/withholding/itbis "1"               | do_amount_or_percent /lines/0/do/withholding/itbis
    /lines/0/do/withholding {"income_tax":"-1"}     | do_negative /lines/0/do/withholding/income_tax
    /lines/0/do/withholding {"itbis":"99999999999999.999"} | total_too_large /lines/0/do/withholding/itbis
    /lines/0/tax_group "non_billable"               | do_group_not_for_type /lines/0/tax_group
    /lines/0/do/taxes [{"code":"001"}]              | do_tax_not_for_type /lines/0/do/taxes/0/code
"#;

/// Of other kinds, from the sale.
const OF_OTHER_KINDS: &str = r#"
    /kind "credit_note"                             | credit_missing /credit
    /kind "minor_expense" ; /lines/0/tax_group "exempt" ; /customer/name "Ana" | do_customer_unexpected /customer
    /kind "minor_expense" ; /lines/0/tax_group "exempt" ; /lines/0/do/discounts [{"amount":"1"}] | do_xml_unknown_element /lines/0/do/discounts
    /kind "special_regime_invoice" ; /lines/0/tax_group "exempt" ; /customer/name "ONG" | do_customer_number_required /customer/tax_id
    /kind "export_invoice" ; /customer/name "Oslo AS" ; /customer/do/country "Noruega" | do_group_not_for_type /lines/0/tax_group
    /kind "foreign_payment" ; /lines/0/tax_group "exempt" ; /customer/kind "foreigner" | do_services_only /lines/0/kind
    /kind "foreign_payment" ; /lines/0/tax_group "exempt" ; /customer/kind "foreigner" ; /lines/0/kind "service" ; /lines/0/do/withholding {"income_tax_percent":"0"} | do_withholding_abroad /lines/0/do/withholding/income_tax
    /kind "foreign_payment" ; /lines/0/tax_group "exempt" ; /customer/kind "foreigner" ; /lines/0/kind "service" ; /lines/0/do/withholding {} | do_withholding_abroad /lines/0/do/withholding/income_tax
    /kind "foreign_payment" ; /lines/0/tax_group "exempt" ; /customer/kind "foreigner" ; /lines/0/kind "service" ; /lines/0/do/withholding {"income_tax":"270.01"} | do_withholding_abroad /lines/0/do/withholding/income_tax
    /kind "minor_expense" ; /lines/0/tax_group "exempt" ; /do/payment_terms/kind "credit" | do_credit_not_for_type /do/payment_terms/kind
    /kind "minor_expense" ; /lines/0/tax_group "exempt" ; /do/payment_terms {"kind":"credit","due_on":"2026-12-01"} | do_credit_not_for_type /do/payment_terms/kind
    /kind "export_invoice" ; /lines/0/tax_group "itbis_0" ; /customer {"kind":"foreigner","name":"Oslo AS","tax_id":"NO-1"} | do_customer_country_required /customer/do/country
    /kind "export_invoice" ; /lines/0/tax_group "itbis_0" ; /customer {"kind":"foreigner","name":"Oslo AS"} | do_customer_country_required /customer/do/country
"#;

fn credit_invoice() -> Value {
    changed(&sale(), &[("/kind", json!("tax_credit_invoice")), ("/customer", company())])
}

fn note() -> Value {
    let credit = json!({"nature": "cancellation", "original": {"number": "E310000000007"}});
    changed(&credit_invoice(), &[("/kind", json!("credit_note")), ("/credit", credit)])
}

#[test]
fn each_fault_of_another_type_is_told_at_its_place() {
    let tables = [
        (OF_A_CREDIT_INVOICE, credit_invoice(), facts()),
        (OF_A_NOTE, note(), sold(&credit_invoice(), "E310000000007")),
        (OF_A_PURCHASE, purchase(), facts()),
        (OF_OTHER_KINDS, sale(), facts()),
    ];
    for (table, base, facts) in tables {
        for (changes, faults) in rows(table) {
            assert_eq!(shown(priced(&changed(&base, &changes), &facts)), faults, "{changes:?}");
        }
    }
}

/// An outlet may want check digits looked at; by default nobody does.
#[test]
fn check_digits_are_the_outlets_own_question() {
    let draft = changed(&sale(), &[("/customer/tax_id", json!("131888888"))]);
    assert!(priced(&draft, &facts()).is_ok());
    let terms = Terms { check_digits: true, ..Terms::default() };
    let outcome = price(&read(&draft).unwrap(), &facts(), &terms);
    assert_eq!(shown(outcome), "do_check_digit /customer/tax_id");
}

/// More pages than a document can have.
#[test]
fn pages_are_bounded() {
    let lines = vec![line("1", "exempt"); 101];
    let draft = changed(&sale(), &[("/lines", json!(lines)), ("/do/lines_per_page", json!(1))]);
    assert_eq!(shown(priced(&draft, &facts())), "too_many /do/lines_per_page");
}

/// All the faults at once, of shape first.
#[test]
fn faults_are_told_together() {
    let draft = changed(
        &sale(),
        &[
            ("/issued_on", json!("2026-12-01")),
            ("/lines/0/quantity", json!("0")),
            ("/customer/tax_id", json!("1")),
            ("/payments", json!([{"method": "gold", "amount": "1"}])),
        ],
    );
    assert_eq!(
        shown(priced(&draft, &facts())),
        "do_date_in_future /issued_on, do_rnc_shape /customer/tax_id, \
         unknown_key /payments/0/method, not_positive /lines/0/quantity"
    );
}

#[test]
fn every_rule_is_broken_by_some_row() {
    let tables = [OF_A_SALE, OF_A_CREDIT_INVOICE, OF_A_NOTE, OF_A_PURCHASE, OF_OTHER_KINDS];
    let told: Vec<&str> = tables.into_iter().flat_map(rows).map(|(_, faults)| faults).collect();
    let codes = told.iter().flat_map(|faults| faults.split(", "));
    let broken: BTreeSet<&str> =
        codes.filter_map(|fault| fault.split(' ').next()).chain(["do_check_digit"]).collect();
    let untested: Vec<_> =
        RULES.iter().map(|rule| rule.code).filter(|code| !broken.contains(code)).collect();
    assert_eq!(untested, [""; 0]);
}
