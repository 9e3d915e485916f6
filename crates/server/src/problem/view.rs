//! A problem as it is written down.

use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use invoice::{Fault, Language};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Parts, Problem};
use crate::language;

/// `application/problem+json` (RFC 9457).
pub(crate) const fn media_type() -> HeaderValue {
    HeaderValue::from_static("application/problem+json")
}

/// What went wrong: an RFC 9457 problem document. Clients match on `code`; people read `detail`.
#[derive(Serialize, ToSchema)]
#[schema(title = "Problem")]
pub(crate) struct ProblemView {
    /// A page that explains this kind of problem.
    #[schema(example = "https://stalela.example/docs#problem-invalid_document")]
    r#type: String,
    /// The kind of problem, in English.
    #[schema(example = "The document breaks rules")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 422)]
    status: u16,
    /// The stable name of this kind of problem.
    #[schema(example = "invalid_document")]
    code: &'static str,
    /// What is wrong and what to do, in the language of `Accept-Language`.
    #[schema(
        example = "The document breaks 1 rule(s); each stands in faults. Nothing was written."
    )]
    detail: String,
    /// The same in all languages.
    messages: Messages,
    /// The id of this request, as in the header `Request-Id`: quote it when you ask for help.
    #[schema(example = "rq_k5jq6lz2m4tq7o3a")]
    request_id: String,
    /// Everything that is wrong with the document that was sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    faults: Vec<FaultView>,
    #[serde(flatten)]
    #[schema(ignore)]
    members: Map<String, Value>,
}

/// One rule that the document breaks, and where.
#[derive(Serialize, ToSchema)]
#[schema(title = "Fault")]
pub(crate) struct FaultView {
    /// The stable name of the rule.
    #[schema(example = "decimal_as_number")]
    code: &'static str,
    /// An RFC 6901 JSON pointer into the document that was sent.
    #[schema(example = "/lines/0/unit_price")]
    pointer: String,
    /// What is wrong, in the language of `Accept-Language`.
    #[schema(example = "A decimal is written in quotes: \"12.50\", never as a JSON number.")]
    message: String,
    /// The same in all languages.
    messages: Messages,
}

/// One sentence in three languages.
#[derive(Serialize, ToSchema)]
#[schema(title = "Messages")]
pub(crate) struct Messages {
    /// French.
    pub fr: String,
    /// Spanish.
    pub es: String,
    /// English.
    pub en: String,
}

impl ProblemView {
    pub(crate) fn new(
        problem: &Problem,
        language: Language,
        request_id: &str,
        public_url: &str,
    ) -> Self {
        let Parts { kind, detail, faults, members, .. } = &*problem.0;
        let members = members.iter();
        Self {
            r#type: format!("{public_url}/docs#problem-{}", kind.rule.code),
            title: kind.title,
            status: kind.status.as_u16(),
            code: kind.rule.code,
            detail: detail.message(language),
            messages: Messages::of(detail),
            request_id: request_id.to_owned(),
            faults: faults.iter().map(|fault| FaultView::new(fault, language)).collect(),
            members: members.map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        }
    }

    pub(crate) fn to_response(&self, language: Language, problem: &Problem) -> Response {
        let body = serde_json::to_vec(self).expect("a problem has string keys only");
        let mut response = (problem.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert("content-type", media_type());
        headers.insert("content-language", HeaderValue::from_static(language::tag(language)));
        if let Some(seconds) = problem.0.retry_after_seconds {
            headers.insert("retry-after", seconds.into());
        }
        response
    }
}

impl FaultView {
    fn new(fault: &Fault, language: Language) -> Self {
        Self {
            code: fault.code(),
            pointer: fault.pointer().to_owned(),
            message: fault.message(language),
            messages: Messages::of(fault),
        }
    }
}

impl Messages {
    pub(crate) fn of(fault: &Fault) -> Self {
        Self {
            fr: fault.message(Language::French),
            es: fault.message(Language::Spanish),
            en: fault.message(Language::English),
        }
    }
}
