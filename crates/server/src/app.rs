//! What the server is made of, and the table of its routes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use fiscal::Desks;
use invoice::Timestamp;
use ledger::Ledger;
use proof::WitnessKey;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::{Callers, Rate, authenticate};
use crate::limits::{BODY_BYTES_MAX, ISSUES_MAX, PATIENCE, REQUESTS_MAX};
use crate::outlets::new_outlets::NewOutlets;
use crate::p2p::{self, P2p};
use crate::problem::{OVERLOADED, Problem};
use crate::{
    annulments, api_keys, docs, edge, events, health, inbox, invoices, log, openapi, outlets,
    published_keys,
};
use crate::{paper_receipts, sequences, submissions, tax_groups, verify_page};

/// The server's parts. A clone is the same server.
#[derive(Clone)]
pub struct App {
    parts: Arc<Parts>,
}

struct Parts {
    desks: Arc<Desks>,
    settings: Settings,
    /// Tells the agent that something new may be due.
    wake: Arc<Notify>,
    callers: Callers,
    /// Those who knock at the doors of taxpayers.
    p2p: P2p,
    /// Of the public keys.
    key_list: published_keys::Shared,
    /// One permit for each request at work.
    requests: Arc<Semaphore>,
    /// One permit for each invoice under way, held by its task and not by its request.
    issues: Arc<Semaphore>,
    /// It has been told to stop.
    is_draining: AtomicBool,
}

/// How the server is run. [`Settings::default`] serves for tests and for one machine.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the world reaches this server, as in `https://stalela.example`: it stands in verify
    /// URLs on receipts, so it is for ever. Without a slash at the end.
    pub public_url: String,
    /// How long a request waits for an authority where the client does not say.
    pub patience: Duration,
    /// What each key may ask; none for no limit, as a benchmark wants it.
    pub rate: Option<Rate>,
    /// What outlets get that are created through the API; none where they are created elsewhere.
    pub new_outlets: Option<NewOutlets>,
    /// Whose cosignatures of checkpoints are kept and published.
    pub witnesses: Vec<WitnessKey>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:8080".to_owned(),
            patience: PATIENCE,
            rate: Some(Rate::default()),
            new_outlets: None,
            witnesses: Vec::new(),
        }
    }
}

impl App {
    pub fn new(desks: Arc<Desks>, settings: Settings, wake: Arc<Notify>) -> Self {
        let callers = Callers::new(Arc::clone(desks.ledger()), settings.rate);
        Self {
            parts: Arc::new(Parts {
                desks,
                settings,
                wake,
                callers,
                p2p: P2p::default(),
                key_list: published_keys::Shared::default(),
                requests: Arc::new(Semaphore::new(REQUESTS_MAX)),
                issues: Arc::new(Semaphore::new(ISSUES_MAX as usize)),
                is_draining: AtomicBool::new(false),
            }),
        }
    }

    /// Forgets what is remembered of an API key, so that a revocation holds at once. By its hash.
    pub fn forget_api_key(&self, hash: &[u8; 32]) {
        self.parts.callers.forget(hash);
    }

    /// From now on it says that it is not ready, and takes requests all the same.
    pub fn begin_draining(&self) {
        self.parts.is_draining.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.parts.is_draining.load(Ordering::Relaxed)
    }

    pub(crate) fn desks(&self) -> &Arc<Desks> {
        &self.parts.desks
    }

    pub(crate) fn ledger(&self) -> &Arc<Ledger> {
        self.parts.desks.ledger()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.parts.desks.clock().now()
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.parts.settings
    }

    pub(crate) fn callers(&self) -> &Callers {
        &self.parts.callers
    }

    pub(crate) fn p2p(&self) -> &P2p {
        &self.parts.p2p
    }

    pub(crate) fn key_list(&self) -> &published_keys::Shared {
        &self.parts.key_list
    }

    pub(crate) fn requests(&self) -> &Arc<Semaphore> {
        &self.parts.requests
    }

    pub(crate) fn issues(&self) -> &Arc<Semaphore> {
        &self.parts.issues
    }

    /// The permit of a task that drives an invoice: there is an end to how many there are, and a
    /// stopping server waits for them.
    pub(crate) fn begin_issue(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let permit = Arc::clone(&self.parts.issues).try_acquire_owned();
        permit.map_err(|_| Problem::new(OVERLOADED).retry_after(1))
    }

    pub(crate) fn wake_agent(&self) {
        self.parts.wake.notify_one();
    }
}

/// The whole API as one router.
pub fn router(app: App) -> Router {
    let (keyed, _) = keyed_routes().split_for_parts();
    let (open, _) = open_routes().split_for_parts();
    keyed
        .merge(log::keyed_routes())
        .layer(from_fn_with_state(app.clone(), authenticate))
        .merge(open)
        .merge(docs::pages())
        .merge(p2p::routes())
        .merge(log::open_routes())
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn_with_state(app.clone(), edge::pass))
        .with_state(app)
}

/// What wants an API key.
pub(crate) fn keyed_routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::base())
        .routes(routes!(invoices::issue::issue, invoices::list::list))
        .routes(routes!(invoices::show::show))
        .routes(routes!(invoices::receipt::receipt))
        .routes(routes!(invoices::document::document))
        .routes(routes!(invoices::attempts::attempts))
        .routes(routes!(invoices::proof::proof))
        .routes(routes!(invoices::answer::answer))
        .routes(routes!(outlets::create::create, outlets::list::list))
        .routes(routes!(outlets::show::show))
        .routes(routes!(outlets::clock::accept_clock))
        .routes(routes!(tax_groups::tax_groups))
        .routes(routes!(submissions::list::list))
        .routes(routes!(submissions::retry::retry))
        .routes(routes!(submissions::set_aside::set_aside))
        .routes(routes!(inbox::list::list))
        .routes(routes!(inbox::show::show))
        .routes(routes!(inbox::approve::approve))
        .routes(routes!(inbox::reject::reject))
        .routes(routes!(paper_receipts::create::create, paper_receipts::list::list))
        .routes(routes!(paper_receipts::show::show))
        .routes(routes!(paper_receipts::regularise::regularise))
        .routes(routes!(sequences::create::create, sequences::list::list))
        .routes(routes!(sequences::share::share))
        .routes(routes!(annulments::create::create, annulments::list::list))
        .routes(routes!(events::list))
        .routes(routes!(api_keys::create::create, api_keys::list::list))
        .routes(routes!(api_keys::revoke::revoke))
}

/// What anybody may ask.
pub(crate) fn open_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(published_keys::keys))
        .routes(routes!(log::checkpoint::checkpoint))
        .routes(routes!(log::consistency::consistency))
        .routes(routes!(verify_page::verify))
        .routes(routes!(docs::openapi))
}
