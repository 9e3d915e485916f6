//! `stalela bench growth`

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use fiscal::Desk;
use indicatif::ProgressBar;
use ledger::Options;

use super::fill;
use super::fixture::Fixture;
use super::latency::Measured;
use super::memory;
use super::table::{Bar, Quantity, Table};
use crate::api::Folder;
use crate::failure::Failure;

/// Seals a second of a ledger that has many entries, against one that has few.
///
/// A ledger grows in steps of ten times, one hot outlet, full durability. At each size its rate is
/// measured in turns with a ledger of ten thousand entries that was just made, so that both meet the
/// same machine and the same disk. Memory is told at each size.
#[derive(Debug, Args)]
#[command(after_help = "Example: stalela bench growth --entries 10000000 --folder /var/tmp")]
pub(crate) struct Growth {
    /// How many entries the large ledger has at the end; some four kilobytes of disk each.
    #[arg(long, default_value_t = 1_000_000)]
    entries: u64,
    /// Where the files lie: the disk that is measured. The system's temporary folder if absent.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// How many issue at once, each waiting for its own answer.
    #[arg(long, default_value_t = 32)]
    clients: usize,
    /// How many issue at once while the ledger is filled.
    #[arg(long, default_value_t = 256)]
    filling: usize,
    /// Invoices of one turn.
    #[arg(long, default_value_t = 5_000)]
    turn: u64,
    /// Turns at each size.
    #[arg(long, default_value_t = 6)]
    turns: usize,
}

/// A ledger of one outlet, and how many entries it has.
struct Grown {
    fixture: Fixture,
    desk: Arc<Desk>,
    store: PathBuf,
    entries: u64,
}

/// What was seen at one size.
struct Mark {
    entries: u64,
    few: Measured,
    many: Measured,
    resident: Option<u64>,
    disk: u64,
}

impl Growth {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        let folder = super::folder(self.folder.as_deref())?;
        let bar = ProgressBar::new_spinner();
        let mut large = Grown::new(&folder.path().join("large")).await?;
        let mut marks = Vec::new();
        for size in sizes(self.entries) {
            bar.set_message(format!("filling up to {size} entries"));
            large.fill_to(size, self.filling, &bar).await?;
            bar.set_message(format!("sealing at {size} entries"));
            marks.push(self.mark(folder.path(), &mut large, &bar).await?);
        }
        large.fixture.desks.ledger().close().await;
        bar.finish_and_clear();
        table(&marks).print(json);
        Ok(())
    }

    async fn mark(
        &self,
        folder: &Path,
        large: &mut Grown,
        bar: &ProgressBar,
    ) -> Result<Mark, Failure> {
        let folder = folder.join(format!("small-{}", large.entries));
        let mut small = Grown::new(&folder).await?;
        small.fill_to(FEW, self.filling, bar).await?;
        let entries = large.entries;
        let (mut few, mut many) = (Turns::default(), Turns::default());
        for _ in 0..self.turns {
            few.add(small.seal(self.turn, self.clients, bar).await?);
            many.add(large.seal(self.turn, self.clients, bar).await?);
        }
        small.fixture.desks.ledger().close().await;
        std::fs::remove_dir_all(&folder)?;
        let disk = std::fs::metadata(&large.store)?.len();
        let resident = memory::resident();
        Ok(Mark { entries, few: few.measured(), many: many.measured(), resident, disk })
    }
}

/// The slices of one ledger, put together.
#[derive(Default)]
struct Turns {
    elapsed: Duration,
    waits: Vec<Duration>,
}

impl Turns {
    fn add(&mut self, turn: (Duration, Vec<Duration>)) {
        self.elapsed += turn.0;
        self.waits.extend(turn.1);
    }

    fn measured(self) -> Measured {
        Measured::new(self.elapsed, self.waits)
    }
}

impl Grown {
    async fn new(folder: &Path) -> Result<Self, Failure> {
        let fixture = Fixture::new(folder, Options::default()).await?;
        let desk = fixture.desk().await?;
        Ok(Self { fixture, desk, store: Folder(folder.to_owned()).store(), entries: 0 })
    }

    async fn fill_to(
        &mut self,
        entries: u64,
        clients: usize,
        bar: &ProgressBar,
    ) -> Result<(), Failure> {
        let missing = entries.saturating_sub(self.entries);
        fill::fill(&self.desk, missing, clients, bar).await?;
        self.entries += missing;
        Ok(())
    }

    async fn seal(
        &mut self,
        count: u64,
        clients: usize,
        bar: &ProgressBar,
    ) -> Result<(Duration, Vec<Duration>), Failure> {
        let start = Instant::now();
        let waits = fill::issue(&self.desk, count, clients, bar).await?;
        self.entries += count;
        Ok((start.elapsed(), waits))
    }
}

/// Ten thousand, and ten times as many again up to the last.
fn sizes(last: u64) -> Vec<u64> {
    let steps = std::iter::successors(Some(FEW), |size| size.checked_mul(10));
    steps.take_while(|size| *size < last).chain([last.max(FEW)]).collect()
}

fn table(marks: &[Mark]) -> Table {
    let mut table = Table::default();
    for mark in marks {
        let at = |what: &str| format!("{what}, at {} entries", mark.entries);
        table.measured(&at("a ledger of ten thousand"), &mark.few);
        table.measured(&at("seal"), &mark.many);
        table.ratio(&at("÷ a ledger of ten thousand"), mark.many.rate(), mark.few.rate());
        table.told(&at("bytes of the file"), Quantity::Bytes(mark.disk));
        if let Some(resident) = mark.resident {
            table.told(&at("memory of this process"), Quantity::Bytes(resident));
        }
    }
    if let Some(last) = marks.last() {
        let ratio = Quantity::ratio(last.many.rate(), last.few.rate());
        let bar = Bar::AtLeast(Quantity::Ratio(RATE_AT_LEAST));
        table.judged("the rate of many ÷ that of few", ratio, bar);
    }
    if let [first, .., last] = marks
        && let (Some(first), Some(last)) = (first.resident, last.resident)
    {
        let bar = Bar::AtMost(Quantity::Ratio(MEMORY_AT_MOST));
        table.judged("memory at the end ÷ at the first size", Quantity::ratio(last, first), bar);
    }
    table
}

/// Entries of the ledger that is compared with.
const FEW: u64 = 10_000;
/// In hundredths: what the rate of a large ledger may lose.
const RATE_AT_LEAST: u64 = 90;
/// In hundredths. Flat, but for what an allocator keeps: caches are full at ten thousand entries.
const MEMORY_AT_MOST: u64 = 150;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_grow_ten_times_and_end_where_they_are_told() {
        assert_eq!(sizes(10_000_000), [10_000, 100_000, 1_000_000, 10_000_000]);
        assert_eq!(sizes(1_500_000), [10_000, 100_000, 1_000_000, 1_500_000]);
        assert_eq!(sizes(1), [10_000]);
    }
}
