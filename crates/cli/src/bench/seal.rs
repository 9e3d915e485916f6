//! `stalela bench seal`

mod figures;

use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;
use signing::KeyUri;

use super::baselines;
use super::field::{Field, Plan};
use super::load::{Keys, Load};
use super::place::{Place, PlaceArgs};
use super::{http, postgres, same_rows};
use crate::failure::Failure;
use figures::Figures;

/// Seals a second, in process and over HTTP, with full durability.
///
/// Everything is counted in: the draft is read and priced, the bytes are canonical, hashed, chained
/// and signed, and the answer comes after the commit. Beside it stand, measured in the same run on
/// the same disk: the naive way (one commit for each invoice; on PostgreSQL a counter's row that each
/// client locks), a plain batched insert of as many bytes, and what bounds any of it: raw
/// signatures, the computing alone, the disk's own fsync.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela bench seal --clients 32 --http
  stalela bench seal --store postgres --clients 32
  stalela bench seal --store postgres --outlets 100 --servers 2 --clients 512
  stalela bench seal --signer 'pkcs11:token=till;object=outlet?module-path=…&pin-source=file:pin' --clients 256")]
pub(crate) struct Seal {
    #[command(flatten)]
    place: PlaceArgs,
    /// How many outlets; clients go round them.
    #[arg(long, default_value_t = 1, value_parser = at_least_one)]
    outlets: usize,
    /// How many issue at once, each waiting for its own answer.
    #[arg(long, default_value_t = 32, value_parser = at_least_one)]
    clients: usize,
    /// How many servers have the store open; a file has one. Clients go round them.
    #[arg(long, default_value_t = 1, value_parser = at_least_one)]
    servers: usize,
    /// `software`: a new key in a file. Or a key behind PKCS#11: pkcs11:…
    #[arg(long, default_value = "software", value_name = "software|pkcs11:…")]
    signer: SignerName,
    /// Threads that sign beside the ledger's own: sessions of the module. As many as there are cores
    /// if absent.
    #[arg(long)]
    sessions: Option<usize>,
    /// Orders of one transaction at most, where that is to be tried. As the ledger has it if absent.
    #[arg(long, value_parser = at_least_one)]
    batch: Option<usize>,
    /// Measure over HTTP too, the clients on the same cores.
    #[arg(long)]
    http: bool,
    /// Idempotency keys without an order, as UUIDs of version 4: those of one commit lie all over the
    /// index of keys.
    #[arg(long)]
    random_keys: bool,
    /// How long each measurement takes.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

/// Who signs.
#[derive(Clone, Debug)]
enum SignerName {
    Software,
    Module(String),
}

impl std::str::FromStr for SignerName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            _ if text == "software" => Ok(Self::Software),
            Ok(KeyUri::Pkcs11(_)) => Ok(Self::Module(text.to_owned())),
            _ => Err("a signer is `software`, or a key as in pkcs11:token=…;object=…".to_owned()),
        }
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "a number of one or more".to_owned())
}

impl Seal {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        let place = self.place.open().await?;
        if place.database().is_none() && self.servers > 1 {
            return Err(Failure::refused("a file has one server: take --store postgres"));
        }
        let bar = ProgressBar::new_spinner();
        // Dropped on the way out, the place is removed, whoever ends the run.
        let figures = tokio::select! {
            figures = self.measure(&place, &bar) => figures?,
            _ = tokio::signal::ctrl_c() => return Err(Failure::unusable("interrupted")),
        };
        bar.finish_and_clear();
        figures.table(&self).print(json);
        Ok(())
    }

    async fn measure(&self, place: &Place, bar: &ProgressBar) -> Result<Figures, Failure> {
        let (time, load) = (self.time(), self.load());
        bar.set_message("fsync of this disk");
        let fsync = baselines::fsync(place.folder(), time / 2)?;
        bar.set_message("signatures, and computing alone");
        let limits = self.limits(place).await?;
        bar.set_message("seal, in process");
        let sealed = load.seal(&self.field(place, "sealed", self.plan()).await?).await?;
        bar.set_message("seal, one client alone");
        let one = Load { clients: 1, time: time / 2, ..load };
        let alone = one.seal(&self.field(place, "alone", self.plan()).await?).await?;
        bar.set_message("the naive way, and plain inserts");
        let beside = self.beside(place).await?;
        bar.set_message("seal, over HTTP");
        let over_http = if self.http {
            let field = self.field(place, "http", self.plan()).await?;
            let many = http::seal(field, load).await?;
            let field = self.field(place, "http-alone", self.plan()).await?;
            Some((many, http::seal(field, one).await?))
        } else {
            None
        };
        Ok(Figures { fsync, limits, sealed, alone, beside, over_http })
    }

    /// What the machine could do at most, without a store.
    async fn limits(&self, place: &Place) -> Result<figures::Limits, Failure> {
        let field =
            self.field(place, "limits", Plan { outlets: 1, servers: 1, ..self.plan() }).await?;
        let desk = field.desk(0).await?;
        let time = self.time() / 2;
        let limits = figures::Limits {
            signatures: baselines::signatures(time)?,
            of_signer: baselines::signatures_of(&desk, self.workers(), time)?,
            computing: baselines::computing(&desk, time)?,
        };
        field.close().await;
        Ok(limits)
    }

    /// What is measured beside it: which, hangs on the store.
    async fn beside(&self, place: &Place) -> Result<figures::Beside, Failure> {
        let (folder, time) = (place.folder(), self.time());
        let bytes = baselines::bytes_of_one(folder).await?;
        if let Some(address) = place.database() {
            let one = Load { clients: 1, time: time / 2, ..self.load() };
            let connections = self.servers * ledger::WRITERS;
            let each = (self.clients / connections).clamp(1, ledger::BATCH_MAX);
            return Ok(figures::Beside::Database {
                counter: postgres::locked_counter(address, self.load(), self.outlets, bytes)
                    .await?,
                counter_alone: postgres::locked_counter(address, one, 1, bytes).await?,
                full: postgres::raw_insert(address, (connections, ledger::BATCH_MAX), bytes, time)
                    .await?,
                equal: postgres::raw_insert(address, (connections, each), bytes, time).await?,
            });
        }
        let options = ledger::Options { batch_max: 1, ..self.options() };
        let naive = self.field(place, "naive", Plan { options, ..self.plan() }).await?;
        let naive = self.load().seal(&naive).await?;
        let (_, store) = place.store("sealed");
        let store = store.path().expect("it is a file");
        let each = self.clients.min(ledger::BATCH_MAX);
        Ok(figures::Beside::File {
            naive,
            full: baselines::plain_insert(folder, bytes, ledger::BATCH_MAX, time)?,
            // As many as there are clients: no group can be larger while each waits for its answer.
            equal: baselines::plain_insert(folder, bytes, each, time)?,
            same_rows: same_rows::insert(folder, store, each, time)?,
        })
    }

    async fn field(&self, place: &Place, name: &str, plan: Plan<'_>) -> Result<Field, Failure> {
        Field::new(place, name, plan).await
    }

    fn plan(&self) -> Plan<'_> {
        let key_uri = match &self.signer {
            SignerName::Software => None,
            SignerName::Module(uri) => Some(uri.as_str()),
        };
        let (outlets, servers) = (self.outlets, self.servers);
        Plan { outlets, servers, key_uri, options: self.options() }
    }

    fn options(&self) -> ledger::Options {
        let batch_max = self.batch.unwrap_or(ledger::BATCH_MAX);
        ledger::Options { workers: self.workers(), batch_max, ..ledger::Options::default() }
    }

    fn workers(&self) -> usize {
        self.sessions.unwrap_or(ledger::Options::default().workers)
    }

    fn load(&self) -> Load {
        let keys = if self.random_keys { Keys::Random } else { Keys::Ordered };
        Load { clients: self.clients, time: self.time(), keys }
    }

    fn time(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}
