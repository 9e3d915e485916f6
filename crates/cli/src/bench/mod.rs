//! `stalela bench`: speed beside its baselines and its physical limits, measured in the same run.

mod baselines;
mod ecf;
mod fixture;
mod http;
mod latency;
mod same_rows;
mod seal;
mod table;

use clap::Subcommand;

use crate::failure::Failure;

/// Measure this machine: every figure beside a naive baseline and beside raw primitives.
#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    Seal(seal::Seal),
    Ecf(ecf::Ecf),
}

impl Bench {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        match self {
            Self::Seal(command) => command.run(json).await,
            Self::Ecf(command) => command.run(json),
        }
    }
}
