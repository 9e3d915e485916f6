//! `stalela api-key`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use fiscal::{Chance, Clock};
use invoice::{OutletId, TenantId};
use ledger::Environment;
use server::{NewApiKey, Operation, Reach};

use crate::api;
use crate::failure::Failure;

/// Make and revoke API keys in a store, while no server has it open.
#[derive(Debug, Subcommand)]
pub(crate) enum ApiKeyCommand {
    New(New),
    Revoke(Revoke),
}

/// Make a key. It is shown once; the store keeps its hash.
#[derive(Debug, Args)]
#[command(after_help = "Example: stalela api-key new --tenant tn_… --outlet ou_… --label till-1")]
pub(crate) struct New {
    #[arg(long)]
    tenant: String,
    /// An outlet that it reaches; may be given several times; all of the tenant's if absent.
    #[arg(long = "outlet")]
    outlets: Vec<String>,
    /// An operation that it may call, as in `invoices:write`; all of them if absent.
    #[arg(long = "operation")]
    operations: Vec<String>,
    #[arg(long, default_value = "")]
    label: String,
    /// For live outlets; a test key reaches test outlets only.
    #[arg(long)]
    live: bool,
    #[arg(long, env = "STALELA_STORE", default_value = "data/stalela.db")]
    store: PathBuf,
}

/// Revoke a key by its id.
#[derive(Debug, Args)]
pub(crate) struct Revoke {
    #[arg(long)]
    tenant: String,
    id: String,
    #[arg(long, env = "STALELA_STORE", default_value = "data/stalela.db")]
    store: PathBuf,
}

impl ApiKeyCommand {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        match self {
            Self::New(command) => command.run(json).await,
            Self::Revoke(command) => command.run().await,
        }
    }
}

impl New {
    async fn run(self, json: bool) -> Result<(), Failure> {
        let new = self.parse()?;
        let (text, row) = server::new_api_key(new, &Chance::System, Clock::System.now());
        let desks = api::open(&self.store, ledger::Options::default())?;
        let id = row.id.clone();
        desks.ledger().create_api_key(row).await?;
        desks.ledger().close().await;
        if json {
            println!("{}", serde_json::json!({ "id": id, "api_key": text }));
        } else {
            eprintln!("key {id}, shown this once:");
            println!("{text}");
        }
        Ok(())
    }

    fn parse(&self) -> Result<NewApiKey, Failure> {
        let operation = |word: &String| {
            Operation::parse(word)
                .ok_or_else(|| Failure::refused(format!("there is no operation {word}")))
        };
        let outlet = |id: &String| {
            OutletId::parse(id).map_err(|error| Failure::refused(format!("{id}: {error}")))
        };
        let operations: Vec<Operation> =
            self.operations.iter().map(operation).collect::<Result<_, _>>()?;
        let outlets: Vec<OutletId> = self.outlets.iter().map(outlet).collect::<Result<_, _>>()?;
        Ok(NewApiKey {
            tenant: TenantId::parse(&self.tenant).map_err(Failure::refused)?,
            environment: if self.live { Environment::Live } else { Environment::Test },
            operations: if operations.is_empty() { Operation::ALL.to_vec() } else { operations },
            reach: if outlets.is_empty() { Reach::All } else { Reach::Only(outlets) },
            label: self.label.clone(),
            expires_at: None,
        })
    }
}

impl Revoke {
    async fn run(self) -> Result<(), Failure> {
        let tenant = TenantId::parse(&self.tenant).map_err(Failure::refused)?;
        let desks = api::open(&self.store, ledger::Options::default())?;
        desks.ledger().revoke_api_key(&tenant, &self.id, Clock::System.now()).await?;
        desks.ledger().close().await;
        Ok(())
    }
}
