//! `stalela outlet list`

use std::path::{Path, PathBuf};

use clap::Args;
use rusqlite::{Connection, OpenFlags};

use super::{Row, tell};
use crate::failure::Failure;
use crate::input;

/// List the outlets of a store.
///
/// It only reads, so that it may run while a server has the store open.
#[derive(Debug, Args)]
#[command(after_help = "Example: stalela outlet list --store data/stalela.db")]
pub(crate) struct List {
    /// The store: an SQLite file. One that is not there is a fault, and never made.
    #[arg(long, env = "STALELA_STORE", default_value = "data/stalela.db")]
    store: PathBuf,
}

impl List {
    pub(crate) fn run(&self, json: bool) -> Result<(), Failure> {
        input::check_ledger(&self.store)?;
        let outlets = read(&self.store)?;
        if outlets.is_empty() && !json {
            println!("no outlets yet: `stalela outlet create` makes one");
        }
        tell(&outlets, json);
        Ok(())
    }
}

/// Beside whoever writes: a connection that cannot write takes nobody's lock.
fn read(store: &Path) -> rusqlite::Result<Vec<Row>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(store, flags)?;
    let mut statement = connection.prepare(OUTLETS)?;
    let rows = statement.query_map([], |row| {
        Ok(Row {
            id: row.get("id")?,
            tenant: row.get("tenant")?,
            code: row.get("code")?,
            name: row.get("name")?,
            authority: row.get("authority")?,
            environment: row.get("environment")?,
        })
    })?;
    rows.collect()
}

const OUTLETS: &str = "
    SELECT id, tenant, code, name, authority, environment FROM outlets
    ORDER BY tenant, created_at, id";
