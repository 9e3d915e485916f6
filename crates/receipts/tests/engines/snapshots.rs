//! What the engines wrote yesterday they write today.

use receipts::text::{Background, Columns};
use receipts::{escpos, html, pdf, text};

use crate::{printer, samples};

#[test]
fn text_in_48_columns() {
    let receipt = samples::rich();
    insta::assert_snapshot!(text::render(&receipt, Columns::FortyEight, Background::Light));
}

#[test]
fn text_in_42_columns() {
    let mut receipt = samples::awkward();
    receipt.seal = None;
    insta::assert_snapshot!(text::render(&receipt, Columns::FortyTwo, Background::Dark));
}

/// The bytes, one printed line a line, escaped.
#[test]
fn thermal_bytes() {
    let bytes = escpos::render(&samples::short(), Columns::FortyEight);
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let escaped: Vec<String> = lines.map(|line| line.escape_ascii().to_string()).collect();
    insta::assert_snapshot!(escaped.join("\n"));
}

#[test]
fn a_printer_prints_the_mentions() {
    let paper = printer::print(&escpos::render(&samples::short(), Columns::FortyEight)).unwrap();
    assert_eq!((paper.initialised, paper.cuts), (1, 1));
    assert_eq!(paper.symbols[0], (49, samples::LEGAL_PAYLOAD.to_owned()));
    assert_eq!(paper.symbols[1], (48, samples::seal_payload()));
    let text = paper.lines.join("\n");
    for said in ["SUPERMARCHÉ CENTRAL", "TEST-FACT-HQBA-X2F3-K22N-MDYR", "Arrêtée", "5 x 720"] {
        let said = said.replace('ê', "¿");
        assert!(text.contains(&said), "{said} in {text}");
    }
}

/// The page without its style and the paths of its symbols, one tag a line.
#[test]
fn html_page() {
    let mut page = html::render(&samples::rich());
    for (open, close) in [("<style>", "</style>"), ("<path", "</svg>")] {
        while let Some(start) = page.find(open) {
            let length = page[start..].find(close).unwrap();
            page.replace_range(start..start + length, "");
        }
    }
    insta::assert_snapshot!(page);
}

#[test]
fn a_pdf_depends_on_the_receipt_alone() {
    let receipt = samples::rich();
    assert_eq!(pdf::a4(&receipt).unwrap(), pdf::a4(&receipt).unwrap());
    assert_eq!(pdf::roll(&receipt).unwrap(), pdf::roll(&receipt).unwrap());
}
