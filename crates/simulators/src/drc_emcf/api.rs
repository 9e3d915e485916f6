//! The authority's HTTP port: a request meets its fault, or is processed and answered.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::FaultKind;
use crate::drc_emcf::authority::{Authority, Call, Reply};
use crate::drc_emcf::limits::{BODY_LIMIT, SLOW_MILLISECONDS};
use crate::drc_emcf::logs::Asked;
use crate::drc_emcf::moment;
use crate::drc_emcf::route::Route;
use crate::listener::{self, hang_up};

/// The whole API hangs on one entrance, because a fault comes before any route.
pub(super) fn router(authority: Arc<Authority>) -> Router {
    Router::new().fallback(receive).with_state(authority)
}

async fn receive(State(authority): State<Arc<Authority>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = match listener::body(body, BODY_LIMIT).await {
        Ok(body) => body,
        Err(status) => return problem(status, "The request body could not be read."),
    };
    let route = Route::of(&parts.method, parts.uri.path());
    let fault = authority.state().strike(route.operation());
    let reply = answer(&authority, &parts, &route, &body, fault).await;
    write_down(&authority, &parts, &route, fault, reply.as_ref());
    reply.unwrap_or_else(hang_up)
}

/// The reply, or none if the connection is to break.
async fn answer(
    authority: &Authority,
    parts: &Parts,
    route: &Route,
    body: &[u8],
    fault: Option<FaultKind>,
) -> Option<Response> {
    let text = |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let call = Call {
        route,
        authorization: text(header::AUTHORIZATION),
        media_type: text(header::CONTENT_TYPE),
        body,
        fault,
    };
    let process = || response(authority.process(&call));
    match fault {
        Some(FaultKind::LostRequest) => None,
        Some(FaultKind::LostReply) => {
            let _never_sent = process();
            None
        }
        Some(FaultKind::ServerError) => Some(out_of_order(authority)),
        Some(FaultKind::Slow) => {
            tokio::time::sleep(slowness(authority)).await;
            Some(process())
        }
        Some(FaultKind::Duplicate) => {
            let _overtaken = process();
            Some(process())
        }
        Some(FaultKind::Unauthorised) => Some(response(Reply::Unauthorised)),
        Some(FaultKind::ReferenceUnverified | FaultKind::ProcessingError) | None => Some(process()),
    }
}

fn write_down(
    authority: &Authority,
    parts: &Parts,
    route: &Route,
    fault: Option<FaultKind>,
    reply: Option<&Response>,
) {
    let asked = Asked {
        at: moment::iso(authority.clock.now(), 3),
        method: parts.method.as_str().chars().take(LOGGED_METHOD).collect(),
        path: parts.uri.path().chars().take(LOGGED_PATH).collect(),
        operation: route.operation(),
        status: reply.map(|reply| reply.status().as_u16()),
        fault,
    };
    authority.state().asked.push(asked);
}

fn response(reply: Reply) -> Response {
    match reply {
        Reply::Spoken(json) => {
            let headers = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
            (headers, json.to_string()).into_response()
        }
        Reply::Unauthorised => {
            let headers = [(header::WWW_AUTHENTICATE, "Bearer")];
            (StatusCode::UNAUTHORIZED, headers).into_response()
        }
        Reply::BadRequest(why) => problem(StatusCode::BAD_REQUEST, &why),
        Reply::WrongMedia => problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "JSON was expected."),
        Reply::WrongMethod => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        Reply::NotFound => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The problem document of the server family that the DGI uses.
fn problem(status: StatusCode, why: &str) -> Response {
    let document = serde_json::json!({
        "type": "https://tools.ietf.org/html/rfc9110#section-15.5",
        "title": "One or more validation errors occurred.",
        "status": status.as_u16(),
        "errors": { "$": [why] },
    });
    let headers = [(header::CONTENT_TYPE, "application/problem+json; charset=utf-8")];
    (status, headers, document.to_string()).into_response()
}

/// A 5xx as a proxy sends it: HTML, and nothing that a client could parse.
fn out_of_order(authority: &Authority) -> Response {
    let statuses = [
        StatusCode::INTERNAL_SERVER_ERROR,
        StatusCode::BAD_GATEWAY,
        StatusCode::SERVICE_UNAVAILABLE,
    ];
    let place = authority.state().fault_number(statuses.len() as u64);
    let status = statuses[usize::try_from(place).expect("it is below three")];
    let headers = [(header::CONTENT_TYPE, "text/html")];
    (status, headers, format!("<html><body><h1>{status}</h1></body></html>")).into_response()
}

fn slowness(authority: &Authority) -> Duration {
    let (shortest, longest) = SLOW_MILLISECONDS;
    let more = authority.state().fault_number(longest - shortest + 1);
    Duration::from_millis(shortest + more)
}

/// Characters of a path and of a method that the log keeps.
const LOGGED_PATH: usize = 200;
const LOGGED_METHOD: usize = 20;
