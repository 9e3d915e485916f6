//! No country is named here but by the examples of the documentation: what differs is data.

use std::path::{Path, PathBuf};

const NAMES: [&str; 9] =
    ["DGI", "DGII", "DRC", "CDF", "Congo", "Dominican", "e-MCF", "e-CF", "drc/"];

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else {
            into.push(path);
        }
    }
}

#[test]
fn no_country_is_named_outside_tests_and_examples() {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 40, "the walk finds the sources");
    for path in found {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.ends_with("_tests.rs") || name == "testing.rs" || name == "examples.rs" {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let product = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        for country in NAMES {
            assert!(!product.contains(country), "{} names {country}", path.display());
        }
    }
}
