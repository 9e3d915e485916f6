//! Where a world's ledger lies: here in a database of a real PostgreSQL.

use ledger::{
    Anchoring, Ledger, LedgerError, Options, Report, Verifier, VerifyError, verify_database,
};
use private_postgres::Database;

use crate::world::World;

pub(crate) struct Home {
    database: Database,
}

impl Home {
    pub(crate) async fn new() -> Self {
        Self { database: empty_database().await }
    }

    pub(crate) async fn open(&self) -> Result<Ledger, LedgerError> {
        Ledger::connect(&self.address(), OPTIONS()).await
    }

    pub(crate) async fn open_anchored(&self, anchoring: &Anchoring) -> Result<Ledger, LedgerError> {
        Ledger::connect_anchored(&self.address(), OPTIONS(), anchoring).await
    }

    pub(crate) fn backup(&self) -> Database {
        self.database.copy()
    }

    pub(crate) fn restore(&self, backup: &Database) {
        self.database.restore(backup);
    }

    pub(crate) async fn verify(
        &self,
        keys: &dyn Fn(&str) -> Option<Verifier>,
    ) -> Result<Report, VerifyError> {
        verify_database(&self.address(), keys, &mut |_| {}).await
    }

    fn address(&self) -> String {
        self.database.address()
    }
}

impl World {
    pub(crate) fn address(&self) -> String {
        self.home.address()
    }

    /// Another process's.
    pub(crate) async fn open(&self) -> Result<Ledger, LedgerError> {
        self.home.open().await
    }

    /// Runs statements as somebody whom nothing is forbidden, and returns what they print.
    pub(crate) fn sql(&self, statements: &str) -> String {
        self.try_sql("postgres", statements).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Runs statements as a role, and returns what they print, or what the database says to them.
    pub(crate) fn try_sql(&self, role: &str, statements: &str) -> Result<String, String> {
        let as_role = format!("SET ROLE {role}; SET search_path = stalela; {statements}");
        self.home.database.try_sql(&as_role)
    }

    /// Another database with the same rows. The connections to this one end.
    pub(crate) fn copy(&self) -> Database {
        self.home.database.copy()
    }
}

/// A database with the schema and nothing in it.
pub(crate) async fn empty_database() -> Database {
    tokio::task::spawn_blocking(|| Database::like(migrate)).await.unwrap()
}

/// On a thread of its own, since a runtime is at work on this one.
fn migrate(address: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Ledger::migrate(address, None)).unwrap_or_else(|error| panic!("{error}"));
}

/// One lane, so that a test knows who waits for whom.
pub(crate) const OPTIONS: fn() -> Options =
    || Options { writers: 1, accepts_fsync_off: true, ..Options::default() };

/// What comes while a transaction is under way is in the next one; and what the database refuses is
/// found by halves, each in a transaction of its own.
pub(crate) const COMMITS_AT_ONCE: u64 = 5;

/// Another process may be driving what is leased.
pub(crate) const OPENING_ENDS_LEASES: bool = false;

/// A case of a model makes a database of its own, which takes half a second: fewer of them.
pub(crate) const CASES_COST: u32 = 6;
