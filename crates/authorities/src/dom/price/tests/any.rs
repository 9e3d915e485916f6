//! What holds of any draft: it is priced right, or told why not.

use invoice::{Amount, Invoice, Json};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use serde_json::{Value, json};

use super::paper::{company, purchase, sale};
use crate::dom::compose::testing::{Verdict, composed, facts, issue, leaves, priced, xmllint};
use crate::dom::compose::{compose, summary};
use crate::dom::ecf::schema::{Kind, check_obligatoriness, check_unsigned};
use crate::dom::regime::document_type;

const KINDS: [&str; 6] = [
    "tax_credit_invoice",
    "consumer_invoice",
    "government_invoice",
    "special_regime_invoice",
    "export_invoice",
    "purchase",
];
const GROUPS: [&str; 5] = ["itbis_18", "itbis_16", "itbis_0", "exempt", "non_billable"];

fn decimal(units: u64, places: u32) -> String {
    let one = 10_u64.pow(places);
    format!("{}.{:0width$}", units / one, units % one, width = places as usize)
}

fn change() -> impl Strategy<Value = Value> {
    prop_oneof![
        (0_u64..5_000).prop_map(|cents| json!({"amount": decimal(cents, 2)})),
        (1_u64..2_000).prop_map(|percent| json!({"percent": decimal(percent, 2)})),
    ]
}

fn any_line() -> impl Strategy<Value = Value> {
    let numbers = (1_u64..100_000, 0_u64..1_000_000_000, 0_usize..5);
    let changes = (prop::collection::vec(change(), 0..3), prop::collection::vec(change(), 0..2));
    let taxes = prop::sample::subsequence(vec!["001", "002", "003", "004", "005"], 0..=2);
    (numbers, changes, taxes, any::<bool>()).prop_map(
        |((quantity, price, group), (discounts, surcharges), taxes, is_service)| {
            let taxes: Vec<_> = taxes.into_iter().map(|code| json!({"code": code})).collect();
            json!({
                "kind": if is_service { "service" } else { "goods" },
                "name": "Articulo",
                "quantity": decimal(quantity, 2),
                "unit_price": decimal(price, 4),
                "tax_group": GROUPS[group],
                "do": {
                    "discounts": discounts,
                    "surcharges": surcharges,
                    "taxes": taxes,
                },
            })
        },
    )
}

fn any_draft() -> impl Strategy<Value = Value> {
    let lines = prop::collection::vec(any_line(), 1..12);
    let adjustments = prop::collection::vec((any::<bool>(), 0_usize..4, change()), 0..3);
    let exchange = prop::option::of(10_000_u64..9_999_999);
    (lines, adjustments, exchange, 0_usize..6, any::<bool>(), 1_u64..5).prop_map(
        |(mut lines, adjustments, exchange, kind, included, page)| {
            let kind = KINDS[kind];
            fit(kind, &mut lines);
            let adjustments = adjustments.into_iter().map(|(is_discount, group, change)| {
                let mut adjustment = change;
                adjustment["kind"] = json!(if is_discount { "discount" } else { "surcharge" });
                adjustment["group"] = json!(GROUPS[group]);
                adjustment
            });
            json!({
                "kind": kind,
                "prices": if included { "tax_included" } else { "tax_excluded" },
                "operator": {"name": "Yesenia"},
                "customer": company(),
                "lines": lines,
                "exchange": exchange.map(|rate| json!({"currency": "EUR", "rate": decimal(rate, 4)})),
                "do": {
                    "adjustments": adjustments.collect::<Vec<_>>(),
                    "lines_per_page": page,
                    "balance": {"show_period": true, "show_payable": true},
                },
            })
        },
    )
}

/// Puts lines into what the kind takes, so that most drafts are priced.
fn fit(kind: &str, lines: &mut [Value]) {
    for line in lines {
        let group = line["tax_group"].as_str().expect("a group");
        let (group, bears_taxes) = match (kind, group) {
            ("special_regime_invoice", "non_billable") => ("non_billable", true),
            ("special_regime_invoice", _) => ("exempt", true),
            ("export_invoice", "non_billable") => ("non_billable", false),
            ("export_invoice", _) => ("itbis_0", false),
            ("purchase", "non_billable") => ("exempt", false),
            ("purchase", other) => (other, false),
            (_, other) => (other, true),
        };
        line["tax_group"] = json!(group.to_owned());
        if !bears_taxes {
            line["do"]["taxes"] = json!([]);
        }
        if kind == "purchase" {
            line["do"]["withholding"] = json!({"itbis_percent": "30", "income_tax_percent": "2"});
        }
    }
}

fn cents(text: Option<&String>) -> i128 {
    text.map_or(0, |text| Amount::parse(text).expect("an amount").units())
}

fn assert_consistent(invoice: &Invoice) {
    let document_type = document_type(invoice.kind()).expect("its kind");
    let document = composed(invoice);
    let kind = Kind::Ecf(document_type);
    assert_eq!(check_unsigned(kind, &document), []);
    assert_eq!(check_obligatoriness(kind, &document), []);
    let leaves = leaves(&document);
    let at = |name: &str| cents(leaves.get(&format!("Encabezado/Totales/{name}")));
    let parts = ["MontoGravadoTotal", "MontoExento", "TotalITBIS", "MontoImpuestoAdicional"];
    let sum: i128 = parts.iter().map(|part| at(part)).sum();
    // Four numbers, each rounded on its own.
    assert!((sum - at("MontoTotal")).abs() <= 2, "{sum} {leaves:#?}");
    assert_eq!(at("MontoTotal"), invoice.totals().total.units());
    assert_eq!(at("MontoPeriodo"), at("MontoTotal") + at("MontoNoFacturable"));
    let pages: Vec<_> =
        leaves.iter().filter(|(at, _)| at.ends_with("/MontoSubtotalPagina")).collect();
    if !pages.is_empty() {
        let sum: i128 = pages.iter().map(|(_, value)| cents(Some(value))).sum();
        assert_eq!(sum, at("MontoTotal"), "pages sum to the document");
    }
    for (place, value) in &leaves {
        assert!(!value.starts_with('-') || place.contains("ValorPagar"), "{place} {value}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever the quantities, prices, groups, changes and taxes: totals agree with each other,
    /// the format's check passes, and the invoice is read back from its bytes.
    #[test]
    fn any_priced_draft_is_consistent(draft in any_draft()) {
        match priced(&draft, &facts()) {
            Ok(invoice) => {
                assert_consistent(&invoice);
                let read = Invoice::from_canonical(&invoice.canonical_bytes()).unwrap();
                prop_assert_eq!(composed(&read), composed(&invoice));
                prop_assert_eq!(read, invoice);
            }
            Err(faults) => {
                let expected = ["do_discount_exceeds", "do_adjusted_group_empty"];
                let others: Vec<_> =
                    faults.iter().filter(|fault| !expected.contains(&fault.code())).collect();
                prop_assert!(others.is_empty(), "{:?}\n{:#}", others, draft);
            }
        }
    }

    /// Any value in the place of any other: a price, or faults with pointers, and never a panic.
    #[test]
    fn any_mutation_is_priced_or_told(
        which in 0_usize..3,
        mutations in prop::collection::vec((any::<prop::sample::Index>(), any_json()), 1..4),
    ) {
        let mut draft = [sale(), purchase(), everything()][which].clone();
        for (index, value) in mutations {
            let mut all = Vec::new();
            pointers(&draft, "", &mut all);
            if let Some(target) = all.get(index.index(all.len().max(1))) {
                *draft.pointer_mut(target).unwrap() = value;
            }
        }
        let Ok(json) = Json::parse(draft.to_string().as_bytes()) else { return Ok(()) };
        if invoice::Draft::read(&json).is_err() {
            return Ok(());
        }
        match priced(&draft, &facts()) {
            Ok(invoice) => drop(composed(&invoice)),
            Err(faults) => {
                prop_assert!(!faults.is_empty());
                for fault in faults {
                    let pointer = fault.pointer();
                    prop_assert!(pointer.is_empty() || pointer.starts_with('/'), "{}", pointer);
                }
            }
        }
    }
}

/// The official schemas accept what pricing lets through.
#[test]
fn any_priced_draft_is_valid_under_its_official_schema() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut valid = 0;
    for _ in 0..150 {
        let draft = any_draft().new_tree(&mut runner).unwrap().current();
        let Ok(invoice) = priced(&draft, &facts()) else { continue };
        let document_type = document_type(invoice.kind()).unwrap();
        let schema = format!("e-CF {} v.1.0.xsd", document_type.code());
        let verdict = xmllint(&schema, &composed(&invoice));
        if verdict == Verdict::Skipped {
            return;
        }
        assert_eq!(verdict, Verdict::Valid, "{draft:#}");
        valid += 1;
        if document_type.code() == "32" {
            let verdict = xmllint("RFCE 32 v.1.0.xsd", &summary(&composed(&invoice), "aB3+/z"));
            assert_eq!(verdict, Verdict::Valid, "{draft:#}");
        }
    }
    assert!(valid > 75, "only {valid} of 150 drafts were priced: the others show nothing");
    let full = priced(&everything(), &facts()).unwrap_or_else(|faults| panic!("{faults:?}"));
    let whole = compose(&full, &issue(document_type(full.kind()).unwrap())).unwrap();
    assert_eq!(xmllint("e-CF 46 v.1.0.xsd", &whole), Verdict::Valid);
}

/// An export with every field that an export has.
pub(super) fn everything() -> Value {
    json!({
        "kind": "export_invoice",
        "issued_on": "2026-11-19",
        "currency": "DOP",
        "prices": "tax_excluded",
        "operator": {"id": "4", "name": "Yesenia"},
        "customer": {
            "kind": "foreigner", "name": "Oslo Import AS", "tax_id": "NO-998877",
            "email": "post@oslo.example", "address": "Havnegata 1",
            "do": {
                "contact": "Kari 47 22 00 00 00", "municipality": "010100", "province": "010000",
                "country": "Noruega",
                "delivery": {"on": "2026-12-01", "contact": "Ola", "address": "Kai 3", "phone": "8095550102"},
                "purchase_order": {"number": "PO-1", "on": "2026-11-01"},
                "internal_code": "C-9", "payer": "Banco Norte", "additional_information": "VIP",
            },
        },
        "lines": [
            {
                "code": "ALC-1", "kind": "goods", "name": "Aguacate", "unit": "LB",
                "quantity": "1250.5", "unit_price": "12.3456", "tax_group": "itbis_0",
                "discount": {"original_price": "13", "reason": "volumen"},
                "do": {
                    "codes": [{"kind": "EAN", "code": "7460000000017"}],
                    "description": "Aguacate criollo", "made_on": "2026-11-01", "expires_on": "2026-12-01",
                    "discounts": [{"amount": "1.50"}, {"percent": "0.5"}],
                    "surcharges": [{"percent": "1"}],
                    "mining": {"net_weight_kilograms": "1.5", "net_weight": "2.125", "affiliation": "unaffiliated", "settlement": "final"},
                },
            },
            {"kind": "service", "name": "Flete interno", "quantity": "1", "unit_price": "500", "tax_group": "itbis_0"},
            {"kind": "service", "name": "Deposito", "quantity": "1", "unit_price": "75", "tax_group": "non_billable"},
        ],
        "payments": [],
        "exchange": {"currency": "USD", "rate": "61.2345"},
        "comments": ["Embarque parcial"],
        "reference": "order 7",
        "do": {
            "income_type": "other",
            "payment_terms": {"kind": "credit", "due_on": "2026-12-20", "term": "30 dias", "account": {"kind": "checking", "number": "960-1", "bank": "Banco Popular"}},
            "period": {"from": "2026-11-01", "to": "2026-11-30"},
            "seller": {
                "trade_name": "El Faro", "branch": "Centro", "municipality": "010100", "province": "010000",
                "phones": ["809-555-0101"], "website": "elfaro.example", "economic_activity": "Comercio",
                "salesperson": "V-1", "invoice_number": "F-1", "order_number": "77", "sales_zone": "Norte", "sales_route": "R-1",
            },
            "shipment": {
                "shipped_on": "2026-11-25", "number": "EMB-1", "container": "CONT-1", "reference": "99",
                "gross_weight": "1200", "gross_weight_unit": "23", "net_weight": "1150.25", "net_weight_unit": "LB",
                "packages": "40", "packages_unit": "Caja/Cajón", "volume": "12.5", "volume_unit": "M3",
                "port_of_loading": "Caucedo", "delivery_terms": "FOB", "total_fob": "15000", "insurance": "120",
                "freight": "900", "other_charges": "10", "total_cif": "16030", "customs_regime": "Exportacion definitiva",
                "port_of_departure": "Haina", "port_of_discharge": "Oslo",
            },
            "transport": {
                "mode": "sea", "country_of_origin": "Republica Dominicana", "destination_address": "Kai 3",
                "country_of_destination": "Noruega", "carrier_id": "101010101", "carrier_name": "Naviera", "voyage": "V-12",
                "driver": "Rafael", "document": "363636", "vehicle": "F-1", "plate": "A639689", "route": "B-Sur",
                "zone": "Z-1", "delivery_note": "3634258",
            },
            "adjustments": [
                {"kind": "discount", "group": "itbis_0", "percent": "2", "description": "Pronto pago"},
                {"kind": "surcharge", "group": "itbis_0", "amount": "35.75"},
            ],
            "subtotals": [{"title": "Mercancia", "position": 1, "first_line": 1, "last_line": 2}],
            "balance": {"previous": "10.10", "advance": "100", "show_period": true, "show_payable": true},
            "lines_per_page": 2,
        },
    })
}

/// Any value in the place of any other.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-5_i64..20_000).prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
        any::<String>().prop_map(Value::String),
        "-?[0-9]{0,18}(\\.[0-9]{0,5})?".prop_map(Value::String),
        "[0-9]{1,14}(\\.[0-9]{1,2})?".prop_map(Value::String),
        "0[0-4][0-9]".prop_map(Value::String),
        "20[0-9]{2}-[01][0-9]-[0-3][0-9]".prop_map(Value::String),
        prop::sample::select(vec![
            "discount",
            "credit",
            "itbis_18",
            "exempt",
            "non_billable",
            "free",
            "18",
            "24",
            "credit_note",
            "debit_note",
            "minor_expense",
            "foreign_payment",
            "text_correction",
        ])
        .prop_map(|word| json!(word)),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map("[a-z_]{1,8}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Every pointer into a document, root aside.
fn pointers(document: &Value, at: &str, out: &mut Vec<String>) {
    let members: Vec<(String, &Value)> = match document {
        Value::Object(members) => members.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for (key, value) in members {
        let pointer = format!("{at}/{key}");
        pointers(value, &pointer, out);
        out.push(pointer);
    }
}
