//! `stalela outlet set`

use std::path::PathBuf;

use clap::Args;
use fiscal::Desks;
use invoice::OutletId;
use ledger::Outlet;
use serde_json::{Map, Value};

use super::unusable::unusable;
use super::{Row, find, tell};
use crate::api::{self, TestHosts};
use crate::failure::Failure;
use crate::input;
use crate::stores::StoresArgs;

/// Give an outlet other settings, as where a wrong one makes it unusable.
///
/// They take the place of all that were there. What they name is opened once; if it cannot be,
/// nothing is written.
#[derive(Debug, Args)]
#[command(after_help = "Example: stalela outlet set ou_… --settings settings.json")]
pub(crate) struct Set {
    /// The outlet's id, as `outlet list` prints it.
    #[arg(value_parser = OutletId::parse)]
    outlet: OutletId,
    /// The JSON object `settings` of an outlet's file.
    #[arg(long)]
    settings: PathBuf,
    #[command(flatten)]
    store: StoresArgs,
    #[command(flatten)]
    test_hosts: TestHosts,
}

impl Set {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        let settings: Map<String, Value> = input::read_json(&self.settings)?;
        let settings = Value::Object(settings).to_string();
        let store = self.store.existing()?.of_outlet(&self.outlet).await?;
        let desks = api::open_shared(&store.url, &self.test_hosts).await?;
        let set = set(&desks, &self.outlet, settings).await;
        desks.ledger().close().await;
        tell(&[Row::from(&set?).in_store(&store)], json);
        Ok(())
    }
}

async fn set(desks: &Desks, id: &OutletId, settings: String) -> Result<Outlet, Failure> {
    let ledger = desks.ledger();
    let outlet = Outlet { settings, ..find(ledger, id).await? };
    desks.check(&outlet).await.map_err(|error| unusable(&outlet, &error))?;
    ledger.update_outlet_settings(&outlet.tenant, &outlet.id, &outlet.settings).await?;
    Ok(outlet)
}
