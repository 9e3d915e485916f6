//! `stalela agent`

use std::net::SocketAddr;
use std::sync::Arc;

use clap::Args;
use tokio::net::TcpListener;

use crate::anchors::Anchors;
use crate::api::{self, TestHosts};
use crate::failure::Failure;
use crate::opening::Opening;
use crate::running;
use crate::stores::StoresArgs;

/// Deliver to the authorities, and serve nothing.
///
/// Any number of agents work over one database: each takes what no other holds, and what a dead one
/// held is taken over when its lease has run out. An SQLite file has one process, so there the
/// server is the agent too.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela agent --store postgres://stalela@db.example/stalela
  stalela agent --store postgres://stalela@db.example/stalela --name kinshasa-2 --at-once 500
  stalela agent --store-map stores.json --health 0.0.0.0:8081")]
pub(crate) struct AgentCommand {
    #[command(flatten)]
    anchors: Anchors,
    #[command(flatten)]
    store: StoresArgs,
    /// What it calls itself in leases, so that people can tell whose they are; its machine and
    /// process if absent.
    #[arg(long)]
    name: Option<String>,
    /// Submissions that it drives at once; of several stores, in each.
    #[arg(long, default_value_t = agent::AT_ONCE)]
    at_once: u16,
    /// Address and port at which it says whether it lives (/healthz) and delivers (/readyz); nowhere if
    /// absent. Port 0 takes any free one.
    #[arg(long, value_name = "ADDR")]
    health: Option<SocketAddr>,
    /// Do not work at all if any outlet cannot be used, or any of several stores cannot be reached.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    test_hosts: TestHosts,
}

impl AgentCommand {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        let stores = self.store.existing()?;
        let health = match self.health {
            Some(address) => Some(api::bind(address, "").await?),
            None => None,
        };
        let told = health.as_ref().map(TcpListener::local_addr).transpose()?;
        let opening = Arc::new(Opening::new(stores, self.anchors, &self.test_hosts)?);
        let opened = opening.all(self.strict).await?;
        let name = self.name.unwrap_or_else(own_name);
        let settings = agent::Settings {
            name: name.clone(),
            at_once: self.at_once.max(1).into(),
            ..agent::Settings::default()
        };
        let working = running::start_agents((Arc::clone(&opening), opened), &settings, health);
        if json {
            let told = told.map(|address| address.to_string());
            println!("{}", serde_json::json!({ "agent": name, "health": told }));
        } else {
            let told = told.map(|address| format!("; http://{address}/readyz tells how it is"));
            let stores: Vec<String> = opening.stores.iter().map(ToString::to_string).collect();
            println!("{name} delivers from {}{}", stores.join(", "), told.unwrap_or_default());
        }
        api::asked_to_stop().await;
        working.stop().await;
        Ok(())
    }
}

/// The machine and the process: two agents never bear one name.
pub(crate) fn own_name() -> String {
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let machine = machine.trim();
    let machine = if machine.is_empty() { "agent" } else { machine };
    format!("{machine}/{}", std::process::id())
}
