//! The Merkle log of an outlet, for whoever watches it: checkpoints, tiles, consistency, and the
//! words of witnesses.
//!
//! `/v1/outlets/{id}/log` is the prefix of a log as C2SP's `tlog-tiles` has it. Hashes are for
//! anybody: they tell how many entries an outlet has, and nothing of what is in them.

pub(crate) mod checkpoint;
pub(crate) mod consistency;
mod cosign;
mod entries;
mod tiles;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use invoice::OutletId;
use ledger::LogCheckpoint;
use proof::Note;

use crate::app::App;
use crate::problem::{OUTLET_UNKNOWN, Problem, RECORD_UNREADABLE};

/// What anybody may ask in C2SP's own forms, which OpenAPI has no words for.
pub(crate) fn open_routes() -> Router<App> {
    Router::new()
        .route("/v1/outlets/{id}/log/tile/{level}/{*index}", get(tiles::tile))
        .route("/v1/outlets/{id}/log/cosignatures", post(cosign::cosign))
}

/// What only the tenant and its auditors may ask.
pub(crate) fn keyed_routes() -> Router<App> {
    Router::new().route("/v1/outlets/{id}/log/tile/entries/{*index}", get(entries::entries))
}

fn outlet(text: &str) -> Result<OutletId, Problem> {
    OutletId::parse(text).map_err(|_| unknown(text))
}

/// An outlet that is not there, or whose log has no entry yet, looks the same to a stranger.
fn unknown(outlet: &str) -> Problem {
    Problem::new(OUTLET_UNKNOWN).with("outlet", outlet)
}

pub(crate) fn note(checkpoint: &LogCheckpoint) -> Result<Note, Problem> {
    checkpoint.note().ok_or_else(|| Problem::new(RECORD_UNREADABLE))
}

/// A text that changes with the log.
fn text(body: &impl ToString) -> Response {
    answer("text/plain; charset=utf-8", "public, max-age=2", body.to_string().into_bytes())
}

/// Bytes that never change.
fn lasting(cache: &'static str, body: Vec<u8>) -> Response {
    answer("application/octet-stream", cache, body)
}

fn answer(media_type: &'static str, cache: &'static str, body: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (CACHE_CONTROL, HeaderValue::from_static(cache)),
        // A verifier may run on any page.
        (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    ];
    (headers, body).into_response()
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
