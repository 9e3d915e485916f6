//! `stalela outlet list`

use clap::Args;

use super::{Row, tell};
use crate::failure::Failure;
use crate::stores::{Stores, StoresArgs};

/// List the outlets of a store, or of all stores of a map.
///
/// It only reads, so that it may run while a server has the store open.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela outlet list --store data/stalela.db
  stalela outlet list --store-map stores.json")]
pub(crate) struct List {
    #[command(flatten)]
    store: StoresArgs,
}

impl List {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        let stores = self.store.existing()?;
        let outlets = tokio::task::spawn_blocking(move || rows(&stores));
        let outlets = outlets.await.map_err(Failure::unusable)??;
        if outlets.is_empty() && !json {
            println!("no outlets yet: `stalela outlet create` makes one");
        }
        tell(&outlets, json);
        Ok(())
    }
}

fn rows(stores: &Stores) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for store in stores.iter() {
        let outlets = store.url.outlets().map_err(|error| store.failed(error.into()))?;
        rows.extend(outlets.iter().map(|outlet| Row::from(outlet).in_store(store)));
    }
    Ok(rows)
}
