//! The other end of deliveries: the simulator of an authority, without faults, and its outlets.

use std::sync::Arc;

use fiscal::{Chance, Clock, Desk, Desks};
use serde_json::json;
use simulators::drc_emcf::{self, Emcf, Options, Running};

use crate::api::Folder;
use crate::commands::NewOutlet;
use crate::failure::Failure;

/// An authority with a module for each outlet.
pub(super) struct Market {
    running: Running,
    outlets: u64,
    /// As the outlets' settings say it; none where they leave it to the agent.
    requests_per_second: Option<u32>,
}

impl Market {
    pub(super) async fn open(
        outlets: u64,
        requests_per_second: Option<u32>,
    ) -> Result<Self, Failure> {
        let clock = simulators::Clock::of(|| Clock::System.now().micros());
        let mut options = Options::new(clock, Chance::System.below(1 << 32)).calm();
        let emcf =
            |index| Emcf::new(TAXPAYER, format!("CD01{index:06}-1"), format!("SHOP {index}"));
        options.emcfs = (0..outlets).map(emcf).collect();
        let running = drc_emcf::start(options).await?;
        Ok(Self { running, outlets, requests_per_second })
    }

    /// Where it listens, without a slash at the end.
    pub(super) fn url(&self) -> &str {
        &self.running.url
    }

    /// What admits each outlet, in their order.
    pub(super) fn tokens(&self) -> impl Iterator<Item = &str> {
        self.running.tokens.iter().map(|token| token.token.as_str())
    }

    /// New outlets that seal before they tell it, one for each of its modules.
    pub(super) async fn settle(
        &self,
        folder: &Folder,
        desks: &Desks,
    ) -> Result<Vec<Arc<Desk>>, Failure> {
        let mut settled = Vec::new();
        for index in 0..self.outlets {
            settled.push(self.outlet(index, folder, desks).await?);
        }
        Ok(settled)
    }

    async fn outlet(
        &self,
        index: u64,
        folder: &Folder,
        desks: &Desks,
    ) -> Result<Arc<Desk>, Failure> {
        let position = usize::try_from(index).map_err(Failure::refused)?;
        let token = &self.running.tokens[position].token;
        let token_file = folder.0.join(format!("token-{index}"));
        std::fs::write(&token_file, token)?;
        let name = format!("outlet-{index}");
        signing::software::generate(&folder.key(&name))?;
        let mut wire = json!({
            "base_url": self.running.url, "token": format!("file:{}", token_file.display()),
        });
        if let Some(pace) = self.requests_per_second {
            wire["requests_per_second"] = pace.into();
        }
        let new: NewOutlet = serde_json::from_value(json!({
            "tenant": "bench", "code": format!("B{index:02}"), "name": name, "zone": "UTC",
            "taxpayer": { "tax_id": TAXPAYER, "name": "Bench SARL" },
            "authority": "drc/cloud", "environment": "test",
            "key_uri": format!("file:{}", folder.key(&name).display()),
            "settings": { "authority": { "isf": "BENCH0001" }, "wire": wire },
        }))?;
        let outlet = crate::commands::create_outlet(desks.ledger(), new).await?;
        Ok(desks.desk(&outlet.tenant, &outlet.id).await?)
    }

    pub(super) async fn stop(self) {
        self.running.stop().await;
    }
}

/// How many outlets there may be: the simulator has so many modules at most.
pub(super) fn count() -> clap::builder::RangedU64ValueParser {
    clap::value_parser!(u64).range(1..=OUTLETS_MAX)
}

const OUTLETS_MAX: u64 = 1_000;
const TAXPAYER: &str = "A1234567B";
/// The most that settings allow: for what measures how fast deliveries can be, not how fast they may.
pub(super) const UNPACED: u32 = 100_000;
