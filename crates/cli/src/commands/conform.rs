//! `stalela conform`

mod authority;
mod course;
mod desk;
mod dominican;
mod drafts;
mod journal;
mod peers;
mod platform;
mod reckoned;
mod report;
mod session;
mod set;
mod simulation;
mod steps;
mod walk;

use clap::Subcommand;

use crate::failure::Failure;

/// Walk the certification that an authority asks of whoever issues, and report what came of it.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example: stalela conform do --set set.json --p12 signer.p12")]
pub(crate) enum Conform {
    Do(Box<dominican::Dominican>),
}

impl Conform {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        match self {
            Self::Do(command) => command.run(json).await,
        }
    }
}
