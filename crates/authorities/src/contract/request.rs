//! Requests, where they go, and the sessions that they want.

use std::fmt;

use invoice::Timestamp;

/// One request, relative to the address of its target. Secrets are the wire's to add.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// What the authority calls the operation, for logs.
    pub operation: &'static str,
    pub target: Target,
    pub method: Method,
    pub path: String,
    /// What the body is: JSON, XML, a form with its boundary.
    pub content_type: String,
    /// What the answer should be.
    pub accept: &'static str,
    pub body: Option<Vec<u8>>,
    /// Send it with the session of this audience, where it wants one.
    pub session: Option<Audience>,
    /// After this one, the authority may hold the document for good: progress is made durable
    /// before it leaves.
    pub point_of_no_return: bool,
    /// It takes one of the places that the channel holds ([`super::Authority::under_way_max`]).
    /// What asks, confirms or cancels takes none, so that a recovery never stands in line behind
    /// new matters.
    pub takes_a_place: bool,
}

/// Where a request goes.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Target {
    /// A service of the authority, by the name that [`super::Authority::services`] gives it.
    Authority(&'static str),
    /// Another taxpayer's system, by the address that the authority's directory gives: foreign
    /// data, which the wire trusts no further than that.
    Peer(String),
}

/// Whom a session is with. Its token is good there and nowhere else.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Audience {
    /// The authority, in one of its environments.
    Authority(&'static str),
    /// Another taxpayer's system, by its address.
    Peer(String),
}

/// A service of an authority, at an address of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Service {
    /// How [`Target::Authority`] and the outlet's wire name it; empty for the main one.
    pub name: &'static str,
    /// Where the authority has published it; none where each taxpayer is told its own.
    pub url: Option<&'static str>,
    pub admission: Admission,
}

/// What a service admits a request by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Admission {
    /// A token that a person was given, which the outlet's wire names.
    Token,
    /// Sessions, which [`super::Matter::Session`] opens.
    Session,
}

/// The verbs that a channel uses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Method {
    Get,
    Post,
    Put,
}

/// An answer, as it came.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Response {
    /// The HTTP status, or the channel's equivalent.
    pub status: u16,
    pub body: Vec<u8>,
}

/// A session that was opened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Session {
    pub token: SessionToken,
    pub valid_until: Timestamp,
}

/// What admits the requests of a session. It is kept in memory, and never printed.
#[derive(Clone, Eq, PartialEq)]
pub struct SessionToken(String);

impl SessionToken {
    /// Takes what may stand in a header: printable ASCII without spaces, and not endless.
    pub fn parse(text: &str) -> Option<Self> {
        let is_token = (1..=TOKEN_BYTES_MAX).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_token.then(|| Self(text.to_owned()))
    }

    /// For the header of a request, and nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionToken(…)")
    }
}

/// A token has some hundred bytes; a header of more than this is refused by common servers.
const TOKEN_BYTES_MAX: usize = 8 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_a_header_and_is_not_printed() {
        let token = SessionToken::parse("eyJhbGciOi.payload.signature").unwrap();
        assert!(!format!("{token:?}").contains("payload"));
        for text in ["", "a b", "a\r\nX: y", "é", &"x".repeat(TOKEN_BYTES_MAX + 1)] {
            assert_eq!(SessionToken::parse(text), None, "{text:?}");
        }
    }
}
