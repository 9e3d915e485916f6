//! Files of public keys: PEM, or the list that a server publishes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use signing::PublicKey;

use crate::failure::Failure;
use crate::input;

/// What is read of a published list; the rest of it is for others.
#[derive(Deserialize)]
struct Published {
    keys: Vec<PublishedKey>,
}

#[derive(Deserialize)]
struct PublishedKey {
    crv: String,
    x: String,
    y: String,
}

/// The keys of all files, by their ids.
pub(super) fn read(files: &[PathBuf]) -> Result<HashMap<String, PublicKey>, Failure> {
    let mut keys = HashMap::new();
    for file in files {
        keys.extend(of_file(file)?.into_iter().map(with_id));
    }
    Ok(keys)
}

pub(super) fn with_id(key: PublicKey) -> (String, PublicKey) {
    (key.key_id().to_string(), key)
}

fn of_file(file: &Path) -> Result<Vec<PublicKey>, Failure> {
    let bytes = input::read(file)?;
    if !bytes.trim_ascii_start().starts_with(b"{") {
        let key = PublicKey::from_pem(&String::from_utf8_lossy(&bytes));
        return Ok(vec![key.map_err(|error| Failure::of_input(file, &error))?]);
    }
    let list: Published =
        serde_json::from_slice(&bytes).map_err(|error| Failure::of_input(file, &error))?;
    let p256 = list.keys.iter().filter(|key| key.crv == "P-256");
    p256.map(|key| point(key).ok_or_else(|| malformed(file))).collect()
}

/// A point of P-256 as `SubjectPublicKeyInfo` (RFC 5480), out of a JSON Web Key.
fn point(key: &PublishedKey) -> Option<PublicKey> {
    let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).ok();
    let (x, y) = (decode(&key.x)?, decode(&key.y)?);
    PublicKey::from_der(&[P256_HEAD, &x, &y].concat()).ok()
}

fn malformed(file: &Path) -> Failure {
    Failure::refused(format!("{}: a key of the list is not one of P-256", file.display()))
}

/// What stands before the two coordinates of an uncompressed point.
const P256_HEAD: &[u8] =
    b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\
    \x3d\x03\x01\x07\x03\x42\x00\x04";
