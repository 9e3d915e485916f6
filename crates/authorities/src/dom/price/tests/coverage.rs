//! Nothing of the format is out of reach: some draft makes each element, and each element leads back
//! to a place of the draft. The format's own table is in the reference folder; skipped without it.

use std::collections::BTreeSet;

use invoice::Invoice;
use serde_json::{Value, json};

use super::any::everything;
use super::excise::{on_a_known_day, rum};
use super::paper::{changed, company, line, price, purchase, sale, sold, with_lines};
use crate::dom::compose::testing::{facts, issue, leaves, priced, read};
use crate::dom::compose::{Issue, compose};
use crate::dom::ecf::testing::rows;
use crate::dom::price::places::Places;
use crate::dom::price::{Pricing, Terms};
use crate::dom::regime::document_type;

/// The leaves of all ten schemas, as paths below the root.
fn paths() -> Option<BTreeSet<String>> {
    let is_ecf = |row: &Vec<String>| row[0].bytes().all(|byte| byte.is_ascii_digit());
    let is_leaf = |row: &Vec<String>| row[5] != "complex" && !row[2].contains('*');
    let rows = rows("fields.tsv")?.into_iter().filter(is_ecf).filter(is_leaf);
    Some(rows.map(|row| row[2].trim_start_matches("/ECF/").to_owned()).collect())
}

fn taxed(code: &[&str]) -> Value {
    let mut line = line("1300", "itbis_18");
    line["kind"] = json!("service");
    line["do"] =
        json!({"taxes": code.iter().map(|code| json!({"code": code})).collect::<Vec<_>>()});
    line
}

fn invoices() -> Vec<Invoice> {
    let exchange = ("/exchange", json!({"currency": "USD", "rate": "60"}));
    let mixed = [
        taxed(&["001"]),
        line("5", "itbis_16"),
        line("5", "itbis_0"),
        line("5", "exempt"),
        line("5", "non_billable"),
    ];
    let pages = json!({
        "lines_per_page": 1,
        "all_inclusive": true,
        "subtotals": [{"title": "Todo", "position": 1, "first_line": 1, "last_line": 5}],
    });
    let norm =
        json!([{"kind": "discount", "group": "itbis_18", "amount": "1", "norm_10_07": true}]);
    let perceived = json!({"kind": "perception", "itbis": "1", "income_tax": "1"});
    let credit_invoice =
        changed(&sale(), &[("/kind", json!("tax_credit_invoice")), ("/customer", company())]);
    let note = changed(
        &credit_invoice,
        &[
            ("/kind", json!("credit_note")),
            ("/credit", json!({"nature": "cancellation", "original": {"number": "E310000000007"}})),
            ("/do", json!({"reference": {"reason": "x", "other_tax_id": "101000001"}})),
        ],
    );
    let drinks = on_a_known_day(&rum());
    let paged_drinks = json!({"lines_per_page": 1});
    let drinks = changed(
        &drinks,
        &[exchange.clone(), ("/lines", json!([rum(), rum()])), ("/do", paged_drinks)],
    );
    vec![
        price(&everything()),
        price(&changed(
            &with_lines(&mixed),
            &[
                exchange,
                ("/do", pages),
                ("/payments", json!([{"method": "cash", "amount": "1679.80"}])),
            ],
        )),
        price(&changed(
            &with_lines(&[taxed(&["002", "004"])]),
            &[("/prices", json!("tax_included")), ("/do", json!({"adjustments": norm}))],
        )),
        price(&purchase()),
        price(&changed(&credit_invoice, &[("/lines/0/do", json!({"withholding": perceived}))])),
        price(&drinks),
        priced(&note, &sold(&credit_invoice, "E310000000007")).expect("the note is right"),
    ]
}

#[test]
fn some_draft_makes_each_element_of_the_format() {
    let Some(paths) = paths() else { return };
    assert!(paths.len() > 200, "the table is read");
    let mut made = BTreeSet::new();
    for invoice in invoices() {
        let document_type = document_type(invoice.kind()).expect("its kind");
        let document = compose(&invoice, &Issue { deferred: true, ..issue(document_type) });
        let document = document.expect("priced here");
        made.extend(leaves(&document).into_keys().map(|path| without_counts(&path)));
    }
    let missing: Vec<_> = paths.difference(&made).collect();
    assert_eq!(missing, [""; 0]);
}

/// The paths of what no field of a draft says: the outlet, the ledger and the clock do.
const OF_NO_FIELD: [&str; 9] = [
    "Encabezado/Version",
    "Encabezado/IdDoc/eNCF",
    "Encabezado/IdDoc/FechaVencimientoSecuencia",
    "Encabezado/IdDoc/IndicadorEnvioDiferido",
    "Encabezado/Emisor/RNCEmisor",
    "Encabezado/Emisor/RazonSocialEmisor",
    "Encabezado/Emisor/DireccionEmisor",
    "Encabezado/Emisor/CorreoEmisor",
    "FechaHoraFirma",
];

#[test]
fn each_element_leads_back_to_a_place_of_the_draft() {
    let Some(paths) = paths() else { return };
    let draft = read(&sale()).expect("the sale is right");
    let (facts, terms) = (facts(), Terms::default());
    let mut pricing = Pricing::of(&draft, &facts, &terms).expect("of a known kind");
    let entries = pricing.lines().expect("the sale has no faults");
    let places = Places { draft: &draft, entries: &entries };
    for path in paths {
        let element = path.rsplit('/').next().expect("a name").to_owned();
        let pointer = places.pointer(&with_counts(&path), &element);
        let is_whole = OF_NO_FIELD.contains(&path.as_str());
        assert_eq!(pointer.is_empty(), is_whole, "{path} {pointer}");
        assert!(pointer.is_empty() || pointer.starts_with('/'), "{path} {pointer}");
    }
}

fn without_counts(path: &str) -> String {
    let steps = path.split('/').map(|step| step.split('[').next().unwrap_or_default());
    steps.collect::<Vec<_>>().join("/")
}

/// As the check writes it: with counts where an element repeats.
fn with_counts(path: &str) -> String {
    let repeated = ["Item", "FormaDePago", "DescuentoORecargo", "Subtotal", "Pagina"];
    let steps = path
        .split('/')
        .map(|step| if repeated.contains(&step) { format!("{step}[1]") } else { step.to_owned() });
    format!("/ECF/{}", steps.collect::<Vec<_>>().join("/"))
}
