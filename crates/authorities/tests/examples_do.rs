//! The drafts under `examples/do/`: each is right, costs what its README says, and makes a document
//! that the format's check accepts.

mod stored;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use authorities::dom::compose::{Issue, compose};
use authorities::dom::ecf::document::Encf;
use authorities::dom::ecf::schema::{Kind, check_obligatoriness, check_unsigned};
use authorities::dom::price::{Terms, price};
use authorities::dom::regime::document_type;
use authorities::dom::xml::{Document, Element};
use invoice::{
    Draft, Hash, Invoice, InvoiceId, Json, Original, OriginalInvoice, OutletId, PricingFacts,
    Seller, Timestamp,
};
use jiff::civil::date;
use serde_json::{Value, json};
use stored::stands;

/// draft, the document that it corrects, base, tax, total
const EXAMPLES: &str = "
    construction        -                   1850000.00    33300.00   1883300.00
    consumer_sale       -                      2144.09      150.91      2295.00
    contingency         -                      2750.00      495.00      3245.00
    credit_note         tax_credit_invoice     5150.00      927.00      6077.00
    debit_note          -                      1200.00      216.00      1416.00
    export              -                    228200.00        0.00    228200.00
    foreign_payment     -                    180000.00        0.00    180000.00
    gift_card           -                         0.00        0.00         0.00
    gift_card_redeemed  -                      2500.00      450.00      2950.00
    government          -                    372300.00    46224.00    418524.00
    minor_expense       -                       460.00        0.00       460.00
    phone_cards         -                     10000.00     3000.00     13000.00
    purchase            -                     18000.00     3240.00     21240.00
    restaurant_tip      -                      1650.00      462.00      2112.00
    rum_wholesale       -                     18000.00    14823.57     32823.57
    special_regime      -                     14500.00        0.00     14500.00
    tax_credit_invoice  -                     90123.20    16222.18    106345.38
";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/do")
}

fn rows() -> impl Iterator<Item = Vec<&'static str>> {
    let rows = EXAMPLES.lines().filter(|row| !row.trim().is_empty());
    rows.map(|row| row.split_whitespace().collect())
}

fn facts() -> PricingFacts {
    PricingFacts {
        seller: Seller {
            name: "Colmado El Faro SRL".to_owned(),
            tax_id: "130999999".to_owned(),
            outlet_code: "01".to_owned(),
            outlet_name: "Centro".to_owned(),
            address: "Calle del Conde 12, Zona Colonial".to_owned(),
            phone: Some("+1 809 555 0101".to_owned()),
            email: Some("caja@elfaro.example".to_owned()),
            ..Seller::default()
        },
        today: date(2026, 11, 20),
        original: None,
        replaces: None,
        reference_rates: Vec::new(),
    }
}

fn after(original: &str) -> PricingFacts {
    if original == "-" {
        return facts();
    }
    let names = Original {
        id: InvoiceId::of(&OutletId::from_random([1; 10]), [2; 15]),
        number: "E310000000007".to_owned(),
        entry_hash: Hash::of_note(b"the entry of the sale"),
        code: None,
    };
    let invoice = priced(original, &facts());
    PricingFacts { original: Some(OriginalInvoice { names, invoice }), ..facts() }
}

fn priced(name: &str, facts: &PricingFacts) -> Invoice {
    let text = std::fs::read(folder().join(format!("{name}.json")));
    let text = text.unwrap_or_else(|error| panic!("{name}: {error}"));
    let json = Json::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let draft = Draft::read(&json).unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
    let invoice = price(&draft, facts, &Terms::default());
    invoice.unwrap_or_else(|faults| panic!("{name}: {faults:?}"))
}

fn composed(invoice: &Invoice) -> Element {
    let document_type = document_type(invoice.kind()).expect("its kind");
    let issue = Issue {
        encf: Encf::new(document_type, 1).expect("a number"),
        sequence_expires: Some(date(2027, 12, 31)),
        deferred: false,
        signed_at: Timestamp::parse("2026-11-20T14:30:05Z").expect("an instant"),
    };
    compose(invoice, &issue).expect("priced by this regime")
}

#[test]
fn each_example_costs_what_the_table_says() {
    for row in rows() {
        let totals = priced(row[0], &after(row[1])).totals();
        let sums = [totals.base, totals.tax, totals.total].map(|sum| sum.to_string());
        assert_eq!(sums, row[2..], "{}", row[0]);
    }
}

#[test]
fn each_example_becomes_a_document_that_the_format_accepts() {
    for row in rows() {
        let invoice = priced(row[0], &after(row[1]));
        let document = composed(&invoice);
        let kind = Kind::Ecf(document_type(invoice.kind()).expect("its kind"));
        assert_eq!(check_unsigned(kind, &document), [], "{}", row[0]);
        assert_eq!(check_obligatoriness(kind, &document), [], "{}", row[0]);
    }
}

#[test]
fn every_example_is_in_the_table_and_in_the_readme() {
    let named: BTreeSet<String> = rows().map(|row| row[0].to_owned()).collect();
    let found: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(named, found);
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    for row in rows() {
        assert!(readme.contains(&format!("`{}.json`", row[0])), "{}", row[0]);
        assert!(readme.contains(row[4]), "{}: {}", row[0], row[4]);
    }
}

/// Every kind of document has an example.
#[test]
fn every_type_is_shown() {
    let shown: BTreeSet<_> = rows()
        .map(|row| priced(row[0], &after(row[1])))
        .map(|invoice| document_type(invoice.kind()).expect("its kind").code())
        .collect();
    assert_eq!(shown.len(), 10, "{shown:?}");
}

/// The bytes that are hashed, with the country's sections in them; and the document before its
/// signature.
#[test]
fn invoices_and_documents_have_these_bytes() {
    let rows = rows().map(|row| {
        let invoice = priced(row[0], &after(row[1]));
        let bytes = invoice.canonical_bytes();
        assert_eq!(Invoice::from_canonical(&bytes).as_ref(), Ok(&invoice), "{}", row[0]);
        let xml = Document::new(composed(&invoice)).to_xml().expect("no forbidden character");
        let tree: Value = serde_json::from_slice(&bytes).expect("JSON");
        json!({
            "name": row[0],
            "invoice": tree,
            "canonical": String::from_utf8(bytes.clone()).expect("UTF-8"),
            "payload_hash": Hash::of_invoice(&bytes).to_hex(),
            "document": String::from_utf8(xml).expect("UTF-8"),
        })
    });
    stands("do.json", &rows.collect());
}
