//! What is answered, and in which of the DGII's many shapes.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::options::Awkwardness;
use super::xml::escaped;
use crate::chance::Chance;
use crate::json::Json;

/// An answer, before it is worded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// In JSON, or in XML under this root, as the request accepts.
    Object(u16, &'static str, Json),
    /// XML in every case.
    Xml(String),
    /// A page for people.
    Page(u16, String),
    /// Text without a shape.
    Text(u16, String),
    /// A JSON string that calls itself plain text.
    Quoted(u16, String),
    /// `ProblemDetails` of ASP.NET.
    Problem(u16, Json),
    /// A status and no body.
    Bare(u16),
}

/// What the caller accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Xml,
}

impl Form {
    /// The first of the two that an `Accept` names; JSON if it names none.
    pub(super) fn of(accept: Option<&str>) -> Self {
        let named = accept.unwrap_or_default().split(',').find_map(|range| {
            let essence = range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            match essence.as_str() {
                "application/json" | "text/json" => Some(Self::Json),
                "application/xml" | "text/xml" => Some(Self::Xml),
                _ => None,
            }
        });
        named.unwrap_or(Self::Json)
    }
}

impl Reply {
    pub(super) fn into_response(self, form: Form) -> Response {
        let (status, media, body) = match (self, form) {
            (Self::Object(status, _, json), Form::Json) => (status, JSON, json.to_string()),
            (Self::Object(status, root, json), Form::Xml) => (status, XML, as_xml(root, &json)),
            (Self::Xml(xml), _) => (200, XML, xml),
            (Self::Page(status, html), _) => (status, HTML, html),
            (Self::Text(status, text), _) => (status, TEXT, text),
            (Self::Quoted(status, text), _) => (status, TEXT, Json::Text(text).to_string()),
            (Self::Problem(status, json), _) => (status, PROBLEM, json.to_string()),
            (Self::Bare(status), _) => (status, "", String::new()),
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_TYPE);
        if !media.is_empty() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }

    /// The status of the answer.
    pub(super) fn status(&self) -> u16 {
        match self {
            Self::Object(status, ..)
            | Self::Page(status, _)
            | Self::Text(status, _)
            | Self::Quoted(status, _)
            | Self::Problem(status, _)
            | Self::Bare(status) => *status,
            Self::Xml(_) => 200,
        }
    }
}

/// Words replies: what varies, varies by chance.
#[derive(Debug)]
pub(super) struct Voice<'a> {
    pub(super) awkward: &'a Awkwardness,
    pub(super) chance: &'a mut Chance,
}

impl Voice<'_> {
    /// A complaint of no service in particular: a bare text, a JSON string as plain text, one
    /// message, a list of messages that are texts or objects, `ProblemDetails`. Real clients have met them all.
    pub(super) fn complaint(&mut self, status: u16, text: &str) -> Reply {
        let shape = if self.awkward.error_shapes { self.chance.below(6) } else { 2 };
        let object = |key: &str, value| {
            Reply::Object(status, "Respuesta", Json::Object(vec![(key.to_owned(), value)]))
        };
        match shape {
            0 => Reply::Text(status, text.to_owned()),
            1 => Reply::Quoted(status, text.to_owned()),
            2 => object("mensaje", Json::text(text)),
            3 => object("mensajes", Json::List(vec![Json::text(text)])),
            4 => {
                let errors = vec![member("xml", Json::List(vec![Json::text(text)]))];
                problem(status, "One or more validation errors occurred.", errors)
            }
            _ => {
                let members = vec![
                    ("valor".to_owned(), Json::text(text)),
                    ("codigo".to_owned(), Json::whole(0)),
                ];
                object("mensajes", Json::List(vec![Json::Object(members)]))
            }
        }
    }

    /// Null or an empty text, where there is nothing to say.
    pub(super) fn nothing(&mut self) -> Json {
        if self.flip(self.awkward.null_texts) { Json::Null } else { Json::text("") }
    }

    /// Heads or tails, but tails where this awkwardness is switched off.
    pub(super) fn flip(&mut self, awkward: bool) -> bool {
        awkward && self.chance.coin()
    }
}

/// `ProblemDetails` for a form's field.
pub(super) fn field_problem(field: &str, text: &str) -> Reply {
    let errors = vec![(field.to_owned(), Json::List(vec![Json::text(text)]))];
    problem(400, "One or more validation errors occurred.", errors)
}

/// `ProblemDetails` with its `errors`.
pub(super) fn problem(status: u16, title: &str, errors: Vec<(String, Json)>) -> Reply {
    let mut members = vec![
        ("type".to_owned(), Json::text("https://tools.ietf.org/html/rfc9110#section-15.5.1")),
        ("title".to_owned(), Json::text(title)),
        ("status".to_owned(), Json::whole(status)),
        (
            "traceId".to_owned(),
            Json::text("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"),
        ),
    ];
    if !errors.is_empty() {
        members.push(("errors".to_owned(), Json::Object(errors)));
    }
    Reply::Problem(status, Json::Object(members))
}

/// An object's member.
pub(super) fn member(key: &str, value: Json) -> (String, Json) {
    (key.to_owned(), value)
}

/// An object's member that is a text.
pub(super) fn said(key: &str, text: impl Into<String>) -> (String, Json) {
    (key.to_owned(), Json::Text(text.into()))
}

/// The same value under an XML root: members are elements, a list repeats an element, null is
/// absent.
fn as_xml(root: &str, json: &Json) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>");
    out.push('<');
    out.push_str(root);
    out.push_str(
        " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">",
    );
    content(root, json, &mut out);
    close(root, &mut out);
    out
}

fn content(name: &str, json: &Json, out: &mut String) {
    match json {
        Json::Null => {}
        Json::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Json::Number(text) | Json::Text(text) => out.push_str(&escaped(text)),
        Json::List(values) => values.iter().for_each(|value| element(entry(name), value, out)),
        Json::Object(members) => {
            let present = members.iter().filter(|(_, value)| *value != Json::Null);
            present.for_each(|(key, value)| element(key, value, out));
        }
    }
}

fn element(name: &str, json: &Json, out: &mut String) {
    out.push('<');
    out.push_str(name);
    out.push('>');
    content(name, json, out);
    close(name, out);
}

fn close(name: &str, out: &mut String) {
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// The name of a list's entries. The documents name the roots only: these are inventions.
fn entry(list: &str) -> &'static str {
    match list {
        "mensajes" | "mensaje" => "Mensaje",
        "ArrayOfTrackingDetalle" => "TrackingDetalle",
        "ArrayOfDirectorio" => "Directorio",
        "ArrayOfEstatusServicio" => "EstatusServicio",
        "ventanaMantenimientos" => "VentanaMantenimiento",
        _ => "string",
    }
}

const JSON: &str = "application/json; charset=utf-8";
const XML: &str = "application/xml; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
const PROBLEM: &str = "application/problem+json; charset=utf-8";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_first_form_named_is_the_one() {
        for (accept, form) in [
            (None, Form::Json),
            (Some("*/*"), Form::Json),
            (Some("application/json, text/plain, */*"), Form::Json),
            (Some("application/xml"), Form::Xml),
            (Some("text/html, Text/XML;q=0.9, application/json"), Form::Xml),
        ] {
            assert_eq!(Form::of(accept), form, "{accept:?}");
        }
    }

    #[test]
    fn an_object_in_xml() {
        let mensaje =
            Json::Object(vec![said("valor", "a < \"b\""), member("codigo", Json::whole(0))]);
        let json = Json::Object(vec![
            member("secuenciaUtilizada", Json::Bool(true)),
            member("nada", Json::Null),
            member("mensajes", Json::List(vec![mensaje])),
        ]);
        let xml = as_xml("Respuesta", &json);
        let read = super::super::xml::parse(xml.as_bytes()).unwrap().root;
        assert_eq!(read.text_at("mensajes/Mensaje/valor").as_deref(), Some("a < \"b\""));
        assert_eq!(read.text_at("secuenciaUtilizada").as_deref(), Some("true"));
        assert!(read.child("nada").is_none());
    }

    #[test]
    fn a_complaint_takes_every_shape_or_one() {
        let complaints = |awkward: &Awkwardness| -> BTreeSet<String> {
            let mut chance = Chance::seeded(3);
            let mut voice = Voice { awkward, chance: &mut chance };
            (0..100).map(|_| format!("{:?}", voice.complaint(400, "no"))).collect()
        };
        assert_eq!(complaints(&Awkwardness::all()).len(), 6);
        assert_eq!(complaints(&Awkwardness::none()).len(), 1);
    }
}
