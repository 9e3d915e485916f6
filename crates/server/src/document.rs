//! The body of a request: bounded bytes, strictly read as JSON.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse as _;
use invoice::Json;

use crate::app::App;
use crate::limits::{BODY_TIME, JSON_DEPTH_MAX};
use crate::problem::{
    BAD_REQUEST, BODY_TOO_LARGE, MALFORMED_JSON, Problem, REQUEST_TIMEOUT, UNSUPPORTED_MEDIA_TYPE,
};

/// A JSON body with the bytes that it came in.
pub(crate) struct Document {
    pub bytes: Bytes,
    pub json: Json,
}

impl FromRequest<App> for Document {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        if !is_json(&request) {
            return Err(Problem::new(UNSUPPORTED_MEDIA_TYPE));
        }
        let late = || Problem::new(REQUEST_TIMEOUT).with("seconds", BODY_TIME.as_secs());
        let read = tokio::time::timeout(BODY_TIME, Bytes::from_request(request, app));
        let bytes = read.await.map_err(|_| late())?.map_err(|rejection| {
            match rejection.into_response().status() {
                StatusCode::PAYLOAD_TOO_LARGE => Problem::new(BODY_TOO_LARGE),
                _ => Problem::new(BAD_REQUEST),
            }
        })?;
        let json =
            parse(&bytes).map_err(|reason| Problem::new(MALFORMED_JSON).with("reason", reason))?;
        Ok(Self { bytes, json })
    }
}

fn parse(bytes: &[u8]) -> Result<Json, String> {
    let json = Json::parse(bytes).map_err(|error| error.to_string())?;
    if !is_within(&json, JSON_DEPTH_MAX) {
        return Err(format!("it is nested deeper than {JSON_DEPTH_MAX} levels"));
    }
    match nul_in(&json) {
        None => Ok(json),
        Some(place) => Err(format!("{place:?} has the character U+0000, which cannot be kept")),
    }
}

/// Where a text holds what a database does not keep: an RFC 6901 pointer to it, or to what has a
/// member of such a name.
fn nul_in(json: &Json) -> Option<String> {
    let within = |name: &dyn std::fmt::Display, json: &Json| {
        nul_in(json).map(|place| format!("/{name}{place}"))
    };
    match json {
        Json::String(text) => text.contains('\0').then(String::new),
        Json::Array(items) => {
            items.iter().enumerate().find_map(|(index, item)| within(&index, item))
        }
        Json::Object(members) => members.iter().find_map(|(name, value)| {
            if name.contains('\0') { Some(String::new()) } else { within(name, value) }
        }),
        Json::Null | Json::Bool(_) | Json::Integer(_) | Json::OtherNumber => None,
    }
}

/// The parser stops at 128 levels, so that this cannot exhaust the stack.
fn is_within(json: &Json, depth: usize) -> bool {
    match json {
        Json::Null | Json::Bool(_) | Json::Integer(_) | Json::OtherNumber | Json::String(_) => true,
        Json::Array(items) => depth > 0 && items.iter().all(|item| is_within(item, depth - 1)),
        Json::Object(members) => {
            depth > 0 && members.iter().all(|(_, value)| is_within(value, depth - 1))
        }
    }
}

fn is_json(request: &Request) -> bool {
    let given = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = given.unwrap_or("").split(';').next().unwrap_or("").trim();
    essence.eq_ignore_ascii_case("application/json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestApp;

    #[test]
    fn what_no_store_keeps_is_told_with_its_place() {
        for (text, place) in [
            (r#"{"lines": [{"name": "a"}, {"name": "b\u0000"}]}"#, "\"/lines/1/name\""),
            (r#"{"a": {"b\u0000": 1}}"#, "\"/a\""),
            (r#""\u0000""#, "\"\""),
        ] {
            let reason = parse(text.as_bytes()).unwrap_err();
            assert!(reason.starts_with(place) && reason.contains("U+0000"), "{reason}");
        }
        assert!(parse(br#"{"name": "\u0001 \\u0000"}"#).is_ok());
    }

    #[tokio::test]
    async fn a_nul_is_the_callers_fault_wherever_it_stands() {
        let app = TestApp::direct().await;
        let mut draft = crate::testing::draft();
        draft["lines"][0]["name"] = "Riz\0 25 kg".into();
        app.issue("k1", &draft).await.assert_problem(400, "malformed_json");
        for path in ["/v1/invoices?number=a%00b", "/v1/invoices/%00", "/v1/events?cursor=%00"] {
            app.get(path).await.assert_problem(400, "bad_query");
        }
    }
}
