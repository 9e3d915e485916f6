//! Requests on their way to a store, and what is answered for all of them.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{any, get};
use invoice::OutletId;
use ledger::Ledger;
use tower::Service as _;

use super::{Open, Several, Store};
use crate::app::App;
use crate::problem::{DRAINING, LEDGER_UNAVAILABLE, Problem};
use crate::published_keys::KeyRecords;
use crate::{edge, health, published_keys};

type Stores = State<Arc<Several>>;

pub(super) fn router(several: Arc<Several>) -> Router {
    Router::new()
        .route("/readyz", get(ready))
        .route("/.well-known/stalela-keys.json", get(keys))
        .layer(from_fn_with_state(Arc::clone(&several), own_edge))
        // Entries are for the tenant, and all else of a log is for anybody, whatever key he shows.
        .route("/v1/outlets/{id}/log/tile/entries/{*index}", any(by_key))
        .route("/v1/outlets/{id}/log/{*what}", any(by_outlet))
        .route("/receive/{environment}/{tax_id}/{*service}", any(by_taxpayer))
        .route("/v1/openapi.json", any(by_nobody))
        .route("/v1/{*what}", any(by_key))
        .fallback(by_nobody)
        .with_state(several)
}

async fn own_edge(State(several): Stores, request: Request, next: Next) -> Response {
    edge::pass(State(several.anybody().app.clone()), request, next).await
}

/// What every store answers alike: no key is looked at.
async fn by_nobody(State(several): Stores, request: Request) -> Response {
    pass_on(&several, Ok(several.anybody()), request).await
}

async fn by_key(State(several): Stores, request: Request) -> Response {
    let chosen = several.of_bearer(request.headers()).await;
    pass_on(&several, chosen, request).await
}

async fn by_outlet(
    State(several): Stores,
    path: Result<Path<(String, String)>, PathRejection>,
    request: Request,
) -> Response {
    let outlet = path.ok().and_then(|Path((id, _))| OutletId::parse(&id).ok());
    let chosen = match outlet {
        Some(outlet) => several.of_outlet(outlet).await,
        None => Ok(several.anybody()),
    };
    pass_on(&several, chosen, request).await
}

async fn by_taxpayer(
    State(several): Stores,
    path: Result<Path<(String, String, String)>, PathRejection>,
    request: Request,
) -> Response {
    let chosen = match path {
        Ok(Path((environment, tax_id, _))) => several.of_door(&environment, &tax_id).await,
        Err(_) => Ok(several.anybody()),
    };
    pass_on(&several, chosen, request).await
}

async fn pass_on(several: &Several, to: Result<&Open, Problem>, request: Request) -> Response {
    match to {
        Ok(open) => match open.router.clone().call(anew(request)).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
        Err(problem) => refused(several, request.headers(), problem),
    }
}

fn refused(several: &Several, headers: &HeaderMap, problem: Problem) -> Response {
    edge::refuse(&several.anybody().app, headers, problem)
}

/// As it came: without what this router has read out of its path, which the next reads again.
fn anew(request: Request) -> Request {
    let (parts, body) = request.into_parts();
    let mut request = Request::new(body);
    *request.method_mut() = parts.method;
    *request.uri_mut() = parts.uri;
    *request.version_mut() = parts.version;
    *request.headers_mut() = parts.headers;
    request
}

/// Ready as long as one store is: whoever takes this server out for the sake of another store takes
/// it from the tenants of this one as well. The lost ones are named.
async fn ready(State(several): Stores) -> Result<String, Problem> {
    if several.is_draining.load(Ordering::Relaxed) {
        return Err(Problem::new(DRAINING));
    }
    let answers = several.each(|app: App| async move {
        health::is_ready(app.ledger()).await.then(|| health::lines(app.ledger()))
    });
    let answers = answers.await;
    let mut words = "ready".to_owned();
    let mut is_any = false;
    for (store, answer) in several.stores.iter().zip(answers) {
        match answer {
            Some(lines) => {
                is_any = true;
                words += &lines;
            }
            None => words += &health::lost(&store.name),
        }
    }
    if is_any { Ok(words) } else { Err(Problem::new(LEDGER_UNAVAILABLE)) }
}

/// Those of all stores. Of one that does not answer, those that it had: its receipts verify on. While
/// one was never seen to answer there is no list, for one without its keys would call its receipts
/// false.
async fn keys(State(several): Stores) -> Result<Response, Problem> {
    let of = Arc::clone(&several);
    published_keys::answer(&several.key_list, async move { of_all(&of).await }).await
}

async fn of_all(several: &Several) -> Result<KeyRecords, Problem> {
    let answers = several.each(|app: App| async move { published(app.ledger()).await }).await;
    let mut records = Vec::new();
    for (store, answer) in several.stores.iter().zip(answers) {
        let known = store.published(answer).ok_or_else(|| Problem::new(LEDGER_UNAVAILABLE))?;
        records.push(known);
    }
    Ok(KeyRecords::joined(records))
}

async fn published(ledger: &Ledger) -> Option<KeyRecords> {
    let records = KeyRecords::read(ledger).await;
    records.map_err(|error| tracing::warn!("a store does not say its public keys: {error}")).ok()
}

impl Store {
    /// What it says, or what it said last.
    fn published(&self, answer: Option<KeyRecords>) -> Option<KeyRecords> {
        let Some(records) = answer else {
            return self.published.read().unwrap_or_else(PoisonError::into_inner).clone();
        };
        *self.published.write().unwrap_or_else(PoisonError::into_inner) = Some(records.clone());
        Some(records)
    }
}
