//! Who is calling: the bearer of an API key, remembered for some seconds, with its rate.

use std::collections::HashMap;
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
use std::num::NonZeroU32;

use crate::api_key::hash_of_bearer;
use crate::app::App;
use crate::limits::{KEY_CACHE_SECONDS, KEYS_CACHED_MAX, RATE_BURST, RATE_PER_SECOND};
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
    expires_at: Option<Timestamp>,
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
}

struct Known {
    caller: Arc<Caller>,
    since: Timestamp,
}

impl Callers {
    pub(crate) fn new(ledger: Arc<Ledger>, rate: Option<Rate>) -> Self {
        Self { ledger, rate, known: RwLock::default() }
    }

    pub(crate) fn forget(&self, hash: &[u8; 32]) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(hash);
    }

    async fn find(
        &self,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<Arc<Caller>>, LedgerError> {
        let stale = match self.remembered(hash, now) {
            Remembered::Fresh(caller) => return Ok(Some(caller)),
            Remembered::Stale(caller) => Some(caller),
            Remembered::Not => None,
        };
        let Some(key) = self.ledger.api_key_by_hash(hash).await? else {
            self.forget(hash);
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
            known.clear();
        }
        known.insert(hash, new);
    }
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
    let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, text) =
        bearer.and_then(|value| value.split_once(' ')).ok_or_else(unauthenticated)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(unauthenticated());
    }
    let hash = hash_of_bearer(text.trim()).ok_or_else(unauthenticated)?;
    let now = app.now();
    let caller = app.callers().find(&hash, now).await?.ok_or_else(unauthenticated)?;
    caller.check_validity(now)?;
    Ok(caller)
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
