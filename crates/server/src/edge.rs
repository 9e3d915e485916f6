//! The edge: what every request passes, whatever it asks for.
//!
//! Bounds, the request's id, time, panics; and everything that went wrong is written down here as a
//! problem document, also what the framework refused on its own.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE32_NOPAD;
use invoice::Language;

use crate::app::App;
use crate::language;
use crate::limits::{HEADER_BYTES_MAX, REQUEST_ID_MAX, REQUEST_TIME, TARGET_BYTES_MAX};
use crate::problem::{
    BAD_QUERY, HEADERS_TOO_LARGE, INTERNAL, OVERLOADED, Problem, ProblemView, STILL_WORKING,
    TARGET_TOO_LONG,
};

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

pub(crate) async fn pass(State(app): State<App>, request: Request, next: Next) -> Response {
    let language = language::wanted(request.headers());
    let request_id = request_id(&app, request.headers());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let started = app.now();
    let mut response = match check(&request) {
        Ok(()) => within_bounds(&app, next.run(request)).await,
        Err(problem) => problem.into_response(),
    };
    if response.status().is_client_error() || response.status().is_server_error() {
        response = told(&app, response, language, &request_id);
    }
    finish(response.headers_mut(), &request_id);
    let status = response.status().as_u16();
    let duration_us = app.now().micros_since(started);
    tracing::debug!(
        request.id = %request_id, status, duration_us,
        "{method} {path} answered {status} in {duration_us} us"
    );
    response
}

/// What is said of a request that goes no further, as [`pass`] would.
pub(crate) fn refuse(app: &App, headers: &HeaderMap, problem: Problem) -> Response {
    let request_id = request_id(app, headers);
    let response = problem.into_response();
    let mut response = told(app, response, language::wanted(headers), &request_id);
    finish(response.headers_mut(), &request_id);
    response
}

fn check(request: &Request) -> Result<(), Problem> {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target > TARGET_BYTES_MAX {
        return Err(Problem::new(TARGET_TOO_LONG).with("maximum", TARGET_BYTES_MAX));
    }
    // No text that is kept or looked for has this character.
    if request.uri().path_and_query().is_some_and(|target| target.as_str().contains("%00")) {
        return Err(Problem::new(BAD_QUERY).with("reason", "it has the character U+0000"));
    }
    let field = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len();
    if request.headers().iter().map(field).sum::<usize>() > HEADER_BYTES_MAX {
        return Err(Problem::new(HEADERS_TOO_LARGE).with("maximum", HEADER_BYTES_MAX));
    }
    Ok(())
}

async fn within_bounds(app: &App, answer: impl Future<Output = Response>) -> Response {
    let Ok(_permit) = app.requests().try_acquire() else {
        return Problem::new(OVERLOADED).retry_after(1).into_response();
    };
    match tokio::time::timeout(REQUEST_TIME, unpanicked(answer)).await {
        Ok(response) => response,
        Err(_) => Problem::new(STILL_WORKING).retry_after(1).into_response(),
    }
}

/// A panic is a defect of ours, and the client is told so like of any other.
async fn unpanicked(answer: impl Future<Output = Response>) -> Response {
    let mut answer = pin!(answer);
    std::future::poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context)));
        polled.unwrap_or_else(|_| {
            tracing::error!("a request panicked");
            Poll::Ready(Problem::new(INTERNAL).into_response())
        })
    })
    .await
}

/// The problem document of a response that went wrong; its other headers stay.
fn told(app: &App, mut response: Response, language: Language, request_id: &str) -> Response {
    let problem = response.extensions_mut().remove::<Problem>();
    let problem = problem.unwrap_or_else(|| Problem::of_status(response.status()));
    let public_url = &app.settings().public_url;
    let view = ProblemView::new(&problem, language, request_id, public_url);
    let mut told = view.to_response(language, &problem);
    for (name, value) in response.headers() {
        if !told.headers().contains_key(name) && name != "content-length" {
            told.headers_mut().insert(name.clone(), value.clone());
        }
    }
    told
}

fn finish(headers: &mut HeaderMap, request_id: &str) {
    let id = HeaderValue::from_str(request_id).expect("an id is visible ASCII");
    headers.insert(REQUEST_ID, id);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // What a tenant reads is not for the caches between us.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// The client's own id, if it can stand in a header and a log; else a new one.
fn request_id(app: &App, headers: &HeaderMap) -> String {
    let is_sane = |text: &&str| {
        (1..=REQUEST_ID_MAX).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(&byte))
    };
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(is_sane);
    given.map_or_else(
        || {
            let random = app.desks().chance().bytes::<10>();
            format!("rq_{}", BASE32_NOPAD.encode(&random).to_ascii_lowercase())
        },
        str::to_owned,
    )
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;
    use crate::testing::TestApp;

    /// An endpoint with a defect.
    async fn broken() -> &'static str {
        panic!("a defect")
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_and_the_server_goes_on() {
        let test = TestApp::direct().await;
        let router = Router::new()
            .route("/broken", get(broken))
            .layer(from_fn_with_state(test.app.clone(), pass));
        for _ in 0..2 {
            let request = Request::builder().uri("/broken").body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), 500);
            assert_eq!(response.headers()["content-type"], "application/problem+json");
        }
        assert_eq!(test.app.requests().available_permits(), crate::limits::REQUESTS_MAX);
    }

    #[tokio::test]
    async fn beyond_what_it_can_do_the_server_says_so() {
        let test = TestApp::direct().await;
        let all = u32::try_from(crate::limits::REQUESTS_MAX).unwrap();
        let permits = test.app.requests().acquire_many(all).await.unwrap();
        let answer = test.get_as("", "/healthz").await;
        answer.assert_problem(503, "overloaded");
        assert_eq!(answer.header("retry-after"), Some("1"));
        drop(permits);
        test.get_as("", "/healthz").await.assert_status(200);
    }
}
