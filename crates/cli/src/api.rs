//! A store, its desks, its server and its agent, put together in this process.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use agent::{Agent, Lines};
use fiscal::{Chance, Clock, Desks};
use ledger::Ledger;
use server::App;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

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

/// Opens the ledger and the desks over it.
pub(crate) fn open(store: &Path, options: ledger::Options) -> Result<Arc<Desks>, Failure> {
    let ledger = Arc::new(Ledger::open(store, options)?);
    let lines = Lines::new(Clock::System);
    let open_wire: fiscal::OpenWire = Arc::new(move |outlet, settings| {
        let wire = lines.open(outlet.environment, settings).map_err(|error| error.to_string())?;
        Ok(Arc::new(wire))
    });
    Ok(Arc::new(Desks::new(ledger, Clock::System, Chance::System, open_wire)))
}

/// A server and an agent at work.
pub(crate) struct Running {
    pub address: SocketAddr,
    pub desks: Arc<Desks>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
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

/// Every outlet's desk is opened once, so that a key or a setting that cannot be used fails now.
pub(crate) async fn check_desks(desks: &Desks) -> Result<(), Failure> {
    for tenant in desks.ledger().tenants().await? {
        for outlet in desks.ledger().outlets(&tenant.id).await? {
            desks.desk(&tenant.id, &outlet.id).await?;
        }
    }
    Ok(())
}

/// Starts to serve; returns once the address answers.
pub(crate) async fn start(desks: Arc<Desks>, plan: Plan) -> Result<Running, Failure> {
    let listener = TcpListener::bind(plan.listen)
        .await
        .map_err(|error| Failure::unusable(format!("{}: {error}", plan.listen)))?;
    let address = listener.local_addr()?;
    let (stop, stopped) = watch::channel(false);
    let wake = Arc::new(Notify::new());
    let public_url = plan.public_url.unwrap_or_else(|| format!("http://{address}"));
    let settings = server::Settings { public_url, ..plan.settings };
    let app = App::new(Arc::clone(&desks), settings, Arc::clone(&wake));
    let mut tasks = vec![tokio::spawn(serve(listener, app, stopped.clone()))];
    if let Some(settings) = plan.agent {
        let agent = Agent::new(Arc::clone(&desks), settings, wake);
        tasks.push(tokio::spawn(agent.run(stopped)));
    }
    Ok(Running { address, desks, stop, tasks })
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
    /// Requests under way are answered, drives end, the ledger is drained: nothing is lost.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(true);
        for task in self.tasks {
            let _ = task.await;
        }
        self.desks.ledger().close().await;
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
