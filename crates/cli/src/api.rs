//! A store and its desks, put together in this process; where a server listens, and how long.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use agent::Lines;
use clap::Args;
use fiscal::{Chance, Clock, Desks, OpenWire};
use ledger::{Ledger, LedgerError, StoreUrl};
use server::{NewApiKey, Operation, Reach};
use tokio::net::TcpListener;

use crate::anchors::Anchors;
use crate::failure::Failure;
use crate::stores::NamedStore;

/// Where a process keeps its things.
#[derive(Clone, Debug)]
pub(crate) struct Folder(pub PathBuf);

impl Folder {
    pub(crate) fn store(&self) -> PathBuf {
        self.0.join("stalela.db")
    }

    pub(crate) fn key(&self, name: &str) -> PathBuf {
        self.0.join("keys").join(format!("{name}.pem"))
    }

    pub(crate) fn create(&self) -> Result<(), Failure> {
        std::fs::create_dir_all(&self.0)
            .map_err(|error| Failure::unusable(format!("{}: {error}", self.0.display())))
    }
}

/// The test systems of authorities: without them, test outlets reach this machine alone.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct TestHosts {
    /// Hosts that test outlets may reach over https, separated by commas: test systems of
    /// authorities, never their production.
    #[arg(long, env = "STALELA_TEST_HOSTS", value_delimiter = ',', value_parser = host)]
    test_hosts: Vec<String>,
}

fn host(text: &str) -> Result<String, String> {
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(is_host) {
        return Ok(text.to_owned());
    }
    Err("a host is a name as in test.example.org, without scheme, port and path".to_owned())
}

impl TestHosts {
    /// Opens lines for outlets where there is no ledger, or none that others work over.
    pub(crate) fn open_wire(&self) -> OpenWire {
        open_wire(self.lines())
    }

    /// Of a process; those over one store are [`Lines::shared_over`] it.
    pub(crate) fn lines(&self) -> Lines {
        Lines::new(Clock::System).with_test_hosts(self.test_hosts.iter().cloned())
    }
}

fn open_wire(lines: Lines) -> OpenWire {
    Arc::new(move |outlet, settings| {
        let wire = lines.open(outlet.environment, settings);
        Ok(Arc::new(wire.map_err(|error| error.to_string())?))
    })
}

/// Opens a ledger in a file and the desks over it; test outlets reach this machine alone.
pub(crate) fn open(store: &Path, options: ledger::Options) -> Result<Arc<Desks>, Failure> {
    let ledger = Ledger::open(store, options);
    let ledger = ledger.map_err(|error| not_opened(error, "another ledger with --store"))?;
    Ok(desks(Arc::new(ledger), TestHosts::default().open_wire()))
}

/// The same, and what else to name where another process has the ledger open.
pub(crate) fn open_instead(store: &Path, instead: &str) -> Result<Arc<Desks>, Failure> {
    let ledger = Ledger::open(store, ledger::Options::default());
    let ledger = ledger.map_err(|error| not_opened(error, instead))?;
    Ok(desks(Arc::new(ledger), TestHosts::default().open_wire()))
}

/// Opens a ledger, wherever it lies, and the desks over it. All who work over it share the pace of
/// its lines.
pub(crate) async fn open_shared(
    store: &StoreUrl,
    test_hosts: &TestHosts,
) -> Result<Arc<Desks>, Failure> {
    let ledger = Arc::new(open_ledger(store, ledger::Options::default()).await?);
    let lines = test_hosts.lines().shared_over(Arc::clone(&ledger));
    Ok(desks(ledger, open_wire(lines)))
}

/// The same with other options and other lines.
pub(crate) async fn open_store(
    store: &StoreUrl,
    options: ledger::Options,
    open_wire: OpenWire,
) -> Result<Arc<Desks>, Failure> {
    Ok(desks(Arc::new(open_ledger(store, options).await?), open_wire))
}

/// The same, with the heads of its outlets kept outside the store: what it has lost is logged, and
/// refuses from the start. Stores that are opened with the same lines share their pace too.
pub(crate) async fn open_anchored(
    store: &NamedStore,
    anchors: &Anchors,
    lines: &Lines,
) -> Result<Arc<Desks>, NotOpened> {
    let options = ledger::Options::default();
    let opened = match anchors.open(store).map_err(NotOpened::Wrong)? {
        Some(anchoring) => store.url.open_anchored(options, &anchoring).await,
        None => store.url.open(options).await,
    };
    let ledger = Arc::new(opened?);
    for lost in ledger.check_anchors().await? {
        let (outlet, anchored, found) = (lost.outlet.clone(), lost.anchored, lost.found);
        tracing::error!("{}", LedgerError::RolledBack { outlet, anchored, found });
    }
    for (outlet, entries) in ledger.missing() {
        tracing::error!(
            "the anchors know {entries} entries of {outlet}, which {} does not have: put the store \
            back that had it, or, where it is another store's, give each a folder of its own with \
            --anchors. Whoever registers the outlet anew gives its numbers twice",
            store.label()
        );
    }
    let lines = lines.clone().shared_over(Arc::clone(&ledger));
    Ok(desks(ledger, open_wire(lines)))
}

/// Why a store is not open.
pub(crate) enum NotOpened {
    /// It cannot be reached just now.
    Passing(Failure),
    /// Somebody has to put something right first.
    Wrong(Failure),
}

impl From<LedgerError> for NotOpened {
    fn from(error: LedgerError) -> Self {
        let is_passing = error.is_passing();
        let failure = not_opened(error, "another ledger with --store");
        if is_passing { Self::Passing(failure) } else { Self::Wrong(failure) }
    }
}

impl From<NotOpened> for Failure {
    fn from(not_opened: NotOpened) -> Self {
        match not_opened {
            NotOpened::Passing(failure) | NotOpened::Wrong(failure) => failure,
        }
    }
}

/// Opens a ledger, wherever it lies.
pub(crate) async fn open_ledger(
    store: &StoreUrl,
    options: ledger::Options,
) -> Result<Ledger, Failure> {
    let opened = store.open(options).await;
    opened.map_err(|error| not_opened(error, "another ledger with --store"))
}

fn desks(ledger: Arc<Ledger>, open_wire: OpenWire) -> Arc<Desks> {
    Arc::new(Desks::new(ledger, Clock::System, Chance::System, open_wire))
}

fn not_opened(error: LedgerError, instead: &str) -> Failure {
    match error {
        LedgerError::AlreadyOpen { path } => taken(&path, instead),
        error => error.into(),
    }
}

/// A ledger has one writer, and somebody is it.
fn taken(store: &Path, instead: &str) -> Failure {
    Failure::unusable(format!(
        "another process has {} open, a server most likely, and a ledger has one writer. Stop it, \
         or name {instead}",
        store.display()
    ))
}

/// Takes an address, before anything is written: where it is taken already, nothing is left behind,
/// and `also` says what else there is to do.
pub(crate) async fn bind(listen: SocketAddr, also: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(listen).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => Failure::unusable(format!(
            "another process listens on {listen}. Stop it, or name another address with --listen, \
             as in --listen {}{also}",
            SocketAddr::new(listen.ip(), listen.port().checked_add(1).unwrap_or(8080))
        )),
        _ => Failure::unusable(format!(
            "cannot listen on {listen}: {error}. Name an address of this machine with --listen"
        )),
    })
}

/// A key of the API that may do everything with one outlet.
pub(crate) async fn key_of(
    desks: &Desks,
    outlet: &ledger::Outlet,
    label: &str,
) -> Result<String, Failure> {
    let new = NewApiKey {
        tenant: outlet.tenant.clone(),
        environment: outlet.environment,
        operations: Operation::ALL.to_vec(),
        reach: Reach::Only(vec![outlet.id.clone()]),
        label: label.to_owned(),
        expires_at: None,
    };
    let (text, row) = server::new_api_key(new, &Chance::System, Clock::System.now());
    desks.ledger().create_api_key(row).await?;
    Ok(text)
}

/// Waits for Ctrl-C or for the signal that a supervisor sends.
pub(crate) async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).expect("SIGTERM can be waited for");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
