//! `stalela ecf check`

use std::path::{Path, PathBuf};

use authorities::dom::ecf::schema::{self, Kind, SchemaFault};
use authorities::dom::xml::{Document, Element};
use clap::Args;
use invoice::Language;
use serde_json::{Value, json};

use super::{Finding, kind, line, read, report};
use crate::failure::Failure;

/// Check documents against their format: the official schema, element by element, and what the
/// format and the law want beyond it.
///
/// A document without a signature is held to all but its signature. Whether a signature holds is
/// for `stalela ecf verify` to say.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela ecf check invoice.xml
  stalela --json ecf check *.xml")]
pub(crate) struct Check {
    /// XML documents; all are checked, whatever is wrong with the first.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Check {
    pub(super) fn run(self, json: bool) -> Result<(), Failure> {
        let found: Vec<_> =
            self.files.into_iter().map(|path| (path.clone(), look(&path))).collect();
        report(&found, "at fault", json)
    }
}

/// What came of one file.
enum Checked {
    Unreadable(String),
    /// A document of none of the kinds that are known; this is its root.
    Unknown(String),
    Read {
        kind: Kind,
        is_signed: bool,
        faults: Vec<(SchemaFault, Option<usize>)>,
    },
}

fn look(path: &Path) -> Checked {
    let bytes = match read(path) {
        Ok(bytes) => bytes,
        Err(failure) => return Checked::Unreadable(failure.to_string()),
    };
    let document = match Document::parse(&bytes) {
        Ok(document) => document,
        Err(error) => return Checked::Unreadable(error.to_string()),
    };
    let root = document.root();
    let Some(kind) = Kind::of(root) else {
        return Checked::Unknown(root.name().qualified().to_owned());
    };
    let text = String::from_utf8_lossy(&bytes);
    let faults = faults(kind, root);
    let faults = faults.into_iter().map(|fault| {
        let line = line::line_of(&text, &fault.path);
        (fault, line)
    });
    Checked::Read { kind, is_signed: is_signed(root), faults: faults.collect() }
}

/// Everything that is wrong with a document, signed or not.
pub(super) fn faults(kind: Kind, root: &Element) -> Vec<SchemaFault> {
    let mut faults = if is_signed(root) {
        schema::check(kind, root)
    } else {
        schema::check_unsigned(kind, root)
    };
    faults.extend(schema::check_obligatoriness(kind, root));
    faults
}

fn is_signed(root: &Element) -> bool {
    root.elements().any(|element| element.name().local() == "Signature")
}

/// A fault in two lines: where, and what.
pub(super) fn lines(fault: &SchemaFault, line: Option<usize>) -> String {
    let told = fault.at(&fault.path);
    let place = line.map_or_else(String::new, |line| format!("line {line}, "));
    format!("  {place}{}  {}\n    {}", fault.path, told.code(), told.message(Language::English))
}

impl Finding for Checked {
    fn is_good(&self) -> bool {
        matches!(self, Self::Read { faults, .. } if faults.is_empty())
    }

    fn tell(&self, path: &Path) {
        let path = path.display();
        match self {
            Self::Unreadable(why) => println!("{path}: {why}"),
            Self::Unknown(root) => println!("{path}: {}", unknown(root)),
            Self::Read { kind, is_signed, faults } => {
                let signed = if *is_signed { "with a signature" } else { "not signed" };
                let words = kind::words(*kind);
                let count = match faults.len() {
                    0 => "no faults".to_owned(),
                    1 => "1 fault".to_owned(),
                    count => format!("{count} faults"),
                };
                println!("{path}: {words}, {signed}: {count}");
                for (fault, line) in faults {
                    println!("{}", lines(fault, *line));
                }
            }
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Unreadable(why) => json!({ "valid": false, "error": why }),
            Self::Unknown(root) => json!({ "valid": false, "error": unknown(root) }),
            Self::Read { kind, is_signed, faults } => json!({
                "valid": faults.is_empty(),
                "kind": kind.root(),
                "type": kind::type_code(*kind),
                "signed": is_signed,
                "faults": faults.iter().map(fault_json).collect::<Vec<_>>(),
            }),
        }
    }
}

fn fault_json((fault, line): &(SchemaFault, Option<usize>)) -> Value {
    let told = fault.at(&fault.path);
    json!({
        "path": fault.path,
        "element": fault.element,
        "rule": told.code(),
        "found": fault.found,
        "expected": fault.expected,
        "line": line,
        "message": told.message(Language::English),
    })
}

/// What is said of a document whose format is not known.
pub(super) fn unknown(root: &str) -> String {
    /// Roots are as foreign as all else, and of any length.
    const SHOWN_MAX: usize = 60;
    let root: String = root.chars().take(SHOWN_MAX).collect();
    format!(
        "the root {root} is that of no e-CF of a known type, nor of an RFCE, ACECF, ARECF, ANECF \
         or a seed"
    )
}
