//! Whether a process lives and works that serves no API: an agent.

use std::io;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use ledger::Ledger;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::health;

/// What those who watch a process are told of.
pub struct Watched {
    /// One, or several by their names.
    pub stores: Vec<WatchedStore>,
    /// Whether it was told to stop.
    pub is_draining: Box<dyn Fn() -> bool + Send + Sync>,
}

/// A store that it works over.
#[derive(Clone)]
pub struct WatchedStore {
    pub name: String,
    /// None as long as the store could not be opened.
    pub at_work: Arc<OnceLock<AtWork>>,
}

/// The work over a store.
pub struct AtWork {
    pub ledger: Arc<Ledger>,
    /// Whether it turns at all: restart the process if it does not.
    pub lives: Box<dyn Fn() -> bool + Send + Sync>,
    /// Whether it does its work.
    pub works: Box<dyn Fn() -> bool + Send + Sync>,
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
    let mut at_work = watched.stores.iter().filter_map(|store| store.at_work.get());
    if at_work.all(|at_work| (at_work.lives)()) {
        (StatusCode::OK, "live")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "stuck")
    }
}

/// Ready as long as it works over one of its stores; the others are named.
async fn ready(State(watched): State<Arc<Watched>>) -> (StatusCode, String) {
    let not = |words: &str| (StatusCode::SERVICE_UNAVAILABLE, words.to_owned());
    if (watched.is_draining)() {
        return not("draining");
    }
    let mut asked = JoinSet::new();
    for (place, store) in watched.stores.iter().enumerate() {
        let store = store.clone();
        asked.spawn(async move { (place, trouble(&store).await) });
    }
    let mut troubles = asked.join_all().await;
    troubles.sort_by_key(|(place, _)| *place);
    let lost = troubles.iter().filter(|(_, trouble)| trouble.is_some());
    let lost: String = lost.map(|(place, _)| health::lost(&watched.stores[*place].name)).collect();
    match troubles.iter().find_map(|(_, trouble)| *trouble) {
        Some(words) if troubles.iter().all(|(_, trouble)| trouble.is_some()) => not(words),
        Some(_) | None => (StatusCode::OK, format!("ready{lost}")),
    }
}

/// Why nothing is done over a store.
async fn trouble(store: &WatchedStore) -> Option<&'static str> {
    let Some(at_work) = store.at_work.get() else { return Some("ledger_unavailable") };
    if !health::is_ready(&at_work.ledger).await {
        return Some("ledger_unavailable");
    }
    (!(at_work.works)()).then_some("does not work")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    type Switch = Arc<AtomicBool>;

    fn read(switch: &Switch) -> Box<dyn Fn() -> bool + Send + Sync> {
        let switch = Arc::clone(switch);
        Box::new(move || switch.load(Ordering::SeqCst))
    }

    struct Store {
        ledger: Arc<Ledger>,
        lives: Switch,
        works: Switch,
        watched: WatchedStore,
        _folder: tempfile::TempDir,
    }

    fn store(name: &str) -> Store {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let ledger = Arc::new(Ledger::open(&path, ledger::Options::default()).unwrap());
        let [lives, works] = [(); 2].map(|()| Arc::new(AtomicBool::new(true)));
        let at_work =
            AtWork { ledger: Arc::clone(&ledger), lives: read(&lives), works: read(&works) };
        let at_work = Arc::new(OnceLock::from(at_work));
        let watched = WatchedStore { name: name.to_owned(), at_work };
        Store { ledger, lives, works, watched, _folder: folder }
    }

    async fn told(watched: &Arc<Watched>) -> (u16, u16, String) {
        let (live, _) = live(State(Arc::clone(watched))).await;
        let (ready, words) = ready(State(Arc::clone(watched))).await;
        (live.as_u16(), ready.as_u16(), words)
    }

    #[tokio::test]
    async fn it_tells_whether_it_lives_works_and_drains() {
        let one = store("one");
        let drains = Arc::new(AtomicBool::new(false));
        let stores = vec![one.watched.clone()];
        let watched = Arc::new(Watched { stores, is_draining: read(&drains) });
        assert_eq!(told(&watched).await, (200, 200, "ready".to_owned()));
        one.lives.store(false, Ordering::SeqCst);
        assert_eq!(told(&watched).await.0, 503);
        one.works.store(false, Ordering::SeqCst);
        assert_eq!(told(&watched).await, (503, 503, "does not work".to_owned()));
        one.works.store(true, Ordering::SeqCst);
        one.ledger.close().await;
        assert_eq!(told(&watched).await, (503, 503, "ledger_unavailable".to_owned()));
        drains.store(true, Ordering::SeqCst);
        assert_eq!(told(&watched).await, (503, 503, "draining".to_owned()));
    }

    #[tokio::test]
    async fn of_several_stores_it_names_those_that_it_does_not_work_over() {
        let (east, west) = (store("east"), store("west"));
        let late = WatchedStore { name: "late".to_owned(), at_work: Arc::default() };
        let stores = vec![east.watched.clone(), late, west.watched.clone()];
        let never = Arc::new(AtomicBool::new(false));
        let watched = Arc::new(Watched { stores, is_draining: read(&never) });
        assert_eq!(told(&watched).await, (200, 200, "ready\nstore_unavailable late".to_owned()));
        west.works.store(false, Ordering::SeqCst);
        let words = "ready\nstore_unavailable late\nstore_unavailable west";
        assert_eq!(told(&watched).await, (200, 200, words.to_owned()));
        west.lives.store(false, Ordering::SeqCst);
        assert_eq!(told(&watched).await.0, 503, "a loop that stands still wants a restart");
        east.ledger.close().await;
        assert_eq!(told(&watched).await.1, 503, "over none");
    }
}
