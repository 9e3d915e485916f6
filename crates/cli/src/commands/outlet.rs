//! `stalela outlet`

mod accept_clock;
mod create;
mod list;
mod recover;
mod set;
mod unusable;

use clap::Subcommand;
use invoice::OutletId;
use ledger::{Ledger, Outlet, StoreName};
use serde_json::{Value, json};

pub(crate) use self::create::{NewOutlet, create};
use crate::failure::Failure;
use crate::stores::NamedStore;

/// Set outlets up in a store, a file while no server has it open; list them at any time.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example: stalela outlet create outlet.json --store data/stalela.db")]
pub(crate) enum OutletCommand {
    Create(create::Create),
    List(list::List),
    Set(set::Set),
    AcceptClock(accept_clock::AcceptClock),
    Recover(recover::Recover),
}

impl OutletCommand {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        match self {
            Self::Create(command) => command.run(json).await,
            Self::List(command) => command.run(json).await,
            Self::Set(command) => command.run(json).await,
            Self::AcceptClock(command) => command.run(json).await,
            Self::Recover(command) => command.run(json).await,
        }
    }
}

pub(super) async fn find(ledger: &Ledger, id: &OutletId) -> Result<Outlet, Failure> {
    for tenant in ledger.tenants().await? {
        if let Some(outlet) = ledger.outlet(&tenant.id, id).await? {
            return Ok(outlet);
        }
    }
    Err(Failure::refused(format!("there is no outlet {id}")))
}

/// An outlet as it is told.
struct Row {
    id: String,
    tenant: String,
    code: String,
    name: String,
    authority: String,
    environment: String,
    /// Of several, the one where it stands.
    store: Option<StoreName>,
}

impl From<&Outlet> for Row {
    fn from(outlet: &Outlet) -> Self {
        Self {
            id: outlet.id.to_string(),
            tenant: outlet.tenant.to_string(),
            code: outlet.code.clone(),
            name: outlet.name.clone(),
            authority: outlet.authority.clone(),
            environment: outlet.environment.as_str().to_owned(),
            store: None,
        }
    }
}

fn tell(outlets: &[Row], json: bool) {
    if json {
        println!("{}", Value::Array(outlets.iter().map(Row::to_json).collect()));
        return;
    }
    for outlet in outlets {
        println!("{}  {}  {}", outlet.id, outlet.code, outlet.name);
        println!("  {} ({})", outlet.authority, outlet.environment);
        let store = outlet.store.as_ref().map(|store| format!(" in {store}")).unwrap_or_default();
        println!("  tenant {}{store}", outlet.tenant);
    }
}

impl Row {
    fn in_store(self, store: &NamedStore) -> Self {
        Self { store: store.name.clone(), ..self }
    }

    fn to_json(&self) -> Value {
        let mut row = json!({
            "id": self.id, "tenant": self.tenant, "code": self.code, "name": self.name,
            "authority": self.authority, "environment": self.environment,
        });
        if let Some(store) = &self.store {
            row["store"] = store.as_str().into();
        }
        row
    }
}
