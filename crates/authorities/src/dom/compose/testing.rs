//! Drafts and documents of tests: what a caller writes, and what an element tree says.

use std::collections::BTreeMap;
use std::process::Command;

use invoice::{Draft, Fault, Invoice, Json, PricingFacts, Seller, Timestamp};
use jiff::civil::{Date, date};
use serde_json::Value;

use super::{Issue, compose};
use crate::dom::ecf::document::{DocumentType, Encf};
use crate::dom::price::{Terms, price};
use crate::dom::xml::{Document, Element};

pub(crate) const TODAY: Date = date(2026, 11, 20);

pub(crate) fn facts() -> PricingFacts {
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
        today: TODAY,
        original: None,
        replaces: None,
        reference_rates: Vec::new(),
    }
}

pub(crate) fn read(draft: &Value) -> Result<Draft, Vec<Fault>> {
    let json = Json::parse(draft.to_string().as_bytes()).expect("JSON without doubled keys");
    Draft::read(&json)
}

pub(crate) fn priced(draft: &Value, facts: &PricingFacts) -> Result<Invoice, Vec<Fault>> {
    price(&read(draft)?, facts, &Terms::default())
}

/// The document of an invoice, with the first number of its type.
pub(crate) fn composed(invoice: &Invoice) -> Element {
    let document_type = crate::dom::regime::document_type(invoice.kind()).expect("its own kind");
    compose(invoice, &issue(document_type)).expect("priced here")
}

pub(crate) fn issue(document_type: DocumentType) -> Issue {
    Issue {
        encf: Encf::new(document_type, 1).expect("a number"),
        sequence_expires: Some(date(2028, 12, 31)),
        deferred: false,
        signed_at: Timestamp::parse("2026-11-20T14:30:05Z").expect("an instant"),
    }
}

/// Every leaf by its place: `Encabezado/IdDoc/eNCF`, and `DetallesItems/Item[2]/MontoItem` of what
/// is listed.
pub(crate) fn leaves(root: &Element) -> BTreeMap<String, String> {
    let mut leaves = BTreeMap::new();
    walk(root, "", &mut leaves);
    leaves
}

fn walk(element: &Element, at: &str, leaves: &mut BTreeMap<String, String>) {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for child in element.elements() {
        let name = child.name().local();
        let count = seen.entry(name).and_modify(|count| *count += 1).or_insert(1);
        let step =
            if LISTED.contains(&name) { format!("{name}[{count}]") } else { name.to_owned() };
        let place = if at.is_empty() { step } else { format!("{at}/{step}") };
        match child.value().filter(|value| !value.is_empty()) {
            Some(value) => drop(leaves.insert(place, value.to_owned())),
            None => walk(child, &place, leaves),
        }
    }
}

const LISTED: &[&str] = &[
    "Item",
    "FormaDePago",
    "TelefonoEmisor",
    "CodigosItem",
    "SubcantidadItem",
    "SubDescuento",
    "SubRecargo",
    "ImpuestoAdicional",
    "ImpuestoAdicionalOtraMoneda",
    "DescuentoORecargo",
    "Subtotal",
    "Pagina",
];

/// What xmllint says of a document.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    Valid,
    /// In its own words.
    Invalid(String),
    /// There is no reference folder, or no xmllint.
    Skipped,
}

/// Judges a document by an official schema, made loadable for xmllint, with an element in the place
/// of the signature.
pub(crate) fn xmllint(schema: &str, root: &Element) -> Verdict {
    let Some(schema) = crate::dom::ecf::testing::path(&format!("xsd/patched/{schema}")) else {
        return Verdict::Skipped;
    };
    let signature = Element::new("Signature").namespace("", "http://www.w3.org/2000/09/xmldsig#");
    let signed = root.clone().with(signature);
    let bytes = Document::new(signed).to_xml().expect("no forbidden character");
    let file = std::env::temp_dir().join(format!("ecf-{}-{}.xml", std::process::id(), unique()));
    std::fs::write(&file, bytes).expect("a file in the temporary folder");
    let output = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .arg(&schema)
        .arg(&file)
        .output();
    std::fs::remove_file(&file).expect("it was just written");
    match output {
        Err(_) => {
            crate::dom::ecf::testing::skipped("xmllint", true);
            Verdict::Skipped
        }
        Ok(output) if output.status.success() => Verdict::Valid,
        Ok(output) => Verdict::Invalid(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

fn unique() -> usize {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
