//! `stalela invoice`

mod list;

use clap::Subcommand;

use crate::failure::Failure;

/// The invoices that a server holds. `issue` makes one, `show` shows one.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example: stalela invoice list --state sealed,unanswered --from 2026-11-01")]
pub(crate) enum Invoice {
    List(list::List),
}

impl Invoice {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        match self {
            Self::List(command) => command.run(json).await,
        }
    }
}
