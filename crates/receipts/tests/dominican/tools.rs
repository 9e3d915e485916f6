//! Poppler and zbar, where they are installed.

use std::path::Path;
use std::process::Command;

#[path = "../../../../tools/skipped.rs"]
mod skipped;

pub(crate) use skipped::skipped;

/// Runs a program over a file and gives what it says; nothing, aloud, where it is not installed.
pub(crate) fn piped(program: &str, options: &[&str], file: &[u8]) -> Option<String> {
    if !installed(program) {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("receipt.pdf");
    std::fs::write(&source, file).unwrap();
    let output = (program == "pdftotext").then_some("-");
    let run = Command::new(program).args(options).arg(&source).args(output).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    Some(String::from_utf8_lossy(&run.stdout).into_owned())
}

/// The text of each page.
pub(crate) fn pages(file: &[u8]) -> Option<Vec<String>> {
    let text = piped("pdftotext", &["-layout"], file)?;
    Some(text.trim_end_matches('\u{c}').split('\u{c}').map(str::to_owned).collect())
}

/// The whole text, with one space between words.
pub(crate) fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What zbar reads on each page, printed at 150 dots an inch.
pub(crate) fn symbols(file: &[u8]) -> Option<Vec<Vec<String>>> {
    if !installed("pdftoppm") || !installed("zbarimg") {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    rasterised(file, folder.path());
    let mut pictures: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    pictures.retain(|path| path.extension().is_some_and(|extension| extension == "png"));
    pictures.sort();
    Some(pictures.iter().map(|picture| scanned(picture)).collect())
}

fn rasterised(file: &[u8], folder: &Path) {
    let source = folder.join("receipt.pdf");
    std::fs::write(&source, file).unwrap();
    let run = Command::new("pdftoppm")
        .args(["-r", "150", "-gray", "-png"])
        .arg(&source)
        .arg(folder.join("page"))
        .status()
        .unwrap();
    assert!(run.success());
}

fn scanned(picture: &Path) -> Vec<String> {
    let run = Command::new("zbarimg")
        .args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"])
        .arg(picture)
        .output()
        .unwrap();
    String::from_utf8_lossy(&run.stdout).lines().map(str::to_owned).collect()
}

fn installed(program: &str) -> bool {
    let found = Command::new(program).arg("-h").output().is_ok();
    if !found {
        skipped(program, true);
    }
    found
}
