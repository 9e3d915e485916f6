//! What stands in `vectors/`, compared with what the crates say now.

use std::path::{Path, PathBuf};

use serde_json::Value;

pub(crate) fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors")
}

/// Asserts that a file says what is the case now, or writes it anew where one asks for that.
pub(crate) fn stands(file: &str, now: &Value) {
    let path = vectors().join(file);
    if std::env::var_os("STALELA_UPDATE_VECTORS").is_some_and(|value| value == "1") {
        let text = serde_json::to_string_pretty(now).expect("a tree") + "\n";
        std::fs::write(&path, text).expect("the folder is writable");
    }
    let stored = std::fs::read(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
    let stored: Value = serde_json::from_slice(&stored).expect("JSON");
    assert_eq!(&stored, now, "{file} says otherwise; STALELA_UPDATE_VECTORS=1 writes it anew");
}
