//! What a file carries: found by our reader and by a foreign one, and seen by nobody who reads the page.

use std::path::Path;
use std::process::Command;

use invoice::Json;
use receipts::{Carried, CarriedError, Receipt, html, pdf};

use crate::judged::installed;
use crate::samples;

fn carried() -> Carried {
    let invoice = r#"{"lines":[{"name":"Café \" </script><script>alert(1)//"}],"total":"4064.00"}"#;
    let proof = "c2sp.org/tlog-proof@v1\nextra AA==\nindex 0\n\na.example/log\n1\n…\n".repeat(9);
    Carried { proof, invoice: Json::parse(invoice.as_bytes()).unwrap() }
}

fn with(receipt: Receipt) -> Receipt {
    Receipt { carried: Some(carried()), ..receipt }
}

#[test]
fn every_file_gives_back_what_it_carries() {
    for (name, receipt) in samples::all() {
        let empty = [pdf::a4(&receipt).unwrap(), html::render(&receipt).into_bytes()];
        for file in empty {
            assert_eq!(Carried::find(&file), Ok(None), "{name}");
        }
        let receipt = with(receipt);
        let page = html::render(&receipt).into_bytes();
        for file in [pdf::a4(&receipt).unwrap(), pdf::roll(&receipt).unwrap(), page] {
            assert_eq!(Carried::find(&file), Ok(Some(carried())), "{name}");
        }
    }
}

#[test]
fn a_file_that_was_cut_off_carries_nothing_or_says_so() {
    let file = pdf::a4(&with(samples::short())).unwrap();
    let is_refused = |found: &Result<Option<Carried>, CarriedError>| match found {
        Ok(None) | Err(CarriedError::Malformed | CarriedError::NoReceipt) => true,
        Ok(Some(_)) | Err(_) => false,
    };
    let whole = (0..file.len()).step_by(97).map(|length| Carried::find(&file[..length]));
    let refused: Vec<bool> = whole.map(|found| is_refused(&found)).collect();
    let first = refused.iter().position(|refused| !refused).unwrap_or(refused.len());
    assert!(first > 0 && refused[..first].iter().all(|refused| *refused));
    assert!(Carried::find(&file).unwrap().is_some());
}

/// What is carried changes no dot of what is drawn.
#[test]
fn nothing_of_it_is_drawn() {
    if !installed(&["pdftoppm"]) {
        return;
    }
    for (name, receipt) in [("short", samples::short()), ("rich", samples::rich())] {
        let without = drawn(&pdf::a4(&receipt).unwrap());
        assert!(without == drawn(&pdf::a4(&with(receipt)).unwrap()), "{name}");
    }
}

fn drawn(file: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("receipt.pdf"), file).unwrap();
    let drawn = Command::new("pdftoppm")
        .args(["-r", "60", "receipt.pdf"])
        .current_dir(&folder)
        .output()
        .unwrap();
    assert!(drawn.status.success() && drawn.stderr.is_empty(), "{drawn:?}");
    drawn.stdout
}

/// Marks of PDF/A-3u that can be seen without a validator; krilla's own ran when it wrote.
#[test]
fn a_pdf_that_carries_files_claims_pdf_a_3u() {
    let file = pdf::a4(&with(samples::rich())).unwrap();
    let text = String::from_utf8_lossy(&file);
    for mark in [
        "<pdfaid:part>3<",
        "<pdfaid:conformance>U<",
        "/AFRelationship/Data",
        "/AFRelationship/Supplement",
        "/AF[",
    ] {
        assert!(
            text.replace("AFRelationship /", "AFRelationship/")
                .replace("/AF [", "/AF[")
                .contains(mark),
            "{mark}"
        );
    }
}

#[test]
fn a_foreign_reader_detaches_the_same_files() {
    if !installed(&["pdfdetach"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("receipt.pdf");
    std::fs::write(&source, pdf::roll(&with(samples::rich())).unwrap()).unwrap();
    let saved = Command::new("pdfdetach")
        .args(["-saveall", "-o"])
        .args([folder.path(), &source])
        .output()
        .unwrap();
    assert!(saved.status.success(), "{}", String::from_utf8_lossy(&saved.stderr));
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert_eq!(read("invoice.tlog-proof"), carried().proof.into_bytes());
    assert_eq!(read("invoice.json"), carried().invoice.to_canonical_bytes());
}

/// A program that rewrites a PDF moves objects, packs streams and leaves their contents.
#[test]
fn what_a_foreign_program_wrote_anew_still_carries_it() {
    if !installed(&["qpdf"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("receipt.pdf");
    std::fs::write(&source, pdf::a4(&with(samples::rich())).unwrap()).unwrap();
    for options in [
        &["--object-streams=generate"][..],
        &["--object-streams=disable", "--stream-data=uncompress"],
        &["--linearize"],
        &["--qdf"],
    ] {
        let rewritten = rewritten(&source, options);
        assert_eq!(Carried::find(&rewritten), Ok(Some(carried())), "{options:?}");
    }
}

fn rewritten(source: &Path, options: &[&str]) -> Vec<u8> {
    let target = source.with_extension("rewritten");
    let run = Command::new("qpdf").args(options).args([source, &target]).status().unwrap();
    assert!(run.success(), "{options:?}");
    std::fs::read(target).unwrap()
}
