//! `stalela ecf`

mod check;
mod kind;
mod line;
pub(super) mod put;
mod sign;
mod verify;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use authorities::dom::xml::MAX_DOCUMENT_BYTES;
use clap::Subcommand;
use serde_json::{Value, json};

use crate::failure::Failure;

/// Electronic fiscal receipts (e-CF) in files, without a server: check, sign and verify them.
///
/// It takes the ten types of e-CF, and the documents beside them: RFCE, ACECF, ARECF, ANECF and the
/// seed.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example: stalela ecf verify received.xml")]
pub(crate) enum Ecf {
    Check(check::Check),
    Sign(Box<sign::Sign>),
    Verify(verify::Verify),
}

impl Ecf {
    pub(crate) fn run(self, json: bool) -> Result<(), Failure> {
        match self {
            Self::Check(command) => command.run(json),
            Self::Sign(command) => command.run(json),
            Self::Verify(command) => command.run(json),
        }
    }
}

/// The bytes of a document, and one byte more than any may have of what is no document.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_DOCUMENT_BYTES + 1).unwrap_or(u64::MAX);
    File::open(path)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .map_err(|error| Failure::of_input(path, &error))?;
    Ok(bytes)
}

/// What was found of one of several files.
trait Finding {
    fn is_good(&self) -> bool;
    fn tell(&self, path: &Path);
    fn to_json(&self) -> Value;
}

/// Tells what was found of every file, and fails where one is not good; `bad` says how.
fn report<F: Finding>(findings: &[(PathBuf, F)], bad: &str, json: bool) -> Result<(), Failure> {
    let body = json!({ "files": findings.iter().map(described).collect::<Vec<_>>() });
    let count = findings.iter().filter(|(_, finding)| !finding.is_good()).count();
    if !json {
        for (path, finding) in findings {
            finding.tell(path);
        }
    } else if count == 0 {
        println!("{body}");
    }
    if count == 0 {
        return Ok(());
    }
    let text = format!("{bad}: {count} of {} documents", findings.len());
    Err(Failure::Refused { text, body: Some(body) })
}

fn described<F: Finding>((path, finding): &(PathBuf, F)) -> Value {
    let mut described = finding.to_json();
    described["file"] = json!(path.display().to_string());
    described
}
