//! `stalela bench report`

mod figures;
mod forms;
mod plain;

use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use fiscal::{Desk, Desks};
use indicatif::ProgressBar;
use ledger::SubmissionState;

use self::figures::Figures;
use self::plain::Plain;
use super::delivering::{Delivering, acknowledged, refused, waiting};
use super::latency::Measured;
use super::market::{self, Market};
use super::place::{Place, PlaceArgs};
use super::{baselines, fill, postgres, processor};
use crate::api::{self, Folder, TestHosts};
use crate::failure::Failure;

/// Sealed invoices a second that are reported to their authority, with full durability.
///
/// Outlets seal before they tell their authority, and nobody seals meanwhile. An agent delivers what
/// waits over HTTP to the simulator of the authority, in this process and on the same cores:
/// progress is durable before a request leaves, and the answer is sealed into the chain. Beside it
/// stand, measured in the same run: a plain HTTP client that sends the same bytes in the same two
/// requests, with as many invoices under way, and keeps nothing; requests alone; and the disk's own
/// fsync.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela bench report
  stalela bench report --outlets 1000
  stalela bench report --store postgres")]
pub(crate) struct Report {
    #[command(flatten)]
    place: PlaceArgs,
    /// Outlets that the submissions are spread over: an authority that keeps an order takes one outlet's after
    /// another.
    #[arg(long, default_value_t = 64, value_parser = market::count())]
    outlets: u64,
    /// Submissions that the agent drives at once.
    #[arg(long, default_value_t = agent::AT_ONCE, value_parser = clap::value_parser!(u16).range(1..))]
    at_once: u16,
    /// How many submissions wait when the agent begins.
    #[arg(long, default_value_t = 20_000)]
    submissions: u64,
    /// How long each measurement takes.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

impl Report {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        let bar = ProgressBar::new_spinner();
        let place = self.place.open().await?;
        let (folder, store) = place.store("report");
        let folder = Folder(folder);
        folder.create()?;
        let market = Market::open(self.outlets, Some(market::UNPACED)).await?;
        let desks = api::open_shared(&store, &TestHosts::default()).await?;
        let outlets = market.settle(&folder, &desks).await?;
        let figures = self.measure((&place, &market), (&desks, &outlets), &bar).await?;
        market.stop().await;
        desks.ledger().close().await;
        bar.finish_and_clear();
        figures.table().print(json);
        Ok(())
    }

    /// The plain client comes before and after: the machine changes meanwhile.
    async fn measure(
        &self,
        (place, market): (&Place, &Market),
        (desks, outlets): (&Arc<Desks>, &[Arc<Desk>]),
        bar: &ProgressBar,
    ) -> Result<Figures, Failure> {
        let time = Duration::from_secs(self.seconds.max(1));
        bar.set_message("fsyncs");
        let fsync = baselines::fsync(place.folder(), time / 4)?;
        bar.set_message("a plain client");
        let plain = Plain::new(market, &outlets[0], self.under_way()).await?;
        let requests = plain.ask(time / 4).await?;
        let before = plain.report(time / 2).await?;
        bar.set_message("one invoice at a time");
        let alone = alone(desks, &outlets[0]).await?;
        bar.set_message("sealing the backlog");
        fill::spread(outlets, self.submissions, FILLING, bar).await?;
        bar.set_message("delivering");
        let delivered = self.deliver(place, desks, time).await?;
        bar.set_message("the plain client again");
        let plain = before.and(plain.report(time / 2).await?);
        Ok(Figures { fsync, requests, plain, alone, delivered })
    }

    /// Invoices that can be under way: one an outlet, where there is an order to keep.
    fn under_way(&self) -> usize {
        usize::from(self.at_once).min(usize::try_from(self.outlets).unwrap_or(usize::MAX))
    }

    async fn deliver(
        &self,
        place: &Place,
        desks: &Arc<Desks>,
        time: Duration,
    ) -> Result<Delivered, Failure> {
        let settings =
            agent::Settings { at_once: self.at_once.into(), ..agent::Settings::default() };
        let agent = Delivering::start(desks, settings);
        // As it begins, and then every ten minutes, it looks at everything: that is not delivery.
        tokio::time::sleep(LOOKING_AROUND).await;
        let before = Mark::new(place, desks).await?;
        while before.at.elapsed() < time && waiting(desks).await? > 0 {
            tokio::time::sleep(LOOK_EACH).await;
        }
        let after = Mark::new(place, desks).await?;
        agent.stop().await;
        Ok(Delivered {
            count: after.acknowledged - before.acknowledged,
            elapsed: after.at - before.at,
            commits: after.commits - before.commits,
            log_syncs: after.log_syncs.zip(before.log_syncs).map(|(after, before)| after - before),
            busy: after.busy.saturating_sub(before.busy),
            left: waiting(desks).await?,
            odd: refused(desks).await?,
        })
    }
}

/// What an agent did while it was looked at.
struct Delivered {
    count: u64,
    elapsed: Duration,
    commits: u64,
    /// Of a database, whose every write is a commit.
    log_syncs: Option<u64>,
    busy: Duration,
    left: u64,
    odd: u64,
}

/// How far it had come.
struct Mark {
    at: Instant,
    acknowledged: u64,
    commits: u64,
    log_syncs: Option<u64>,
    busy: Duration,
}

impl Mark {
    async fn new(place: &Place, desks: &Desks) -> Result<Self, Failure> {
        let log_syncs = match place.database() {
            Some(address) => Some(postgres::log_syncs(address).await?),
            None => None,
        };
        let acknowledged = acknowledged(desks).await?;
        let (at, commits) = (Instant::now(), desks.ledger().commits());
        let busy = processor::busy().unwrap_or_default();
        Ok(Self { at, acknowledged, commits, log_syncs, busy })
    }
}

/// How long an invoice waits from its seal until the authority has acknowledged it and the answer is
/// about to be written, where nothing else is under way: by the ledger's own clock.
async fn alone(desks: &Arc<Desks>, desk: &Arc<Desk>) -> Result<Measured, Failure> {
    let agent = Delivering::start(desks, agent::Settings::default());
    tokio::time::sleep(LOOKING_AROUND).await;
    let start = Instant::now();
    let mut waits = Vec::new();
    for _ in 0..ALONE {
        let invoice = fill::seal_one(desk).await?;
        agent.wake();
        waits.push(reported(desks, desk, &invoice).await?);
    }
    let measured = Measured::new(start.elapsed(), waits);
    agent.stop().await;
    Ok(measured)
}

async fn reported(
    desks: &Desks,
    desk: &Desk,
    invoice: &invoice::InvoiceId,
) -> Result<Duration, Failure> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        let standing = desks.ledger().submission(&desk.outlet.tenant, invoice).await?;
        if let Some(submission) = standing
            && submission.state == SubmissionState::Acknowledged
        {
            let micros = submission.state_since.micros_since(submission.created_at);
            return Ok(Duration::from_micros(micros.unsigned_abs()));
        }
        tokio::time::sleep(LOOK_SOON).await;
    }
    Err(Failure::unusable("an invoice was not acknowledged"))
}

/// Clients of the filling.
const FILLING: usize = 256;
/// Invoices that are reported one at a time.
const ALONE: usize = 200;
/// The questions that an agent begins with are answered within it.
const LOOKING_AROUND: Duration = Duration::from_secs(1);
/// How often it is looked whether anything is left: seldom enough to cost nothing.
const LOOK_EACH: Duration = Duration::from_millis(100);
const LOOK_SOON: Duration = Duration::from_millis(1);
/// Far longer than a delivery takes.
const PATIENCE: Duration = Duration::from_secs(30);
