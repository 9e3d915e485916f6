//! What is printed of each shape, as text.

use receipts::text;
use receipts::text::{Background, Columns};

use crate::samples;

/// Without the symbols, which zbar judges.
fn words(name: &str) -> String {
    let samples = samples::all();
    let (_, receipt) = samples.iter().find(|(known, _)| *known == name).unwrap();
    let page = text::render(receipt, Columns::FortyEight, Background::Light);
    let lines = page.lines().filter(|line| !line.contains(['█', '▀', '▄']));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_fiscal_credit_invoice() {
    insta::assert_snapshot!(words("31"));
}

#[test]
fn a_credit_note() {
    insta::assert_snapshot!(words("34"));
}

#[test]
fn an_invoice_with_selective_taxes() {
    insta::assert_snapshot!(words("isc"));
}

#[test]
fn an_export_in_dollars() {
    insta::assert_snapshot!(words("46"));
}
