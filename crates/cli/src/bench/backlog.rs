//! `stalela bench backlog`

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use fiscal::{Desk, Desks};
use indicatif::ProgressBar;
use ledger::Options;

use super::delivering::{Delivering, refused, waiting};
use super::fill;
use super::latency::Measured;
use super::market::{self, Market};
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
    #[arg(long, default_value_t = 16, value_parser = market::count())]
    outlets: u64,
    /// Requests a second that the authority is sent at most. As many as an outlet's settings allow
    /// where they say nothing of it, if absent; 100000 takes the rein off.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(market::UNPACED)))]
    requests_per_second: Option<u32>,
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
        let market = Market::open(self.outlets, self.requests_per_second).await?;
        let desks = api::open(&folder.store(), Options::default())?;
        let desk = self.make(&market, &folder, &desks, &bar).await?;
        bar.set_message("sealing, with and without deliveries");
        let mut idle = self.seal(&desk, self.turns.div_ceil(2)).await?;
        let agent = Delivering::start(&desks, agent::Settings::default());
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
        bar.set_message("sealing the backlog");
        let outlets = market.settle(folder, desks).await?;
        fill::spread(&outlets, self.submissions, FILLING, bar).await?;
        Ok(outlets.into_iter().next().expect("there is at least one"))
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

impl Seen {
    fn add(&mut self, other: Self) {
        self.elapsed += other.elapsed;
        self.waits.extend(other.waits);
    }

    fn measured(self) -> Measured {
        Measured::new(self.elapsed, self.waits)
    }
}

/// Clients of the filling.
const FILLING: usize = 256;
/// In hundredths.
const WAIT_AT_MOST: u64 = 150;
