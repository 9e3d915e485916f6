//! `stalela bench`: speed beside its baselines and its physical limits, measured in the same run.

mod backlog;
mod baselines;
mod delivering;
mod ecf;
mod field;
mod fill;
mod fixture;
mod growth;
mod http;
mod latency;
mod load;
mod market;
mod memory;
mod place;
mod postgres;
mod processor;
mod report;
mod same_rows;
mod seal;
mod table;
mod verify;

use clap::Subcommand;

use crate::failure::Failure;

/// Measure this machine: every figure beside a naive baseline and beside raw primitives.
#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    Seal(seal::Seal),
    Verify(verify::Verify),
    Report(report::Report),
    Growth(growth::Growth),
    Backlog(backlog::Backlog),
    Ecf(ecf::Ecf),
}

impl Bench {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        match self {
            Self::Seal(command) => command.run(json).await,
            Self::Verify(command) => command.run(json).await,
            Self::Report(command) => command.run(json).await,
            Self::Growth(command) => command.run(json).await,
            Self::Backlog(command) => command.run(json).await,
            Self::Ecf(command) => command.run(json),
        }
    }
}

/// Where the files of a run lie; gone when it ends.
fn folder(within: Option<&std::path::Path>) -> std::io::Result<tempfile::TempDir> {
    match within {
        Some(folder) => tempfile::tempdir_in(folder),
        None => tempfile::tempdir(),
    }
}
