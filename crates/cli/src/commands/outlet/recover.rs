//! `stalela outlet recover`

use std::io::IsTerminal as _;
use std::sync::Arc;

use clap::Args;
use fiscal::Desks;
use invoice::OutletId;
use ledger::{Entry, LedgerError, NumberRun, Rollback};

use super::find;
use crate::anchors::Anchors;
use crate::api::{self, TestHosts};
use crate::failure::Failure;
use crate::stores::StoresArgs;

/// Accept, on record, that the store has lost entries of an outlet, so that it seals again.
///
/// Put the newest state of the store back instead, if there is one: what is lost is lost for ever. The
/// numbers that customers may hold are written off and never given again; the outlet's log goes on
/// under a new name. Only where something is lost: recovering twice records nothing twice.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: stalela outlet recover ou_… --operator \"J. Ilunga\" --reason \"the disk failed; restored last night's backup\""
)]
pub(crate) struct Recover {
    /// The outlet's id, as `outlet list` prints it.
    #[arg(value_parser = OutletId::parse)]
    outlet: OutletId,
    /// Who accepts it: a person's name, for whoever audits the chain.
    #[arg(long)]
    operator: String,
    /// What happened to the store.
    #[arg(long)]
    reason: String,
    /// Do not ask whether to go on.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    anchors: Anchors,
    #[command(flatten)]
    store: StoresArgs,
    #[command(flatten)]
    test_hosts: TestHosts,
}

impl Recover {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        let stores = self.store.existing()?;
        self.anchors.check(&stores)?;
        let store = stores.of_outlet(&self.outlet).await?;
        let desks = api::open_anchored(&store, &self.anchors, &self.test_hosts.lines()).await?;
        let recovered = self.recover(&desks, json).await;
        desks.ledger().close().await;
        let (lost, entry) = recovered?;
        if json {
            println!("{}", to_json(&lost, &entry));
        } else {
            println!("recovered, as entry {}: the outlet seals again", entry.sequence);
        }
        Ok(())
    }

    async fn recover(self, desks: &Desks, json: bool) -> Result<(Arc<Rollback>, Entry), Failure> {
        let outlet = find(desks.ledger(), &self.outlet).await?;
        let refusing = desks.ledger().refusing().into_iter();
        let lost = refusing.into_iter().find(|lost| lost.outlet == outlet.id);
        let lost = lost.ok_or_else(|| {
            Failure::refused(LedgerError::NotRolledBack(outlet.id.clone()).to_string())
        })?;
        if !json {
            tell(&lost);
        }
        if !self.yes {
            confirm()?;
        }
        let desk = desks.desk(&outlet.tenant, &outlet.id).await?;
        let entry = fiscal::recover(&desk, self.operator, self.reason).await?;
        Ok((lost, entry))
    }
}

fn tell(lost: &Rollback) {
    let Rollback { outlet, anchored, found, .. } = lost;
    println!(
        "{outlet} had {anchored} entries, and the store has {found} that they do not continue"
    );
    if found < anchored {
        println!("  lost: entries {} to {anchored}", found + 1);
    }
    for run in &lost.lost {
        println!("  written off, taken in what is lost: {}", words(run));
    }
    for run in &lost.unsure {
        println!("  written off, free now and perhaps taken: {}", words(run));
    }
}

fn words(run: &NumberRun) -> String {
    format!("numbers {} to {} of {}", run.first, run.last, run.series)
}

fn confirm() -> Result<(), Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::refused("nobody is there to be asked: say --yes to go on"));
    }
    print!("Is there no newer state of the store? Write yes to go on without what is lost: ");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    match answer.trim() {
        "yes" => Ok(()),
        _ => Err(Failure::refused("nothing was recorded")),
    }
}

fn to_json(lost: &Rollback, entry: &Entry) -> serde_json::Value {
    let numbers = lost.written_off();
    let numbers = numbers.iter().map(|run| {
        serde_json::json!({
            "series": run.series.to_string(), "first": run.first, "last": run.last,
        })
    });
    serde_json::json!({
        "sequence": entry.sequence, "anchored": lost.anchored, "found": lost.found,
        "written_off": numbers.collect::<Vec<_>>(),
    })
}
