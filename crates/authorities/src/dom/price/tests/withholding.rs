//! What is kept back of a purchase and of a payment abroad, and what is charged ahead.

use serde_json::json;

use super::paper::{
    assert_exactly, assert_leaves, below, changed, company, document, item, line, purchase, sale,
    totals,
};

#[test]
fn a_purchase_keeps_back_itbis_and_income_tax() {
    // All of 180, and a tenth of 1,000; the total is what it was.
    assert_leaves(
        &totals(&purchase()),
        &[
            ("MontoTotal", "1180.00"),
            ("TotalITBISRetenido", "180.00"),
            ("TotalISRRetencion", "100.00"),
            ("TotalITBISPercepcion", ""),
        ],
    );
    assert_leaves(
        &item(&purchase(), 1),
        &[
            ("Retencion/IndicadorAgenteRetencionoPercepcion", "1"),
            ("Retencion/MontoITBISRetenido", "180.00"),
            ("Retencion/MontoISRRetenido", "100.00"),
        ],
    );
}

#[test]
fn percentages_are_of_the_line_without_its_itbis() {
    // 1,180 with ITBIS is 1,000 without: the same amounts.
    let draft = changed(
        &purchase(),
        &[("/prices", json!("tax_included")), ("/lines/0/unit_price", json!("1180"))],
    );
    assert_leaves(
        &totals(&draft),
        &[("TotalITBISRetenido", "180.00"), ("TotalISRRetencion", "100.00")],
    );
}

#[test]
fn totals_kept_back_are_of_the_unrounded_lines() {
    // Three times 10 % of 0.35 is 0.035 → 0.04 a line; in all 0.105 → 0.11, not 0.12.
    let mut part = line("0.35", "exempt");
    part["kind"] = json!("service");
    part["do"] = json!({"withholding": {"income_tax_percent": "10"}});
    let draft = changed(&purchase(), &[("/lines", json!([part, part, part]))]);
    let leaves = document(&draft);
    assert_eq!(leaves["DetallesItems/Item[1]/Retencion/MontoISRRetenido"], "0.04");
    assert_eq!(leaves["Encabezado/Totales/TotalISRRetencion"], "0.11");
    // Amounts may be given as exactly.
    let exact = json!({"withholding": {"itbis": "0.0351"}});
    let mut part = line("0.35", "itbis_18");
    part["do"] = exact;
    let leaves = document(&changed(&purchase(), &[("/lines", json!([part, part]))]));
    assert_eq!(leaves["DetallesItems/Item[1]/Retencion/MontoITBISRetenido"], "0.04");
    assert_eq!(leaves["Encabezado/Totales/TotalITBISRetenido"], "0.07");
}

#[test]
fn an_exempt_line_says_that_no_itbis_is_kept_back() {
    let draft = changed(
        &purchase(),
        &[("/lines/0/tax_group", json!("exempt")), ("/lines/0/do", json!({"withholding": {}}))],
    );
    assert_exactly(
        &below(&document(&draft), "DetallesItems/Item[1]/Retencion/"),
        &[("IndicadorAgenteRetencionoPercepcion", "1"), ("MontoITBISRetenido", "0.00")],
    );
    assert_leaves(&totals(&draft), &[("TotalITBISRetenido", "0.00"), ("TotalISRRetencion", "")]);
}

/// Code 260: what is kept back of an exempt line is said of both taxes, though one is nothing.
#[test]
fn an_exempt_line_that_keeps_income_tax_back_says_so_of_the_itbis_too() {
    let kept = |group: &str, kind: &str| {
        let withholding = json!({"withholding": {"kind": kind, "income_tax_percent": "10"}});
        let changes = [("/lines/0/tax_group", json!(group)), ("/lines/0/do", withholding)];
        below(&document(&changed(&purchase(), &changes)), "DetallesItems/Item[1]/Retencion/")
    };
    let (of, itbis, income) =
        ("IndicadorAgenteRetencionoPercepcion", "MontoITBISRetenido", "MontoISRRetenido");
    assert_exactly(
        &kept("exempt", "withholding"),
        &[(of, "1"), (itbis, "0.00"), (income, "100.00")],
    );
    assert_exactly(&kept("exempt", "perception"), &[(of, "2"), (income, "100.00")]);
    assert_exactly(&kept("itbis_18", "withholding"), &[(of, "1"), (income, "100.00")]);
}

#[test]
fn a_payment_abroad_keeps_back_27_percent_by_itself() {
    // 27 % of 1,000; the total is not lowered.
    let draft = changed(
        &sale(),
        &[
            ("/kind", json!("foreign_payment")),
            (
                "/customer",
                json!({"kind": "foreigner", "name": "Oslo Cloud AS", "tax_id": "NO-998877"}),
            ),
            ("/lines/0/tax_group", json!("exempt")),
            ("/lines/0/kind", json!("service")),
        ],
    );
    assert_exactly(
        &totals(&draft),
        &[("MontoExento", "1000.00"), ("MontoTotal", "1000.00"), ("TotalISRRetencion", "270.00")],
    );
    let stated =
        changed(&draft, &[("/lines/0/do", json!({"withholding": {"income_tax_percent": "10"}}))]);
    assert_leaves(&totals(&stated), &[("TotalISRRetencion", "100.00")]);
}

#[test]
fn what_is_charged_ahead_has_totals_of_its_own() {
    let draft = changed(
        &sale(),
        &[
            ("/kind", json!("tax_credit_invoice")),
            ("/customer", company()),
            (
                "/lines/0/do",
                json!({"withholding": {"kind": "perception", "itbis": "54", "income_tax": "20"}}),
            ),
        ],
    );
    assert_leaves(
        &totals(&draft),
        &[
            ("MontoTotal", "1180.00"),
            ("TotalITBISPercepcion", "54.00"),
            ("TotalISRPercepcion", "20.00"),
            ("TotalITBISRetenido", ""),
        ],
    );
    assert_leaves(&item(&draft, 1), &[("Retencion/IndicadorAgenteRetencionoPercepcion", "2")]);
}
