//! What stands before the API: one store, or several of which each tenant stands in one.
//!
//! Over several, each store has its own desks and its own app, which know of no other. A request is
//! passed on to the one that it belongs to: by its API key, or by the outlet or the taxpayer in the
//! path of what is public. What a store holds is its tenants' alone, so a store that is lost takes
//! their requests with it, and no others.

mod choosing;
mod routes;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use invoice::OutletId;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::app::{App, router};
use crate::limits::{PLACE_SECONDS, PLACES_MAX, READY_TIME, RECEPTION_SECONDS, REQUESTS_MAX};
use crate::published_keys::{self, KeyRecords};
use crate::remembered::Remembered;

/// A server over its store or its stores. A clone is the same server.
#[derive(Clone)]
pub struct Front(Kind);

#[derive(Clone)]
enum Kind {
    One(App),
    Several(Arc<Several>),
}

/// Stores, and what is remembered of who belongs to which.
struct Several {
    stores: Vec<Store>,
    /// Of the requests of each store that is open.
    permits: Arc<RwLock<Vec<Arc<Semaphore>>>>,
    /// Who answers what is nobody's: a wrong key, a page.
    default: usize,
    is_draining: AtomicBool,
    /// Of API keys by their hashes.
    keys: Remembered<[u8; 32], usize>,
    outlets: Remembered<OutletId, usize>,
    /// Of taxpayers, as environment and number, who receive.
    doors: Remembered<(String, String), usize>,
    /// Of the public keys of all.
    key_list: published_keys::Shared,
    /// One permit for each request that all stores are asked about.
    lookups: Semaphore,
}

struct Store {
    name: String,
    /// None as long as the store could not be opened.
    open: OnceLock<Open>,
    /// The public keys that it was last seen to have: none is ever taken away.
    published: RwLock<Option<KeyRecords>>,
    silence: Silence,
}

/// Until when a store is not asked again whose a request is, because it gave no answer: while each
/// question waited for it, the requests of the other stores' tenants would find no place. When that
/// is over one question finds out whether it answers again, and all others are spared until it has.
#[derive(Clone, Default)]
struct Silence(Arc<Mutex<Option<Instant>>>);

/// Whether a store is asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Question {
    Put,
    /// The first after a silence: its answer ends it.
    Trial,
    Spared,
}

impl Silence {
    fn question(&self, now: Instant) -> Question {
        let mut until = self.until();
        match *until {
            None => Question::Put,
            Some(end) if now < end => Question::Spared,
            Some(_) => {
                *until = Some(now + ASKING_TIME);
                Question::Trial
            }
        }
    }

    /// It answered in time, whatever it said; or it did not.
    fn heard(&self, is_answered: bool, now: Instant) {
        *self.until() = (!is_answered).then(|| now + SILENCE);
    }

    fn until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Open {
    app: App,
    router: Router,
}

impl From<App> for Front {
    /// Over one store.
    fn from(app: App) -> Self {
        Self(Kind::One(app))
    }
}

impl Front {
    /// Over several stores by their names, each with its app if it could be opened; `default` is the
    /// place of the one that answers what is nobody's. None where none is open.
    pub fn over(stores: Vec<(String, Option<App>)>, default: usize) -> Option<Self> {
        if stores.iter().all(|(_, app)| app.is_none()) {
            return None;
        }
        let stores = stores.into_iter().map(|(name, app)| {
            let open = app.map_or_else(OnceLock::new, |app| OnceLock::from(Open::new(app)));
            Store { name, open, published: RwLock::default(), silence: Silence::default() }
        });
        let stores: Vec<Store> = stores.collect();
        let open = stores.iter().filter_map(|store| store.open.get());
        let permits = open.map(|open| Arc::clone(open.app.requests())).collect();
        Some(Self(Kind::Several(Arc::new(Several {
            stores,
            permits: Arc::new(RwLock::new(permits)),
            default,
            is_draining: AtomicBool::new(false),
            keys: Remembered::new(PLACES_MAX, PLACE_SECONDS),
            outlets: Remembered::new(PLACES_MAX, PLACE_SECONDS),
            doors: Remembered::new(PLACES_MAX, RECEPTION_SECONDS),
            key_list: published_keys::Shared::default(),
            lookups: Semaphore::new(REQUESTS_MAX),
        }))))
    }

    /// From now on the store at that place is served, which could not be opened before.
    pub fn open(&self, place: usize, app: App) {
        let Kind::Several(several) = &self.0 else { return };
        if let Some(store) = several.stores.get(place) {
            let permits = Arc::clone(app.requests());
            if store.open.set(Open::new(app)).is_ok() {
                several.permits.write().unwrap_or_else(PoisonError::into_inner).push(permits);
            }
        }
    }

    /// From now on it says that it is not ready, and takes requests all the same.
    pub fn begin_draining(&self) {
        match &self.0 {
            Kind::One(app) => app.begin_draining(),
            Kind::Several(several) => several.is_draining.store(true, Ordering::Relaxed),
        }
    }

    pub(crate) fn router(&self) -> Router {
        match &self.0 {
            Kind::One(app) => router(app.clone()),
            Kind::Several(several) => routes::router(Arc::clone(several)),
        }
    }

    /// Counts the requests that are being answered, and keeps nothing open: whoever asks may be a
    /// ledger's own thread, which must not be the last to hold its ledger.
    pub(crate) fn requests_at_work(&self) -> Box<dyn Fn() -> usize + Send + Sync> {
        let of = |permits: &Semaphore| REQUESTS_MAX.saturating_sub(permits.available_permits());
        match &self.0 {
            Kind::One(app) => {
                let permits = Arc::clone(app.requests());
                Box::new(move || of(&permits))
            }
            Kind::Several(several) => {
                let permits = Arc::clone(&several.permits);
                Box::new(move || {
                    let permits = permits.read().unwrap_or_else(PoisonError::into_inner);
                    permits.iter().map(|permits| of(permits)).sum()
                })
            }
        }
    }

    /// Those of all stores that are open.
    pub(crate) fn apps(&self) -> Vec<App> {
        match &self.0 {
            Kind::One(app) => vec![app.clone()],
            Kind::Several(several) => {
                let open = several.stores.iter().filter_map(|store| store.open.get());
                open.map(|open| open.app.clone()).collect()
            }
        }
    }
}

impl Open {
    fn new(app: App) -> Self {
        Self { router: router(app.clone()), app }
    }
}

impl Several {
    /// Who answers what belongs to no store.
    fn anybody(&self) -> &Open {
        let open = |store: &'_ Store| store.open.get().is_some();
        let default = self.stores.get(self.default).filter(|store| open(store));
        let any = default.or_else(|| self.stores.iter().find(|store| open(store)));
        any.and_then(|store| store.open.get()).expect("one is open from the start")
    }

    /// Asks every store at once, within the time in which a store that is ready answers. None of one
    /// that did not.
    async fn each<T, F>(&self, ask: impl Fn(App) -> F) -> Vec<Option<T>>
    where
        T: Send + 'static,
        F: Future<Output = Option<T>> + Send + 'static,
    {
        let mut asked = self.asked(ask);
        let mut answers: Vec<Option<T>> = self.stores.iter().map(|_| None).collect();
        while let Some(answer) = asked.join_next().await {
            if let Ok((place, answer)) = answer {
                answers[place] = answer;
            }
        }
        answers
    }

    fn asked<T, F>(&self, ask: impl Fn(App) -> F) -> JoinSet<(usize, Option<T>)>
    where
        T: Send + 'static,
        F: Future<Output = Option<T>> + Send + 'static,
    {
        let mut asked = JoinSet::new();
        for (place, store) in self.stores.iter().enumerate() {
            match store.question(&ask) {
                None => asked.spawn(async move { (place, None) }),
                Some((Question::Trial, answer)) => {
                    // It goes on to its end, though another store may have answered before.
                    let trial = tokio::spawn(answer);
                    asked.spawn(async move { (place, trial.await.ok().flatten()) })
                }
                Some((_, answer)) => asked.spawn(async move { (place, answer.await) }),
            };
        }
        asked
    }
}

impl Store {
    /// A question that is to be put to it, as what comes of it within its time; none where the store is
    /// not open, or is silent.
    fn question<T, F>(
        &self,
        ask: impl Fn(App) -> F,
    ) -> Option<(Question, impl Future<Output = Option<T>> + Send + 'static)>
    where
        T: Send + 'static,
        F: Future<Output = Option<T>> + Send + 'static,
    {
        let open = self.open.get()?;
        let silence = self.silence.clone();
        let question = silence.question(Instant::now());
        (question != Question::Spared).then(|| {
            let asking = ask(open.app.clone());
            let answer = async move {
                let answer = tokio::time::timeout(ASKING_TIME, asking).await;
                silence.heard(answer.is_ok(), Instant::now());
                answer.ok().flatten()
            };
            (question, answer)
        })
    }
}

/// Whoever waits longer asks again.
const ASKING_TIME: Duration = READY_TIME;
/// A store that is back is asked a moment later, and one that is not costs one question in that time
/// and the time to ask it.
const SILENCE: Duration = Duration::from_secs(1);

#[cfg(test)]
#[path = "front_tests.rs"]
mod tests;
