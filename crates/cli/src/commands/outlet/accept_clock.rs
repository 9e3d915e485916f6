//! `stalela outlet accept-clock`

use clap::Args;
use fiscal::{ClockError, Desks};
use invoice::OutletId;
use ledger::Entry;

use super::find;
use crate::anchors::Anchors;
use crate::api::{self, TestHosts};
use crate::failure::Failure;
use crate::stores::StoresArgs;

/// Accept that an outlet's clock went back, on record, so that it seals again.
///
/// Only where the clock keeps the outlet from sealing: accepting it twice records nothing twice.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: stalela outlet accept-clock ou_… --operator \"J. Ilunga\" --reason \"battery replaced\""
)]
pub(crate) struct AcceptClock {
    /// The outlet's id, as `outlet list` prints it.
    #[arg(value_parser = OutletId::parse)]
    outlet: OutletId,
    /// Who accepts it: a person's name, for whoever audits the chain.
    #[arg(long)]
    operator: String,
    /// What happened to the clock.
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    anchors: Anchors,
    #[command(flatten)]
    store: StoresArgs,
    #[command(flatten)]
    test_hosts: TestHosts,
}

impl AcceptClock {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        let stores = self.store.existing()?;
        self.anchors.check(&stores)?;
        let store = stores.of_outlet(&self.outlet).await?;
        let desks = api::open_anchored(&store, &self.anchors, &self.test_hosts.lines()).await?;
        let accepted = accept(&desks, &self.outlet, (self.operator, self.reason)).await;
        desks.ledger().close().await;
        let entry = accepted?;
        if json {
            println!("{}", serde_json::json!({ "sequence": entry.sequence }));
        } else {
            println!("accepted, as entry {}", entry.sequence);
        }
        Ok(())
    }
}

async fn accept(
    desks: &Desks,
    outlet: &OutletId,
    (operator, reason): (String, String),
) -> Result<Entry, Failure> {
    let outlet = find(desks.ledger(), outlet).await?;
    let desk = desks.desk(&outlet.tenant, &outlet.id).await?;
    fiscal::accept_clock(&desk, operator, reason).await.map_err(|error| match error {
        ClockError::NotBehind { .. } => Failure::refused(error),
        ClockError::Ledger(error) => error.into(),
    })
}
