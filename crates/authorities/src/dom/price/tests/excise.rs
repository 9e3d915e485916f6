//! Selective taxes on drinks and cigarettes, by hand.

use serde_json::{Value, json};

use super::paper::{assert_leaves, changed, company, line, price, sale, totals};

/// On a day whose amounts were published: 745.60 a litre, 63.07 and 31.53 a pack.
pub(super) fn on_a_known_day(line: &Value) -> Value {
    changed(
        &sale(),
        &[
            ("/kind", json!("tax_credit_invoice")),
            ("/issued_on", json!("2025-10-05")),
            ("/customer", company()),
            ("/lines", json!([line])),
        ],
    )
}

/// Three cases of twelve bottles of rum, 0.75 litres each, of 40 %, at 900 on the shelf.
pub(super) fn rum() -> Value {
    let mut rum = line("6000", "itbis_18");
    rum["quantity"] = json!("3");
    rum["unit"] = json!("Caja/Cajón");
    rum["do"] = json!({
        "reference_quantity": "12",
        "reference_unit": "botella",
        "subquantities": [{"quantity": "0.75", "unit": "litro"}],
        "alcohol_degrees": "40",
        "reference_price": "900",
        "taxes": [{"code": "014"}, {"code": "031"}],
    });
    rum
}

#[test]
fn rum_is_taxed_by_the_litre_of_alcohol_and_by_its_value() {
    // A bottle: 745.60 × 0.40 × 0.75 = 223.68. In all 223.68 × 12 × 3 = 8,052.48.
    // 900 ÷ 1.18 = 762.7119; less 223.68 = 539.0319; ÷ 1.10 = 490.0290; a tenth × 36 = 1,764.1043.
    // ITBIS: (18,000 + 8,052.48 + 1,764.1043) × 0.18 = 5,006.9852.
    assert_leaves(
        &totals(&on_a_known_day(&rum())),
        &[
            ("MontoGravadoI1", "18000.00"),
            ("MontoImpuestoAdicional", "9816.58"),
            ("ImpuestosAdicionales/ImpuestoAdicional[1]/TipoImpuesto", "014"),
            ("ImpuestosAdicionales/ImpuestoAdicional[1]/TasaImpuestoAdicional", "745.60"),
            (
                "ImpuestosAdicionales/ImpuestoAdicional[1]/MontoImpuestoSelectivoConsumoEspecifico",
                "8052.48",
            ),
            ("ImpuestosAdicionales/ImpuestoAdicional[2]/TasaImpuestoAdicional", "10.00"),
            (
                "ImpuestosAdicionales/ImpuestoAdicional[2]/MontoImpuestoSelectivoConsumoAdvalorem",
                "1764.10",
            ),
            ("TotalITBIS1", "5006.99"),
            ("MontoTotal", "32823.57"),
        ],
    );
}

#[test]
fn what_a_case_holds_is_the_sum_of_its_subquantities() {
    // Half a litre and a quarter are three quarters.
    let halves = json!([{"quantity": "0.5", "unit": "24"}, {"quantity": "0.25", "unit": "24"}]);
    let draft = on_a_known_day(&changed(&rum(), &[("/do/subquantities", halves)]));
    assert_leaves(&totals(&draft), &[("MontoTotal", "32823.57")]);
}

/// Prices that include ITBIS hold no selective tax.
#[test]
fn selective_taxes_are_on_top_of_a_price_with_itbis() {
    // 7,080 × 3 ÷ 1.18 = 18,000: all else as without.
    let rum = changed(&rum(), &[("/unit_price", json!("7080"))]);
    let draft = changed(&on_a_known_day(&rum), &[("/prices", json!("tax_included"))]);
    assert_leaves(&totals(&draft), &[("MontoGravadoI1", "18000.00"), ("MontoTotal", "32823.57")]);
}

#[test]
fn cigarettes_are_taxed_by_the_pack_and_by_its_value() {
    // Two cartons of ten packs: 63.07 × 20 = 1,261.40. 250 ÷ 1.18 = 211.8644; less 63.07 = 148.7944;
    // ÷ 1.20 = 123.9953; a fifth × 20 = 495.9814. ITBIS: (8,000 + 1,757.3814) × 0.18 = 1,756.3286.
    let mut carton = line("4000", "itbis_18");
    carton["quantity"] = json!("2");
    carton["do"] = json!({
        "reference_quantity": "10",
        "reference_unit": "7",
        "reference_price": "250",
        "taxes": [{"code": "019"}, {"code": "036"}],
    });
    assert_leaves(
        &totals(&on_a_known_day(&carton)),
        &[
            (
                "ImpuestosAdicionales/ImpuestoAdicional[1]/MontoImpuestoSelectivoConsumoEspecifico",
                "1261.40",
            ),
            ("ImpuestosAdicionales/ImpuestoAdicional[2]/TasaImpuestoAdicional", "20.00"),
            (
                "ImpuestosAdicionales/ImpuestoAdicional[2]/MontoImpuestoSelectivoConsumoAdvalorem",
                "495.98",
            ),
            ("TotalITBIS1", "1756.33"),
            ("MontoTotal", "11513.71"),
        ],
    );
    // Packs of ten are half a pack: 31.53 × 20.
    let small = changed(&carton, &[("/do/taxes", json!([{"code": "021"}]))]);
    assert_leaves(&totals(&on_a_known_day(&small)), &[("MontoImpuestoAdicional", "630.60")]);
}

/// In bulk there is no specific tax, and the value is the price and thirty percent.
#[test]
fn in_bulk_only_the_value_is_taxed() {
    // 200 × 1.30 × 0.10 × 50 = 1,300; ITBIS (10,000 + 1,300) × 0.18 = 2,034.
    let mut bulk = line("200", "itbis_18");
    bulk["quantity"] = json!("50");
    bulk["unit"] = json!("granel");
    bulk["do"] = json!({"taxes": [{"code": "006"}, {"code": "023"}]});
    assert_leaves(
        &totals(&on_a_known_day(&bulk)),
        &[
            ("ImpuestosAdicionales/ImpuestoAdicional[1]/TipoImpuesto", "006"),
            (
                "ImpuestosAdicionales/ImpuestoAdicional[1]/MontoImpuestoSelectivoConsumoEspecifico",
                "",
            ),
            (
                "ImpuestosAdicionales/ImpuestoAdicional[2]/MontoImpuestoSelectivoConsumoAdvalorem",
                "1300.00",
            ),
            ("TotalITBIS1", "2034.00"),
            ("MontoTotal", "13334.00"),
        ],
    );
}

#[test]
fn an_unpublished_quarter_wants_the_amount_from_the_caller() {
    // 800 × 0.40 × 0.75 × 36 = 8,640.
    let rum = changed(&rum(), &[("/do/taxes", json!([{"code": "014", "rate": "800"}]))]);
    let draft = changed(&on_a_known_day(&rum), &[("/issued_on", json!("2026-11-20"))]);
    assert_leaves(
        &totals(&draft),
        &[
            ("ImpuestosAdicionales/ImpuestoAdicional[1]/TasaImpuestoAdicional", "800.00"),
            ("MontoImpuestoAdicional", "8640.00"),
        ],
    );
}

#[test]
fn an_outlets_settings_know_the_quarter() {
    use crate::dom::compose::testing::{facts, read};
    use crate::dom::price::{Terms, price};
    let settings = r#"{"excise_rates":[{"since":"2026-10-01","until":"2026-12-31",
        "alcohol":"800","pack_of_20":"66","pack_of_10":"33"}]}"#;
    let terms = Terms::parse(&invoice::Json::parse(settings.as_bytes()).unwrap()).unwrap();
    let rum = changed(&rum(), &[("/do/taxes", json!([{"code": "014"}]))]);
    let draft = changed(&on_a_known_day(&rum), &[("/issued_on", json!("2026-11-20"))]);
    let invoice = price(&read(&draft).unwrap(), &facts(), &terms).unwrap();
    let beside = invoice.groups().iter().find(|group| group.group == "additional_014").unwrap();
    assert_eq!(beside.tax.to_string(), "8640.00");
}

/// What a receipt prints of each line.
#[test]
fn a_line_knows_its_own_taxes() {
    let invoice = price(&on_a_known_day(&rum()));
    let section = invoice.lines()[0].section.as_ref().unwrap();
    let priced = section.content().member("priced").unwrap();
    let at = |key: &str| priced.member(key).and_then(invoice::Json::as_str);
    assert_eq!(at("specific_tax"), Some("8052.48"));
    assert_eq!(at("ad_valorem_tax"), Some("1764.10"));
    assert_eq!(at("itbis"), Some("5006.99"));
}

/// Whatever the article: an amount of another quarter is never taken for this one's.
#[test]
fn a_quarter_that_nobody_stated_is_a_fault_that_names_the_setting() {
    use crate::dom::compose::testing::{facts, priced};
    let ad_valorem_of = |specific: u32| format!("{:03}", specific + 17);
    for (day, is_known) in [
        ("2025-06-30", false),
        ("2025-07-01", true),
        ("2025-12-31", true),
        ("2026-01-01", false),
        ("2026-11-20", false),
    ] {
        for specific in 6..=22 {
            for code in [format!("{specific:03}"), ad_valorem_of(specific)] {
                let line = changed(&rum(), &[("/do/taxes", json!([{"code": code}]))]);
                let draft = changed(&on_a_known_day(&line), &[("/issued_on", json!(day))]);
                let told = priced(&draft, &facts()).err().unwrap_or_default();
                let unknown = told.iter().find(|fault| fault.code() == "do_tax_rate_unknown");
                assert_eq!(unknown.is_none(), is_known, "{code} on {day}: {told:?}");
                let Some(unknown) = unknown else { continue };
                let told = unknown.message(invoice::Language::English);
                assert!(told.contains("excise_rates") && told.contains(day), "{told}");
                assert!(unknown.pointer().starts_with("/lines/0/do/taxes"), "{unknown}");
            }
        }
    }
}
