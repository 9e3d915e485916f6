//! The public keys, for whoever verifies a seal.

use axum::extract::State;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL};
use axum::response::IntoResponse;
use axum::{Json, http};
use serde::Serialize;
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
pub(crate) async fn keys(State(app): State<App>) -> Result<impl IntoResponse + use<>, Problem> {
    answer(&app.ledger().keys().await?)
}

/// The set of these keys.
pub(crate) fn answer(keys: &[ledger::PublicKey]) -> Result<impl IntoResponse + use<>, Problem> {
    let keys = keys.iter().map(PublishedKey::of).collect::<Result<_, _>>()?;
    let headers = [
        // A new key may sign a receipt that is scanned a minute later.
        (CACHE_CONTROL, http::HeaderValue::from_static("public, max-age=60")),
        (ACCESS_CONTROL_ALLOW_ORIGIN, http::HeaderValue::from_static("*")),
    ];
    Ok((headers, Json(KeySet { keys })))
}

impl PublishedKey {
    fn of(key: &ledger::PublicKey) -> Result<Self, Problem> {
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
        })
    }
}

#[cfg(test)]
mod tests {
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
        assert!(listed.iter().any(|key| key["kid"] == *kid && key["crv"] == "P-256"));
    }
}
