//! What a run measured, and the table of it with the bars of docs/performance.md.

use std::time::Duration;

use super::{Seal, SignerName};
use crate::bench::latency::Measured;
use crate::bench::table::{Bar, Quantity, Table};

pub(super) struct Figures {
    pub(super) fsync: Measured,
    pub(super) limits: Limits,
    pub(super) sealed: Measured,
    pub(super) alone: Measured,
    pub(super) beside: Beside,
    /// All clients, and one alone.
    pub(super) over_http: Option<(Measured, Measured)>,
}

/// What the machine could do at most, without a store: how often a second.
pub(super) struct Limits {
    /// Raw P-256 on every core.
    pub(super) signatures: u64,
    /// The run's signer, on as many threads as sign.
    pub(super) of_signer: u64,
    pub(super) computing: u64,
}

/// What was measured beside sealing. Plain inserts are of the same bytes: in full batches, and in
/// batches as large as so many clients can make them.
pub(super) enum Beside {
    File { naive: Measured, full: u64, equal: u64, same_rows: u64 },
    Database { counter: Measured, counter_alone: Measured, full: u64, equal: u64 },
}

impl Figures {
    pub(super) fn table(&self, run: &Seal) -> Table {
        let mut table = Table::default();
        table.measured("fsync of 4 kB", &self.fsync);
        table.rate("raw P-256 signatures, all cores", self.limits.signatures);
        if let SignerName::Module(_) = run.signer {
            table.rate("raw signatures of the module, as many sessions", self.limits.of_signer);
        }
        table.rate("what a seal computes, all cores, no store", self.limits.computing);
        self.beside(&mut table);
        table.measured("seal, in process", &self.sealed);
        table.measured("seal, in process, one client alone", &self.alone);
        if let Some((many, alone)) = &self.over_http {
            table.measured("seal, over HTTP, the clients on the same cores", many);
            table.measured("seal, over HTTP, one client alone", alone);
        }
        self.ratios(&mut table, run);
        self.http(&mut table);
        self.signer(&mut table, run);
        table
    }

    fn beside(&self, table: &mut Table) {
        match &self.beside {
            Beside::File { naive, full, equal, same_rows } => {
                table.rate("plain insert of the same bytes, batches of 512", *full);
                table.rate("plain insert of the same bytes, batches of all clients", *equal);
                let name = "plain insert of the same rows and indexes, all clients";
                table.rate(name, *same_rows);
                table.measured("one commit for each invoice", naive);
            }
            Beside::Database { counter, counter_alone, full, equal } => {
                table.rate("raw UNNEST of the same bytes, batches of 512", *full);
                table.rate("raw UNNEST of the same bytes, batches of all clients", *equal);
                table.measured("locked counter row, as many clients (90 at most)", counter);
                table.measured("locked counter row, one client", counter_alone);
            }
        }
    }

    /// A seal computes, and it writes its bytes: where one processor does what another cannot, a second
    /// holds no more than both take one after the other, spread over all of them. A plain insert
    /// keeps one of them busy.
    fn bound(&self) -> u64 {
        let (Beside::File { full, .. } | Beside::Database { full, .. }) = &self.beside;
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
        let (computing, inserting) = (self.limits.computing, full * cores);
        computing * inserting / (computing + inserting).max(1)
    }

    fn ratios(&self, table: &mut Table, run: &Seal) {
        let (sealed, alone) = (self.sealed.rate(), self.alone.rate());
        let bound = self.bound();
        table.rate("what both together allow: computing and the plain insert", bound);
        table.ratio("seal ÷ what both together allow", sealed, bound);
        let one_outlet = run.outlets == 1;
        match &self.beside {
            Beside::File { naive, full, equal, same_rows } => {
                table.judged(
                    "seal ÷ one commit each",
                    Quantity::ratio(sealed, naive.rate()),
                    at_least(FILE_OVER_NAIVE),
                );
                table.judged(
                    "seal ÷ plain insert of the same bytes, 512",
                    Quantity::ratio(sealed, *full),
                    at_least(OVER_PLAIN),
                );
                table.ratio("seal ÷ plain insert of the same bytes, all clients", sealed, *equal);
                table.ratio("seal ÷ plain insert of the same rows", sealed, *same_rows);
            }
            Beside::Database { counter, full, equal, .. } => {
                let over_counter = Quantity::ratio(sealed, counter.rate());
                let over_raw = Quantity::ratio(sealed, *full);
                if one_outlet {
                    let bar = at_least(DATABASE_OVER_COUNTER);
                    table.judged("seal ÷ locked counter row", over_counter, bar);
                    let over_alone = Quantity::ratio(sealed, alone);
                    table.judged("seal ÷ its own one client", over_alone, at_least(100));
                } else {
                    table.ratio("seal ÷ locked counter row", sealed, counter.rate());
                    let bar = at_least(OVER_PLAIN);
                    table.judged("seal ÷ raw UNNEST of the same bytes, 512", over_raw, bar);
                }
                table.ratio("seal ÷ raw UNNEST of the same bytes, all clients", sealed, *equal);
            }
        }
        let waits = Quantity::times(self.alone.wait(500), self.fsync.wait(500));
        table.judged("alone: p50 ÷ p50 of an fsync", waits, at_most(ALONE_OVER_FSYNC));
    }

    fn http(&self, table: &mut Table) {
        let Some((many, alone)) = &self.over_http else { return };
        let rate = Quantity::PerSecond(many.rate());
        table.judged("over HTTP", rate, Bar::AtLeast(Quantity::PerSecond(HTTP_RATE)));
        let p99 = Quantity::Wait(many.wait(990));
        table.judged("over HTTP: p99", p99, Bar::AtMost(Quantity::Wait(HTTP_P99)));
        let waits = Quantity::times(alone.wait(500), self.fsync.wait(500));
        table.judged("over HTTP, alone: p50 ÷ p50 of an fsync", waits, at_most(ALONE_OVER_FSYNC));
    }

    fn signer(&self, table: &mut Table, run: &Seal) {
        if let SignerName::Module(_) = run.signer {
            let of = Quantity::ratio(self.sealed.rate(), self.limits.of_signer);
            table.judged("seal ÷ raw signatures of the module", of, at_least(OVER_MODULE));
        }
    }
}

fn at_least(hundredths: u64) -> Bar {
    Bar::AtLeast(Quantity::Ratio(hundredths))
}

fn at_most(hundredths: u64) -> Bar {
    Bar::AtMost(Quantity::Ratio(hundredths))
}

/// The bars, in hundredths where they are ratios.
const FILE_OVER_NAIVE: u64 = 500;
const OVER_PLAIN: u64 = 50;
const DATABASE_OVER_COUNTER: u64 = 1_000;
const OVER_MODULE: u64 = 80;
const ALONE_OVER_FSYNC: u64 = 300;
const HTTP_RATE: u64 = 5_000;
const HTTP_P99: Duration = Duration::from_millis(50);
