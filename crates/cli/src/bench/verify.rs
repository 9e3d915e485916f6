//! `stalela bench verify`

mod floor;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::ProgressBar;
use ledger::{Options, StoreUrl};

use self::floor::EntrySizes;
use super::field::{Field, Plan};
use super::fill;
use super::latency::per_second;
use super::memory;
use super::place::{Kind, Place};
use super::table::{Bar, Quantity, Table};
use crate::commands::TrustedKeys;
use crate::failure::Failure;
use crate::store::{Given, PasswordFile};

/// Entries verified a second: chain, signatures, tree, and everything else that verify looks at.
///
/// Takes a ledger, or makes one of as many sealed invoices. Beside it stands, measured in the same
/// run: raw P-256 verifications on every core, SHA-256 of as many bytes, and reading the same rows.
/// Their sum is the floor. The rows of a database are not read a second time: there the floor is
/// signature and hash alone.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela bench verify --entries 1000000
  stalela bench verify --entries 1000000 --made-in postgres
  stalela bench verify --store data/stalela.db
  stalela bench verify --store postgres://stalela@db.example/stalela")]
pub(crate) struct Verify {
    /// How many invoices to seal first, where no ledger is given.
    #[arg(long, default_value_t = 100_000)]
    entries: u64,
    /// A ledger that is there already. It is only read.
    #[arg(long, value_name = "FILE|URL")]
    store: Option<Given>,
    #[command(flatten)]
    password: PasswordFile,
    /// In which store the ledger is made.
    #[arg(long, value_enum, default_value_t = Kind::Sqlite, conflicts_with = "store")]
    made_in: Kind,
    /// Where the ledger is made. The system's temporary folder if absent.
    #[arg(long, conflicts_with = "store")]
    folder: Option<PathBuf>,
    /// How many issue at once while the ledger is made.
    #[arg(long, default_value_t = 256)]
    clients: usize,
    /// How long each raw limit is measured.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

/// What one verification took.
struct Verified {
    entries: u64,
    checkpoints: u64,
    time: Duration,
}

impl Verify {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        let bar = ProgressBar::new_spinner();
        let made = match &self.store {
            Some(_) => None,
            None => Some(Place::new(self.made_in, self.folder.as_deref()).await?),
        };
        let store = match (&self.store, &made) {
            (Some(given), _) => self.password.complete(given)?,
            (None, Some(place)) => self.make(place, &bar).await?,
            (None, None) => return Err(Failure::unusable("no ledger was made")),
        };
        let measured = tokio::task::spawn_blocking(move || self.measure(&store, &bar));
        measured.await.map_err(Failure::unusable)??.print(json);
        Ok(())
    }

    async fn make(&self, place: &Place, bar: &ProgressBar) -> Result<StoreUrl, Failure> {
        bar.set_message("sealing what is to be verified");
        let (outlets, servers, options) = (1, 1, Options::default());
        let plan = Plan { outlets, servers, key_uri: None, options };
        let field = Field::new(place, MADE, plan).await?;
        fill::fill(&field.desk(0).await?, self.entries, self.clients, bar).await?;
        field.close().await;
        Ok(place.store(MADE).1)
    }

    fn measure(&self, store: &StoreUrl, bar: &ProgressBar) -> Result<Table, Failure> {
        let time = Duration::from_secs(self.seconds);
        let mut table = Table::default();
        bar.set_message("raw P-256");
        let signatures = floor::verifications(time)?;
        bar.set_message("reading the rows");
        let read = store.path().map(floor::read_rows).transpose()?;
        bar.set_message("raw SHA-256");
        let sizes = read.as_ref().map_or(EntrySizes::AS_A_RULE, |read| read.sizes);
        let hashes = floor::hashes(&sizes, time);
        bar.set_message("verification");
        let verified = verified(store, bar)?;
        bar.finish_and_clear();

        table.told("entries", Quantity::Count(verified.entries));
        table.told("checkpoints", Quantity::Count(verified.checkpoints));
        table.rate("raw P-256 verifications, all cores", signatures);
        table.rate("SHA-256 of an entry's bytes, all cores", hashes);
        if let Some(read) = &read {
            table.rate("reading the same rows, one connection", read.rate);
        }
        let read = read.map_or(u64::MAX, |read| read.rate.saturating_mul(floor::cores()));
        let floor = floor::together([signatures, hashes, read]);
        table.rate("the floor: all of these, on all cores", floor);
        let rate = per_second(usize::try_from(verified.entries).unwrap_or(0), verified.time);
        table.rate("verify", rate);
        table.ratio("verify ÷ the floor", rate, floor);
        table.ratio("verify ÷ raw P-256 verifications", rate, signatures);
        table.told("verify, the whole ledger", Quantity::Wait(verified.time));
        let million = Duration::from_micros(1_000_000_000_000 / rate.max(1));
        let bar = Bar::AtMost(Quantity::Wait(A_MILLION_WITHIN));
        table.judged("verify, for a million entries", Quantity::Wait(million), bar);
        if let Some(peak) = memory::peak() {
            table.told("most memory of this process", Quantity::Bytes(peak));
        }
        Ok(table)
    }
}

fn verified(store: &StoreUrl, bar: &ProgressBar) -> Result<Verified, Failure> {
    let keys = TrustedKeys::kept_in(store)?;
    let start = Instant::now();
    let report = keys.verify(store, &mut |entries| bar.set_position(entries))?;
    let time = start.elapsed();
    let checkpoints = report.outlets.iter().map(|outlet| outlet.checkpoints).sum();
    Ok(Verified { entries: report.entries, checkpoints, time })
}

/// The name of the measurement, and of its folder.
const MADE: &str = "verify";
/// What a million entries may take on two cores.
const A_MILLION_WITHIN: Duration = Duration::from_secs(45);
