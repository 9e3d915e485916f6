//! Notes and other references: what they name, how late they are, what they take back.

use invoice::{Amount, Claim, PricingFacts};
use jiff::civil::date;
use serde_json::{Value, json};

use super::paper::{
    assert_exactly, assert_leaves, below, changed, company, line, price, sale, sold,
};
use crate::dom::compose::testing::{composed, facts, leaves, priced, read};
use crate::dom::price::{claims, refers_to};

fn invoice_of(day: &str) -> Value {
    changed(
        &sale(),
        &[
            ("/kind", json!("tax_credit_invoice")),
            ("/issued_on", json!(day)),
            ("/customer", company()),
        ],
    )
}

fn note(kind: &str, nature: &str) -> Value {
    changed(
        &sale(),
        &[
            ("/kind", json!(kind)),
            ("/customer", company()),
            ("/credit", json!({"nature": nature, "original": {"number": "E310000000007"}})),
        ],
    )
}

fn document(draft: &Value, facts: &PricingFacts) -> Vec<(String, String)> {
    let invoice = priced(draft, facts).unwrap_or_else(|faults| panic!("{faults:?}"));
    leaves(&composed(&invoice)).into_iter().collect()
}

#[test]
fn a_note_names_the_ledgers_original_with_its_date() {
    let facts = sold(&invoice_of("2026-11-01"), "E310000000007");
    let draft = changed(
        &note("credit_note", "cancellation"),
        &[("/do", json!({"reference": {"reason": "Cliente devolvio"}}))],
    );
    let leaves = document(&draft, &facts).into_iter().collect();
    assert_exactly(
        &below(&leaves, "InformacionReferencia/"),
        &[
            ("NCFModificado", "E310000000007"),
            ("FechaNCFModificado", "01-11-2026"),
            ("CodigoModificacion", "1"),
            ("RazonModificacion", "Cliente devolvio"),
        ],
    );
    assert!(!leaves.contains_key("Encabezado/IdDoc/FechaVencimientoSecuencia"));
}

#[test]
fn a_note_can_name_a_document_that_the_ledger_does_not_hold() {
    let draft = changed(
        &note("debit_note", "amount_correction"),
        &[
            ("/credit", json!({"nature": "amount_correction"})),
            (
                "/do",
                json!({"reference": {"number": "B0100000042", "issued_on": "2026-10-30", "other_tax_id": "101000001"}}),
            ),
        ],
    );
    let leaves = document(&draft, &facts()).into_iter().collect();
    assert_exactly(
        &below(&leaves, "InformacionReferencia/"),
        &[
            ("NCFModificado", "B0100000042"),
            ("RNCOtroContribuyente", "101000001"),
            ("FechaNCFModificado", "30-10-2026"),
            ("CodigoModificacion", "3"),
        ],
    );
}

/// Today is 20 November: the thirtieth day before it is 21 October.
#[test]
fn a_credit_note_is_late_after_thirty_days() {
    for (day, indicator) in
        [("2026-11-20", "0"), ("2026-10-21", "0"), ("2026-10-20", "1"), ("2025-01-01", "1")]
    {
        let facts = sold(&invoice_of(day), "E310000000007");
        let leaves = document(&note("credit_note", "cancellation"), &facts);
        assert_leaves(&leaves, &[("Encabezado/IdDoc/IndicadorNotaCredito", indicator)]);
    }
}

/// Its total is the base: the rates stay, the ITBIS is nothing, and other taxes are given back.
#[test]
fn a_late_credit_note_gives_no_itbis_back() {
    for (prices, price, tips) in
        [("tax_excluded", "1000", "100.00"), ("tax_included", "1180", "100.00")]
    {
        let mut tipped = line(price, "itbis_18");
        tipped["kind"] = json!("service");
        tipped["do"] = json!({"taxes": [{"code": "001"}]});
        let lines = json!([tipped, line("0", "itbis_16"), line("50", "exempt")]);
        let shown = [
            ("/prices", json!(prices)),
            ("/lines", lines),
            ("/exchange", json!({"currency": "USD", "rate": "50"})),
            ("/do", json!({"subtotals": [{"title": "Todo", "first_line": 1, "last_line": 3}]})),
        ];
        let facts = sold(&changed(&invoice_of("2026-10-20"), &shown), "E310000000007");
        let late = changed(&note("credit_note", "cancellation"), &shown);
        let leaves = document(&late, &facts);
        assert_leaves(
            &leaves,
            &[
                ("Encabezado/IdDoc/IndicadorNotaCredito", "1"),
                ("Encabezado/Totales/MontoGravadoTotal", "1000.00"),
                ("Encabezado/Totales/MontoGravadoI1", "1000.00"),
                ("Encabezado/Totales/ITBIS1", "18"),
                ("Encabezado/Totales/ITBIS2", "16"),
                ("Encabezado/Totales/TotalITBIS", "0.00"),
                ("Encabezado/Totales/TotalITBIS1", "0.00"),
                ("Encabezado/Totales/MontoImpuestoAdicional", tips),
                ("Encabezado/Totales/MontoTotal", "1150.00"),
                ("Encabezado/OtraMoneda/TotalITBISOtraMoneda", "0.00"),
                ("Encabezado/OtraMoneda/MontoTotalOtraMoneda", "23.00"),
                ("Subtotales/Subtotal[1]/SubTotaITBIS", "0.00"),
                ("Subtotales/Subtotal[1]/MontoSubTotal", "1150.00"),
            ],
        );
        let invoice = priced(&late, &facts).unwrap();
        let (totals, original) = (invoice.totals(), facts.original.as_ref().unwrap());
        assert_eq!(
            (totals.tax.to_string().as_str(), totals.total),
            ("100.00", Amount::from_units(115_000))
        );
        assert_eq!(original.invoice.totals().total.to_string(), "1330.00");
    }
}

/// What the ledger found by the number of the section is named in the invoice, with its own date.
#[test]
fn a_reference_that_the_ledger_holds_takes_the_originals_date() {
    let facts = sold(&invoice_of("2026-10-20"), "E310000000007");
    for reference in [
        json!({"number": "E310000000007"}),
        json!({"number": "E310000000007", "issued_on": "2026-10-20"}),
    ] {
        let draft = changed(
            &note("credit_note", "amount_correction"),
            &[
                ("/credit", json!({"nature": "amount_correction"})),
                ("/do", json!({ "reference": reference })),
            ],
        );
        assert_eq!(refers_to(&read(&draft).unwrap()).unwrap().number, "E310000000007");
        let leaves = document(&draft, &facts);
        assert_leaves(
            &leaves,
            &[
                ("InformacionReferencia/FechaNCFModificado", "20-10-2026"),
                ("Encabezado/IdDoc/IndicadorNotaCredito", "1"),
            ],
        );
        let invoice = priced(&draft, &facts).unwrap();
        let named = &invoice.credit().unwrap().original;
        assert_eq!(named.as_ref(), Some(&facts.original.as_ref().unwrap().names));
    }
}

/// Paper, other taxpayers' documents and what `credit.original` names are not looked for by number.
#[test]
fn only_an_own_electronic_document_is_referred_to() {
    let referring = |reference: Value| {
        let credit = json!({"nature": "amount_correction"});
        changed(
            &note("credit_note", "amount_correction"),
            &[("/credit", credit), ("/do", json!({ "reference": reference }))],
        )
    };
    for draft in [
        referring(json!({"number": "B0100000042"})),
        referring(json!({"number": "E310000000007", "other_tax_id": "101000001"})),
        referring(json!({"issued_on": "2026-11-01"})),
        note("credit_note", "cancellation"),
        sale(),
    ] {
        assert_eq!(refers_to(&read(&draft).unwrap()), None, "{draft}");
    }
}

#[test]
fn a_debit_note_says_nothing_of_thirty_days() {
    let facts = sold(&invoice_of("2025-01-01"), "E310000000007");
    let leaves = document(&note("debit_note", "amount_correction"), &facts);
    assert_leaves(
        &leaves,
        &[
            ("Encabezado/IdDoc/IndicadorNotaCredito", ""),
            ("Encabezado/IdDoc/FechaVencimientoSecuencia", "31-12-2028"),
        ],
    );
}

#[test]
fn a_credit_note_claims_money_of_its_original_and_a_debit_note_none() {
    let facts = sold(&invoice_of("2026-11-01"), "E310000000007");
    let original = facts.original.as_ref().unwrap();
    let part = changed(
        &note("credit_note", "amount_correction"),
        &[("/lines/0/unit_price", json!("100"))],
    );
    let part = priced(&part, &facts).unwrap();
    let total = original.invoice.totals().total;
    let expected = Claim::Total { amount: part.totals().total, limit: total };
    assert_eq!(
        (part.totals().total.to_string().as_str(), total.to_string().as_str()),
        ("118.00", "1180.00")
    );
    assert_eq!(claims(original, &part), [expected]);
    let debit = priced(&note("debit_note", "amount_correction"), &facts).unwrap();
    assert_eq!(claims(original, &debit), []);
}

/// A text correction bears a line that changes nothing: of what is not billable, or of no value.
#[test]
fn a_text_correction_comes_to_nothing() {
    let facts = sold(&invoice_of("2026-11-01"), "E310000000007");
    for (line, non_billable) in
        [(line("1", "non_billable"), "1.00"), (line("0", "non_billable"), "0.00")]
    {
        let draft = changed(&note("credit_note", "text_correction"), &[("/lines", json!([line]))]);
        let leaves = document(&draft, &facts);
        assert_leaves(
            &leaves,
            &[
                ("Encabezado/Totales/MontoTotal", "0.00"),
                ("Encabezado/Totales/MontoNoFacturable", non_billable),
                ("Encabezado/IdDoc/IndicadorMontoGravado", ""),
            ],
        );
        let correction = priced(&draft, &facts).unwrap();
        assert_eq!(claims(facts.original.as_ref().unwrap(), &correction), []);
    }
}

/// A paper receipt of a contingency is replaced by the type that it is equivalent to.
#[test]
fn a_contingency_is_regularised_by_the_equivalent_type() {
    let draft = changed(
        &sale(),
        &[
            ("/credit", json!({"nature": "contingency_replacement"})),
            ("/do", json!({"reference": {"number": "B0200000009", "issued_on": "2026-11-10"}})),
        ],
    );
    let leaves = document(&draft, &facts());
    assert_leaves(
        &leaves,
        &[
            ("InformacionReferencia/NCFModificado", "B0200000009"),
            ("InformacionReferencia/CodigoModificacion", "4"),
        ],
    );
}

/// A tax credit invoice for what was first sold to a consumer.
#[test]
fn a_tax_credit_invoice_can_refer_to_a_consumer_invoice() {
    let facts = sold(&sale(), "E320000000003");
    let draft = changed(
        &invoice_of("2026-11-20"),
        &[(
            "/credit",
            json!({"nature": "consumer_invoice_reference", "original": {"number": "E320000000003"}}),
        )],
    );
    let leaves = document(&draft, &facts);
    assert_leaves(
        &leaves,
        &[
            ("InformacionReferencia/NCFModificado", "E320000000003"),
            ("InformacionReferencia/CodigoModificacion", "5"),
        ],
    );
}

#[test]
fn a_consumer_is_named_from_250_000_on() {
    let of = |price: &str| {
        changed(
            &sale(),
            &[("/lines/0/tax_group", json!("exempt")), ("/lines/0/unit_price", json!(price))],
        )
    };
    assert_eq!(price(&of("249999.99")).totals().total.to_string(), "249999.99");
    let faults = super::paper::shown(priced(&of("250000"), &facts()));
    assert_eq!(
        faults,
        "do_customer_number_required /customer/tax_id, do_customer_name_required /customer/name"
    );
    let named = json!({"kind": "foreigner", "name": "Anna Berg", "tax_id": "P-778899"});
    let named = changed(&of("250000"), &[("/customer", named)]);
    let leaves = leaves(&composed(&price(&named)));
    assert_eq!(leaves["Encabezado/Comprador/IdentificadorExtranjero"], "P-778899");
}

/// A note on such an invoice names the buyer too, whatever the note comes to.
#[test]
fn a_note_on_a_large_consumer_invoice_names_its_buyer() {
    let large =
        changed(&sale(), &[("/customer", company()), ("/lines/0/unit_price", json!("300000"))]);
    let facts = sold(&large, "E320000000003");
    let note = changed(
        &note("credit_note", "amount_correction"),
        &[
            ("/credit/original/number", json!("E320000000003")),
            ("/customer", json!({"kind": "consumer"})),
        ],
    );
    assert_eq!(
        super::paper::shown(priced(&note, &facts)),
        "do_note_for_other_customer /customer/tax_id, \
         do_customer_number_required /customer/tax_id, do_customer_name_required /customer/name"
    );
}

/// A calendar day, not twenty-four hours: what the clock says does not matter.
#[test]
fn a_document_is_dated_today_or_before() {
    let dated = |day: &str| changed(&sale(), &[("/issued_on", json!(day))]);
    assert_eq!(price(&dated("2018-12-01")).issued_on(), date(2018, 12, 1));
    assert_eq!(
        super::paper::shown(priced(&dated("2026-11-21"), &facts())),
        "do_date_in_future /issued_on"
    );
}

/// An export to an RNC needs no country: the certification set has such.
#[test]
fn an_export_states_the_country_of_who_has_no_rnc() {
    let export = |customer: Value| {
        changed(
            &sale(),
            &[
                ("/kind", json!("export_invoice")),
                ("/lines/0/tax_group", json!("itbis_0")),
                ("/customer", customer),
            ],
        )
    };
    let abroad = json!({"kind": "foreigner", "name": "Oslo AS", "tax_id": "NO-1",
                        "do": {"country": "Noruega"}});
    let leaves = document(&export(abroad), &facts());
    assert_leaves(&leaves, &[("Encabezado/Comprador/PaisComprador", "Noruega")]);
    let leaves = document(&export(company()), &facts());
    assert_leaves(&leaves, &[("Encabezado/Comprador/PaisComprador", "")]);
}
