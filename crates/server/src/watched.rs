//! Whether a process lives and works that serves no API: an agent.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use ledger::Ledger;
use tokio::net::TcpListener;

use crate::limits::READY_TIME;

/// What those who watch a process are told of.
pub struct Watched {
    pub ledger: Arc<Ledger>,
    /// Whether it turns at all: restart it if it does not.
    pub lives: Box<dyn Fn() -> bool + Send + Sync>,
    /// Whether it does its work.
    pub works: Box<dyn Fn() -> bool + Send + Sync>,
    /// Whether it was told to stop.
    pub is_draining: Box<dyn Fn() -> bool + Send + Sync>,
}

/// Answers `/healthz` and `/readyz` as a server does, and nothing else.
pub async fn serve_health(listener: TcpListener, watched: Watched) -> io::Result<()> {
    axum::serve(listener, router(watched)).await
}

fn router(watched: Watched) -> Router {
    Router::new()
        .route("/healthz", get(live))
        .route("/readyz", get(ready))
        .with_state(Arc::new(watched))
}

async fn live(State(watched): State<Arc<Watched>>) -> (StatusCode, &'static str) {
    if (watched.lives)() {
        (StatusCode::OK, "live")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "stuck")
    }
}

async fn ready(State(watched): State<Arc<Watched>>) -> (StatusCode, &'static str) {
    let not = |words| (StatusCode::SERVICE_UNAVAILABLE, words);
    if (watched.is_draining)() {
        return not("draining");
    }
    match tokio::time::timeout(READY_TIME, watched.ledger.ready()).await {
        Ok(Ok(())) if (watched.works)() => (StatusCode::OK, "ready"),
        Ok(Ok(())) => not("does not work"),
        Ok(Err(error)) => {
            tracing::warn!("not ready: {error}");
            not("ledger_unavailable")
        }
        Err(_) => not("ledger_unavailable"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[tokio::test]
    async fn it_tells_whether_it_lives_works_and_drains() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let ledger = Arc::new(Ledger::open(&path, ledger::Options::default()).unwrap());
        let switch = |is: bool| Arc::new(AtomicBool::new(is));
        let (lives, works, drains) = (switch(true), switch(true), switch(false));
        let read = |switch: &Arc<AtomicBool>| -> Box<dyn Fn() -> bool + Send + Sync> {
            let switch = Arc::clone(switch);
            Box::new(move || switch.load(Ordering::SeqCst))
        };
        let watched = Arc::new(Watched {
            ledger: Arc::clone(&ledger),
            lives: read(&lives),
            works: read(&works),
            is_draining: read(&drains),
        });
        let told = async || {
            let (live, _) = live(State(Arc::clone(&watched))).await;
            let (ready, words) = ready(State(Arc::clone(&watched))).await;
            (live.as_u16(), ready.as_u16(), words)
        };
        assert_eq!(told().await, (200, 200, "ready"));
        lives.store(false, Ordering::SeqCst);
        assert_eq!(told().await.0, 503);
        works.store(false, Ordering::SeqCst);
        assert_eq!(told().await, (503, 503, "does not work"));
        works.store(true, Ordering::SeqCst);
        ledger.close().await;
        assert_eq!(told().await, (503, 503, "ledger_unavailable"));
        drains.store(true, Ordering::SeqCst);
        assert_eq!(told().await, (503, 503, "draining"));
    }
}
