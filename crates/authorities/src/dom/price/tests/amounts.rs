//! Lines and groups: prices with and without ITBIS, discounts, surcharges, what is outside.

use serde_json::json;

use super::paper::{
    assert_exactly, assert_leaves, below, changed, company, document, item, line, price, purchase,
    sale, totals, with_lines,
};

#[test]
fn a_price_without_itbis_bears_18_percent_on_top() {
    // 3 × 150.50 = 451.50; × 0.18 = 81.27.
    let draft = changed(
        &sale(),
        &[("/lines/0/quantity", json!("3")), ("/lines/0/unit_price", json!("150.50"))],
    );
    assert_exactly(
        &totals(&draft),
        &[
            ("MontoGravadoTotal", "451.50"),
            ("MontoGravadoI1", "451.50"),
            ("ITBIS1", "18"),
            ("TotalITBIS", "81.27"),
            ("TotalITBIS1", "81.27"),
            ("MontoTotal", "532.77"),
        ],
    );
    assert_leaves(
        &item(&draft, 1),
        &[("CantidadItem", "3.00"), ("PrecioUnitarioItem", "150.5000"), ("MontoItem", "451.50")],
    );
    assert_eq!(document(&draft)["Encabezado/IdDoc/IndicadorMontoGravado"], "0");
}

#[test]
fn a_price_with_itbis_is_divided_once_for_the_group() {
    // 3 × 100 ÷ 1.18 = 254.2372…, and 300 less that is 45.7627…; each line alone would give 84.75.
    let lines = [line("100", "itbis_18"), line("100", "itbis_18"), line("100", "itbis_18")];
    let draft = changed(&with_lines(&lines), &[("/prices", json!("tax_included"))]);
    assert_leaves(
        &totals(&draft),
        &[("MontoGravadoI1", "254.24"), ("TotalITBIS1", "45.76"), ("MontoTotal", "300.00")],
    );
    assert_leaves(&item(&draft, 1), &[("MontoItem", "100.00")]);
    assert_eq!(document(&draft)["Encabezado/IdDoc/IndicadorMontoGravado"], "1");
}

#[test]
fn each_rate_has_its_own_breakdown_and_zero_is_one() {
    // 58 ÷ 1.16 = 50; 70 at 0 %; 30 exempt; 118 ÷ 1.18 = 100.
    let lines = [
        line("118", "itbis_18"),
        line("58", "itbis_16"),
        line("70", "itbis_0"),
        line("30", "exempt"),
    ];
    let draft = changed(&with_lines(&lines), &[("/prices", json!("tax_included"))]);
    assert_exactly(
        &totals(&draft),
        &[
            ("MontoGravadoTotal", "220.00"),
            ("MontoGravadoI1", "100.00"),
            ("MontoGravadoI2", "50.00"),
            ("MontoGravadoI3", "70.00"),
            ("MontoExento", "30.00"),
            ("ITBIS1", "18"),
            ("ITBIS2", "16"),
            ("ITBIS3", "0"),
            ("TotalITBIS", "26.00"),
            ("TotalITBIS1", "18.00"),
            ("TotalITBIS2", "8.00"),
            ("TotalITBIS3", "0.00"),
            ("MontoTotal", "276.00"),
        ],
    );
}

#[test]
fn what_is_exempt_says_nothing_of_itbis() {
    let draft = with_lines(&[line("412.33", "exempt")]);
    assert_exactly(&totals(&draft), &[("MontoExento", "412.33"), ("MontoTotal", "412.33")]);
    assert!(!document(&draft).contains_key("Encabezado/IdDoc/IndicadorMontoGravado"));
}

#[test]
fn the_third_decimal_rounds_up_from_five() {
    // 1.5 × 0.03 = 0.045 → 0.05; 18 % of 0.05 is 0.009 → 0.01.
    let draft = changed(
        &sale(),
        &[("/lines/0/quantity", json!("1.5")), ("/lines/0/unit_price", json!("0.03"))],
    );
    assert_leaves(
        &totals(&draft),
        &[("MontoGravadoI1", "0.05"), ("TotalITBIS1", "0.01"), ("MontoTotal", "0.06")],
    );
    // 0.044 rounds down.
    let draft = changed(&draft, &[("/lines/0/unit_price", json!("0.0293"))]);
    assert_leaves(&item(&draft, 1), &[("MontoItem", "0.04")]);
}

#[test]
fn a_line_is_rounded_once_behind_its_discounts_and_surcharges() {
    // 10 × 12.3456 = 123.456; 5 % of it is 6.1728 → 6.17; 123.456 − 6.17 + 1.00 = 118.286 → 118.29.
    let draft = changed(
        &sale(),
        &[
            ("/lines/0/quantity", json!("10")),
            ("/lines/0/unit_price", json!("12.3456")),
            (
                "/lines/0/do",
                json!({"discounts": [{"percent": "5"}], "surcharges": [{"amount": "1"}]}),
            ),
        ],
    );
    assert_leaves(
        &item(&draft, 1),
        &[
            ("DescuentoMonto", "6.17"),
            ("TablaSubDescuento/SubDescuento[1]/TipoSubDescuento", "%"),
            ("TablaSubDescuento/SubDescuento[1]/SubDescuentoPorcentaje", "5.00"),
            ("TablaSubDescuento/SubDescuento[1]/MontoSubDescuento", "6.17"),
            ("RecargoMonto", "1.00"),
            ("TablaSubRecargo/SubRecargo[1]/TipoSubRecargo", "$"),
            ("TablaSubRecargo/SubRecargo[1]/MontoSubRecargo", "1.00"),
            ("TablaSubRecargo/SubRecargo[1]/SubRecargoPorcentaje", ""),
            ("MontoItem", "118.29"),
        ],
    );
    assert_eq!(price(&draft).totals().discount.to_string(), "6.17");
}

#[test]
fn several_discounts_are_each_a_share_of_price_times_quantity() {
    // 200: 10 % is 20, 5 % is 10 (not 9), and 0.50.
    let draft = changed(
        &sale(),
        &[
            ("/lines/0/unit_price", json!("200")),
            (
                "/lines/0/do",
                json!({"discounts": [{"percent": "10"}, {"percent": "5"}, {"amount": "0.50"}]}),
            ),
        ],
    );
    assert_leaves(&item(&draft, 1), &[("DescuentoMonto", "30.50"), ("MontoItem", "169.50")]);
}

#[test]
fn a_lowered_price_is_the_first_discount() {
    // From 20 to 15, three times: 15 off 60. Then 1 off besides.
    let draft = changed(
        &sale(),
        &[
            ("/lines/0/quantity", json!("3")),
            ("/lines/0/unit_price", json!("15")),
            ("/lines/0/discount", json!({"original_price": "20", "reason": "oferta"})),
            ("/lines/0/do", json!({"discounts": [{"amount": "1"}]})),
        ],
    );
    assert_leaves(
        &item(&draft, 1),
        &[
            ("PrecioUnitarioItem", "20.0000"),
            ("DescuentoMonto", "16.00"),
            ("TablaSubDescuento/SubDescuento[1]/MontoSubDescuento", "15.00"),
            ("TablaSubDescuento/SubDescuento[2]/MontoSubDescuento", "1.00"),
            ("MontoItem", "44.00"),
        ],
    );
}

#[test]
fn a_global_discount_is_taken_from_the_group_without_itbis() {
    // 11,800 ÷ 1.18 = 10,000; less 500, undivided; × 0.18 = 1,710.
    let draft = changed(
        &sale(),
        &[
            ("/prices", json!("tax_included")),
            ("/lines/0/unit_price", json!("11800")),
            (
                "/do",
                json!({"adjustments": [{"kind": "discount", "group": "itbis_18", "amount": "500", "description": "Por volumen"}]}),
            ),
        ],
    );
    let leaves = document(&draft);
    assert_leaves(
        &below(&leaves, "Encabezado/Totales/"),
        &[("MontoGravadoI1", "9500.00"), ("TotalITBIS1", "1710.00"), ("MontoTotal", "11210.00")],
    );
    assert_exactly(
        &below(&leaves, "DescuentosORecargos/DescuentoORecargo[1]/"),
        &[
            ("NumeroLinea", "1"),
            ("TipoAjuste", "D"),
            ("DescripcionDescuentooRecargo", "Por volumen"),
            ("TipoValor", "$"),
            ("MontoDescuentooRecargo", "500.00"),
            ("IndicadorFacturacionDescuentooRecargo", "1"),
        ],
    );
}

#[test]
fn a_global_percentage_is_one_of_the_group_without_itbis() {
    // 10 % of 10,000 is 1,000; 2.5 % more on the exempt 400 is 10.
    let draft = changed(
        &with_lines(&[line("10000", "itbis_18"), line("400", "exempt")]),
        &[(
            "/do",
            json!({"adjustments": [
                {"kind": "discount", "group": "itbis_18", "percent": "10"},
                {"kind": "surcharge", "group": "exempt", "percent": "2.5"},
            ]}),
        )],
    );
    let leaves = document(&draft);
    assert_leaves(
        &below(&leaves, "Encabezado/Totales/"),
        &[("MontoGravadoI1", "9000.00"), ("MontoExento", "410.00"), ("MontoTotal", "11030.00")],
    );
    assert_leaves(
        &below(&leaves, "DescuentosORecargos/"),
        &[
            ("DescuentoORecargo[1]/TipoValor", "%"),
            ("DescuentoORecargo[1]/ValorDescuentooRecargo", "10.00"),
            ("DescuentoORecargo[1]/MontoDescuentooRecargo", "1000.00"),
            ("DescuentoORecargo[2]/TipoAjuste", "R"),
            ("DescuentoORecargo[2]/MontoDescuentooRecargo", "10.00"),
            ("DescuentoORecargo[2]/IndicadorFacturacionDescuentooRecargo", "4"),
        ],
    );
}

#[test]
fn a_discount_can_take_all_and_no_more() {
    let all = json!({"adjustments": [{"kind": "discount", "group": "itbis_18", "amount": "1000"}]});
    assert_leaves(&totals(&changed(&sale(), &[("/do", all)])), &[("MontoTotal", "0.00")]);
    let line = json!({"discounts": [{"percent": "100"}]});
    assert_leaves(&totals(&changed(&sale(), &[("/lines/0/do", line)])), &[("MontoTotal", "0.00")]);
}

#[test]
fn what_is_not_billable_is_owed_outside_the_total() {
    let draft = changed(
        &with_lines(&[line("100", "itbis_18"), line("40", "non_billable")]),
        &[("/do", json!({"balance": {"show_period": true}}))],
    );
    assert_leaves(
        &totals(&draft),
        &[
            ("MontoTotal", "118.00"),
            ("MontoNoFacturable", "40.00"),
            ("MontoPeriodo", "158.00"),
            ("ValorPagar", ""),
        ],
    );
    let invoice = price(&draft);
    assert_eq!(invoice.totals().total.to_string(), "118.00");
    assert!(invoice.groups().iter().all(|group| group.group == "itbis_18"));
}

/// A gift card is sold as what is not billable, and is money when it comes back.
#[test]
fn a_gift_card_is_sold_untaxed_and_taken_in_payment() {
    let sold = with_lines(&[line("2000", "non_billable")]);
    assert_leaves(&totals(&sold), &[("MontoTotal", "0.00"), ("MontoNoFacturable", "2000.00")]);
    let redeemed = changed(
        &sale(),
        &[("/payments", json!([{"method": "gift_certificate", "amount": "1180"}]))],
    );
    let leaves = document(&redeemed);
    assert_eq!(leaves["Encabezado/IdDoc/TablaFormasPago/FormaDePago[1]/FormaPago"], "5");
    assert_eq!(leaves["Encabezado/IdDoc/TablaFormasPago/FormaDePago[1]/MontoPago"], "1180.00");
}

#[test]
fn the_balance_changes_what_is_paid_and_not_what_is_owed() {
    // 1,180 − 500 − 20.50 = 659.50.
    let draft =
        changed(&sale(), &[("/do", json!({"balance": {"advance": "500", "previous": "-20.50"}}))]);
    assert_leaves(
        &totals(&draft),
        &[
            ("MontoTotal", "1180.00"),
            ("SaldoAnterior", "-20.50"),
            ("MontoAvancePago", "500.00"),
            ("ValorPagar", "659.50"),
            ("MontoPeriodo", ""),
        ],
    );
    let shown = changed(&sale(), &[("/do", json!({"balance": {"show_payable": true}}))]);
    assert_leaves(&totals(&shown), &[("ValorPagar", "1180.00")]);
}

/// Payments are of the total, of what is left to pay, or of either less what is kept back.
#[test]
fn payments_may_be_of_the_total_or_of_what_is_left() {
    let advance = ("/do", json!({"balance": {"advance": "500"}}));
    for paid in ["1180", "680"] {
        let payments = json!([{"method": "cash", "amount": paid}]);
        price(&changed(&sale(), &[advance.clone(), ("/payments", payments)]));
    }
    // 1,180 less all the ITBIS and a tenth of 1,000.
    let payments = json!([{"method": "transfer", "amount": "900"}]);
    price(&changed(&purchase(), &[("/payments", payments)]));
}

#[test]
fn every_amount_in_another_currency_is_divided_by_the_rate() {
    // At 56.3: 1,000 → 17.7620 a piece, 17.76; ITBIS 180 → 3.20 (3.1971); total 1,180 → 20.96.
    let draft = changed(
        &sale(),
        &[
            ("/exchange", json!({"currency": "USD", "rate": "56.3"})),
            (
                "/lines/0/do",
                json!({"discounts": [{"amount": "100"}], "surcharges": [{"amount": "100"}]}),
            ),
        ],
    );
    let leaves = document(&draft);
    assert_exactly(
        &below(&leaves, "Encabezado/OtraMoneda/"),
        &[
            ("TipoMoneda", "USD"),
            ("TipoCambio", "56.3000"),
            ("MontoGravadoTotalOtraMoneda", "17.76"),
            ("MontoGravado1OtraMoneda", "17.76"),
            ("TotalITBISOtraMoneda", "3.20"),
            ("TotalITBIS1OtraMoneda", "3.20"),
            ("MontoTotalOtraMoneda", "20.96"),
        ],
    );
    assert_exactly(
        &below(&leaves, "DetallesItems/Item[1]/OtraMonedaDetalle/"),
        &[
            ("PrecioOtraMoneda", "17.7620"),
            ("DescuentoOtraMoneda", "1.78"),
            ("RecargoOtraMoneda", "1.78"),
            ("MontoItemOtraMoneda", "17.76"),
        ],
    );
}

#[test]
fn a_price_agreed_in_the_other_currency_is_kept_to_the_cent() {
    let draft = changed(
        &sale(),
        &[
            ("/exchange", json!({"currency": "USD", "rate": "56.3"})),
            ("/lines/0/do", json!({"foreign_price": "17.76"})),
        ],
    );
    assert_leaves(&item(&draft, 1), &[("OtraMonedaDetalle/PrecioOtraMoneda", "17.7600")]);
}

/// Nine tenths of a construction service are exempt and one is taxed: two lines.
#[test]
fn norm_07_07_makes_two_lines_of_a_construction_service() {
    let construction = |prices: &str, price: &str| {
        let mut work = line(price, "itbis_18");
        work["kind"] = json!("service");
        work["do"] = json!({"norm_07_07": true});
        changed(
            &sale(),
            &[("/prices", json!(prices)), ("/customer", company()), ("/lines", json!([work]))],
        )
    };
    // Of 100,000: 90,000 exempt, 10,000 taxed, 1,800 of ITBIS. With ITBIS the same is 101,800.
    for draft in [construction("tax_excluded", "100000"), construction("tax_included", "101800")] {
        let leaves = document(&draft);
        assert_leaves(
            &below(&leaves, "Encabezado/Totales/"),
            &[
                ("MontoGravadoI1", "10000.00"),
                ("MontoExento", "90000.00"),
                ("TotalITBIS1", "1800.00"),
                ("MontoTotal", "101800.00"),
            ],
        );
        assert_leaves(
            &below(&leaves, "DetallesItems/"),
            &[
                ("Item[1]/IndicadorFacturacion", "4"),
                ("Item[1]/PrecioUnitarioItem", "90000.0000"),
                ("Item[2]/IndicadorFacturacion", "1"),
            ],
        );
        assert_eq!(price(&draft).lines().len(), 2);
    }
}
