//! How a request leaves us. What opens it, sockets or serial lines, lives in `agent`.

use std::future::Future;
use std::pin::Pin;

use authorities::{Request, Response, SessionToken, Target};
use invoice::Timestamp;

use crate::leases::Leave;

/// A line to an authority, with the secrets that it wants.
pub trait Wire: Send + Sync {
    /// Waits for the turn of one request to there, behind those of everybody who uses the address; or
    /// says when to ask again. A circuit breaker's and a pacer's word: nothing was sent.
    fn admit<'a>(&'a self, target: &'a Target, now: Timestamp) -> Admitting<'a>;

    /// Sends, in a session where one is given, and waits for the answer or for the time that the
    /// line allows it. A request that has a body begins to leave while `leave` is given and not
    /// later: [`Unanswered::TooLate`] then.
    fn exchange<'a>(
        &'a self,
        request: &'a Request,
        session: Option<&'a SessionToken>,
        leave: &'a Leave,
    ) -> Exchanging<'a>;
}

/// A request that waits for its turn.
pub type Admitting<'a> = Pin<Box<dyn Future<Output = Result<(), Timestamp>> + Send + 'a>>;

/// An exchange under way.
pub type Exchanging<'a> = Pin<Box<dyn Future<Output = Result<Response, Unanswered>> + Send + 'a>>;

/// Why no answer came, in the line's words.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Unanswered {
    /// The line could not be opened at all: nothing left us, and nothing has to be asked. A wire
    /// says so only where it is certain.
    #[error("nothing was sent: {0}")]
    NotSent(String),
    /// The lease of what it is of had run out when it was about to leave: nothing left us, and
    /// somebody else may be at it.
    #[error("nothing was sent: somebody else may have it in hand by now")]
    TooLate,
    /// Nobody knows whether the request arrived.
    #[error("no answer: {0}")]
    Lost(String),
}
