//! Serving: connections within bounds, and an end that loses nothing.

mod doorbell;
mod in_one_go;

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use self::doorbell::Doorbell;
use self::in_one_go::InOneGo;
use crate::front::Front;
use crate::limits::{
    CONNECTIONS_MAX, DRAIN_TIME, HEAD_BUFFER_BYTES, HEAD_TIME, HEADERS_MAX, ISSUES_MAX,
};

/// Serves until `shutdown` is done, and then finishes what is under way: requests first, then
/// invoices whose clients hung up. An error says that something was still under way when the time
/// for that ended; it is in the ledger, and the agent takes it up.
pub async fn serve(
    listener: TcpListener,
    front: impl Into<Front>,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let front = front.into();
    let service = front.router();
    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let at_work = front.requests_at_work();
    let doorbell = Doorbell::hang(move || at_work() <= 1)?;
    let graceful = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    loop {
        // A permit first: beyond the limit, connections wait in the system's own queue.
        let accepted = async {
            let permit = Arc::clone(&connections).acquire_owned().await;
            let permit = permit.expect("the semaphore is never closed");
            (listener.accept().await, permit)
        };
        tokio::select! {
            (accepted, permit) = accepted => match accepted {
                Ok((stream, _)) => {
                    let connection = connection(stream, service.clone(), graceful.watcher());
                    let connection = InOneGo::new(connection, doorbell.clone());
                    tokio::spawn(async move {
                        connection.await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    // Out of files, or the client was gone already: the listener itself is fine.
                    tracing::warn!("a connection was not accepted: {error}");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            () = &mut shutdown => break,
        }
    }
    drop(listener);
    drain(&front, graceful).await
}

/// Long enough not to spin while files are short, short enough for nobody to notice.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

async fn connection(stream: TcpStream, service: Router, watcher: Watcher) {
    // Answers are written at once, and a till waits for each.
    let _ = stream.set_nodelay(true);
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!("a connection ended early: {error}");
    }
}

async fn drain(front: &Front, graceful: GracefulShutdown) -> io::Result<()> {
    let finished = async {
        graceful.shutdown().await;
        // Every invoice under way holds a permit, also those that nobody waits for any more.
        for app in front.apps() {
            let _all = app.issues().acquire_many(ISSUES_MAX).await;
        }
    };
    tokio::time::timeout(DRAIN_TIME, finished).await.map_err(|_| {
        io::Error::new(io::ErrorKind::TimedOut, "some requests were still under way at the end")
    })
}

#[cfg(test)]
#[path = "serve_tests.rs"]
mod tests;
