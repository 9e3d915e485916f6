//! The schedules over PostgreSQL: a real server, and a line to it that does what the seed says.
//!
//! What is faked is the wire between a process and its database: a relay that knows the protocol's
//! messages (`relay`, `frames`) passes each on, or cuts the line before it, within it, while the server
//! works on it, or after it was done and before the process hears; kills the process at one of these
//! moments; or has the server refuse it. For a while nobody may be there to connect to. The disk, the
//! log and the recovery of the server are its own, and the power never fails under it.
//!
//! A seed means one schedule because one thing happens at a time, as over a file; because requests are
//! counted by connection, in the order in which that connection sends them; and because a connection
//! that was cut has ended at both of its ends before anything else happens. The runtime's clock is the
//! machine's, since sockets are waited for; who sleeps in the code under test moves the schedule's
//! clock on instead ([`fiscal::Clock::Paced`]).

mod away;
mod faults;
#[cfg(test)]
mod found_tests;
mod frames;
mod relay;
mod together;
mod wire;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ledger::{Anchoring, Ledger, LedgerError, Options};
use private_postgres::Database;
use tokio_postgres::{Client, NoTls};

pub(crate) use self::faults::{Planned, Role};
pub(crate) use self::wire::Wire;
use crate::disk::{Disk, Process};
use crate::shop::Shop;
use crate::trace::Trace;
use crate::{schedule, shop};

/// A server of this run, with a database of each shop, of which a schedule begins with a copy.
pub struct Postgres {
    modules: Database,
    ecf: Database,
    next: AtomicU64,
}

/// The database of one schedule, and the line to it.
pub(crate) struct Site {
    pub wire: Arc<Wire>,
    postgres: Arc<Postgres>,
    admin: Arc<Client>,
    shop: &'static Shop,
    /// The one that processes find; an older one, once it was put back.
    database: String,
    made: Vec<String>,
}

impl Postgres {
    /// What keeps it from running here, where something does: what to install.
    pub fn missing() -> Option<String> {
        private_postgres::missing()
    }

    /// Starts the run's cluster, and makes the shops in it.
    pub fn start() -> Self {
        let [modules, ecf] = [Shop::of_modules(), Shop::of_ecf()].map(|shop| {
            let database = Database::like(|address| {
                apart(async { Ledger::migrate(address, None).await.expect("an empty database") });
            });
            apart(fill(shop, &database.address()));
            database
        });
        Self { modules, ecf, next: AtomicU64::new(1) }
    }

    /// A connection beside all schedules, as the cluster's first user.
    pub(crate) async fn admin(&self) -> Arc<Client> {
        let address = self.modules.address();
        let address = address.replace(&name(&address), "postgres");
        let (client, connection) =
            tokio_postgres::connect(&address, NoTls).await.expect("the cluster was just started");
        tokio::spawn(connection);
        Arc::new(client)
    }

    /// The address of a shop's database.
    fn address(&self, shop: &'static Shop) -> String {
        if std::ptr::eq(shop, Shop::of_ecf()) { &self.ecf } else { &self.modules }.address()
    }

    /// Where the server listens.
    fn socket(&self) -> PathBuf {
        Path::new(&between(&self.modules.address(), "host=", "&")).join(SOCKET)
    }
}

impl Site {
    pub(crate) async fn new(
        (postgres, admin): (&Arc<Postgres>, &Arc<Client>),
        shop: &'static Shop,
        (disk, trace): (&Arc<Disk>, &Arc<Trace>),
    ) -> Self {
        let server = (postgres.socket(), postgres.next.fetch_add(1, Ordering::Relaxed));
        let wire = Wire::new(server, Arc::clone(disk), Arc::clone(trace));
        let mut site = Self {
            wire: Arc::new(wire),
            postgres: Arc::clone(postgres),
            admin: Arc::clone(admin),
            shop,
            database: name(&postgres.address(shop)),
            made: Vec::new(),
        };
        site.database = site.copy().await;
        site
    }

    /// Opens the ledger in a process, which finds it in a folder that is nobody else's.
    pub(crate) async fn open(
        &self,
        process: Process,
        folder: &Path,
        anchoring: &Anchoring,
    ) -> Result<Ledger, LedgerError> {
        let folder = self.wire.admit(process, folder).map_err(LedgerError::Open)?;
        let (database, folder) = (&self.database, folder.display());
        let address = format!("postgres:///{database}?host={folder}&user=postgres");
        Ledger::connect_anchored(&address, options(), anchoring).await
    }

    /// Where `verify` reads, past the line.
    pub(crate) fn address(&self) -> String {
        let address = self.postgres.address(self.shop);
        address.replace(&name(&address), &self.database)
    }

    /// A copy of the database as it stands. All connections to it end.
    pub(crate) async fn backup(&mut self) -> String {
        self.wire.cut(None);
        self.wire.settled().await;
        self.copy().await
    }

    /// From now on processes find an older state.
    pub(crate) fn restore(&mut self, backup: &str) {
        backup.clone_into(&mut self.database);
    }

    /// Whether a process of the server's waits for another's lock.
    pub(crate) async fn waits(&self, pid: i32) -> bool {
        let row = self.admin.query_opt(WAITS, &[&pid]).await.expect("the cluster is up");
        row.is_some()
    }

    /// Whether a process of the server's is within a transaction, and waits for what is next in it.
    pub(crate) async fn is_within(&self, pid: i32) -> bool {
        let row = self.admin.query_opt(WITHIN, &[&pid]).await.expect("the cluster is up");
        row.is_some()
    }

    /// Removes every database of the schedule.
    pub(crate) async fn end(&mut self) {
        self.wire.cut(None);
        self.wire.settled().await;
        for database in std::mem::take(&mut self.made) {
            self.run(&format!("DROP DATABASE {database} WITH (FORCE)")).await;
        }
    }

    async fn copy(&mut self) -> String {
        let number = self.postgres.next.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}_{number}", name(&self.postgres.address(self.shop)));
        self.run(&format!("CREATE DATABASE {name} TEMPLATE {}", self.database)).await;
        self.made.push(name.clone());
        name
    }

    async fn run(&self, sql: &str) {
        let done = self.admin.batch_execute(sql).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }
}

async fn fill(shop: &Shop, address: &str) {
    let ledger = Ledger::connect(address, options()).await.expect("it was just migrated");
    shop::settle_at(shop.scene, &ledger).await;
    ledger.close().await;
}

/// Works on a thread of its own: whoever asks may have a runtime on this one.
fn apart<T: Send>(work: impl Future<Output = T> + Send) {
    std::thread::scope(|scope| {
        let done = scope.spawn(|| schedule::runtime_with_sockets().block_on(work)).join();
        done.expect("a shop is made without a fault");
    });
}

/// The name of the database at an address.
fn name(address: &str) -> String {
    between(address, "postgres:///", "?")
}

/// As over a file, with one connection that seals.
pub(crate) fn options() -> Options {
    Options { writers: 1, accepts_fsync_off: true, ..shop::options() }
}

fn between(text: &str, before: &str, after: &str) -> String {
    let rest = text.split_once(before).map_or(text, |(_, rest)| rest);
    rest.split_once(after).map_or(rest, |(found, _)| found).to_owned()
}

const WAITS: &str = "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'";
const WITHIN: &str =
    "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND state = 'idle in transaction'";
/// As libpq and all drivers call it.
const SOCKET: &str = ".s.PGSQL.5432";
