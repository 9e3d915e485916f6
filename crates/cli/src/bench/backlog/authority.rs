//! The other end of the deliveries: the simulator of an authority, without faults, and its outlets.

use std::sync::Arc;

use fiscal::{Chance, Clock, Desk, Desks};
use serde_json::json;
use simulators::drc_emcf::{self, Emcf, Options, Running};

use crate::api::Folder;
use crate::commands::NewOutlet;
use crate::failure::Failure;

/// An authority with a module for each outlet.
pub(super) struct Market(Running);

impl Market {
    pub(super) async fn open(outlets: u64) -> Result<Self, Failure> {
        let clock = simulators::Clock::of(|| Clock::System.now().micros());
        let mut options = Options::new(clock, Chance::System.below(1 << 32)).calm();
        let emcf =
            |index| Emcf::new(TAXPAYER, format!("CD01{index:06}-1"), format!("SHOP {index}"));
        options.emcfs = (0..outlets).map(emcf).collect();
        Ok(Self(drc_emcf::start(options).await?))
    }

    pub(super) async fn outlet(
        &self,
        index: u64,
        folder: &Folder,
        desks: &Desks,
    ) -> Result<Arc<Desk>, Failure> {
        let position = usize::try_from(index).map_err(Failure::refused)?;
        let token = &self.0.tokens[position].token;
        let token_file = folder.0.join(format!("token-{index}"));
        std::fs::write(&token_file, token)?;
        let name = format!("outlet-{index}");
        signing::software::generate(&folder.key(&name))?;
        let new: NewOutlet = serde_json::from_value(json!({
            "tenant": "bench", "code": format!("B{index:02}"), "name": name, "zone": "UTC",
            "taxpayer": { "tax_id": TAXPAYER, "name": "Bench SARL" },
            "authority": "drc/cloud", "environment": "test",
            "key_uri": format!("file:{}", folder.key(&name).display()),
            "settings": {
                "authority": { "isf": "BENCH0001" },
                "wire": {
                    "base_url": self.0.url, "token": format!("file:{}", token_file.display()),
                    "requests_per_second": REQUESTS_PER_SECOND,
                },
            },
        }))?;
        let outlet = crate::commands::create_outlet(desks.ledger(), new).await?;
        Ok(desks.desk(&outlet.tenant, &outlet.id).await?)
    }

    pub(super) async fn stop(self) {
        self.0.stop().await;
    }
}

const TAXPAYER: &str = "A1234567B";
/// The most that settings allow: the backlog is delivered as fast as it can be.
const REQUESTS_PER_SECOND: u32 = 1_000;
