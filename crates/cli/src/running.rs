//! Stores at work in this process: a server before them, an agent over each.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use agent::{Agent, Pulse};
use fiscal::Desks;
use server::{App, AtWork, Front, Watched, WatchedStore};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::api::bind;
use crate::failure::Failure;
use crate::opening::{Opened, Opening};

/// A server and its agents at work.
pub(crate) struct Running {
    pub address: SocketAddr,
    front: Front,
    work: Work,
}

/// Agents at work, without a server.
pub(crate) struct Working(Work);

/// What runs, and how.
pub(crate) struct Plan {
    pub listen: SocketAddr,
    /// How the world reaches the server; its own address where nobody says otherwise.
    pub public_url: Option<String>,
    pub settings: server::Settings,
    /// None: this process only serves; agents run elsewhere.
    pub agent: Option<agent::Settings>,
}

/// Starts to serve one store; returns once the address answers.
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
    let (serving, work) = Serving::new(&listener, plan)?;
    let front = Front::from(serving.begin(desks));
    Ok(run(listener, front, work))
}

/// Starts to serve the stores of an opening; those that are not open yet as soon as they are.
pub(crate) fn start_over(
    listener: TcpListener,
    (opening, opened): (Arc<Opening>, Opened),
    plan: Plan,
) -> Result<Running, Failure> {
    let (serving, mut work) = Serving::new(&listener, plan)?;
    let mut apps = opened.into_iter().map(|desks| desks.map(|desks| serving.begin(desks)));
    if !opening.stores.are_mapped() {
        let app = apps.next().flatten().expect("the only store was opened");
        return Ok(run(listener, Front::from(app), work));
    }
    let names = opening.stores.iter().map(|store| store.label().to_owned());
    let stores: Vec<_> = names.zip(apps).collect();
    let late = places(stores.iter().map(|(_, app)| app.is_none()));
    let front = Front::over(stores, opening.stores.default_place());
    let front = front.expect("at least one of several was opened");
    for place in late {
        let (serving, front) = (serving.clone(), front.clone());
        let begin = move |desks| front.open(place, serving.begin(desks));
        work.begin_late(&opening, place, begin);
    }
    Ok(run(listener, front, work))
}

/// Starts to deliver, and serves nothing but the word whether it lives, where somebody listens.
pub(crate) fn start_agents(
    (opening, opened): (Arc<Opening>, Opened),
    settings: &agent::Settings,
    health: Option<TcpListener>,
) -> Working {
    let mut work = Work::new();
    let mut stores = Vec::new();
    for (place, (store, desks)) in opening.stores.iter().zip(opened).enumerate() {
        let at_work = Arc::new(OnceLock::new());
        stores.push(WatchedStore { name: store.label().to_owned(), at_work: Arc::clone(&at_work) });
        let (parts, stopped) = (work.parts.clone(), work.stop.subscribe());
        let settings = settings.clone();
        let begin = move |desks: Arc<Desks>| {
            let ledger = Arc::clone(desks.ledger());
            let pulse = parts.begin_agent(desks, (settings, Arc::default()), stopped);
            let _ = at_work.set(watched(ledger, &pulse));
        };
        match desks {
            Some(desks) => begin(desks),
            None => work.begin_late(&opening, place, begin),
        }
    }
    if let Some(listener) = health {
        work.watch(listener, stores);
    }
    Working(work)
}

fn watched(ledger: Arc<ledger::Ledger>, pulse: &Arc<Pulse>) -> AtWork {
    let [lives, works] = [pulse, pulse].map(Arc::clone);
    AtWork {
        ledger,
        lives: Box::new(move || lives.lives()),
        works: Box::new(move || works.reads()),
    }
}

fn places(are: impl Iterator<Item = bool>) -> Vec<usize> {
    are.enumerate().filter_map(|(place, is)| is.then_some(place)).collect()
}

fn run(listener: TcpListener, front: Front, mut work: Work) -> Running {
    let address = listener.local_addr().expect("it was asked for its address before");
    let serving = serve(listener, front.clone(), work.stop.subscribe());
    work.tasks.push(tokio::spawn(serving));
    Running { address, front, work }
}

async fn serve(listener: TcpListener, front: Front, mut stopped: watch::Receiver<bool>) {
    let shutdown = async move {
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    if let Err(error) = server::serve(listener, front, shutdown).await {
        tracing::error!("the server ended: {error}");
    }
}

impl Running {
    /// From now on it says that it is not ready, and serves all the same: whoever spreads requests
    /// over several servers sends no more here.
    pub(crate) fn begin_draining(&self) {
        self.front.begin_draining();
    }

    /// Requests under way are answered, drives end, the ledgers are drained: nothing is lost.
    pub(crate) async fn stop(self) {
        self.begin_draining();
        self.work.stop().await;
    }
}

impl Working {
    /// Drives end, and what did not end in time goes to other agents at once.
    pub(crate) async fn stop(self) {
        self.0.stop().await;
    }
}

/// How each store is served: alike.
#[derive(Clone)]
struct Serving {
    settings: server::Settings,
    agent: Option<agent::Settings>,
    parts: Parts,
    stopped: watch::Receiver<bool>,
}

impl Serving {
    fn new(listener: &TcpListener, plan: Plan) -> Result<(Self, Work), Failure> {
        let address = listener.local_addr()?;
        let public_url = plan.public_url.unwrap_or_else(|| format!("http://{address}"));
        let settings = server::Settings { public_url, ..plan.settings };
        let work = Work::new();
        let (parts, stopped) = (work.parts.clone(), work.stop.subscribe());
        Ok((Self { settings, agent: plan.agent, parts, stopped }, work))
    }

    /// Begins the work over a store.
    fn begin(&self, desks: Arc<Desks>) -> App {
        let wake = Arc::new(Notify::new());
        let app = App::new(Arc::clone(&desks), self.settings.clone(), Arc::clone(&wake));
        match self.agent.clone() {
            Some(agent) => drop(self.parts.begin_agent(desks, (agent, wake), self.stopped.clone())),
            None => self.parts.begin(desks, None),
        }
        app
    }
}

/// Tasks that end when they are told to, and the stores that they work over.
struct Work {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    parts: Parts,
}

/// Stores at work; more may come.
#[derive(Clone, Default)]
struct Parts(Arc<Mutex<Vec<Part>>>);

struct Part {
    desks: Arc<Desks>,
    agent: Option<JoinHandle<()>>,
    /// Renews what is in hand, to the end.
    keeper: JoinHandle<()>,
}

impl Parts {
    fn begin(&self, desks: Arc<Desks>, agent: Option<JoinHandle<()>>) {
        let kept = Arc::clone(&desks);
        let keeper = tokio::spawn(async move { kept.keep_leases().await });
        self.lock().push(Part { desks, agent, keeper });
    }

    fn begin_agent(
        &self,
        desks: Arc<Desks>,
        (settings, wake): (agent::Settings, Arc<Notify>),
        stopped: watch::Receiver<bool>,
    ) -> Arc<Pulse> {
        let agent = Agent::new(Arc::clone(&desks), settings, wake);
        let pulse = agent.pulse();
        self.begin(desks, Some(tokio::spawn(agent.run(stopped))));
        pulse
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Part>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Work {
    fn new() -> Self {
        Self { stop: watch::channel(false).0, tasks: Vec::new(), parts: Parts::default() }
    }

    /// Begins as soon as the store at that place is open, if that is before the end.
    fn begin_late(
        &mut self,
        opening: &Arc<Opening>,
        place: usize,
        begin: impl FnOnce(Arc<Desks>) + Send + 'static,
    ) {
        let (opening, mut stopped) = (Arc::clone(opening), self.stop.subscribe());
        self.tasks.push(tokio::spawn(async move {
            let Some(store) = opening.stores.iter().nth(place) else { return };
            tokio::select! {
                desks = opening.late(store) => begin(desks),
                _ = stopped.wait_for(|stop| *stop) => {}
            }
        }));
    }

    /// Tells who asks, to the end of the process: whoever watches sees that it drains.
    fn watch(&self, listener: TcpListener, stores: Vec<WatchedStore>) {
        let stopped = self.stop.subscribe();
        let watched = Watched { stores, is_draining: Box::new(move || *stopped.borrow()) };
        tokio::spawn(async move {
            if let Err(error) = server::serve_health(listener, watched).await {
                tracing::error!("nobody is told any more whether the agent lives: {error}");
            }
        });
    }

    async fn stop(self) {
        // Nobody may be listening: `send` would keep the value then.
        self.stop.send_replace(true);
        for task in self.tasks {
            let _ = task.await;
        }
        let parts = std::mem::take(&mut *self.parts.lock());
        let mut ended = Vec::new();
        for Part { desks, agent, keeper } in parts {
            if let Some(agent) = agent {
                let _ = agent.await;
            }
            ended.push((desks, keeper));
        }
        for (desks, keeper) in ended {
            keeper.abort();
            desks.ledger().close().await;
        }
    }
}
