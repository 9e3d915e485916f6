//! `stalela bench backlog`

mod authority;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use agent::Agent;
use clap::Args;
use fiscal::{Desk, Desks};
use indicatif::ProgressBar;
use ledger::{Options, SubmissionState};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use self::authority::Market;
use super::fill;
use super::latency::Measured;
use super::table::{Bar, Quantity, Table};
use crate::api::{self, Folder};
use crate::failure::Failure;

/// How long a seal waits while many submissions are delivered, against none.
///
/// Outlets seal before they tell their authority. First they seal a backlog while nothing is
/// delivered; then an agent delivers it over HTTP to the simulator of the authority, in this
/// process and on the same cores, while clients go on sealing at one of the outlets. What is sealed
/// without deliveries is measured half before and half after.
#[derive(Debug, Args)]
#[command(after_help = "Example: stalela bench backlog --submissions 100000 --turns 10")]
pub(crate) struct Backlog {
    /// How many submissions wait when the agent begins.
    #[arg(long, default_value_t = 100_000)]
    submissions: u64,
    /// Outlets that they are spread over: an authority that keeps an order takes one outlet's after
    /// another.
    #[arg(long, default_value_t = 16)]
    outlets: u64,
    /// How many issue at once at the first outlet, each waiting for its own answer.
    #[arg(long, default_value_t = 32)]
    clients: usize,
    /// How long each client waits between its invoices, in milliseconds: people and tills do.
    #[arg(long, default_value_t = 0)]
    pause: u64,
    /// Seconds of each turn.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Turns with the agent, and as many without. They end before the backlog does, or the figures
    /// say so.
    #[arg(long, default_value_t = 10)]
    turns: usize,
    /// Where the files lie. The system's temporary folder if absent.
    #[arg(long)]
    folder: Option<PathBuf>,
}

/// An agent at work.
struct Delivering {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// What the turns saw.
#[derive(Default)]
struct Seen {
    elapsed: Duration,
    waits: Vec<Duration>,
}

impl Backlog {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        let folder = super::folder(self.folder.as_deref())?;
        let folder = Folder(folder.path().to_owned());
        folder.create()?;
        let bar = ProgressBar::new_spinner();
        let market = Market::open(self.outlets).await?;
        let desks = api::open(&folder.store(), Options::default())?;
        let desk = self.make(&market, &folder, &desks, &bar).await?;
        bar.set_message("sealing, with and without deliveries");
        let mut idle = self.seal(&desk, self.turns.div_ceil(2)).await?;
        let agent = Delivering::start(&desks);
        // As it begins, and then every ten minutes, it looks at everything: that is not delivery.
        self.seal(&desk, 1).await?;
        let before = waiting(&desks).await?;
        let busy = self.seal(&desk, self.turns).await?;
        let delivered = (before + busy.waits.len() as u64).saturating_sub(waiting(&desks).await?);
        agent.stop().await;
        idle.add(self.seal(&desk, self.turns.div_ceil(2)).await?);
        let (left, odd) = (waiting(&desks).await?, refused(&desks).await?);
        market.stop().await;
        desks.ledger().close().await;
        bar.finish_and_clear();
        self.table((idle, busy), (delivered, left, odd)).print(json);
        Ok(())
    }

    /// The outlets with their backlog; gives the desk of the first.
    async fn make(
        &self,
        market: &Market,
        folder: &Folder,
        desks: &Desks,
        bar: &ProgressBar,
    ) -> Result<Arc<Desk>, Failure> {
        let mut first = None;
        bar.set_message("sealing the backlog");
        for index in 0..self.outlets {
            let desk = market.outlet(index, folder, desks).await?;
            fill::fill(&desk, self.submissions / self.outlets.max(1), FILLING, bar).await?;
            first.get_or_insert(desk);
        }
        first.ok_or_else(|| Failure::refused("--outlets is at least 1"))
    }

    async fn seal(&self, desk: &Arc<Desk>, turns: usize) -> Result<Seen, Failure> {
        let time = Duration::from_secs(self.seconds * turns as u64);
        let (start, pause) = (Instant::now(), Duration::from_millis(self.pause));
        let waits = fill::issue_for(desk, time, (self.clients, pause)).await?;
        Ok(Seen { elapsed: start.elapsed(), waits })
    }

    fn table(&self, (idle, busy): (Seen, Seen), (delivered, left, odd): (u64, u64, u64)) -> Table {
        let mut table = Table::default();
        let seconds = self.seconds.max(1) * self.turns as u64;
        let (idle, busy) = (idle.measured(), busy.measured());
        table.measured("seal, nothing is delivered", &idle);
        table.measured("seal, while the backlog is delivered", &busy);
        table.rate("delivered and acknowledged meanwhile", delivered / seconds.max(1));
        table.told("submissions that still wait at the end", Quantity::Count(left));
        table.told("invoices that the authority refused", Quantity::Count(odd));
        let times = Quantity::times(busy.wait(990), idle.wait(990));
        let bar = Bar::AtMost(Quantity::Ratio(WAIT_AT_MOST));
        table.judged("p99 while delivering ÷ p99 without", times, bar);
        let half = Quantity::times(busy.wait(500), idle.wait(500));
        table.told("p50 while delivering ÷ p50 without", half);
        table
    }
}

/// Submissions that are not done.
async fn waiting(desks: &Desks) -> Result<u64, Failure> {
    let open = [SubmissionState::Queued, SubmissionState::Submitted, SubmissionState::Unanswered];
    count(desks, |state| open.contains(&state)).await
}

/// Submissions that came to a bad end, or to none.
async fn refused(desks: &Desks) -> Result<u64, Failure> {
    let bad = [SubmissionState::Refused, SubmissionState::SetAside];
    count(desks, |state| bad.contains(&state)).await
}

async fn count(desks: &Desks, of: impl Fn(SubmissionState) -> bool) -> Result<u64, Failure> {
    let mut counted = 0;
    for tenant in desks.ledger().tenants().await? {
        let counts = desks.ledger().counts(&tenant.id).await?;
        counted +=
            counts.submissions.iter().filter(|(state, _)| of(*state)).map(|(_, n)| n).sum::<u64>();
    }
    Ok(counted)
}

impl Seen {
    fn add(&mut self, other: Self) {
        self.elapsed += other.elapsed;
        self.waits.extend(other.waits);
    }

    fn measured(self) -> Measured {
        Measured::new(self.elapsed, self.waits)
    }
}

impl Delivering {
    fn start(desks: &Arc<Desks>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let agent =
            Agent::new(Arc::clone(desks), agent::Settings::default(), Arc::new(Notify::new()));
        Self { stop, task: tokio::spawn(agent.run(stopped)) }
    }

    async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

/// Clients of the filling.
const FILLING: usize = 256;
/// In hundredths.
const WAIT_AT_MOST: u64 = 150;
