//! `stalela outlet list`

use std::path::PathBuf;

use clap::Args;

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
        let outlets: Vec<Row> = ledger::outlets_in(&self.store)?.iter().map(Row::from).collect();
        if outlets.is_empty() && !json {
            println!("no outlets yet: `stalela outlet create` makes one");
        }
        tell(&outlets, json);
        Ok(())
    }
}
