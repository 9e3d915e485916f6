//! Taxes besides the ITBIS that are reckoned on sums, pages, subtotals, and how totals round.

use invoice::Amount;
use serde_json::{Value, json};

use super::paper::{
    assert_exactly, assert_leaves, below, changed, company, document, line, price, sale, totals,
    with_lines,
};

fn taxed(price: &str, group: &str, taxes: &[&str]) -> Value {
    let mut line = line(price, group);
    line["kind"] = json!("service");
    line["do"] =
        json!({"taxes": taxes.iter().map(|code| json!({"code": code})).collect::<Vec<_>>()});
    line
}

#[test]
fn the_tip_is_a_tenth_without_itbis_and_bears_none() {
    // 1,180 ÷ 1.18 = 1,000; ITBIS 180; tip 100.
    let draft = changed(
        &with_lines(&[taxed("1180", "itbis_18", &["001"])]),
        &[("/prices", json!("tax_included"))],
    );
    assert_exactly(
        &totals(&draft),
        &[
            ("MontoGravadoTotal", "1000.00"),
            ("MontoGravadoI1", "1000.00"),
            ("ITBIS1", "18"),
            ("TotalITBIS", "180.00"),
            ("TotalITBIS1", "180.00"),
            ("MontoImpuestoAdicional", "100.00"),
            ("ImpuestosAdicionales/ImpuestoAdicional[1]/TipoImpuesto", "001"),
            ("ImpuestosAdicionales/ImpuestoAdicional[1]/TasaImpuestoAdicional", "10.00"),
            ("ImpuestosAdicionales/ImpuestoAdicional[1]/OtrosImpuestosAdicionales", "100.00"),
            ("MontoTotal", "1280.00"),
        ],
    );
    let group = price(&draft).groups()[1].clone();
    assert_eq!(
        (group.group.as_str(), group.tax.to_string().as_str()),
        ("additional_001", "100.00")
    );
}

#[test]
fn each_line_is_divided_by_its_own_rate_for_the_tip() {
    // 118 ÷ 1.18 + 116 ÷ 1.16 + 50 = 250, a tenth of which is 25.
    let lines = [
        taxed("118", "itbis_18", &["001"]),
        taxed("116", "itbis_16", &["001"]),
        taxed("50", "exempt", &["001"]),
    ];
    let draft = changed(&with_lines(&lines), &[("/prices", json!("tax_included"))]);
    assert_leaves(
        &totals(&draft),
        &[("MontoImpuestoAdicional", "25.00"), ("MontoTotal", "309.00")],
    );
}

#[test]
fn telephony_bears_two_taxes_on_the_same_base() {
    // 2 % and 10 % of 850.
    let draft = with_lines(&[taxed("850", "itbis_18", &["002", "004"])]);
    assert_leaves(
        &totals(&draft),
        &[
            ("MontoImpuestoAdicional", "102.00"),
            ("ImpuestosAdicionales/ImpuestoAdicional[1]/OtrosImpuestosAdicionales", "17.00"),
            ("ImpuestosAdicionales/ImpuestoAdicional[2]/OtrosImpuestosAdicionales", "85.00"),
            ("MontoTotal", "1105.00"),
        ],
    );
}

#[test]
fn a_global_discount_is_shared_out_among_the_lines_of_its_group() {
    // 600 with tip, 400 without; 100 off: sixty of it are the first line's, so the tip is 54.
    let draft = changed(
        &with_lines(&[taxed("600", "itbis_18", &["001"]), line("400", "itbis_18")]),
        &[(
            "/do",
            json!({"adjustments": [{"kind": "discount", "group": "itbis_18", "amount": "100"}]}),
        )],
    );
    assert_leaves(
        &totals(&draft),
        &[
            ("MontoGravadoI1", "900.00"),
            ("TotalITBIS1", "162.00"),
            ("MontoImpuestoAdicional", "54.00"),
            ("MontoTotal", "1116.00"),
        ],
    );
}

#[test]
fn the_first_plate_is_taxed_on_the_price_whatever_adjusts_the_group() {
    // 17 % of 1,000,000, discount or not.
    let draft = changed(
        &with_lines(&[taxed("1000000", "itbis_18", &["005"])]),
        &[
            ("/kind", json!("tax_credit_invoice")),
            ("/customer", company()),
            (
                "/do",
                json!({"adjustments": [{"kind": "discount", "group": "itbis_18", "amount": "50000"}]}),
            ),
        ],
    );
    assert_leaves(
        &totals(&draft),
        &[
            ("MontoGravadoI1", "950000.00"),
            ("MontoImpuestoAdicional", "170000.00"),
            ("MontoTotal", "1291000.00"),
        ],
    );
}

/// Prepaid cards: the price holds ITBIS and both taxes, and the discount lowers only what is paid.
#[test]
fn norm_10_07_divides_by_all_three_and_keeps_the_base() {
    // 1,300 ÷ 1.30 = 1,000: ITBIS 180, taxes 20 and 100; 100 off what is paid.
    let norm = json!({"adjustments": [{"kind": "discount", "group": "itbis_18", "amount": "100", "norm_10_07": true}]});
    let draft = changed(
        &with_lines(&[taxed("1300", "itbis_18", &["002", "004"])]),
        &[("/prices", json!("tax_included")), ("/do", norm)],
    );
    let leaves = document(&draft);
    assert_leaves(
        &below(&leaves, "Encabezado/Totales/"),
        &[
            ("MontoGravadoI1", "1000.00"),
            ("TotalITBIS1", "180.00"),
            ("ImpuestosAdicionales/ImpuestoAdicional[1]/OtrosImpuestosAdicionales", "20.00"),
            ("ImpuestosAdicionales/ImpuestoAdicional[2]/OtrosImpuestosAdicionales", "100.00"),
            ("MontoTotal", "1300.00"),
            ("ValorPagar", "1200.00"),
        ],
    );
    assert_eq!(leaves["DescuentosORecargos/DescuentoORecargo[1]/IndicadorNorma1007"], "1");
}

/// Each total is rounded from what it is the sum of, not from its rounded parts.
#[test]
fn totals_round_on_their_own() {
    // ITBIS 0.549 and 0.288 are 0.55 and 0.29, but 0.837 is 0.84; 3.05 + 1.80 + 0.837 = 5.687.
    let lines = [line("3.05", "itbis_18"), line("1.80", "itbis_16")];
    assert_leaves(
        &totals(&with_lines(&lines)),
        &[
            ("TotalITBIS1", "0.55"),
            ("TotalITBIS2", "0.29"),
            ("TotalITBIS", "0.84"),
            ("MontoTotal", "5.69"),
        ],
    );
    // With tax: 0.10 ÷ 1.18 = 0.0847 and 0.10 ÷ 1.16 = 0.0862: 0.08 and 0.09, together 0.17; ITBIS
    // 0.0153 and 0.0138 are 0.02 and 0.01; 0.20 is the total, and so are the parts.
    let lines = [line("0.10", "itbis_18"), line("0.10", "itbis_16")];
    let draft = changed(&with_lines(&lines), &[("/prices", json!("tax_included"))]);
    assert_leaves(
        &totals(&draft),
        &[
            ("MontoGravadoI1", "0.08"),
            ("MontoGravadoI2", "0.09"),
            ("MontoGravadoTotal", "0.17"),
            ("TotalITBIS1", "0.02"),
            ("TotalITBIS2", "0.01"),
            ("TotalITBIS", "0.03"),
            ("MontoTotal", "0.20"),
        ],
    );
}

/// What separates the total from its rounded parts stands in a group of its own.
#[test]
fn the_rounding_difference_is_a_group() {
    // ITBIS 0.5436 and 0.304 are 0.54 and 0.30; 3.02 + 1.90 + 0.8476 is 5.77, a cent above the parts.
    let lines = [line("3.02", "itbis_18"), line("1.90", "itbis_16")];
    let invoice = price(&with_lines(&lines));
    let groups: Vec<_> = invoice
        .groups()
        .iter()
        .map(|group| (group.group.as_str(), group.total.to_string()))
        .collect();
    assert_eq!(
        groups,
        [
            ("itbis_18", "3.56".to_owned()),
            ("itbis_16", "2.20".to_owned()),
            ("rounding", "0.01".to_owned()),
        ]
    );
    assert_eq!(invoice.totals().total.to_string(), "5.77");
}

fn cents(leaves: &[(String, String)], name: &str) -> i128 {
    let of_name = leaves.iter().filter(|(place, _)| place.ends_with(name));
    of_name.map(|(_, value)| Amount::parse(value).unwrap().units()).sum()
}

#[test]
fn pages_sum_to_the_document_with_its_adjustments() {
    let lines: Vec<_> = (1..=7)
        .map(|n| {
            taxed(&format!("{n}.37"), if n % 2 == 0 { "itbis_18" } else { "exempt" }, &["001"])
        })
        .collect();
    let draft = changed(
        &with_lines(&lines),
        &[
            ("/prices", json!("tax_included")),
            (
                "/do",
                json!({
                    "lines_per_page": 3,
                    "adjustments": [{"kind": "discount", "group": "itbis_18", "amount": "3.33"}],
                }),
            ),
        ],
    );
    let leaves = document(&draft);
    let pages = below(&leaves, "Paginacion/");
    assert_eq!(leaves["Encabezado/IdDoc/TotalPaginas"], "3");
    assert_leaves(
        &pages,
        &[
            ("Pagina[1]/PaginaNo", "1"),
            ("Pagina[1]/NoLineaDesde", "1"),
            ("Pagina[1]/NoLineaHasta", "3"),
            ("Pagina[3]/NoLineaDesde", "7"),
            ("Pagina[3]/NoLineaHasta", "7"),
            ("Pagina[3]/SubtotalMontoGravadoPagina", ""),
        ],
    );
    let totals = below(&leaves, "Encabezado/Totales/");
    for (of_pages, of_whole) in [
        ("/MontoSubtotalPagina", "MontoTotal"),
        ("/SubtotalMontoGravado1Pagina", "MontoGravadoI1"),
        ("/SubtotalExentoPagina", "MontoExento"),
        ("/SubtotalItbis1Pagina", "TotalITBIS1"),
        ("/SubtotalImpuestoAdicionalPagina", "MontoImpuestoAdicional"),
        ("/SubtotalOtrosImpuesto", "MontoImpuestoAdicional"),
    ] {
        assert_eq!(cents(&pages, of_pages), cents(&totals, of_whole), "{of_pages}");
    }
}

/// Each page has the amounts of its own lines.
#[test]
fn a_page_has_the_amounts_of_its_own_lines() {
    let lines = [
        line("10", "itbis_18"),
        line("20", "exempt"),
        line("30", "itbis_16"),
        line("40", "itbis_18"),
    ];
    let draft = changed(&with_lines(&lines), &[("/do", json!({"lines_per_page": 3}))]);
    let pages = below(&document(&draft), "Paginacion/");
    assert_leaves(
        &pages,
        &[
            ("Pagina[1]/SubtotalMontoGravadoPagina", "40.00"),
            ("Pagina[1]/SubtotalMontoGravado1Pagina", "10.00"),
            ("Pagina[1]/SubtotalMontoGravado2Pagina", "30.00"),
            ("Pagina[1]/SubtotalExentoPagina", "20.00"),
            ("Pagina[1]/SubtotalItbisPagina", "6.60"),
            ("Pagina[1]/SubtotalItbis1Pagina", "1.80"),
            ("Pagina[1]/SubtotalItbis2Pagina", "4.80"),
            ("Pagina[1]/MontoSubtotalPagina", "66.60"),
            ("Pagina[2]/SubtotalMontoGravadoPagina", "40.00"),
            ("Pagina[2]/SubtotalMontoGravado2Pagina", ""),
            ("Pagina[2]/SubtotalExentoPagina", ""),
            ("Pagina[2]/SubtotalItbisPagina", "7.20"),
            ("Pagina[2]/MontoSubtotalPagina", "47.20"),
        ],
    );
}

/// A document of one page says nothing of pages: the format has no place for a single one.
#[test]
fn one_page_is_no_pagination() {
    let draft = changed(&sale(), &[("/do", json!({"lines_per_page": 1}))]);
    let leaves = document(&draft);
    assert!(leaves.keys().all(|place| !place.contains("Pagina")), "{leaves:?}");
}

#[test]
fn subtotals_sum_the_lines_that_they_name() {
    let lines = [line("10", "itbis_18"), line("20", "itbis_18"), line("5", "exempt")];
    let draft = changed(
        &with_lines(&lines),
        &[(
            "/do",
            json!({"subtotals": [
                {"title": "Cocina", "first_line": 1, "last_line": 2, "position": 7},
                {"title": "Resto", "first_line": 3, "last_line": 3},
            ]}),
        )],
    );
    let leaves = below(&document(&draft), "Subtotales/");
    assert_exactly(
        &leaves,
        &[
            ("Subtotal[1]/NumeroSubTotal", "1"),
            ("Subtotal[1]/DescripcionSubtotal", "Cocina"),
            ("Subtotal[1]/Orden", "7"),
            ("Subtotal[1]/SubTotalMontoGravadoTotal", "30.00"),
            ("Subtotal[1]/SubTotalMontoGravadoI1", "30.00"),
            ("Subtotal[1]/SubTotaITBIS", "5.40"),
            ("Subtotal[1]/SubTotaITBIS1", "5.40"),
            ("Subtotal[1]/MontoSubTotal", "35.40"),
            ("Subtotal[1]/Lineas", "2"),
            ("Subtotal[2]/NumeroSubTotal", "2"),
            ("Subtotal[2]/DescripcionSubtotal", "Resto"),
            ("Subtotal[2]/SubTotalExento", "5.00"),
            ("Subtotal[2]/MontoSubTotal", "5.00"),
            ("Subtotal[2]/Lineas", "1"),
        ],
    );
}

/// A construction service is one line of the draft and two of the document: the sums are of both.
#[test]
fn a_subtotal_counts_the_lines_of_the_document() {
    let mut work = line("1000", "itbis_18");
    work["kind"] = json!("service");
    work["do"] = json!({"norm_07_07": true});
    let draft = with_lines(&[work.clone(), line("5", "exempt"), work, line("7", "exempt")]);
    let subtotals = json!([
        {"first_line": 1, "last_line": 1},
        {"first_line": 2, "last_line": 3},
        {"first_line": 1, "last_line": 4},
        {"first_line": 4, "last_line": 4},
    ]);
    let leaves = document(&changed(&draft, &[("/do", json!({ "subtotals": subtotals }))]));
    for (place, lines, total) in
        [(1, "2", "1018.00"), (2, "3", "1023.00"), (3, "6", "2048.00"), (4, "1", "7.00")]
    {
        let of = |name: &str| &leaves[&format!("Subtotales/Subtotal[{place}]/{name}")];
        assert_eq!((of("Lineas").as_str(), of("MontoSubTotal").as_str()), (lines, total));
    }
}

/// The count has two digits; it may be absent, and the sums stand without it.
#[test]
fn a_subtotal_of_a_hundred_lines_does_not_count_them() {
    let lines = vec![line("1", "exempt"); 120];
    let subtotals = json!([
        {"first_line": 1, "last_line": 99},
        {"first_line": 1, "last_line": 100},
        {"first_line": 1, "last_line": 120},
    ]);
    let draft = changed(&with_lines(&lines), &[("/do", json!({ "subtotals": subtotals }))]);
    let leaves = document(&draft);
    let lines = |place: u8| leaves.get(&format!("Subtotales/Subtotal[{place}]/Lineas"));
    assert_eq!(lines(1).map(String::as_str), Some("99"));
    assert_eq!((lines(2), lines(3)), (None, None));
    assert_eq!(leaves["Subtotales/Subtotal[3]/MontoSubTotal"], "120.00");
}
