//! What an answer amounts to, by its HTTP status and its body.

use super::body::Body;
use super::status::{messages, said};
use crate::contract::{Response, Trouble};

/// What an answer amounts to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reply {
    /// A success, with what it brings.
    Fine(Body),
    /// The service read the request and will not have it.
    Refused(Trouble),
    /// The session does not serve: nothing was taken.
    SessionRefused(Trouble),
    /// Later: nothing was taken.
    NotNow(Trouble),
    /// The service, or what was asked for, is not there.
    Missing(Trouble),
    /// Nobody knows whether it was processed.
    Unclear(Trouble),
}

impl Reply {
    pub(super) fn read(response: &Response) -> Self {
        let body = Body::read(&response.body);
        let trouble = || trouble(response.status, &body);
        match (response.status, &body) {
            // The page of a server in front is no service's word, whatever its status.
            (200..=299 | 400, Body::Page(_)) => Self::Unclear(trouble()),
            // An object that breaks off: what it began to say may have been yes.
            (200..=299, Body::Text(words)) if words.starts_with('{') => Self::Unclear(trouble()),
            (200..=299, _) => Self::Fine(body),
            (400 | 406 | 409 | 411 | 413 | 415 | 422, _) => Self::Refused(trouble()),
            (401 | 403, _) => Self::SessionRefused(trouble()),
            (404 | 405 | 410 | 501, _) => Self::Missing(trouble()),
            (429, _) => Self::NotNow(trouble()),
            _ => Self::Unclear(trouble()),
        }
    }

    /// Where no answer came.
    pub(super) fn unanswered(why: &str) -> Self {
        Self::Unclear(Trouble::new("", why))
    }

    /// A success whose body does not say what it should.
    pub(super) fn unreadable(body: &Body) -> Trouble {
        let (_, words) = said(&messages(body));
        Trouble::new("", format!("an answer that says nothing of the matter: {words}"))
    }
}

/// The service's own code where it gives one, else the status.
fn trouble(status: u16, body: &Body) -> Trouble {
    let (code, words) = said(&messages(body));
    if code.is_empty() {
        Trouble::new(status.to_string(), words)
    } else {
        Trouble::new(code, words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Reply {
        Reply::read(&Response { status, body: body.as_bytes().to_vec() })
    }

    #[test]
    fn each_status_is_of_a_kind() {
        let no = || Trouble::new("400", "no");
        assert!(matches!(read(200, "{}"), Reply::Fine(_)));
        assert_eq!(read(400, "no"), Reply::Refused(no()));
        assert_eq!(read(400, "\"no\""), Reply::Refused(no()));
        assert_eq!(read(400, r#"{"errors":{"xml":["no"]}}"#), Reply::Refused(no()));
        let coded = r#"{"codigo":"02","mensajes":[{"codigo":"145","valor":"no"}]}"#;
        assert_eq!(read(400, coded), Reply::Refused(Trouble::new("145", "145 no")));
        assert!(matches!(read(401, ""), Reply::SessionRefused(_)));
        assert!(matches!(read(403, "<html></html>"), Reply::SessionRefused(_)));
        assert!(matches!(read(404, ""), Reply::Missing(_)));
        assert!(matches!(read(429, ""), Reply::NotNow(_)));
        assert!(matches!(read(503, "<html></html>"), Reply::Unclear(_)));
        assert!(matches!(read(200, "<html></html>"), Reply::Unclear(_)));
        assert!(matches!(read(400, "<html></html>"), Reply::Unclear(_)));
        assert!(matches!(read(200, "{\"trackId\":\"d2b6"), Reply::Unclear(_)));
        assert!(matches!(read(400, "{\"mensaje\":\"no"), Reply::Refused(_)));
        assert!(matches!(read(302, ""), Reply::Unclear(_)));
    }
}
