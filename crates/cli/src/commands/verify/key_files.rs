//! Files of public keys: PEM, or the list that a server publishes.

mod owners;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use signing::PublicKey;

pub(super) use self::owners::Owners;
use crate::failure::Failure;
use crate::input;

/// A key that may have signed.
pub(super) struct KnownKey {
    pub(super) key: PublicKey,
    /// Whose it is, where a list says so.
    pub(super) owners: Option<Owners>,
}

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
    /// Not said in the list of an older server, which is something else than `null`.
    #[serde(default, deserialize_with = "said")]
    outlets: Option<Value>,
}

fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// The keys of all files, by their ids. A key is of everybody whose it is by any list.
pub(super) fn read(files: &[PathBuf]) -> Result<HashMap<String, KnownKey>, Failure> {
    let mut keys = HashMap::<String, KnownKey>::new();
    for file in files {
        for (key, owners) in of_file(file)? {
            let (id, key) = with_id(key);
            let known = keys.entry(id).or_insert(KnownKey { key, owners: None });
            known.owners = Owners::of_both(known.owners.take(), owners);
        }
    }
    Ok(keys)
}

pub(super) fn with_id(key: PublicKey) -> (String, PublicKey) {
    (key.key_id().to_string(), key)
}

fn of_file(file: &Path) -> Result<Vec<(PublicKey, Option<Owners>)>, Failure> {
    let bytes = input::read(file)?;
    if !bytes.trim_ascii_start().starts_with(b"{") {
        let key = PublicKey::from_pem(&String::from_utf8_lossy(&bytes));
        return Ok(vec![(key.map_err(|error| Failure::of_input(file, &error))?, None)]);
    }
    let list: Published =
        serde_json::from_slice(&bytes).map_err(|error| Failure::of_input(file, &error))?;
    let p256 = list.keys.iter().filter(|key| key.crv == "P-256");
    p256.map(|key| of_list(key).map_err(|why| malformed(file, why))).collect()
}

fn of_list(published: &PublishedKey) -> Result<(PublicKey, Option<Owners>), &'static str> {
    let key = point(published).ok_or("is not one of P-256")?;
    let owners = published.outlets.as_ref().map(|said| Owners::read(said).ok_or(NO_OUTLETS));
    Ok((key, owners.transpose()?))
}

/// A point of P-256 as `SubjectPublicKeyInfo` (RFC 5480), out of a JSON Web Key.
fn point(key: &PublishedKey) -> Option<PublicKey> {
    let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).ok();
    let (x, y) = (decode(&key.x)?, decode(&key.y)?);
    PublicKey::from_der(&[P256_HEAD, &x, &y].concat()).ok()
}

fn malformed(file: &Path, why: &str) -> Failure {
    Failure::refused(format!("{}: a key of the list {why}", file.display()))
}

const NO_OUTLETS: &str = "\
does not say whose it is as it should: its outlets are a list of objects, each with a seller (32 bytes \
in base64url, without padding) and an environment (live or test)";

/// What stands before the two coordinates of an uncompressed point.
const P256_HEAD: &[u8] =
    b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\
    \x3d\x03\x01\x07\x03\x42\x00\x04";
