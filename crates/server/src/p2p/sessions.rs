//! Seeds and tokens: how whoever knocks shows who it is.

use authorities::{AnswerForm, IssuedToken};
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, AUTHORIZATION};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use fiscal::{Reception, Tokens};
use sha2::{Digest as _, Sha256};

use super::Bearer;
use crate::app::App;
use crate::problem::{PEER_UNAUTHENTICATED, Problem, SEED_REFUSED};

/// A seed that comes back within minutes, once.
pub(super) fn give_seed(app: &App, reception: &Reception) -> Vec<u8> {
    let value = BASE64.encode(&app.desks().chance().bytes::<SECRET_BYTES>());
    let now = app.now();
    app.p2p().seeds.put(value.clone(), reception.outlet.id.clone(), now);
    reception.receiving.seed(&value, now)
}

/// A token for whoever signed a seed of ours.
pub(super) fn give_token(
    app: &App,
    reception: &Reception,
    signed_seed: &[u8],
    form: AnswerForm,
) -> Result<Vec<u8>, Problem> {
    let refused = |reason: &str| Problem::new(SEED_REFUSED).with("reason", reason);
    let now = app.now();
    let seed = reception.receiving.read_seed(signed_seed, reception.roots.as_deref(), now);
    let seed = seed.map_err(|error| refused(&error.0))?;
    // Whatever comes of it, it does not come again.
    let given_at = app.p2p().seeds.take(&seed.value, now);
    if given_at.as_ref() != Some(&reception.outlet.id) {
        return Err(refused("it is none of ours, or was used, or is too old"));
    }
    let token = BASE64URL_NOPAD.encode(&app.desks().chance().bytes::<SECRET_BYTES>());
    let bearer = Bearer { outlet: reception.outlet.id.clone(), signer: seed.signer };
    let expires_at = app.p2p().tokens.put(hash(&token), bearer, now);
    let issued = IssuedToken { token: &token, issued_at: now, expires_at };
    Ok(reception.receiving.token_answer(&issued, form))
}

/// Who sends, where a token of ours says so. A foreign one, which some clients send everywhere, is
/// as good as none.
pub(super) fn sender(
    app: &App,
    reception: &Reception,
    headers: &HeaderMap,
) -> Result<Option<String>, Problem> {
    let bearer = token(headers).and_then(|token| app.p2p().tokens.get(&hash(token), app.now()));
    let here = bearer.filter(|bearer| bearer.outlet == reception.outlet.id);
    match (here, reception.tokens) {
        (Some(bearer), _) => Ok(Some(bearer.signer)),
        (None, Tokens::Optional) => Ok(None),
        (None, Tokens::Required) => Err(Problem::new(PEER_UNAUTHENTICATED)),
    }
}

/// JSON, unless XML is named and JSON is not named before it.
pub(super) fn form(headers: &HeaderMap) -> AnswerForm {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let accept = accept.to_ascii_lowercase();
    match (accept.find("/xml"), accept.find("/json")) {
        (Some(xml), Some(json)) if json < xml => AnswerForm::Json,
        (Some(_), _) => AnswerForm::Xml,
        (None, _) => AnswerForm::Json,
    }
}

fn token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Not to be guessed.
const SECRET_BYTES: usize = 32;
