//! A store, its desks, its server and its agent, put together in this process.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use agent::{Agent, Lines};
use clap::Args;
use fiscal::{Chance, Clock, Desks, OpenWire};
use ledger::{Ledger, LedgerError, StoreUrl};
use server::{App, NewApiKey, Operation, Reach};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::anchors::Anchors;
use crate::failure::Failure;

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

    fn lines(&self) -> Lines {
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
/// refuses from the start.
pub(crate) async fn open_anchored(
    store: &StoreUrl,
    anchors: &Anchors,
    test_hosts: &TestHosts,
) -> Result<Arc<Desks>, Failure> {
    let Some(anchoring) = anchors.open(store)? else {
        return open_shared(store, test_hosts).await;
    };
    let opened = store.open_anchored(ledger::Options::default(), &anchoring).await;
    let ledger = opened.map_err(|error| not_opened(error, "another ledger with --store"))?;
    let ledger = Arc::new(ledger);
    for lost in ledger.check_anchors().await? {
        let (outlet, anchored, found) = (lost.outlet.clone(), lost.anchored, lost.found);
        tracing::error!("{}", LedgerError::RolledBack { outlet, anchored, found });
    }
    let lines = test_hosts.lines().shared_over(Arc::clone(&ledger));
    Ok(desks(ledger, open_wire(lines)))
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

/// A server and an agent at work.
pub(crate) struct Running {
    pub address: SocketAddr,
    pub desks: Arc<Desks>,
    app: App,
    work: Work,
}

/// Tasks that end when they are told to.
struct Work {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    /// Renews what the tasks have in hand, to their end.
    keeper: JoinHandle<()>,
}

/// An agent at work, without a server.
pub(crate) struct Working {
    desks: Arc<Desks>,
    work: Work,
}

/// What runs, and how.
pub(crate) struct Plan {
    pub listen: SocketAddr,
    /// How the world reaches the server; its own address where nobody says otherwise.
    pub public_url: Option<String>,
    pub settings: server::Settings,
    /// None: this process only serves; agents run elsewhere.
    pub agent: Option<agent::Settings>,
}

/// Every outlet's desk is opened once, so that a key or a setting that cannot be used is told of
/// now. One that cannot be opened stops nobody else; it is a failure where `strict`, or where no
/// other is left.
pub(crate) async fn check_desks(desks: &Desks, strict: bool) -> Result<(), Failure> {
    let opened = agent::open_all(desks).await?;
    if opened.unusable.is_empty() || (opened.usable > 0 && !strict) {
        return Ok(());
    }
    let told: Vec<String> = opened.unusable.iter().map(ToString::to_string).collect();
    desks.ledger().close().await;
    Err(Failure::unusable(format!(
        "these outlets cannot be used; put right what is named here (`stalela outlet set` for \
         settings):\n  {}",
        told.join("\n  ")
    )))
}

/// Starts to serve; returns once the address answers.
pub(crate) async fn start(desks: Arc<Desks>, plan: Plan) -> Result<Running, Failure> {
    let listener = bind(plan.listen, "").await?;
    start_on(listener, desks, plan)
}

/// The same, on an address that is taken already.
pub(crate) fn start_on(
    listener: TcpListener,
    desks: Arc<Desks>,
    plan: Plan,
) -> Result<Running, Failure> {
    let address = listener.local_addr()?;
    let (stop, stopped) = watch::channel(false);
    let wake = Arc::new(Notify::new());
    let public_url = plan.public_url.unwrap_or_else(|| format!("http://{address}"));
    let settings = server::Settings { public_url, ..plan.settings };
    let app = App::new(Arc::clone(&desks), settings, Arc::clone(&wake));
    let mut tasks = vec![tokio::spawn(serve(listener, app.clone(), stopped.clone()))];
    if let Some(settings) = plan.agent {
        let agent = Agent::new(Arc::clone(&desks), settings, wake);
        tasks.push(tokio::spawn(agent.run(stopped)));
    }
    let work = Work::new(stop, tasks, &desks);
    Ok(Running { address, desks, app, work })
}

/// Starts to deliver, and serves nothing but the word whether it lives, where somebody listens.
pub(crate) fn start_agent(
    desks: Arc<Desks>,
    settings: agent::Settings,
    health: Option<TcpListener>,
) -> Working {
    let (stop, stopped) = watch::channel(false);
    let agent = Agent::new(Arc::clone(&desks), settings, Arc::new(Notify::new()));
    let pulse = agent.pulse();
    let tasks = vec![tokio::spawn(agent.run(stopped.clone()))];
    if let Some(listener) = health {
        let is_draining = Box::new(move || *stopped.borrow());
        let lives = Arc::clone(&pulse);
        let watched = server::Watched {
            ledger: Arc::clone(desks.ledger()),
            lives: Box::new(move || lives.lives()),
            works: Box::new(move || pulse.reads()),
            is_draining,
        };
        // It answers to the end of the process: whoever watches sees that it drains.
        tokio::spawn(async move {
            if let Err(error) = server::serve_health(listener, watched).await {
                tracing::error!("nobody is told any more whether the agent lives: {error}");
            }
        });
    }
    let work = Work::new(stop, tasks, &desks);
    Working { desks, work }
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

async fn serve(listener: TcpListener, app: App, mut stopped: watch::Receiver<bool>) {
    let shutdown = async move {
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    if let Err(error) = server::serve(listener, app, shutdown).await {
        tracing::error!("the server ended: {error}");
    }
}

impl Running {
    /// From now on it says that it is not ready, and serves all the same: whoever spreads requests
    /// over several servers sends no more here.
    pub(crate) fn begin_draining(&self) {
        self.app.begin_draining();
    }

    /// Requests under way are answered, drives end, the ledger is drained: nothing is lost.
    pub(crate) async fn stop(self) {
        self.begin_draining();
        self.work.stop().await;
        self.desks.ledger().close().await;
    }
}

impl Working {
    /// Drives end, and what did not end in time goes to other agents at once.
    pub(crate) async fn stop(self) {
        self.work.stop().await;
        self.desks.ledger().close().await;
    }
}

impl Work {
    fn new(stop: watch::Sender<bool>, tasks: Vec<JoinHandle<()>>, desks: &Arc<Desks>) -> Self {
        let desks = Arc::clone(desks);
        let keeper = tokio::spawn(async move { desks.keep_leases().await });
        Self { stop, tasks, keeper }
    }

    async fn stop(self) {
        let _ = self.stop.send(true);
        for task in self.tasks {
            let _ = task.await;
        }
        self.keeper.abort();
    }
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
