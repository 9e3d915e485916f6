//! xmllint, the judge: many documents at once against one of the official schemas.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::dom::ecf::schema::Kind;
use crate::dom::ecf::testing;

/// The folder in which documents wait for judgement.
pub(in crate::dom::ecf) struct Court {
    folder: tempfile::TempDir,
    schema: PathBuf,
}

impl Court {
    /// None where there is no reference folder or no xmllint.
    pub(in crate::dom::ecf) fn open(kind: Kind) -> Option<Self> {
        let schema = testing::path(&format!("xsd/patched/{}", file(kind)))?;
        if Command::new("xmllint").arg("--version").output().is_err() {
            testing::skipped("xmllint", true);
            return None;
        }
        Some(Self { folder: tempfile::tempdir().unwrap(), schema })
    }

    /// The same schema as the DGII's reader understands it: a pattern's `^` and `$` are its ends.
    pub(in crate::dom::ecf) fn overlook_anchors(mut self) -> Self {
        let text = std::fs::read_to_string(&self.schema).unwrap();
        let mended = self.folder.path().join("schema.xsd");
        std::fs::write(&mended, text.replace("\"^[", "\"[").replace("]*$\"", "]*\"")).unwrap();
        self.schema = mended;
        self
    }

    /// For each document whether it is valid, and what the judge said of it.
    pub(in crate::dom::ecf) fn judge(&self, documents: &[String]) -> Vec<(bool, String)> {
        let mut paths = Vec::new();
        for (index, document) in documents.iter().enumerate() {
            let path = self.folder.path().join(format!("{index}.xml"));
            std::fs::write(&path, document).unwrap();
            paths.push(path);
        }
        let mut said = HashMap::new();
        // As many as a command line is sure to hold.
        for some in paths.chunks(500) {
            self.run(some, &mut said);
        }
        paths.iter().map(|path| said.remove(path).expect("a verdict")).collect()
    }

    fn run(&self, paths: &[PathBuf], said: &mut HashMap<PathBuf, (bool, String)>) {
        let output = Command::new("xmllint")
            .arg("--noout")
            .arg("--schema")
            .arg(&self.schema)
            .args(paths)
            .output()
            .unwrap();
        let mut reasons = String::new();
        for line in String::from_utf8_lossy(&output.stderr).lines() {
            let verdict = ["validates", "fails to validate"].iter().find_map(|verdict| {
                let path = line.strip_suffix(verdict)?.trim_end();
                Path::new(path).exists().then(|| (PathBuf::from(path), *verdict == "validates"))
            });
            match verdict {
                Some((path, valid)) => {
                    said.insert(path, (valid, std::mem::take(&mut reasons)));
                }
                None => reasons.extend([line, "\n"]),
            }
        }
    }
}

fn file(kind: Kind) -> String {
    match kind {
        Kind::Ecf(document_type) => format!("e-CF {} v.1.0.xsd", document_type.code()),
        Kind::Rfce => "RFCE 32 v.1.0.xsd".to_owned(),
        Kind::Acecf => "ACECF v.1.0.xsd".to_owned(),
        Kind::Arecf => "ARECF v1.0.xsd".to_owned(),
        Kind::Anecf => "ANECF v.1.0.xsd".to_owned(),
        Kind::Seed => "Semilla v.1.0.xsd".to_owned(),
    }
}
