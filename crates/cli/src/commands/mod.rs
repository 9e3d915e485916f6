//! The words of the command line: one command a file.

mod agent;
mod api_key;
mod conform;
mod demo;
mod ecf;
mod inbox;
mod invoice;
mod issue;
mod keys;
mod migrate;
mod outlet;
mod page;
mod paper;
mod reconcile;
mod sequence;
mod serve;
mod show;
mod simulate;
mod store;
mod verify;

use clap::Subcommand;

pub(crate) use issue::new_key;
pub(crate) use outlet::{NewOutlet, create as create_outlet};
pub(crate) use verify::TrustedKeys;

use crate::bench;
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(serve::Serve),
    Agent(agent::AgentCommand),
    #[command(subcommand)]
    Simulate(simulate::Simulate),
    Issue(issue::Issue),
    Show(show::Show),
    #[command(subcommand)]
    Invoice(invoice::Invoice),
    #[command(subcommand)]
    Inbox(inbox::Inbox),
    Verify(verify::Verify),
    Migrate(migrate::Migrate),
    #[command(subcommand)]
    Store(store::StoreCommand),
    Reconcile(reconcile::Reconcile),
    #[command(subcommand)]
    Ecf(ecf::Ecf),
    #[command(subcommand)]
    Conform(conform::Conform),
    #[command(subcommand)]
    Keys(keys::Keys),
    #[command(subcommand)]
    Outlet(outlet::OutletCommand),
    #[command(subcommand)]
    Paper(paper::Paper),
    #[command(subcommand)]
    Sequence(sequence::Sequence),
    #[command(subcommand)]
    ApiKey(api_key::ApiKeyCommand),
    #[command(subcommand, after_help = "Example: stalela bench seal --clients 32 --seconds 5")]
    Bench(bench::Bench),
    Demo(demo::Demo),
}

impl Command {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        match self {
            Self::Serve(command) => command.run(json).await,
            Self::Agent(command) => command.run(json).await,
            Self::Simulate(command) => command.run(json).await,
            Self::Issue(command) => command.run(json).await,
            Self::Show(command) => command.run(json).await,
            Self::Invoice(command) => command.run(json).await,
            Self::Inbox(command) => command.run(json).await,
            Self::Verify(command) => command.run(json).await,
            Self::Migrate(command) => command.run(json).await,
            Self::Store(command) => command.run(json).await,
            Self::Reconcile(command) => command.run(json).await,
            Self::Ecf(command) => command.run(json),
            Self::Conform(command) => command.run(json).await,
            Self::Keys(command) => command.run(json),
            Self::Outlet(command) => command.run(json).await,
            Self::Paper(command) => command.run(json).await,
            Self::Sequence(command) => command.run(json).await,
            Self::ApiKey(command) => command.run(json).await,
            Self::Bench(command) => command.run(json).await,
            Self::Demo(command) => command.run(json).await,
        }
    }
}
