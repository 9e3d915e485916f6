//! Judges from outside: poppler reads our PDF, zbar reads our symbols. Absent, they are skipped
//! aloud.

use std::path::Path;
use std::process::Command;

#[path = "../../../../tools/skipped.rs"]
mod skipped;

use receipts::text::{Background, Columns};
use receipts::{pdf, text};

use crate::samples::{self, LEGAL_PAYLOAD, seal_payload};

#[test]
fn symbols_on_paper_are_read_by_a_foreign_reader() {
    if !installed(&["pdftoppm", "zbarimg"]) {
        return;
    }
    for (name, receipt) in samples::all() {
        let mut expected = vec![seal_payload()];
        expected.extend(receipt.security.is_some().then(|| LEGAL_PAYLOAD.to_owned()));
        for file in [pdf::a4(&receipt).unwrap(), pdf::roll(&receipt).unwrap()] {
            let read = symbols_of(&file);
            for payload in &expected {
                assert!(read.contains(payload), "{name}: {payload} is not among {read:?}");
            }
        }
    }
}

#[test]
fn what_is_wider_than_a_terminal_is_written_out_to_its_last_sign() {
    for columns in [Columns::FortyTwo, Columns::FortyEight] {
        let out = text::render(&samples::short(), columns, Background::Light);
        let width = if columns == Columns::FortyTwo { 42 } else { 48 };
        let widest = out.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= width, "{widest} of {width}\n{out}");
        let together: String = out.lines().collect();
        assert!(together.contains(&seal_payload()), "{out}");
        assert_eq!(together.contains(LEGAL_PAYLOAD), columns == Columns::FortyTwo, "{out}");
    }
}

#[test]
fn symbols_on_a_terminal_are_read_by_a_foreign_reader() {
    if !installed(&["zbarimg"]) {
        return;
    }
    for background in [Background::Light, Background::Dark] {
        let out = text::render(&samples::short(), Columns::FortyEight, background);
        let folder = tempfile::tempdir().unwrap();
        let picture = folder.path().join("screen.pgm");
        std::fs::write(&picture, photographed(&out, background)).unwrap();
        let read = scanned(&picture);
        assert!(read.contains(&LEGAL_PAYLOAD.to_owned()), "{background:?}: {read:?}");
    }
}

/// The two proofs stand side by side, and what is compared by eye is not broken.
#[test]
fn codes_and_facts_of_the_proofs_stand_on_one_line_each() {
    if !installed(&["pdftotext"]) {
        return;
    }
    let text = piped("pdftotext", &["-layout"], &pdf::a4(&samples::rich()).unwrap());
    for said in [
        "TEST-FACT-HQBA-X2F3-K22N-MDYR",
        "MZXW-6YTB-OI2D-KNRX-HA4T-UOZ4",
        "04/12/2024 12:34:56 +01",
        "1d7c1b641ac19360",
        "XX01710090-1",
    ] {
        assert!(text.lines().any(|line| line.contains(said)), "{said} is broken:\n{text}");
    }
}

/// Every mention of the law stands in the text layer, in both formats.
#[test]
fn all_mentions_are_in_the_text_layer() {
    if !installed(&["pdftotext"]) {
        return;
    }
    let receipt = samples::awkward();
    for file in [pdf::a4(&receipt).unwrap(), pdf::roll(&receipt).unwrap()] {
        let text = piped("pdftotext", &["-layout"], &file);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for said in [
            "ÉTABLISSEMENTS KABASELE",
            "A9000011T",
            "RCCM/2024/12/13/14",
            "BOULEVARD 30 JUIN",
            "012345678",
            "info@test.cd",
            "assujetti",
            "345/2024",
            "DUPLICATA",
            "FACTURE D’AVOIR",
            "RAM – Avoir suite reprise",
            "TEST-E64H-2J6I-LT3E-B5TH-DUMA",
            "EXPORTATION",
            "SANS VALEUR FISCALE",
            "JACQUES",
            "AB01710090",
            "TTC",
            "04/12/2024 12:34:56",
            "[PM] Personne morale",
            "A9001255A",
            "Kɔ́ngɔ-Ŋgala",
            "(A-EX)(BIE)",
            "123.456.789.012,75",
            "Prix initial 1.440,00 – Remise 50%",
            "T.S. 10%",
            "12,5 sac",
            "CIM-42",
            "262.258,84",
            "41.961,41",
            "16%",
            "TOTAL TTC (CDF)",
            "322.820,25",
            "140,36",
            "2.300",
            "trois cent",
            "ESPÈCES",
            "MOBILE MONEY",
            "Nombre d’articles",
            "ATT/2024/0042/DGI/KIN",
            "CODE DEF/DGI",
            "TEST-FACT-HQBA-X2F3-K22N-MDYR",
            "XX01710090-1",
            "3/9 FV",
            "1d7c1b641ac19360",
            "Vérifier cette facture",
            "Exigez la facture normalisée",
        ] {
            assert!(text.contains(said), "{said} in {text}");
        }
    }
}

#[test]
fn a_long_invoice_carries_its_subtotals() {
    if !installed(&["pdftotext"]) {
        return;
    }
    let file = pdf::a4(&samples::long(120)).unwrap();
    let text = piped("pdftotext", &["-layout"], &file);
    let pages: Vec<&str> = text.trim_end_matches('\u{c}').split('\u{c}').collect();
    assert!(pages.len() > 3);
    let subtotal = |page: &str, label: &str| {
        let line = page.lines().find(|line| line.trim_start().starts_with(label));
        line.map(|line| line.split_whitespace().last().unwrap().to_owned())
    };
    for (number, pair) in pages.windows(2).enumerate() {
        let carried = subtotal(pair[0], "À reporter").expect("carried forward");
        assert_eq!(Some(carried), subtotal(pair[1], "Report"), "page {}", number + 1);
    }
    for (number, page) in pages.iter().enumerate() {
        assert!(page.contains("Désignation") && page.contains("3.750,00"));
        assert!(page.contains(&format!("Page {} / {}", number + 1, pages.len())));
    }
    assert!(pages.last().unwrap().contains("TOTAL TTC"));
}

/// Marks of PDF/A-2u that can be seen without a validator; krilla's own ran when it wrote.
#[test]
fn the_file_claims_and_keeps_pdf_a_2u() {
    let file = pdf::a4(&samples::rich()).unwrap();
    let text = String::from_utf8_lossy(&file);
    assert!(text.starts_with("%PDF-1.7"));
    for mark in ["<pdfaid:part>2<", "<pdfaid:conformance>U<", "/OutputIntents", "/GTS_PDFA1"] {
        assert!(text.contains(mark), "{mark}");
    }
    for forbidden in ["/JavaScript", "/Encrypt", "/EmbeddedFile", "/Launch", "/URI"] {
        assert!(!text.contains(forbidden), "{forbidden}");
    }
    assert!(text.contains("2024-12-04T11:34:56+00:00"));
    if installed(&["pdffonts"]) {
        let fonts = piped("pdffonts", &[], &file);
        for font in fonts.lines().skip(2) {
            assert!(font.contains("yes yes yes"), "embedded, subset, with Unicode: {font}");
        }
        assert_eq!(fonts.lines().skip(2).count(), 3);
    }
}

#[test]
fn samples_stay_within_their_sheets() {
    for (_, receipt) in samples::all() {
        within_the_sheet(&pdf::a4(&receipt).unwrap());
        within_the_sheet(&pdf::roll(&receipt).unwrap());
    }
}

/// Every word that poppler finds lies on its page.
pub(crate) fn within_the_sheet(file: &[u8]) {
    if !installed(&["pdftotext"]) {
        return;
    }
    let boxes = piped("pdftotext", &["-bbox"], file);
    let mut sheet = (0, 0);
    for line in boxes.lines() {
        if line.contains("<page ") {
            sheet = (attribute(line, "width"), attribute(line, "height"));
        } else if line.contains("<word ") {
            let inside = attribute(line, "xMin") >= -SLACK
                && attribute(line, "yMin") >= -SLACK
                && attribute(line, "xMax") <= sheet.0 + SLACK
                && attribute(line, "yMax") <= sheet.1 + SLACK;
            assert!(inside, "{line} leaves {sheet:?}");
        }
    }
    assert!(sheet.0 > 0);
}

/// Six tenths of a point: a letter's box is a little wider than its ink.
const SLACK: i64 = 600_000;

/// An attribute in millionths of a point, as poppler writes it.
fn attribute(line: &str, name: &str) -> i64 {
    let start = line.find(&format!("{name}=\"")).unwrap() + name.len() + 2;
    line[start..].split('"').next().unwrap().replace('.', "").parse().unwrap()
}

fn symbols_of(file: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("receipt.pdf");
    std::fs::write(&source, file).unwrap();
    let page = folder.path().join("page");
    let options = ["-r", "200", "-gray", "-png"];
    let run = Command::new("pdftoppm").args(options).arg(&source).arg(page).status().unwrap();
    assert!(run.success());
    let pictures = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    pictures
        .filter(|path| path.extension().is_some_and(|extension| extension == "png"))
        .flat_map(|path| scanned(&path))
        .collect()
}

fn scanned(picture: &Path) -> Vec<String> {
    let scan = Command::new("zbarimg")
        .args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"])
        .arg(picture)
        .output()
        .unwrap();
    String::from_utf8_lossy(&scan.stdout).lines().map(str::to_owned).collect()
}

/// The screen as a camera sees it: half blocks in squares of six dots, letters left out.
fn photographed(out: &str, background: Background) -> Vec<u8> {
    let rows: Vec<Vec<char>> = out.lines().map(|line| line.chars().collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let (width, height) = (columns * DOTS, rows.len() * 2 * DOTS);
    let mut picture = format!("P5 {width} {height} 255\n").into_bytes();
    for y in 0..height {
        for x in 0..width {
            let c = rows[y / (2 * DOTS)].get(x / DOTS).copied().unwrap_or(' ');
            let upper = (y / DOTS).is_multiple_of(2);
            let drawn = c == '█' || (c == '▀' && upper) || (c == '▄' && !upper);
            let light = drawn == (background == Background::Dark);
            picture.push(if light { 255 } else { 0 });
        }
    }
    picture
}

const DOTS: usize = 6;

/// What a program prints about a PDF; `options` come before the file, and `-` after it.
fn piped(program: &str, options: &[&str], file: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("receipt.pdf");
    std::fs::write(&source, file).unwrap();
    let output = (program == "pdftotext").then_some("-");
    let run = Command::new(program).args(options).arg(&source).args(output).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8_lossy(&run.stdout).into_owned()
}

pub(crate) fn installed(programs: &[&str]) -> bool {
    let missing = programs.iter().find(|program| Command::new(program).arg("-h").output().is_err());
    if let Some(program) = missing {
        skipped::skipped(program, true);
    }
    missing.is_none()
}
