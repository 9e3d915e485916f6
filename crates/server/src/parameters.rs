//! What stands in a request besides its body: the query, and headers of ours.

use std::time::Duration;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::limits::{IDEMPOTENCY_KEY_MAX, PATIENCE_SECONDS_MAX};
use crate::problem::{BAD_QUERY, IDEMPOTENCY_KEY_MISSING, Problem};

/// The query of a request. Types refuse parameters that they do not know.
pub(crate) struct Parameters<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(parameters)) => Ok(Self(parameters)),
            Err(error) => {
                let reason = std::error::Error::source(&error)
                    .map_or_else(|| error.to_string(), ToString::to_string);
                Err(bad_query(reason))
            }
        }
    }
}

pub(crate) fn bad_query(reason: impl std::fmt::Display) -> Problem {
    Problem::new(BAD_QUERY).with("reason", reason)
}

pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub(crate) const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const PREFER: HeaderName = HeaderName::from_static("prefer");

/// The client's own name for a request, so that it can be repeated without fear.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<String, Problem> {
    let key = headers.get(IDEMPOTENCY_KEY).and_then(|value| value.to_str().ok());
    let is_sane = |key: &&str| {
        (1..=IDEMPOTENCY_KEY_MAX).contains(&key.len())
            && key.bytes().all(|byte| byte.is_ascii_graphic())
    };
    key.filter(is_sane)
        .map(str::to_owned)
        .ok_or_else(|| Problem::new(IDEMPOTENCY_KEY_MISSING).with("maximum", IDEMPOTENCY_KEY_MAX))
}

/// How long the client wants to wait: `Prefer: wait=n` (RFC 7240, 4.3), up to our longest.
pub(crate) fn preferred_wait(headers: &HeaderMap) -> Option<Duration> {
    let preferences = headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok());
    let wait = preferences.flat_map(|value| value.split(',')).find_map(|preference| {
        let (name, value) = preference.split(';').next()?.split_once('=')?;
        let is_wait = name.trim().eq_ignore_ascii_case("wait");
        is_wait.then(|| value.trim().trim_matches('"').parse::<u64>().ok()).flatten()
    });
    wait.map(|seconds| Duration::from_secs(seconds.min(PATIENCE_SECONDS_MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &[u8]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, axum::http::HeaderValue::from_bytes(value).unwrap());
        headers
    }

    #[test]
    fn an_idempotency_key_is_visible_ascii() {
        for (value, is_good) in [
            (&b"order-4711"[..], true),
            (&[b'k'; 255], true),
            (&[b'k'; 256], false),
            (b"", false),
            (b"two words", false),
            ("clé".as_bytes(), false),
        ] {
            let key = idempotency_key(&headers("idempotency-key", value));
            assert_eq!(key.is_ok(), is_good, "{value:?}");
        }
        assert!(idempotency_key(&HeaderMap::new()).is_err());
    }

    #[test]
    fn a_preferred_wait_is_bounded() {
        for (value, seconds) in [
            ("wait=5", Some(5)),
            ("respond-async, wait=0", Some(0)),
            ("Wait = 7; x=y", Some(7)),
            ("wait=99999", Some(60)),
            ("wait=soon", None),
            ("return=minimal", None),
        ] {
            let wait = preferred_wait(&headers("prefer", value.as_bytes()));
            assert_eq!(wait.map(|wait| wait.as_secs()), seconds, "{value}");
        }
    }
}
