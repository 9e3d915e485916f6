//! The public keys, for whoever verifies a seal, and which outlets' they are.

mod shared;

pub(crate) use shared::Shared;

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::State;
use axum::http;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use ledger::{Ledger, LedgerError};
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;

use crate::app::App;
use crate::examples;
use crate::problem::{Problem, RECORD_UNREADABLE};

/// A JSON Web Key Set (RFC 7517, 5).
#[derive(Serialize, ToSchema)]
#[schema(title = "KeySet")]
pub(crate) struct KeySet {
    /// Every key that ever signed.
    pub keys: Vec<PublishedKey>,
}

/// A JSON Web Key (RFC 7517, 4; RFC 7518, 6.2).
#[derive(Serialize, ToSchema)]
#[schema(title = "PublicKey", as = PublicKey)]
pub(crate) struct PublishedKey {
    /// Always `EC`.
    #[schema(example = "EC")]
    pub kty: &'static str,
    /// Always `P-256`.
    #[schema(example = "P-256")]
    pub crv: &'static str,
    /// Always `ES256`.
    #[schema(example = "ES256")]
    pub alg: String,
    /// Always `sig`.
    #[serde(rename = "use")]
    #[schema(example = "sig")]
    pub usage: &'static str,
    /// The key's id, as seals name it.
    #[schema(example = "0123456789abcdef")]
    pub kid: String,
    /// The point's first coordinate.
    #[schema(example = "YP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Y")]
    pub x: String,
    /// The point's second coordinate.
    #[schema(example = "eQP-EAi4vJmkGunpVii8ZPLxsgwtfp9Rd6PClNRCIpk")]
    pub y: String,
    /// When it was first used.
    #[schema(example = "2026-11-20T09:30:00.000000Z", format = DateTime)]
    pub first_seen: String,
    /// Which outlets sign with it, or did: a seal in the name of another is false.
    pub outlets: Vec<PublishedHolder>,
}

/// An outlet that signs with a key, named so that only who has a seal of it knows it again.
#[derive(Serialize, ToSchema)]
#[schema(title = "KeyHolder", as = KeyHolder)]
pub(crate) struct PublishedHolder {
    /// SHA-256 in base64url over `stalela/seller/1`, a zero byte, and the taxpayer and the outlet as
    /// they stand in a statement: each led by its length in two bytes.
    #[schema(example = "oZkqxn4nJE0KBsjTq_7v35jgT9g5X-lW5wnL3-WBMZM")]
    pub seller: String,
    /// `live`, or `test`: a seal of a test is no invoice.
    #[schema(example = "live")]
    pub environment: &'static str,
}

/// What is published of a store's keys.
#[derive(Clone, Debug)]
pub(crate) struct KeyRecords {
    pub keys: Vec<ledger::PublicKey>,
    pub holders: Vec<ledger::KeyHolder>,
}

/// Get the public keys.
///
/// All that ever signed an entry, for ever: a seal verifies with its key however old it is.
#[utoipa::path(
    get,
    path = "/.well-known/stalela-keys.json",
    operation_id = "listPublicKeys",
    tag = "verification",
    responses((status = 200, description = "The keys.", body = KeySet,
        example = json!(examples::keys())))
)]
pub(crate) async fn keys(State(app): State<App>) -> Result<Response, Problem> {
    let of = app.clone();
    answer(app.key_list(), async move { Ok(KeyRecords::read(of.ledger()).await?) }).await
}

/// The set of the keys that are read.
pub(crate) async fn answer(
    shared: &Shared,
    read: impl Future<Output = Result<KeyRecords, Problem>> + Send + 'static,
) -> Result<Response, Problem> {
    let list = shared.get(Instant::now(), || async { set(&read.await?) }).await?;
    let headers = [
        (CONTENT_TYPE, http::HeaderValue::from_static("application/json")),
        // A new key may sign a receipt that is scanned a minute later.
        (CACHE_CONTROL, http::HeaderValue::from_static("public, max-age=60")),
        (ACCESS_CONTROL_ALLOW_ORIGIN, http::HeaderValue::from_static("*")),
    ];
    Ok((headers, list).into_response())
}

fn set(records: &KeyRecords) -> Result<Bytes, Problem> {
    let holders = records.holders();
    let published = |key: &ledger::PublicKey| PublishedKey::of(key, holders.get(&*key.key_id));
    let keys = records.keys.iter().map(published).collect::<Result<_, _>>()?;
    let list = serde_json::to_vec(&KeySet { keys }).expect("its members are strings");
    Ok(list.into())
}

impl KeyRecords {
    /// The keys first: a new one that were listed without its outlet would call the outlet's receipts
    /// false.
    pub(crate) async fn read(ledger: &Ledger) -> Result<Self, LedgerError> {
        let keys = ledger.keys().await?;
        Ok(Self { keys, holders: ledger.key_holders().await? })
    }

    /// Of several stores.
    pub(crate) fn joined(records: Vec<Self>) -> Self {
        let (mut keys, mut holders) = (Vec::new(), Vec::new());
        for mut of_store in records {
            keys.append(&mut of_store.keys);
            holders.append(&mut of_store.holders);
        }
        keys.sort_by(|one, other| one.key_id.cmp(&other.key_id));
        keys.dedup_by(|one, other| one.key_id == other.key_id);
        holders.sort();
        holders.dedup();
        Self { keys, holders }
    }

    fn holders(&self) -> HashMap<&str, Vec<&ledger::KeyHolder>> {
        let mut holders: HashMap<&str, Vec<_>> = HashMap::new();
        for holder in &self.holders {
            holders.entry(&holder.key_id).or_default().push(holder);
        }
        holders
    }
}

impl PublishedKey {
    fn of(
        key: &ledger::PublicKey,
        holders: Option<&Vec<&ledger::KeyHolder>>,
    ) -> Result<Self, Problem> {
        let public = signing::PublicKey::from_der(&key.spki).map_err(|error| {
            tracing::error!(key.id = %key.key_id, "a stored public key cannot be read: {error}");
            Problem::new(RECORD_UNREADABLE)
        })?;
        let signing::Jwk::Ec { x, y } = public.to_jwk() else {
            tracing::error!(key.id = %key.key_id, "a stored public key is not of the kind of entries");
            return Err(Problem::new(RECORD_UNREADABLE));
        };
        Ok(Self {
            kty: "EC",
            crv: "P-256",
            alg: key.algorithm.clone(),
            usage: "sig",
            kid: key.key_id.clone(),
            x,
            y,
            first_seen: key.first_seen.to_string(),
            outlets: PublishedHolder::of(holders.map_or(&[][..], Vec::as_slice)),
        })
    }
}

impl PublishedHolder {
    /// In the order of their hashes, which says nothing of who they are.
    fn of(holders: &[&ledger::KeyHolder]) -> Vec<Self> {
        let mut outlets: Vec<Self> = holders.iter().copied().map(Self::from).collect();
        outlets.sort_by(|one, other| one.seller.cmp(&other.seller));
        outlets
    }
}

impl From<&ledger::KeyHolder> for PublishedHolder {
    fn from(holder: &ledger::KeyHolder) -> Self {
        Self {
            seller: BASE64URL_NOPAD.encode(&holder.seller().0),
            environment: holder.environment.as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;
    use invoice::{Hash, OutletId};
    use ledger::Environment;
    use serde_json::json;

    use super::{KeyRecords, PublishedHolder};
    use crate::testing::{TestApp, draft};

    #[tokio::test]
    async fn holds_the_key_of_every_seal() {
        let app = TestApp::direct().await;
        let issued = app.issue("k1", &draft()).await;
        let keys = app.get_as("", "/.well-known/stalela-keys.json").await;
        keys.assert_status(200);
        assert_eq!(keys.header("cache-control"), Some("public, max-age=60"));
        let kid = issued.at("/seal/key_id");
        let listed = keys.at("/keys").as_array().unwrap();
        let key = listed.iter().find(|key| key["kid"] == *kid).unwrap();
        assert_eq!(key["crv"], "P-256");
        let outlet = app.ledger().outlet(&app.tenant, &app.outlet).await.unwrap().unwrap();
        let taxpayer = app.ledger().taxpayer(&app.tenant, &outlet.taxpayer).await;
        let seller = Hash::of_seller(&taxpayer.unwrap().unwrap().tax_id, &app.outlet);
        let seller = BASE64URL_NOPAD.encode(&seller.0);
        assert_eq!(key["outlets"], json!([{ "seller": seller, "environment": "test" }]));
    }

    /// A key of outlets in two stores, as where a ledger was moved: it is published once, with all of them.
    #[test]
    fn a_key_of_several_stores_has_the_outlets_of_all() {
        let spki = Vec::new();
        let (key_id, algorithm) = ("0123456789abcdef".to_owned(), "ES256".to_owned());
        let first_seen = invoice::Timestamp::from_micros(0);
        let key = ledger::PublicKey { key_id, algorithm, spki, first_seen };
        let holder = |outlet: u8, environment| ledger::KeyHolder {
            key_id: key.key_id.clone(),
            tax_id: "A1234567B".to_owned(),
            outlet: OutletId::from_random([outlet; 10]),
            environment,
        };
        let (one, other) = (holder(1, Environment::Live), holder(2, Environment::Test));
        let store = |holders: &[&ledger::KeyHolder]| KeyRecords {
            keys: vec![key.clone()],
            holders: holders.iter().copied().cloned().collect(),
        };
        let joined = KeyRecords::joined(vec![store(&[&other, &one]), store(&[&one])]);
        assert_eq!((joined.keys.len(), joined.holders.len()), (1, 2));
        let holders = joined.holders();
        let listed = PublishedHolder::of(&holders[&*key.key_id]);
        let mut sellers = [&one, &other].map(|holder| BASE64URL_NOPAD.encode(&holder.seller().0));
        sellers.sort();
        assert!(listed.iter().map(|outlet| &outlet.seller).eq(&sellers));
    }
}
