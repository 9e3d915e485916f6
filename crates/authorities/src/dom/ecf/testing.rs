//! The reference folder, which is no part of the repository.

use std::path::{Path, PathBuf};

#[path = "../../../../../tools/skipped.rs"]
mod skipped;

pub(crate) use skipped::skipped;

/// A file or folder of the reference; says so where it is absent.
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("STALELA_REFERENCE")
        .map_or_else(|| workspace().join("../shared/reference"), PathBuf::from);
    let path = folder.join("dgii").join(name);
    if path.exists() {
        return Some(path);
    }
    skipped(&format!("reference folder with {name}"), false);
    None
}

/// The rows of a table, each a list of cells, without its headings.
pub(crate) fn rows(name: &str) -> Option<Vec<Vec<String>>> {
    let text = std::fs::read_to_string(path(name)?).expect("a readable table");
    let lines = text.lines().skip(1);
    Some(lines.map(|line| line.split('\t').map(str::to_owned).collect()).collect())
}

fn workspace() -> &'static Path {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder.ancestors().nth(2).expect("crates/authorities has a workspace")
}

/// A certification set: for each kind of document its cases, each a list of columns and texts.
pub(crate) struct CertificationSet {
    cases: serde_json::Value,
}

/// One case of a set.
pub(crate) struct Case(serde_json::Map<String, serde_json::Value>);

impl CertificationSet {
    pub(crate) fn open() -> Option<Self> {
        let text = std::fs::read(path("certification_set.json")?).expect("a readable set");
        Some(Self { cases: serde_json::from_slice(&text).expect("JSON") })
    }

    pub(crate) fn cases(&self, of: &str) -> Vec<Case> {
        let cases = self.cases[of].as_array().expect("a list of cases").iter();
        cases.map(|case| Case(case.as_object().expect("columns").clone())).collect()
    }
}

impl Case {
    /// The text of a column such as `MontoItem[3]`. DGII's spreadsheets misspell three headings.
    pub(crate) fn text(&self, name: &str, indices: &[usize]) -> Option<String> {
        let suffixes: Vec<String> = indices.iter().map(|index| format!("[{index}]")).collect();
        let suffix = suffixes.concat();
        let heading = match name {
            "eNCF" => "ENCF",
            "MontoSubRecargo" => "MontosubRecargo",
            "NumeroContenedor" => "NumeroContenedor ",
            other => other,
        };
        let value =
            [heading, name].iter().find_map(|name| self.0.get(&format!("{name}{suffix}")))?;
        match value {
            serde_json::Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }
}
