//! The management port: a test's hand on the authority. It has no counterpart at the DGII.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::authority::Authority;
use super::limits::PAGE;
use super::options::Awkwardness;
use super::route::{Environment, Operation};
use super::{moment, ordering, shown};
use crate::Faults;
use crate::armed::Order;

/// The routes of the management port.
pub(super) fn router(authority: Arc<Authority>) -> Router {
    Router::new()
        .route("/faults", post(arm))
        .route("/faults/calm", post(calm))
        .route("/clock", get(show_clock).post(move_clock))
        .route("/ranges", get(ranges))
        .route("/registered", get(registered))
        .route("/arrivals", get(arrivals))
        .route("/annulled", get(annulled))
        .route("/approvals", get(approvals))
        .route("/counterpart", get(counterpart))
        .route("/requests", get(requests))
        .merge(ordering::router())
        .layer(DefaultBodyLimit::max(ORDER_LIMIT))
        .with_state(authority)
}

/// What every answer of the management port begins with.
pub(super) type Shared = State<Arc<Authority>>;

async fn arm(State(authority): Shared, Json(order): Json<Order<Operation>>) -> Response {
    match authority.state().armed.take(&order) {
        Ok(waiting) => Json(json!({ "armed": waiting })).into_response(),
        Err(why) => refusal(&why),
    }
}

/// No more faults, neither armed nor by chance, and the plainest replies.
async fn calm(State(authority): Shared) -> Json<Value> {
    let mut state = authority.state();
    state.armed.clear();
    state.faults = Faults::calm();
    state.awkward = Awkwardness::none();
    Json(json!({ "calm": true }))
}

async fn show_clock(State(authority): Shared) -> Json<Value> {
    Json(shown_clock(&authority))
}

#[derive(Debug, Deserialize)]
struct Move {
    advance_seconds: i64,
}

async fn move_clock(State(authority): Shared, Json(by): Json<Move>) -> Json<Value> {
    authority.clock.advance(by.advance_seconds);
    Json(shown_clock(&authority))
}

fn shown_clock(authority: &Authority) -> Value {
    let now = authority.clock.now();
    json!({ "now": moment::dotnet(now), "microseconds": now })
}

/// A page of a list.
#[derive(Debug, Deserialize)]
struct Page {
    /// `testecf` if absent.
    environment: Option<Environment>,
    /// How many to skip.
    from: Option<usize>,
    limit: Option<usize>,
    /// One number only.
    encf: Option<String>,
}

impl Page {
    fn slice<T>(&self, all: impl Iterator<Item = T>) -> Vec<T> {
        let limit = self.limit.unwrap_or(PAGE).min(PAGE);
        all.skip(self.from.unwrap_or(0)).take(limit).collect()
    }

    fn environment(&self) -> Environment {
        self.environment.unwrap_or(Environment::Test)
    }

    fn wants(&self, encf: &str) -> bool {
        self.encf.as_deref().is_none_or(|wanted| wanted == encf)
    }
}

/// What was accepted, each number once, with the bytes that came.
async fn registered(State(authority): Shared, Query(page): Query<Page>) -> Json<Value> {
    let mut state = authority.state();
    let all = state.book(page.environment()).register.registrations().iter();
    let accepted = all.filter(|each| each.verdict.is_accepted());
    let wanted = accepted.filter(|each| page.wants(&each.facts.number.to_string()));
    Json(page.slice(wanted.map(shown::registration)).into())
}

/// Everything that came, whatever became of it.
async fn arrivals(State(authority): Shared, Query(page): Query<Page>) -> Json<Value> {
    let mut state = authority.state();
    let all = state.book(page.environment()).register.arrivals().iter();
    let wanted = all.filter(|each| page.wants(&each.encf));
    Json(page.slice(wanted.map(shown::arrival)).into())
}

async fn annulled(State(authority): Shared, Query(page): Query<Page>) -> Json<Value> {
    let mut state = authority.state();
    let all = state.book(page.environment()).register.annulled().iter();
    Json(json!(page.slice(all)))
}

async fn approvals(State(authority): Shared, Query(page): Query<Page>) -> Json<Value> {
    let state = authority.state();
    let environment = page.environment();
    let all = state.approvals.registered.iter().filter(|each| each.environment == environment);
    Json(page.slice(all.map(shown::approval)).into())
}

async fn counterpart(State(authority): Shared) -> Json<Value> {
    Json(shown::counterpart(&authority.state().counterpart))
}

async fn ranges(State(authority): Shared, Query(page): Query<Page>) -> Json<Value> {
    let mut state = authority.state();
    let all = state.book(page.environment()).sequences.ranges().iter();
    Json(page.slice(all.map(shown::range)).into())
}

async fn requests(State(authority): Shared) -> Response {
    Json(authority.state().asked.entries().collect::<Vec<_>>()).into_response()
}

pub(super) fn done() -> Response {
    Json(json!({ "done": true })).into_response()
}

pub(super) fn refusal(why: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": why }))).into_response()
}

/// Bytes of an order.
const ORDER_LIMIT: usize = 1_048_576;
