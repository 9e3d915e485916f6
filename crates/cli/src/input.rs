//! Files that a caller names: read whole, and at fault where they are not there or not right.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::failure::Failure;

/// The bytes of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::of_input(path, &error))
}

/// A JSON document of a shape.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    serde_json::from_slice(&read(path)?).map_err(|error| Failure::of_input(path, &error))
}

/// Refuses a path where no ledger lies, before anybody takes nothing for a sound ledger.
pub(crate) fn check_ledger(path: &Path) -> Result<(), Failure> {
    let is_none = |why: &str| {
        Failure::refused(format!(
            "there is no ledger at {}: {why}. Name one with --store, or STALELA_STORE",
            path.display()
        ))
    };
    let mut head = [0; SQLITE_HEAD.len()];
    let read = std::fs::File::open(path)
        .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut head));
    match read {
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            return Err(is_none("the file is empty"));
        }
        Err(error) => return Err(is_none(&error.to_string())),
        Ok(()) if head != *SQLITE_HEAD => return Err(is_none("it is another kind of file")),
        Ok(()) => {}
    }
    match ledger::keys_in(path) {
        Err(ledger::LedgerError::ForeignFile { .. }) => {
            Err(is_none("it is a database of another program"))
        }
        read => Ok(read.map(drop)?),
    }
}

/// With what every SQLite file begins (SQLite database file format, 1.3).
const SQLITE_HEAD: &[u8; 16] = b"SQLite format 3\0";
