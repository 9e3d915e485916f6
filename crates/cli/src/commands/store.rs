//! `stalela store`

mod copy;

use clap::Subcommand;

use crate::failure::Failure;

/// Move a ledger from one store to another.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Example: stalela store copy data/stalela.db postgres://stalela@db.example/stalela"
)]
pub(crate) enum StoreCommand {
    Copy(copy::Copy),
}

impl StoreCommand {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        match self {
            Self::Copy(command) => command.run(json).await,
        }
    }
}
