//! `stalela simulate`

use std::net::SocketAddr;

use clap::{Args, Subcommand};
use fiscal::{Chance, Clock};
use simulators::Faults;
use simulators::drc_emcf::{self, Options, Running};

use crate::api;
use crate::failure::Failure;

/// Be an authority, for tests: in memory, on this machine only, hostile by default.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example: stalela simulate drc-emcf --calm")]
pub(crate) enum Simulate {
    DrcEmcf(DrcEmcf),
}

/// The e-MCF of the Congolese DGI.
///
/// Four requests in a hundred meet a fault, and replies take every shape that the specification
/// leaves open. The management port arms faults, moves the clock and shows what is registered.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela simulate drc-emcf --calm
  stalela simulate drc-emcf --listen 127.0.0.1:4710 --management 127.0.0.1:4711 --faults 100")]
pub(crate) struct DrcEmcf {
    /// Where the authority's API listens; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:4700")]
    listen: SocketAddr,
    /// Where the management port listens.
    #[arg(long, default_value = "127.0.0.1:4701")]
    management: SocketAddr,
    /// No faults by chance, and the plainest shape of every reply.
    #[arg(long)]
    calm: bool,
    /// Faults in a thousand requests, instead of forty.
    #[arg(long, conflicts_with = "calm", value_parser = clap::value_parser!(u16).range(..=1_000))]
    faults: Option<u16>,
    /// The seed of all chance; taken from the system if absent, and always told.
    #[arg(long)]
    seed: Option<u64>,
}

impl Simulate {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        let Self::DrcEmcf(simulate) = self;
        let seed = simulate.seed.unwrap_or_else(|| Chance::System.below(1 << 32));
        let running = drc_emcf::start(simulate.options(seed)).await?;
        tell(&running, seed, json);
        api::asked_to_stop().await;
        running.stop().await;
        Ok(())
    }
}

impl DrcEmcf {
    fn options(&self, seed: u64) -> Options {
        let mut options = Options::new(system_clock(), seed);
        options.listen = self.listen;
        options.management = self.management;
        if let Some(per_mille) = self.faults {
            options.faults = Faults::at(per_mille);
        }
        if self.calm { options.calm() } else { options }
    }
}

/// The simulator counts microseconds and knows nothing of our clock.
pub(crate) fn system_clock() -> simulators::Clock {
    simulators::Clock::of(|| Clock::System.now().micros())
}

fn tell(running: &Running, seed: u64, json: bool) {
    if json {
        let tokens: Vec<_> = running
            .tokens
            .iter()
            .map(|token| serde_json::json!({ "nif": token.nif, "nim": token.nim, "token": token.token }))
            .collect();
        println!(
            "{}",
            serde_json::json!({
                "url": running.url, "management": running.management_url,
                "seed": seed, "tokens": tokens,
            })
        );
        return;
    }
    println!("e-MCF       {}", running.url);
    println!("management  {}", running.management_url);
    println!("seed        {seed}");
    for token in &running.tokens {
        println!("token       {} {}\n            {}", token.nif, token.nim, token.token);
    }
}
