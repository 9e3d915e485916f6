//! The sockets: loopback only, a bounded number of connections, and the power to hang up.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::StatusCode;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};
use tower::ServiceExt;

use crate::SimulatorError;

/// Opens a port, on the loopback interface or not at all. `port` names it in an error.
pub(crate) async fn open(
    port: &'static str,
    address: SocketAddr,
) -> Result<TcpListener, SimulatorError> {
    if !address.ip().is_loopback() {
        return Err(SimulatorError::NotLoopback { port, address });
    }
    let listening = TcpListener::bind(address).await;
    listening.map_err(|source| SimulatorError::Listen { port, address, source })
}

/// The base URL of a port, without a slash at its end.
pub(crate) fn url_of(listener: &TcpListener, port: &'static str) -> Result<String, SimulatorError> {
    match listener.local_addr() {
        Ok(address) => Ok(format!("http://{address}")),
        Err(source) => {
            let address = SocketAddr::from(([127, 0, 0, 1], 0));
            Err(SimulatorError::Listen { port, address, source })
        }
    }
}

/// The ports of a simulator that answers until this is dropped.
#[derive(Debug)]
pub(crate) struct Ports([JoinHandle<()>; 2]);

impl Ports {
    /// Begins to answer on both.
    pub(crate) fn answer(ports: [(TcpListener, Router); 2]) -> Self {
        Self(ports.map(|(listener, router)| tokio::spawn(answer(listener, router))))
    }

    /// Closes both, and waits until they are.
    pub(crate) async fn stop(mut self) {
        for task in &mut self.0 {
            task.abort();
            let _aborted = task.await;
        }
    }
}

impl Drop for Ports {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

/// A request's body, of so many bytes at most.
pub(crate) async fn body(body: Body, limit: usize) -> Result<Bytes, StatusCode> {
    match tokio::time::timeout(BODY_PATIENCE, to_bytes(body, limit)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

/// How long a request's body may take to arrive.
const BODY_PATIENCE: Duration = Duration::from_secs(30);

/// Answers connections for ever. Dropping the future ends all of them at once.
async fn answer(listener: TcpListener, router: Router) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut conversations = JoinSet::new();
    loop {
        let place = Arc::clone(&places).acquire_owned().await.expect("nobody closes the semaphore");
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let router = router.clone();
        conversations.spawn(async move {
            converse(stream, router).await;
            drop(place);
        });
        while conversations.try_join_next().is_some() {}
    }
}

/// A reply that is never sent: the connection closes without a byte of it.
pub(crate) fn hang_up() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(HangUp);
    response
}

/// One connection, until either side has enough of it.
async fn converse(stream: TcpStream, router: Router) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let answering = router.clone().oneshot(request.map(Body::new));
        async move { unless_hung_up(answering.await) }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_PATIENCE);
    // An error here is the peer's (it went away, it talked nonsense) or our own hanging up.
    let _ended = http.serve_connection(TokioIo::new(stream), service).await;
}

fn unless_hung_up(answer: Result<Response, Infallible>) -> Result<Response, HungUp> {
    let Ok(response) = answer;
    if response.extensions().get::<HangUp>().is_some() {
        return Err(HungUp);
    }
    Ok(response)
}

/// Marks a response that must not be sent.
#[derive(Clone, Copy)]
struct HangUp;

/// The service error that makes hyper close the connection without a reply.
#[derive(Debug, thiserror::Error)]
#[error("hung up on purpose")]
struct HungUp;

/// Connections at once on one port. A test suite opens dozens; a runaway client must not exhaust
/// the process's file descriptors.
const MAX_CONNECTIONS: usize = 512;

/// How long a connection may take to send a request's head, and how long it may stay idle.
const HEADER_PATIENCE: Duration = Duration::from_mins(1);

/// The pause after a failed accept (no file descriptor left), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_loopback_interface_is_opened() {
        let address = "0.0.0.0:0".parse().unwrap();
        let refused = open("invoice", address).await.unwrap_err();
        assert!(matches!(refused, SimulatorError::NotLoopback { .. }));
        assert!(refused.to_string().contains("127.0.0.1"), "{refused}");
    }

    #[tokio::test]
    async fn a_port_that_is_taken_is_a_clear_error() {
        let first = open("invoice", "127.0.0.1:0".parse().unwrap()).await.unwrap();
        let taken = first.local_addr().unwrap();
        let refused = open("management", taken).await.unwrap_err();
        assert!(matches!(refused, SimulatorError::Listen { port: "management", .. }));
    }
}
