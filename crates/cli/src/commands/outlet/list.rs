//! `stalela outlet list`

use clap::Args;

use super::{Row, tell};
use crate::failure::Failure;
use crate::store::StoreArgs;

/// List the outlets of a store.
///
/// It only reads, so that it may run while a server has the store open.
#[derive(Debug, Args)]
#[command(after_help = "Example: stalela outlet list --store data/stalela.db")]
pub(crate) struct List {
    #[command(flatten)]
    store: StoreArgs,
}

impl List {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        let store = self.store.existing()?;
        let outlets = tokio::task::spawn_blocking(move || store.outlets());
        let outlets = outlets.await.map_err(Failure::unusable)??;
        let outlets: Vec<Row> = outlets.iter().map(Row::from).collect();
        if outlets.is_empty() && !json {
            println!("no outlets yet: `stalela outlet create` makes one");
        }
        tell(&outlets, json);
        Ok(())
    }
}
