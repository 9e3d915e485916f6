//! What the DGII answers, in whichever of its shapes: codes are numbers or texts, with or without a
//! zero before them; messages are texts, objects, or lists of either.

use serde_json::Value;

/// An answer to a document, or to a question about one.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Answer {
    pub(in super::super) state: State,
    /// In the authority's words.
    pub(in super::super) messages: Vec<String>,
    pub(in super::super) track_id: Option<String>,
}

/// Where a document stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in super::super) enum State {
    Accepted,
    /// Accepted, with remarks.
    Conditional,
    Rejected,
    /// Received, and no result yet.
    Pending,
    /// The request itself was refused: nothing was taken.
    Refused,
    /// The answer says nothing that is known: what was sent may have been taken.
    Unclear,
}

/// Messages of an answer that are told at most, and the characters of each: answers are foreign.
const MESSAGES_MAX: usize = 50;
const MESSAGE_MAX: usize = 1_000;

impl State {
    pub(in super::super) fn is_final(self) -> bool {
        matches!(self, Self::Accepted | Self::Conditional | Self::Rejected)
    }

    pub(in super::super) const ALL: [Self; 6] = [
        Self::Accepted,
        Self::Conditional,
        Self::Rejected,
        Self::Pending,
        Self::Refused,
        Self::Unclear,
    ];

    /// Remarks are no rejection: what is accepted with them counts.
    pub(in super::super) fn is_accepted(self) -> bool {
        matches!(self, Self::Accepted | Self::Conditional)
    }

    /// In a word, for programs.
    pub(in super::super) fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Conditional => "accepted_with_remarks",
            Self::Rejected => "rejected",
            Self::Pending => "pending",
            Self::Refused => "refused",
            Self::Unclear => "unclear",
        }
    }
}

impl Answer {
    pub(in super::super) fn read(status: u16, body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let body = serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .unwrap_or_else(|_| Value::String(text.trim().to_owned()));
        let track_id = body["trackId"].as_str().filter(|id| !id.is_empty()).map(str::to_owned);
        let mut messages = Vec::new();
        if body.is_object() {
            for member in ["mensaje", "mensajes", "error", "errors"] {
                gather(&body[member], &mut messages);
            }
        } else {
            gather(&body, &mut messages);
        }
        if messages.is_empty() && status >= 400 {
            messages.push(format!("HTTP {status}"));
        }
        let state = match state(status, &body, track_id.is_some()) {
            Some(state) => state,
            None if is_refused(status, &body, &messages) => State::Refused,
            None => State::Unclear,
        };
        Self { state, messages, track_id }
    }

    /// Of a document that was not taken.
    pub(in super::super) fn refused(why: String) -> Self {
        Self { state: State::Refused, messages: vec![why], track_id: None }
    }

    /// Of a document that a person found accepted in the portal.
    pub(in super::super) fn of_the_portal() -> Self {
        let words = "the portal shows it as accepted, says whoever walks".to_owned();
        Self { state: State::Accepted, messages: vec![words], track_id: None }
    }

    /// Of a document whose result did not come.
    pub(in super::super) fn unfinished(track_id: String) -> Self {
        Self { state: State::Pending, messages: Vec::new(), track_id: Some(track_id) }
    }
}

/// The state that an answer tells. A success under a status of failure is none, and neither is what
/// stands at the end of a redirection.
fn state(status: u16, body: &Value, is_tracked: bool) -> Option<State> {
    let is_fine = (200..300).contains(&status);
    match code(&body["codigo"]).as_deref() {
        Some("1") if is_fine => Some(State::Accepted),
        Some("2") if is_fine || status == BAD_REQUEST => Some(State::Rejected),
        Some("4") if is_fine => Some(State::Conditional),
        // Not found: a result that is asked for at once may be unknown yet.
        Some("0" | "3") if is_fine => Some(State::Pending),
        None if is_tracked && is_fine => Some(State::Pending),
        Some(_) | None => None,
    }
}

/// Whether the service itself says that it took nothing: by its status, or in a success by an
/// objection without a trackId. The page of a server in front is no service's word, and a success
/// without a word of the matter may have been one.
fn is_refused(status: u16, body: &Value, messages: &[String]) -> bool {
    let is_page = body.as_str().is_some_and(|text| text.starts_with('<'));
    let tells_state = matches!(code(&body["codigo"]).as_deref(), Some("0" | "1" | "3" | "4"));
    match status {
        200..=299 => body.is_object() && body["codigo"].is_null() && !messages.is_empty(),
        BAD_REQUEST => !is_page && !tells_state,
        401 | 403..=406 | 409..=411 | 413 | 415 | 422 | 429 | 501 => true,
        _ => false,
    }
}

/// The status under which the DGII's services say no, in one shape or another.
const BAD_REQUEST: u16 = 400;

/// A code without its zeros: `1`, `"1"` and `"01"` are one.
fn code(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let digits = text.trim_start_matches('0');
    Some(if digits.is_empty() && !text.is_empty() { "0".to_owned() } else { digits.to_owned() })
}

/// The texts within a value. The code of a message stands before its text.
fn gather(value: &Value, into: &mut Vec<String>) {
    if into.len() == MESSAGES_MAX {
        return;
    }
    match value {
        Value::String(text) if !text.trim().is_empty() => {
            into.push(text.trim().chars().take(MESSAGE_MAX).collect());
        }
        Value::Array(values) => values.iter().for_each(|value| gather(value, into)),
        Value::Object(members) => match members.get("valor").and_then(Value::as_str) {
            Some("") => {}
            Some(text) => {
                let code = code(&value["codigo"]).filter(|code| code != "0");
                let code = code.map_or_else(String::new, |code| format!("{code}: "));
                into.push(format!("{code}{text}").chars().take(MESSAGE_MAX).collect());
            }
            None => members.values().for_each(|value| gather(value, into)),
        },
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> (State, Vec<String>) {
        let answer = Answer::read(status, body.as_bytes());
        (answer.state, answer.messages)
    }

    #[test]
    fn every_shape_of_an_answer_is_understood() {
        let said = |text: &str| vec![text.to_owned()];
        for (status, body, state, messages) in [
            (
                200,
                r#"{"codigo":"1","mensajes":[{"valor":"","codigo":0}]}"#,
                State::Accepted,
                vec![],
            ),
            (200, r#"{"codigo":1,"mensajes":[]}"#, State::Accepted, vec![]),
            (200, r#"{"codigo":"01","mensaje":["ok"]}"#, State::Accepted, said("ok")),
            (
                200,
                r#"{"codigo":4,"mensajes":[{"valor":"no cuadra","codigo":"1934"}]}"#,
                State::Conditional,
                said("1934: no cuadra"),
            ),
            (200, r#"{"codigo":"2","mensajes":"mal"}"#, State::Rejected, said("mal")),
            (400, r#"{"codigo":"02","mensaje":["mal"]}"#, State::Rejected, said("mal")),
            (200, r#"{"codigo":3}"#, State::Pending, vec![]),
            (200, r#"{"codigo":"0"}"#, State::Pending, vec![]),
            (200, r#"{"trackId":"a","error":null,"mensaje":null}"#, State::Pending, vec![]),
            (400, "no está delegado", State::Refused, said("no está delegado")),
            (400, r#""no está delegado""#, State::Refused, said("no está delegado")),
            (400, r#"{"errors":{"xml":["requerido"]}}"#, State::Refused, said("requerido")),
            (400, "", State::Refused, said("HTTP 400")),
            (413, "<html></html>", State::Refused, said("<html></html>")),
            (200, r#"{"trackId":null,"error":"XSD"}"#, State::Refused, said("XSD")),
            (503, "", State::Unclear, said("HTTP 503")),
            (500, r#"{"codigo":1}"#, State::Unclear, said("HTTP 500")),
            (500, r#"{"codigo":2}"#, State::Unclear, said("HTTP 500")),
            (400, r#"{"codigo":1}"#, State::Unclear, said("HTTP 400")),
            (400, "<html></html>", State::Unclear, said("<html></html>")),
            (200, "{}", State::Unclear, vec![]),
            (200, "", State::Unclear, vec![]),
            (200, "<html></html>", State::Unclear, said("<html></html>")),
            (200, r#"{"codigo":7,"mensaje":"x"}"#, State::Unclear, said("x")),
            (302, "", State::Unclear, vec![]),
            (302, r#"{"codigo":1}"#, State::Unclear, vec![]),
            (408, "", State::Unclear, said("HTTP 408")),
        ] {
            assert_eq!(read(status, body), (state, messages), "{status} {body}");
        }
    }
}
