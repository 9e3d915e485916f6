//! Who is calling: the bearer of an API key, remembered for some seconds, with its rate.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use invoice::{OutletId, SECOND, TenantId, Timestamp};
use ledger::{ApiKey, Environment, Ledger, LedgerError};

use crate::api_key::hash_of_bearer;
use crate::app::App;
use crate::limits::{
    KEY_CACHE_SECONDS, KEYS_CACHED_MAX, KEYS_EVICTED, RATE_BURST, RATE_PER_SECOND,
    STRANGER_CACHE_SECONDS, STRANGERS_CACHED_MAX,
};
use crate::problem::{
    KEY_EXPIRED, KEY_REVOKED, Problem, RATE_LIMITED, UNAUTHENTICATED, WRONG_ENVIRONMENT,
};
use crate::rights::{Operation, Reach, read_operations, read_reach};

/// The bearer of a key.
pub(crate) struct Caller {
    pub key_id: String,
    pub tenant: TenantId,
    pub environment: Environment,
    pub label: String,
    pub operations: Vec<Operation>,
    pub reach: Reach,
    pub expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    meter: Option<Arc<Meter>>,
}

/// What a key may ask in a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rate {
    /// Requests each second, in the mean.
    pub per_second: NonZeroU32,
    /// Requests at once.
    pub burst: NonZeroU32,
}

impl Default for Rate {
    fn default() -> Self {
        Self { per_second: RATE_PER_SECOND, burst: RATE_BURST }
    }
}

impl Caller {
    fn new(key: ApiKey, meter: Option<Arc<Meter>>) -> Self {
        Self {
            operations: read_operations(&key.operations),
            reach: read_reach(&key.outlets),
            key_id: key.id,
            tenant: key.tenant,
            environment: key.environment,
            label: key.label,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            meter,
        }
    }

    /// Refuses a test key at a live outlet, and the reverse.
    pub(crate) fn check_environment(&self, of_outlet: Environment) -> Result<(), Problem> {
        if self.environment == of_outlet {
            return Ok(());
        }
        Err(Problem::new(WRONG_ENVIRONMENT)
            .with("key", self.environment.as_str())
            .with("outlet", of_outlet.as_str()))
    }

    /// Whether this key may do whatever the other may: it can have given it, and may take it back.
    pub(crate) fn covers(&self, other: &ApiKey) -> bool {
        other.tenant == self.tenant
            && other.environment == self.environment
            && self.reach.covers(&read_reach(&other.outlets))
            && read_operations(&other.operations).iter().all(|one| self.operations.contains(one))
    }

    /// Whether the key's own outlets hold this one. Of which tenant it is, the ledger knows.
    pub(crate) fn reaches(&self, outlet: &OutletId) -> bool {
        self.reach.contains(outlet)
    }

    fn check_validity(&self, now: Timestamp) -> Result<(), Problem> {
        if self.revoked_at.is_some_and(|at| at <= now) {
            return Err(Problem::new(KEY_REVOKED));
        }
        match self.expires_at {
            Some(at) if at <= now => Err(Problem::new(KEY_EXPIRED)),
            Some(_) | None => Ok(()),
        }
    }
}

/// The callers of a process.
pub(crate) struct Callers {
    ledger: Arc<Ledger>,
    rate: Option<Rate>,
    known: RwLock<HashMap<[u8; 32], Known>>,
    /// Hashes that were nobody's, and when: whoever knocks again costs the ledger nothing.
    strangers: RwLock<HashMap<[u8; 32], Timestamp>>,
}

struct Known {
    caller: Arc<Caller>,
    since: Timestamp,
}

impl Callers {
    pub(crate) fn new(ledger: Arc<Ledger>, rate: Option<Rate>) -> Self {
        Self { ledger, rate, known: RwLock::default(), strangers: RwLock::default() }
    }

    pub(crate) fn forget(&self, hash: &[u8; 32]) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(hash);
    }

    /// Who bears the key of a hash, from memory or from the ledger.
    pub(crate) async fn find(
        &self,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<Arc<Caller>>, LedgerError> {
        let stale = match self.remembered(hash, now) {
            Remembered::Fresh(caller) => return Ok(Some(caller)),
            Remembered::Stale(caller) => Some(caller),
            Remembered::Not if self.is_stranger(hash, now) => return Ok(None),
            Remembered::Not => None,
        };
        let Some(key) = self.ledger.api_key_by_hash(hash).await? else {
            self.forget(hash);
            self.remember_stranger(*hash, now);
            return Ok(None);
        };
        // The meter outlives what else is remembered, or every look-up would be a new burst.
        let meter = stale.and_then(|caller| caller.meter.clone());
        let meter = meter.or_else(|| self.rate.map(|rate| Arc::new(Meter::new(rate))));
        let caller = Arc::new(Caller::new(key, meter));
        self.remember(*hash, Known { caller: Arc::clone(&caller), since: now });
        Ok(Some(caller))
    }

    fn remembered(&self, hash: &[u8; 32], now: Timestamp) -> Remembered {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        match known.get(hash) {
            None => Remembered::Not,
            Some(known) => {
                let caller = Arc::clone(&known.caller);
                let age = now.micros_since(known.since);
                // A clock that went back makes an age negative, which says nothing.
                if (0..KEY_CACHE_SECONDS * SECOND).contains(&age) {
                    Remembered::Fresh(caller)
                } else {
                    Remembered::Stale(caller)
                }
            }
        }
    }

    fn remember(&self, hash: [u8; 32], new: Known) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KEYS_CACHED_MAX {
            evict_oldest(&mut known);
        }
        known.insert(hash, new);
    }

    fn is_stranger(&self, hash: &[u8; 32], now: Timestamp) -> bool {
        let strangers = self.strangers.read().unwrap_or_else(PoisonError::into_inner);
        strangers.get(hash).is_some_and(|since| is_recent(*since, now))
    }

    fn remember_stranger(&self, hash: [u8; 32], now: Timestamp) {
        let mut strangers = self.strangers.write().unwrap_or_else(PoisonError::into_inner);
        if strangers.len() >= STRANGERS_CACHED_MAX {
            strangers.retain(|_, since| is_recent(*since, now));
        }
        // Where that makes no room, somebody makes texts up, and never repeats one.
        if strangers.len() < STRANGERS_CACHED_MAX {
            strangers.insert(hash, now);
        }
    }
}

/// Not all: a burst of keys must not give each of the others a new burst of requests.
fn evict_oldest(known: &mut HashMap<[u8; 32], Known>) {
    let mut ages: Vec<Timestamp> = known.values().map(|known| known.since).collect();
    let place = KEYS_EVICTED.min(ages.len()).saturating_sub(1);
    let youngest_to_go = *ages.select_nth_unstable(place).1;
    let mut left = KEYS_EVICTED;
    known.retain(|_, known| {
        let goes = known.since <= youngest_to_go && left > 0;
        left -= usize::from(goes);
        !goes
    });
}

fn is_recent(since: Timestamp, now: Timestamp) -> bool {
    (0..STRANGER_CACHE_SECONDS * SECOND).contains(&now.micros_since(since))
}

enum Remembered {
    Fresh(Arc<Caller>),
    Stale(Arc<Caller>),
    Not,
}

/// Lets the bearers of valid keys pass, within their rates.
pub(crate) async fn authenticate(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    let caller = match caller_of(&app, request.headers()).await {
        Ok(caller) => caller,
        Err(problem) => return refused(problem),
    };
    let Some(meter) = caller.meter.clone() else {
        request.extensions_mut().insert(caller);
        return next.run(request).await;
    };
    match meter.take() {
        Taken::Left(left) => {
            request.extensions_mut().insert(caller);
            let mut response = next.run(request).await;
            meter.write(left, response.headers_mut());
            response
        }
        Taken::None { seconds } => {
            let problem = Problem::new(RATE_LIMITED).with("seconds", seconds).retry_after(seconds);
            let mut response = problem.into_response();
            meter.write(0, response.headers_mut());
            response
        }
    }
}

async fn caller_of(app: &App, headers: &HeaderMap) -> Result<Arc<Caller>, Problem> {
    let unauthenticated = || Problem::new(UNAUTHENTICATED);
    let hash = bearer_hash(headers).ok_or_else(unauthenticated)?;
    let now = app.now();
    let caller = app.callers().find(&hash, now).await?.ok_or_else(unauthenticated)?;
    caller.check_validity(now)?;
    Ok(caller)
}

/// The hash of what a request bears, if that has the form of one of our keys.
pub(crate) fn bearer_hash(headers: &HeaderMap) -> Option<[u8; 32]> {
    let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, text) = bearer?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") { hash_of_bearer(text.trim()) } else { None }
}

/// RFC 9110, 11.6.1: a 401 tells how to do better.
fn refused(problem: Problem) -> Response {
    let is_unauthenticated = problem.status() == axum::http::StatusCode::UNAUTHORIZED;
    let mut response = problem.into_response();
    if is_unauthenticated {
        let challenge = HeaderValue::from_static("Bearer realm=\"stalela\"");
        response.headers_mut().insert("www-authenticate", challenge);
    }
    response
}

/// Counts the requests of one key.
struct Meter {
    rate: Rate,
    limiter: RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>,
    clock: DefaultClock,
}

enum Taken {
    Left(u32),
    None { seconds: u64 },
}

impl Meter {
    fn new(rate: Rate) -> Self {
        let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
        let limiter = RateLimiter::direct(quota).with_middleware::<StateInformationMiddleware>();
        Self { rate, limiter, clock: DefaultClock::default() }
    }

    fn take(&self) -> Taken {
        match self.limiter.check() {
            Ok(state) => Taken::Left(state.remaining_burst_capacity()),
            Err(until) => {
                let wait = until.wait_time_from(self.clock.now());
                Taken::None { seconds: wait.as_secs() + 1 }
            }
        }
    }

    /// The headers of draft-ietf-httpapi-ratelimit-headers in their widespread form.
    fn write(&self, left: u32, headers: &mut HeaderMap) {
        let missing = self.rate.burst.get().saturating_sub(left);
        let reset = missing.div_ceil(self.rate.per_second.get());
        headers.insert("ratelimit-limit", self.rate.burst.get().into());
        headers.insert("ratelimit-remaining", left.into());
        headers.insert("ratelimit-reset", reset.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestApp;
    use crate::{NewApiKey, Reach, new_api_key};

    fn hash(number: usize) -> [u8; 32] {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&number.to_be_bytes());
        hash
    }

    async fn callers() -> (TestApp, Callers, [u8; 32]) {
        let app = TestApp::direct().await;
        let new = NewApiKey {
            tenant: app.tenant.clone(),
            environment: Environment::Test,
            operations: vec![],
            reach: Reach::All,
            label: String::new(),
            expires_at: None,
        };
        let (_, row) = new_api_key(new, &app.chance, app.clock.now());
        let hash = row.hash;
        app.ledger().create_api_key(row).await.unwrap();
        let callers = Callers::new(Arc::clone(app.ledger()), Some(Rate::default()));
        (app, callers, hash)
    }

    #[tokio::test]
    async fn when_there_is_no_room_those_not_asked_for_the_longest_go() {
        let (app, callers, own) = callers().await;
        let caller = callers.find(&own, app.clock.now()).await.unwrap().unwrap();
        for number in 0..KEYS_CACHED_MAX + 10 {
            let since = Timestamp::from_micros(i64::try_from(number).unwrap());
            callers.remember(hash(number), Known { caller: Arc::clone(&caller), since });
        }
        let known = callers.known.read().unwrap();
        assert!(known.contains_key(&own), "the youngest of all keeps its meter");
        assert!(known.len() <= KEYS_CACHED_MAX && known.len() > KEYS_CACHED_MAX - KEYS_EVICTED);
        assert!(!known.contains_key(&hash(0)) && known.contains_key(&hash(KEYS_CACHED_MAX)));
    }

    #[tokio::test]
    async fn a_text_that_is_no_key_is_looked_up_once_in_a_while() {
        let (app, callers, own) = callers().await;
        let now = app.clock.now();
        assert!(callers.find(&hash(1), now).await.unwrap().is_none());
        let caller = callers.find(&own, now).await.unwrap();
        assert!(caller.is_some());
        app.ledger().close().await;
        // The ledger is gone, and is not asked.
        assert!(callers.find(&hash(1), now).await.unwrap().is_none());
        let later = now.plus_micros(STRANGER_CACHE_SECONDS * SECOND);
        assert!(!callers.is_stranger(&hash(1), later));
        for number in 0..2 * STRANGERS_CACHED_MAX {
            callers.remember_stranger(hash(number), now);
        }
        assert_eq!(callers.strangers.read().unwrap().len(), STRANGERS_CACHED_MAX);
        callers.remember_stranger(hash(usize::MAX), later);
        assert_eq!(callers.strangers.read().unwrap().len(), 1, "old ones make room");
    }
}
