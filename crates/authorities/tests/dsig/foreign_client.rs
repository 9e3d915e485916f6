//! The npm package `dgii-ecf`, which many issuers sign with: the same bytes from the same key.
//!
//! It is found through `NODE_PATH`, the folder `node_modules` of an installation. Empty elements are
//! left out, because version 1.8.0 digests `<A/>` where the canonical form has `<A></A>`, and no
//! verifier takes that; the DGII refuses empty elements anyway.

use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::documents::without_empty_elements;
use crate::kit::HOLDER;

#[test]
fn the_signed_bytes_are_those_of_the_foreign_client() {
    let mut runner = TestRunner::deterministic();
    let documents = vec(without_empty_elements(), DOCUMENTS).new_tree(&mut runner);
    let documents = documents.unwrap().current();
    let Some(theirs) = signed_by_the_client(&documents) else { return };
    assert_eq!(theirs.len(), documents.len());
    for (document, theirs) in documents.iter().zip(theirs) {
        assert_eq!(HOLDER.sign_text(document), theirs, "{document}");
    }
}

fn signed_by_the_client(documents: &[String]) -> Option<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign/sign.cjs");
    let arguments = [
        script,
        write("key.pem", HOLDER.key_pem()),
        write("certificate.pem", HOLDER.certificate_pem()),
        write("documents.json", serde_json::to_string(documents).unwrap()),
    ];
    let Ok(output) = std::process::Command::new("node").args(arguments).output() else {
        println!("skipped: there is no node");
        return None;
    };
    if output.status.code() == Some(NOT_INSTALLED) {
        println!("skipped: there is no npm package dgii-ecf in NODE_PATH");
        return None;
    }
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

const DOCUMENTS: usize = 400;
const NOT_INSTALLED: i32 = 3;
