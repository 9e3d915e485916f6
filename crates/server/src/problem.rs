//! Problems: everything that goes wrong, told in one form (RFC 9457).
//!
//! A handler answers with a [`Problem`]; the edge writes it down, since only there the request's
//! id and the client's language are known, and since what the framework refuses on its own has to
//! be told in the same form.

mod catalogue;
mod errors;
mod view;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use invoice::{Fault, Language, Rule};
use serde_json::Value;

pub(crate) use catalogue::*;
pub(crate) use view::{Messages, ProblemView};

/// A kind of problem: a stable code with its status, and what it says in three languages.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Kind {
    pub status: StatusCode,
    /// For people who read logs, in English.
    pub title: &'static str,
    pub rule: Rule,
}

/// What went wrong with one request. Boxed, for it travels in every `Result` and is seldom there.
#[derive(Clone, Debug)]
pub(crate) struct Problem(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    kind: &'static Kind,
    /// The kind's sentence with its values.
    detail: Fault,
    /// What is wrong with the caller's document, all of it.
    faults: Vec<Fault>,
    retry_after_seconds: Option<u64>,
    /// Members besides those of RFC 9457.
    members: Vec<(&'static str, Value)>,
}

impl Problem {
    pub(crate) fn new(kind: &'static Kind) -> Self {
        Self(Box::new(Parts {
            kind,
            detail: Fault::new(&kind.rule, ""),
            faults: Vec::new(),
            retry_after_seconds: None,
            members: Vec::new(),
        }))
    }

    /// The document cannot be taken, for these reasons.
    pub(crate) fn of_faults(faults: Vec<Fault>) -> Self {
        let mut problem = Self::new(INVALID_DOCUMENT).with("count", faults.len());
        problem.0.faults = faults;
        problem
    }

    /// Adds a value that the kind's sentence names as `{name}`.
    pub(crate) fn with(mut self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.0.detail = self.0.detail.with(name, value);
        self
    }

    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after_seconds = Some(seconds);
        self
    }

    pub(crate) fn member(mut self, name: &'static str, value: Value) -> Self {
        self.0.members.push((name, value));
        self
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.0.kind.status
    }

    /// What it says, in a language.
    pub(crate) fn words(&self, language: Language) -> String {
        self.0.detail.message(language)
    }

    /// What the framework refused, by its status: it gives no more than that.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        Self::new(match status {
            StatusCode::NOT_FOUND => NO_SUCH_RESOURCE,
            StatusCode::METHOD_NOT_ALLOWED => METHOD_NOT_ALLOWED,
            StatusCode::PAYLOAD_TOO_LARGE => BODY_TOO_LARGE,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => UNSUPPORTED_MEDIA_TYPE,
            status if status.is_client_error() => BAD_REQUEST,
            _ => INTERNAL,
        })
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
