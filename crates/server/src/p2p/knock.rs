//! Somebody knocks: at whose door, at which service, with what in hand.

use std::time::Duration;

use authorities::{AnswerForm, Door, Method as Wanted, PeerService};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use fiscal::{ReceiveError, Reception, receive, receive_approval};
use ledger::RECEIVED_BYTES_MAX;
use tokio::sync::SemaphorePermit;
use tokio::time::timeout;

use super::receptions::told as nobody_receives;
use super::{sessions, upload};
use crate::app::App;
use crate::limits::{BODY_TIME, READING_WAIT};
use crate::problem::{
    APPROVAL_NOT_OURS, BAD_REQUEST, BODY_TOO_LARGE, DOCUMENT_MISSING, DOCUMENT_UNREADABLE,
    METHOD_NOT_ALLOWED, NO_SUCH_RESOURCE, OVERLOADED, Problem, RECEPTION_UNAVAILABLE,
    REQUEST_TIMEOUT,
};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/receive/{environment}/{tax_id}/{*service}", any(knock))
}

async fn knock(
    State(app): State<App>,
    Path((environment, tax_id, path)): Path<(String, String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let reception = app.p2p().receptions.find(&app, &environment, &tax_id).await;
    let reception = reception.map_err(nobody_receives)?;
    let services = reception.receiving.services().iter();
    let service = services.clone().find(|service| service.is_at(&path));
    let service = service.ok_or_else(|| Problem::new(NO_SUCH_RESOURCE))?;
    if request.method() != method(service) {
        let allowed = [(ALLOW, method(service).to_string())];
        return Ok((allowed, Problem::new(METHOD_NOT_ALLOWED)).into_response());
    }
    let (headers, body) = (request.headers().clone(), request.into_body());
    match service.door {
        Door::Seed => Ok(xml(sessions::give_seed(&app, &reception))),
        Door::Token => {
            let file = file(&app, &headers, body).await?;
            let form = sessions::form(&headers);
            let answer = sessions::give_token(&app, &reception, &file.bytes, form)?;
            Ok(answered(form, answer))
        }
        Door::Documents => take_document(&app, &reception, &headers, body).await,
        Door::Approvals => take_approval(&app, &reception, &headers, body).await,
    }
}

async fn take_document(
    app: &App,
    reception: &Reception,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let (sender, body) = admitted(sessions::sender(app, reception, headers), body).await?;
    let file = file(app, headers, body).await?;
    let _reading = reading(app).await?;
    let File { bytes, permit: _permit } = file;
    let receipt = receive(reception, bytes, sender, app.now()).await.map_err(told)?;
    Ok(xml(receipt.document))
}

async fn take_approval(
    app: &App,
    reception: &Reception,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let (_, body) = admitted(sessions::sender(app, reception, headers), body).await?;
    let file = file(app, headers, body).await?;
    let _reading = reading(app).await?;
    let File { bytes, permit: _permit } = file;
    receive_approval(reception, bytes, app.now()).await.map_err(told)?;
    Ok(().into_response())
}

/// Who is sent away is heard out first, within bounds: clients keep their connections, and an answer
/// before the end of their file would close the one on which they ask for a token next.
async fn admitted<T>(sender: Result<T, Problem>, body: Body) -> Result<(T, Body), Problem> {
    match sender {
        Ok(sender) => Ok((sender, body)),
        Err(problem) => {
            // Too long or too slow: then the connection ends with the answer.
            let _ = timeout(HEARING_TIME, to_bytes(body, HEARD_BYTES_MAX)).await;
            Err(problem)
        }
    }
}

/// Leave to read, soon or not at all: whoever waits holds its file.
async fn reading(app: &App) -> Result<SemaphorePermit<'_>, Problem> {
    let overloaded = || Problem::new(OVERLOADED).retry_after(OVERLOADED_SECONDS);
    let permit = timeout(READING_WAIT, app.p2p().readings.acquire()).await;
    permit.map_err(|_| overloaded())?.map_err(|_| overloaded())
}

/// A file in memory, with the permit to be there: it is given back when the file is done with, and
/// not when it has come.
struct File<'app> {
    bytes: Vec<u8>,
    permit: SemaphorePermit<'app>,
}

/// The file of a request. A body that is announced to be too long is not even begun.
async fn file<'app>(
    app: &'app App,
    headers: &HeaderMap,
    body: Body,
) -> Result<File<'app>, Problem> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let announced = text(CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > BODY_BYTES_MAX) {
        return Err(Problem::new(BODY_TOO_LARGE));
    }
    let overloaded = |_| Problem::new(OVERLOADED).retry_after(OVERLOADED_SECONDS);
    let permit = app.p2p().bodies.try_acquire().map_err(overloaded)?;
    let late = |_| Problem::new(REQUEST_TIMEOUT).with("seconds", BODY_TIME.as_secs());
    let read = timeout(BODY_TIME, to_bytes(body, BODY_BYTES_MAX)).await;
    let bytes = read.map_err(late)?.map_err(|error| {
        let is_too_long = std::error::Error::source(&error)
            .is_some_and(|source| source.to_string().contains("length limit exceeded"));
        Problem::new(if is_too_long { BODY_TOO_LARGE } else { BAD_REQUEST })
    })?;
    let file = upload::file(text(CONTENT_TYPE), &bytes);
    let bytes = file.ok_or_else(|| Problem::new(DOCUMENT_MISSING))?.to_vec();
    Ok(File { bytes, permit })
}

fn told(error: ReceiveError) -> Problem {
    match error {
        ReceiveError::NotRead(error) => Problem::new(DOCUMENT_UNREADABLE).with("reason", error.0),
        ReceiveError::NotOurs => Problem::new(APPROVAL_NOT_OURS),
        ReceiveError::TooMany => Problem::new(OVERLOADED).retry_after(TOO_MANY_SECONDS),
        ReceiveError::Signature(error) => {
            tracing::error!("an acknowledgement cannot be signed: {error}");
            Problem::new(RECEPTION_UNAVAILABLE)
        }
        ReceiveError::Ledger(error) => error.into(),
    }
}

fn method(service: &PeerService) -> Method {
    match service.method {
        Wanted::Get => Method::GET,
        Wanted::Post => Method::POST,
        Wanted::Put => Method::PUT,
    }
}

fn xml(body: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, XML)], body).into_response()
}

fn answered(form: AnswerForm, body: Vec<u8>) -> Response {
    match form {
        AnswerForm::Xml => xml(body),
        AnswerForm::Json => ([(CONTENT_TYPE, "application/json")], body).into_response(),
    }
}

const XML: &str = "application/xml";
/// A document, and the form around it.
const BODY_BYTES_MAX: usize = RECEIVED_BYTES_MAX + 64 * 1024;
/// What is heard of somebody without a token: most documents, and little memory.
const HEARD_BYTES_MAX: usize = 64 * 1024;
/// A file of that length takes less on a bad line.
const HEARING_TIME: Duration = Duration::from_secs(10);
/// A document is read within it.
const OVERLOADED_SECONDS: u64 = 1;
/// The day passes slowly.
const TOO_MANY_SECONDS: u64 = 3_600;
