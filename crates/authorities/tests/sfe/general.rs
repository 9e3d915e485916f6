//! SFE 1.1.6-1.1.24, 1.1.30, 1.1.31 and the annexes "clients" and "commentaires".

use authorities::{Authority as _, drc};
use invoice::{Exchange, ExchangeRate, PricingFacts};
use serde_json::{Value, json};

use crate::changes::{changed, rows};
use crate::common::{as_json, emcf, facts, price};
use crate::desk::{accepted, priced, sale, sale_of, tried};

#[test]
fn sfe_1_1_6_no_invoice_without_articles() {
    tried(
        &sale(),
        &facts(),
        r#"
        /lines -            | missing_field /lines
        /lines []           | no_lines /lines
        /lines/1/name -     | missing_field /lines/1/name
        /lines/1/name " "   | empty_text /lines/1/name
        "#,
    );
}

const DOCUMENTS: &str = "
    sale               FV  Facture de vente
    advance            FT  Facture d'acompte ou d'avance
    credit_note        FA  Facture d'avoir
    export_sale        EV  Facture de vente à l'exportation
    export_advance     ET  Facture d'acompte ou d'avance à l'exportation
    export_credit_note EA  Facture d'avoir à l'exportation
";

#[test]
fn sfe_1_1_7_six_types_of_invoice() {
    let emcf = emcf(&json!({}));
    let table = DOCUMENTS.lines().map(str::trim).filter(|row| !row.is_empty());
    let mut count = 0;
    for row in table {
        let words: Vec<&str> = row.split_whitespace().collect();
        let (key, code, label) = (words[0], words[1], words[2..].join(" "));
        let kind = emcf.regime().document_kind(key).unwrap();
        assert_eq!((kind.coded.code, kind.coded.label), (code, label.as_str()));
        assert_eq!(kind.export, code.starts_with('E'));
        let mut document = sale_of(if kind.export { "E" } else { "B" }, "goods");
        document["kind"] = json!(key);
        if code.ends_with('A') {
            document["credit"] = json!({"nature": "rebate"});
        }
        assert_eq!(accepted(&document).kind(), key);
        count += 1;
    }
    assert_eq!((count, emcf.regime().document_kinds.len()), (6, 6));
    tried(&sale(), &facts(), "/kind \"FV\" | unknown_key /kind");
}

/// Annex "clients": PP needs nothing, PM, PC and PL name and NIF, AO name and exemption document.
#[test]
fn sfe_1_1_11_the_kind_of_customer_says_what_must_be_known() {
    let name = "customer_name_missing /customer/name";
    let tax_id = "customer_tax_id_missing /customer/tax_id";
    let exemption = "exemption_reference_missing /exemption_reference";
    for (key, code, missing) in [
        ("person", "PP", vec![]),
        ("company", "PM", vec![name, tax_id]),
        ("trader", "PC", vec![name, tax_id]),
        ("professional", "PL", vec![name, tax_id]),
        ("embassy", "AO", vec![name, exemption]),
    ] {
        assert_eq!(emcf(&json!({})).regime().customer_kind(key).unwrap().coded.code, code);
        let mut document = sale();
        document["customer"] = json!({"kind": key});
        let faults = priced(&document).err().unwrap_or_default();
        let shown: Vec<_> =
            faults.iter().map(|f| format!("{} {}", f.code(), f.pointer())).collect();
        assert_eq!(shown, missing, "{key}");
        document["customer"] = json!({"kind": key, "name": "ABC", "tax_id": "A9001255A"});
        document["exemption_reference"] = json!("EXO/12/2026");
        assert!(priced(&document).is_ok(), "{key}");
    }
    tried(
        &sale(),
        &facts(),
        r#"
        /customer -                     | missing_field /customer
        /customer {"name":"ABC"}        | missing_field /customer/kind
        /customer/kind "PP"             | unknown_key /customer/kind
        /customer/tax_id "A 9001255A"   | cd_tax_id_malformed /customer/tax_id
        /customer/tax_id "A9001"        | cd_tax_id_malformed /customer/tax_id
        /customer/tax_id "00001234A"    | -
        "#,
    );
}

#[test]
fn sfe_1_1_11_all_that_is_known_of_the_customer_is_recorded() {
    let mut document = sale();
    let known = json!({"kind": "company", "name": "ABC SARL", "tax_id": "A9001255A",
                       "register": "RCCM20250124", "phone": "3488772",
                       "email": "info@abcsarl.cd", "address": "BOULEVARD 23"});
    document["customer"] = known.clone();
    let bytes = accepted(&document).canonical_bytes();
    let tree: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(tree["customer"], known);
}

#[test]
fn sfe_1_1_13_a_specific_tax_is_an_amount_or_in_proportion() {
    for (tax, amount) in [
        (json!({"amount": "300", "name": "ACCISE"}), "300.00"),
        (json!({"per_unit": "75"}), "375.00"),
        (json!({"percent": "10"}), "360.00"),
    ] {
        let mut document = sale();
        document["lines"][0]["specific_tax"] = tax;
        let invoice = accepted(&document);
        let recorded = invoice.lines()[0].specific_tax.as_ref().unwrap();
        assert_eq!(recorded.amount.to_string(), amount);
        assert_eq!(invoice.totals().specific_tax.to_string(), amount);
    }
    tried(
        &sale(),
        &facts(),
        r#"
        /lines/0/specific_tax {"name":"ACCISE"}              | exactly_one_of /lines/0/specific_tax
        /lines/0/specific_tax {"amount":"1","per_unit":"1"}  | exactly_one_of /lines/0/specific_tax
        /lines/0/specific_tax {"amount":"0"}                 | not_positive /lines/0/specific_tax
        /lines/0/specific_tax {"percent":"-10"}              | not_positive /lines/0/specific_tax
        "#,
    );
}

#[test]
fn sfe_1_1_14_vat_as_articles_of_group_n_adds_to_the_vat() {
    let mut document = sale();
    document["lines"][1] = json!({"kind": "levy", "name": "TVA", "quantity": "1",
                                  "unit_price": "160", "tax_group": "N"});
    let totals = accepted(&document).totals();
    assert_eq!(
        (totals.base.to_string(), totals.tax.to_string()),
        ("3600.00".into(), "160.00".into())
    );
    assert_eq!(totals.total.to_string(), "3760.00");
}

#[test]
fn sfe_1_1_16_articles_have_code_type_name_price_unit_quantity_group_and_specific_tax() {
    let line = json!({"code": "001", "kind": "goods", "name": "EAU", "unit": "bouteille",
                      "quantity": "5", "unit_price": "720", "tax_group": "A",
                      "specific_tax": {"per_unit": "10"}});
    let mut document = sale();
    document["lines"] = json!([line]);
    let tree: Value = serde_json::from_slice(&accepted(&document).canonical_bytes()).unwrap();
    let recorded = json!({"code": "001", "kind": "goods", "name": "EAU", "unit": "bouteille",
                          "quantity": "5.000", "unit_price": "720.0000", "tax_group": "A",
                          "specific_tax": {"per_unit": "10.0000", "amount": "50.00"},
                          "amount": "3650.00"});
    assert_eq!(tree["lines"][0], recorded);
    tried(
        &sale(),
        &facts(),
        r#"
        /lines/0/kind -             | missing_field /lines/0/kind
        /lines/0/name -             | missing_field /lines/0/name
        /lines/0/unit_price -       | missing_field /lines/0/unit_price
        /lines/0/quantity -         | missing_field /lines/0/quantity
        /lines/0/tax_group -        | missing_field /lines/0/tax_group
        /lines/0/code -             | -
        /lines/0/unit "bouteille"   | -
        "#,
    );
}

/// A control module keeps 64 bytes of a name (MCF 31h), and an accent is two of them.
#[test]
fn mcf_31h_a_name_has_at_most_64_bytes() {
    for (name, expected) in [
        ("x".repeat(64), "-"),
        ("x".repeat(65), "cd_article_name_too_long /lines/0/name"),
        ("é".repeat(32), "-"),
        ("é".repeat(33), "cd_article_name_too_long /lines/0/name"),
    ] {
        let mut document = sale();
        document["lines"][0]["name"] = json!(name);
        assert_eq!(crate::desk::verdict(&document, &facts()), expected, "{name}");
    }
}

#[test]
fn sfe_1_1_18_means_of_payment() {
    for (key, code) in [
        ("cash", "ESPECES"),
        ("transfer", "VIREMENT"),
        ("card", "CARTEBANCAIRE"),
        ("mobile_money", "MOBILEMONEY"),
        ("cheque", "CHEQUES"),
        ("credit", "CREDIT"),
        ("other", "AUTRE"),
    ] {
        let mut document = sale();
        document["payments"] = json!([{"method": key, "amount": "4064"}]);
        assert_eq!(accepted(&document).payments()[0].method, key);
        assert_eq!(emcf(&json!({})).regime().payment_method(key).unwrap().code, code);
    }
    tried(
        &sale(),
        &facts(),
        r#"/payments [{"method":"bitcoin","amount":"4064"}] | unknown_key /payments/0/method"#,
    );
}

#[test]
fn sfe_1_1_19_payments_sum_to_the_total() {
    let two = changed(
        &sale(),
        r#"/payments [{"method":"card","amount":"4000"},{"method":"cash","amount":"64"}]"#,
    );
    tried(
        &two,
        &facts(),
        r#"
        .                           | -
        /payments/1/amount "63.99"  | payments_differ_from_total /payments
        /payments/1/amount "64.01"  | payments_differ_from_total /payments
        /payments []                | -
        /payments -                 | -
        /payments/0/amount "4064" ; /payments/1/amount "0"    | not_positive /payments/1/amount
        /payments/0/amount "4074" ; /payments/1/amount "-10"  | not_positive /payments/1/amount
        "#,
    );
}

#[test]
fn sfe_1_1_21_and_1_1_22_no_null_or_negative_article_or_invoice() {
    tried(
        &sale(),
        &facts(),
        r#"
        /lines/0/unit_price "0"         | not_positive /lines/0/unit_price
        /lines/0/unit_price "-720"      | not_positive /lines/0/unit_price
        /lines/0/quantity "0.000"       | not_positive /lines/0/quantity
        /lines/0/quantity "-5"          | not_positive /lines/0/quantity
        /lines/0/quantity "-5" ; /lines/0/unit_price "-720" | not_positive /lines/0/unit_price, not_positive /lines/0/quantity
        /lines/0/unit_price "0.04" ; /lines/0/quantity "0.124" | rounds_to_zero /lines/0
        /lines/0/unit_price "0.04" ; /lines/0/quantity "0.125" | -
        "#,
    );
}

#[test]
fn sfe_1_1_22_nothing_is_too_large_in_silence() {
    tried(
        &sale(),
        &facts(),
        r#"
        /lines/0/unit_price "99999999999999.99"         | total_too_large /lines/0
        /lines/0/unit_price "100000000000000"           | number_too_large /lines/0/unit_price
        /lines/0/unit_price "19999999999999.90"         | total_too_large /lines
        /lines/0/specific_tax {"per_unit":"99999999999999"}  | total_too_large /lines/0
        /lines/0/specific_tax {"percent":"99999999999999"}   | total_too_large /lines/0
        /lines/0/quantity "99999999999999" ; /lines/0/unit_price "0.01" ; /lines/0/discount {"original_price":"99999999999999","reason":"x"} | total_too_large /lines
        "#,
    );
}

/// Line A is the exemption's; B to H are free: seven, and each holds what an MCF keeps.
#[test]
fn sfe_1_1_24_eight_comment_lines() {
    let mut document = sale();
    document["exemption_reference"] = json!("A");
    document["comments"] = json!(["B", "C", "D", "E", "F", "G", "H"]);
    let invoice = accepted(&document);
    assert_eq!((invoice.exemption_reference(), invoice.comments().len()), (Some("A"), 7));
    document["comments"] = json!(["B", "C", "D", "E", "F", "G", "H", "I"]);
    tried(&document, &facts(), ". | too_many /comments");
    document["comments"] = json!(["é".repeat(255), "e".repeat(256)]);
    tried(&document, &facts(), ". | text_too_long /comments/1");
}

/// Annex "commentaires" and the grid of groups: line A cites the document for AO and group D.
#[test]
fn annex_comment_a_is_the_reference_of_the_exemption() {
    tried(
        &sale(),
        &facts(),
        r#"
        /customer {"kind":"embassy","name":"Ambassade"} | exemption_reference_missing /exemption_reference
        /lines/0/tax_group "D" ; /lines/1/tax_group "D" | exemption_reference_missing /exemption_reference
        /customer {"kind":"embassy","name":"Ambassade"} ; /lines/0/tax_group "D" | exemption_reference_missing /exemption_reference
        /lines/0/tax_group "D" ; /exemption_reference "DEROG/7" | -
        "#,
    );
}

#[test]
fn sfe_1_1_30_a_payment_in_usd_has_its_rate_and_its_amount() {
    let mut document = sale();
    document["lines"] = json!([{"kind": "goods", "name": "SAC", "quantity": "1",
                                "unit_price": "23000", "tax_group": "B"}]);
    document["payments"] = json!([{"method": "cash", "amount": "23000",
                                   "exchange": {"currency": "USD", "rate": "2300"}}]);
    let invoice = accepted(&document);
    let foreign = invoice.payments()[0].foreign.as_ref().unwrap();
    assert_eq!(
        (foreign.amount.to_string(), foreign.exchange.rate.to_string()),
        ("10.00".into(), "2300.0000".into())
    );
    document["exchange"] = json!({"currency": "USD", "rate": "2310"});
    // 23000 ÷ 2310 = 9.9567
    assert_eq!(accepted(&document).foreign_total().unwrap().to_string(), "9.96");
}

/// One percent of 2300 is 23: the bounds are within, a ten-thousandth beyond is not.
#[test]
fn sfe_1_1_30_the_rate_lies_within_one_percent_of_the_mean() {
    let table = "
        2277        -
        2323        -
        2276.9999   exchange_rate_out_of_range
        2323.0001   exchange_rate_out_of_range
        23          exchange_rate_out_of_range
        0           not_positive
        -2300       not_positive
    ";
    for row in table.lines().map(str::trim).filter(|row| !row.is_empty()) {
        let (rate, code) = row.split_once(' ').unwrap();
        let exchange = json!({"currency": "USD", "rate": rate});
        let mut document = sale();
        document["exchange"] = exchange.clone();
        let at_exchange = crate::desk::verdict(&document, &facts());
        document = sale();
        document["payments"] = json!([{"method": "cash", "amount": "4064", "exchange": exchange}]);
        let at_payment = crate::desk::verdict(&document, &facts());
        let expected = |pointer: &str| match code.trim() {
            "-" => "-".to_owned(),
            code => format!("{code} {pointer}"),
        };
        assert_eq!(at_exchange, expected("/exchange/rate"), "{rate}");
        assert_eq!(at_payment, expected("/payments/0/exchange/rate"), "{rate}");
    }
    tried(
        &sale(),
        &facts(),
        r#"/exchange {"currency":"EUR","rate":"2500"} | unknown_key /exchange/currency"#,
    );
}

/// Before any survey the mean is not known, and the newest of several is the one that counts.
#[test]
fn sfe_1_1_30_the_newest_mean_counts() {
    let mean = |rate: &str| Exchange {
        currency: "USD".to_owned(),
        rate: ExchangeRate::parse(rate).unwrap(),
    };
    let mut document = sale();
    document["exchange"] = json!({"currency": "USD", "rate": "2800"});
    for (means, code) in [
        (vec![], None),
        (vec![mean("2300"), mean("2800")], None),
        (vec![mean("2800"), mean("2300")], Some("exchange_rate_out_of_range")),
    ] {
        let facts = PricingFacts { reference_rates: means, ..facts() };
        let faults = price(&document, &emcf(&json!({})), &facts).err().unwrap_or_default();
        assert_eq!(faults.first().map(invoice::Fault::code), code);
    }
}

/// Settings choose between the readings of what is open; what is not known is refused by name.
#[test]
fn sfe_1_1_31_parameters_are_settings() {
    let parse = |settings: &Value| drc::Settings::parse(&as_json(settings));
    for (settings, words) in [
        (json!({}), "isf"),
        (json!({"isf": ""}), "isf"),
        (json!({"isf": 5}), "invalid type"),
        (json!({"isf": 1.5}), "number"),
        (json!({"isf": "X", "rounding": 1e300}), "number"),
        (json!({"isf": "X", "nested": [{"deep": [2.5]}]}), "number"),
        (json!({"isf": "X", "rounding": "down"}), "down"),
        (json!({"isf": "X", "vat": "17"}), "vat"),
        (json!([]), "invalid"),
        (json!("X"), "invalid"),
        (json!(null), "invalid"),
    ] {
        let error = parse(&settings).expect_err("not settings");
        assert!(error.contains(words), "{settings}: {error}");
    }
    let all = json!({"isf": "X", "rounding": "tax_up", "specific_tax_base": "entered_price",
                     "trailing_slash": true, "action_case": "upper",
                     "payment_currency_fields": "cur_code", "out_of_scope_code": "one_word",
                     "ask_finalised": false});
    assert!(parse(&all).is_ok());
    let named = |name: &str, settings: &serde_json::Value| {
        authorities::authority_named(name, &as_json(settings), authorities::Environment::Test)
    };
    for name in ["drc/emcf", "drc/cloud"] {
        assert_eq!(named(name, &all).unwrap().id(), name);
    }
    let error = named("fr/dgfip", &all).err().unwrap();
    assert!(error.to_string().contains("drc/emcf"), "{error}");
}

/// A price that was lowered shows the price before and why (1.2 l).
#[test]
fn sfe_1_2_1_l_a_discount_shows_the_original_price() {
    let lowered =
        changed(&sale(), r#"/lines/1/discount {"original_price":"928","reason":"Remise 50%"}"#);
    let invoice = accepted(&lowered);
    // The amount is that of the price charged; what was taken off is told beside it.
    assert_eq!(invoice.totals().total.to_string(), "4064.00");
    assert_eq!(invoice.totals().discount.to_string(), "464.00");
    for (changes, expected) in rows(
        r#"
        /lines/1/discount/original_price "464"      | discount_not_lower /lines/1/discount/original_price
        /lines/1/discount/original_price "463"      | discount_not_lower /lines/1/discount/original_price
        /lines/1/discount/original_price "928.001"  | too_many_decimals /lines/1/discount/original_price
        /lines/1/discount/reason -                  | missing_field /lines/1/discount/reason
        "#,
    ) {
        assert_eq!(crate::desk::verdict(&changed(&lowered, changes), &facts()), expected);
    }
}
