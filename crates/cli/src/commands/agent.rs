//! `stalela agent`

use clap::Args;

use crate::anchors::Anchors;
use crate::api::{self, TestHosts};
use crate::failure::Failure;
use crate::store::StoreArgs;

/// Deliver to the authorities, and serve nothing.
///
/// Any number of agents work over one database: each takes what no other holds, and what a dead one
/// held is taken over when its lease has run out. An SQLite file has one process, so there the
/// server is the agent too.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela agent --store postgres://stalela@db.example/stalela
  stalela agent --store postgres://stalela@db.example/stalela --name kinshasa-2 --at-once 200")]
pub(crate) struct AgentCommand {
    #[command(flatten)]
    anchors: Anchors,
    #[command(flatten)]
    store: StoreArgs,
    /// What it calls itself in leases, so that people can tell whose they are; its machine and
    /// process if absent.
    #[arg(long)]
    name: Option<String>,
    /// Submissions that it drives at once.
    #[arg(long, default_value_t = 64)]
    at_once: u16,
    /// Do not work at all if any outlet cannot be used.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    test_hosts: TestHosts,
}

impl AgentCommand {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        let store = self.store.existing()?;
        let open_wire = self.test_hosts.open_wire();
        let desks = api::open_anchored(&store, &self.anchors, open_wire).await?;
        api::check_desks(&desks, self.strict).await?;
        let name = self.name.unwrap_or_else(own_name);
        let settings = agent::Settings {
            name: name.clone(),
            at_once: self.at_once.max(1).into(),
            ..agent::Settings::default()
        };
        let working = api::start_agent(desks, settings);
        if json {
            println!("{}", serde_json::json!({ "agent": name }));
        } else {
            println!("{name} delivers from {store}");
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
