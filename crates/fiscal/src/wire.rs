//! How a request leaves us. What opens it, sockets or serial lines, lives in `agent`.

use std::future::Future;
use std::pin::Pin;

use authorities::{Request, Response};
use invoice::Timestamp;

/// A line to an authority, with the secrets that it wants.
pub trait Wire: Send + Sync {
    /// Whether a request may leave now; if not, when to ask again. A circuit breaker's and a pacer's
    /// word: nothing was sent.
    fn admit(&self, now: Timestamp) -> Result<(), Timestamp>;

    /// Sends, and waits for the answer or for the time that the line allows it.
    fn exchange<'a>(&'a self, request: &'a Request) -> Exchanging<'a>;
}

/// An exchange under way.
pub type Exchanging<'a> = Pin<Box<dyn Future<Output = Result<Response, Unanswered>> + Send + 'a>>;

/// No answer came, and nobody knows whether the request arrived.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no answer: {0}")]
pub struct Unanswered(pub String);
