//! The management port: a test's hand on the authority. It has no counterpart at the DGI.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Faults;
use crate::armed::Order;
use crate::drc_emcf::authority::Authority;
use crate::drc_emcf::limits::{BODY_LIMIT, MOST_CURRENCIES, MOST_EMCFS, PAGE};
use crate::drc_emcf::portal::{self, Search};
use crate::drc_emcf::register::{Pending, Registered};
use crate::drc_emcf::request::Exact;
use crate::drc_emcf::route::Operation;
use crate::drc_emcf::{Awkwardness, CurrencyRate, Emcf, moment};

/// The routes of the management port.
pub(super) fn router(authority: Arc<Authority>) -> Router {
    Router::new()
        .route("/faults", post(arm))
        .route("/faults/calm", post(calm))
        .route("/clock", get(show_clock).post(move_clock))
        .route("/rates", post(set_rate))
        .route("/emcfs", post(install))
        .route("/tokens", get(tokens))
        .route("/registered", get(registered))
        .route("/pending", get(pending))
        .route("/ended", get(ended))
        .route("/refused", get(refused))
        .route("/requests", get(requests))
        .route("/portal/factures", get(factures))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(authority)
}

type Shared = State<Arc<Authority>>;

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
    state.dialect.awkward = Awkwardness::none();
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
    json!({ "now": moment::iso(now, 6), "microseconds": now })
}

/// The day's rate of a currency.
#[derive(Debug, Deserialize)]
struct Price {
    #[serde(rename = "type")]
    code: String,
    description: Option<String>,
    /// A number or a numeric string; francs for one unit.
    rate: Exact,
}

async fn set_rate(State(authority): Shared, Json(asked): Json<Price>) -> Response {
    let mut state = authority.state();
    let known = state.currencies.iter().position(|each| each.code == asked.code);
    let description = match (asked.description, known) {
        (Some(description), _) => description.chars().take(MOST_DESCRIPTION).collect(),
        (None, Some(place)) => state.currencies[place].description.clone(),
        (None, None) => asked.code.clone(),
    };
    let Exact(rate) = asked.rate;
    let currency = CurrencyRate { code: asked.code, description, rate };
    if !currency.is_plausible() || (known.is_none() && state.currencies.len() >= MOST_CURRENCIES) {
        return refusal("type is three capital letters, rate 0.01 to 1000000000 francs a unit");
    }
    match known {
        Some(place) => state.currencies[place] = currency,
        None => state.currencies.push(currency),
    }
    Json(json!({ "currencies": state.currencies.len() })).into_response()
}

/// A new e-MCF, or a new token for one that exists.
#[derive(Debug, Deserialize)]
struct Installation {
    nif: String,
    nim: String,
    shop_name: Option<String>,
    active: Option<bool>,
    token_lifetime_seconds: Option<u64>,
}

async fn install(State(authority): Shared, Json(asked): Json<Installation>) -> Response {
    let shop_name = asked.shop_name.unwrap_or_else(|| "BOUTIQUE".to_owned());
    let mut emcf = Emcf::new(asked.nif, asked.nim, shop_name);
    emcf.active = asked.active.unwrap_or(true);
    if let Some(seconds) = asked.token_lifetime_seconds {
        emcf.token_lifetime = Duration::from_secs(seconds);
    }
    if authority.state().modules.len() >= MOST_EMCFS {
        return refusal(&format!("there are {MOST_EMCFS} e-MCFs already: restart the simulator"));
    }
    match authority.install(emcf) {
        Ok(token) => Json(token).into_response(),
        Err(error) => refusal(&error.to_string()),
    }
}

async fn tokens(State(authority): Shared) -> Response {
    Json(authority.tokens()).into_response()
}

/// A page of the registered invoices.
#[derive(Debug, Deserialize)]
struct Page {
    /// How many to skip.
    from: Option<usize>,
    limit: Option<usize>,
}

/// A registered invoice, for invariant checks: amounts as strings of two decimals.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    rn: &'a str,
    nif: &'a str,
    nim: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    total: String,
    vtotal: String,
    /// 24 characters, without dashes.
    code: &'a str,
    counters: &'a str,
    #[serde(rename = "dateTime")]
    date_time: &'a str,
    #[serde(rename = "qrCode")]
    qr_code: &'a str,
    uid: &'a str,
    reference: &'a str,
    confirmed_count: u64,
}

async fn registered(State(authority): Shared, Query(page): Query<Page>) -> Response {
    let state = authority.state();
    let limit = page.limit.unwrap_or(PAGE).min(PAGE);
    let all = state.register.registered().iter();
    let page: Vec<_> = all.skip(page.from.unwrap_or(0)).take(limit).map(shown).collect();
    Json(page).into_response()
}

fn shown(registered: &Registered) -> Shown<'_> {
    Shown {
        rn: &registered.rn,
        nif: &registered.nif,
        nim: &registered.nim,
        kind: registered.kind.letters(),
        total: format!("{:.2}", registered.total),
        vtotal: format!("{:.2}", registered.vat),
        code: &registered.elements.code,
        counters: &registered.elements.counters,
        date_time: &registered.elements.date_time,
        qr_code: &registered.elements.qr_code,
        uid: &registered.uid,
        reference: &registered.reference,
        confirmed_count: registered.confirmed_count,
    }
}

async fn pending(State(authority): Shared) -> Json<Value> {
    let show = |each: &Pending| {
        json!({
            "uid": each.uid,
            "rn": each.request.rn,
            "nim": each.nim,
            "at": moment::iso(each.at, 3),
            "total": format!("{:.2}", each.invoice.totals.total),
            "vtotal": format!("{:.2}", each.invoice.totals.vat),
        })
    };
    Json(authority.state().register.pending().iter().map(show).collect())
}

async fn ended(State(authority): Shared) -> Response {
    Json(authority.state().register.ended().collect::<Vec<_>>()).into_response()
}

async fn refused(State(authority): Shared) -> Response {
    Json(authority.state().turned_down.entries().collect::<Vec<_>>()).into_response()
}

async fn requests(State(authority): Shared) -> Response {
    Json(authority.state().asked.entries().collect::<Vec<_>>()).into_response()
}

async fn factures(State(authority): Shared, Query(asked): Query<Search>) -> Response {
    Json(portal::search(&authority.state().register, &asked)).into_response()
}

fn refusal(why: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": why }))).into_response()
}

/// Characters of a currency's name.
const MOST_DESCRIPTION: usize = 100;
