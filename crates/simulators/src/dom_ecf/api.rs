//! The authority's HTTP port: a request meets its fault, or is processed and answered.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::authority::{Authority, Call};
use super::limits::{BODY_LIMIT, SLOW_MILLISECONDS};
use super::orders::Asked;
use super::query::Query;
use super::reply::{Form, Reply};
use super::route::{Operation, Route};
use super::{approving, emission, moment};
use crate::FaultKind;
use crate::listener::{self, hang_up};

/// Every host hangs on one entrance, because a fault comes before any route.
pub(super) fn router(authority: Arc<Authority>) -> Router {
    Router::new().fallback(receive).with_state(authority)
}

async fn receive(State(authority): State<Arc<Authority>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let route = Route::of(&parts.method, parts.uri.path());
    let body = match listener::body(body, BODY_LIMIT).await {
        Ok(body) => body,
        Err(status) => return status.into_response(),
    };
    let fault = authority.state().strike(route.operation());
    let reply = answer(&authority, &parts, route, &body, fault).await;
    write_down(&authority, &parts, route, fault, reply.as_ref());
    let form = Form::of(text(&parts, &header::ACCEPT));
    match reply {
        Some(reply) => reply.into_response(form),
        None => hang_up(),
    }
}

/// The reply, or none if the connection is to break.
async fn answer(
    authority: &Authority,
    parts: &Parts,
    route: Route,
    body: &[u8],
    fault: Option<FaultKind>,
) -> Option<Reply> {
    let query = Query::of(parts.uri.query().unwrap_or_default());
    let process = || process(authority, parts, route, (&query, body), fault);
    match fault {
        Some(FaultKind::LostRequest) => None,
        Some(FaultKind::LostReply) => {
            let _never_sent = process().await;
            None
        }
        Some(FaultKind::ServerError) => Some(out_of_order(authority)),
        Some(FaultKind::Slow) => {
            tokio::time::sleep(slowness(authority)).await;
            Some(process().await)
        }
        Some(FaultKind::Duplicate) => {
            let _overtaken = process().await;
            Some(process().await)
        }
        Some(
            FaultKind::ReferenceUnverified | FaultKind::ProcessingError | FaultKind::Unauthorised,
        )
        | None => Some(process().await),
    }
}

async fn process(
    authority: &Authority,
    parts: &Parts,
    route: Route,
    (query, body): (&Query, &[u8]),
    fault: Option<FaultKind>,
) -> Reply {
    let (operation, environment) = match route {
        Route::To(operation, environment) => (operation, environment),
        Route::WrongMethod => return Reply::Bare(405),
        Route::Unknown => return Reply::Page(404, NOT_FOUND.to_owned()),
    };
    if environment.is_some_and(|each| authority.state().status_host.is_down(each)) {
        return Reply::Page(503, UNAVAILABLE.to_owned());
    }
    let call = Call {
        operation,
        environment,
        query,
        authorization: text(parts, &header::AUTHORIZATION),
        media_type: text(parts, &header::CONTENT_TYPE),
        has_length: parts.headers.contains_key(header::CONTENT_LENGTH),
        body,
        fault,
    };
    match operation {
        Operation::CounterpartSend => emission::send_document(authority, &call).await,
        Operation::CounterpartSendApproval => approving::send_approval(authority, &call).await,
        _ => authority.process(&call),
    }
}

fn text<'a>(parts: &'a Parts, name: &HeaderName) -> Option<&'a str> {
    parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok())
}

fn write_down(
    authority: &Authority,
    parts: &Parts,
    route: Route,
    fault: Option<FaultKind>,
    reply: Option<&Reply>,
) {
    let environment = match route {
        Route::To(_, environment) => environment,
        Route::WrongMethod | Route::Unknown => None,
    };
    let asked = Asked {
        at: moment::dotnet(authority.clock.now()),
        method: parts.method.as_str().chars().take(LOGGED_METHOD).collect(),
        path: parts.uri.path().chars().take(LOGGED_PATH).collect(),
        operation: route.operation(),
        environment,
        status: reply.map(Reply::status),
        fault,
    };
    authority.state().asked.push(asked);
}

/// A 5xx as a proxy sends it: HTML, and nothing that a client could parse.
fn out_of_order(authority: &Authority) -> Reply {
    let statuses =
        [(500, "Internal Server Error"), (502, "Bad Gateway"), (503, "Service Unavailable")];
    let place = authority.state().fault_number(statuses.len() as u64);
    let (status, text) = statuses[usize::try_from(place).expect("it is below three")];
    let page =
        format!("<html><head><title>{status}</title></head><body><h1>{text}</h1></body></html>");
    Reply::Page(status, page)
}

fn slowness(authority: &Authority) -> Duration {
    let (shortest, longest) = SLOW_MILLISECONDS;
    let more = authority.state().fault_number(longest - shortest + 1);
    Duration::from_millis(shortest + more)
}

/// Pages of IIS.
const NOT_FOUND: &str = "<!DOCTYPE html><html><head><title>404 - File or directory not found.</title>\
                         </head><body><h2>404 - File or directory not found.</h2></body></html>";
const UNAVAILABLE: &str = "<!DOCTYPE html><html><head><title>Service Unavailable</title></head><body>\
                           <h2>Service Unavailable</h2></body></html>";

/// Characters of a path and of a method that the log keeps.
const LOGGED_PATH: usize = 200;
const LOGGED_METHOD: usize = 20;
