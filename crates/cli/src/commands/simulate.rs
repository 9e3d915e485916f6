//! `stalela simulate`

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use fiscal::{Chance, Clock};
use serde_json::{Value, json};
use simulators::{Faults, dom_ecf, drc_emcf};

use crate::api;
use crate::failure::Failure;
use crate::output;

/// Be an authority, for tests: in memory, on this machine only, hostile by default.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  stalela simulate drc-emcf --calm
  stalela simulate drc-emcf --calm --token-file data/simulator.token
  stalela simulate dom-ecf --calm")]
pub(crate) enum Simulate {
    DrcEmcf(DrcEmcf),
    DomEcf(DomEcf),
}

/// The e-MCF of the Congolese DGI.
///
/// Four requests in a hundred meet a fault, and replies take every shape that the specification
/// leaves open. The management port arms faults, moves the clock and shows what is registered.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela simulate drc-emcf --calm
  stalela simulate drc-emcf --calm --token-file data/simulator.token
  stalela simulate drc-emcf --listen 127.0.0.1:4710 --management 127.0.0.1:4711 --faults 100")]
pub(crate) struct DrcEmcf {
    /// Where the authority's API listens; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:4700")]
    listen: SocketAddr,
    /// Where the management port listens.
    #[arg(long, default_value = "127.0.0.1:4701")]
    management: SocketAddr,
    /// Write the first token into this file, for its owner alone, as an outlet's settings name it. A
    /// simulator that is started anew has other tokens: what the file held is replaced.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    #[command(flatten)]
    temper: Temper,
}

/// The e-CF services of the Dominican DGII: testecf, certecf and ecf, and the counterpart.
///
/// All three hosts (ecf, fc and statusecf) are one address here. Four requests in a hundred meet a
/// fault, and replies take every shape that real ones have. The management port arms faults, moves
/// the clock, registers delegations, receivers and number ranges, orders verdicts and shows what is
/// registered.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela simulate dom-ecf --calm
  stalela simulate dom-ecf --listen 127.0.0.1:4730 --management 127.0.0.1:4731 --faults 100")]
pub(crate) struct DomEcf {
    /// Where the authority's services listen; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:4720")]
    listen: SocketAddr,
    /// Where the management port listens.
    #[arg(long, default_value = "127.0.0.1:4721")]
    management: SocketAddr,
    /// Refuse every certificate that the management port has not delegated.
    #[arg(long)]
    strict_delegations: bool,
    #[command(flatten)]
    temper: Temper,
}

/// How hostile a simulator is.
#[derive(Debug, Args)]
struct Temper {
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
        match self {
            Self::DrcEmcf(simulate) => simulate.run(json).await,
            Self::DomEcf(simulate) => simulate.run(json).await,
        }
    }
}

impl DrcEmcf {
    async fn run(self, json: bool) -> Result<(), Failure> {
        let seed = self.temper.seed();
        let mut options = drc_emcf::Options::new(system_clock(), seed);
        options.listen = self.listen;
        options.management = self.management;
        options.faults = self.temper.faults();
        let options = if self.temper.calm { options.calm() } else { options };
        let running = drc_emcf::start(options).await?;
        if let Some(file) = &self.token_file {
            let written = output::secret(file, &running.tokens[0].token);
            written.map_err(|error| Failure::of_input(file, &error))?;
        }
        tell_drc_emcf(&running, seed, json);
        api::asked_to_stop().await;
        running.stop().await;
        Ok(())
    }
}

impl DomEcf {
    async fn run(self, json: bool) -> Result<(), Failure> {
        let seed = self.temper.seed();
        let mut options = dom_ecf::Options::new(system_clock(), seed);
        options.listen = self.listen;
        options.management = self.management;
        options.strict_delegations = self.strict_delegations;
        options.faults = self.temper.faults();
        let options = if self.temper.calm { options.calm() } else { options };
        let api_key = options.api_key.clone();
        let running = dom_ecf::start(options).await?;
        tell_dom_ecf(&running, seed, &api_key, json);
        api::asked_to_stop().await;
        running.stop().await;
        Ok(())
    }
}

impl Temper {
    fn seed(&self) -> u64 {
        self.seed.unwrap_or_else(|| Chance::System.below(1 << 32))
    }

    fn faults(&self) -> Faults {
        self.faults.map_or_else(Faults::hostile, Faults::at)
    }
}

/// The simulator counts microseconds and knows nothing of our clock.
pub(crate) fn system_clock() -> simulators::Clock {
    simulators::Clock::of(|| Clock::System.now().micros())
}

fn tell_drc_emcf(running: &drc_emcf::Running, seed: u64, json: bool) {
    if json {
        let token = |token: &drc_emcf::Token| json!({ "nif": token.nif, "nim": token.nim, "token": token.token });
        let tokens: Vec<Value> = running.tokens.iter().map(token).collect();
        println!(
            "{}",
            json!({
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

fn tell_dom_ecf(running: &dom_ecf::Running, seed: u64, api_key: &str, json: bool) {
    if json {
        println!(
            "{}",
            json!({
                "url": running.url, "management": running.management_url,
                "seed": seed, "api_key": api_key,
            })
        );
        return;
    }
    println!("DGII        {}", running.url);
    println!("management  {}", running.management_url);
    println!("seed        {seed}");
    println!("Apikey      {api_key}");
}
