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
    if is_within(&json, JSON_DEPTH_MAX) {
        return Ok(json);
    }
    Err(format!("it is nested deeper than {JSON_DEPTH_MAX} levels"))
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
