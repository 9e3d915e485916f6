//! `stalela api-key`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use fiscal::{Chance, Clock};
use invoice::{OutletId, TenantId};
use ledger::Environment;
use serde_json::json;
use server::{NewApiKey, Operation, Reach};

use crate::api;
use crate::client::{Client, Remote};
use crate::failure::Failure;

/// Make and revoke API keys: of a running server through its API, or in a store that none has open.
#[derive(Debug, Subcommand)]
pub(crate) enum ApiKeyCommand {
    New(New),
    Revoke(Revoke),
}

/// Make a key. It is shown once; the store keeps its hash.
#[derive(Debug, Args)]
#[command(after_help = "Example: stalela api-key new --tenant tn_… --outlet ou_… --label till-1")]
pub(crate) struct New {
    /// Through the API it is the tenant of the calling key.
    #[arg(long, required_unless_present = "url")]
    tenant: Option<String>,
    /// An outlet that it reaches; may be given several times; all of the tenant's if absent.
    #[arg(long = "outlet")]
    outlets: Vec<String>,
    /// An operation that it may call, as in `invoices:write`; if absent, all but `keys:write`.
    #[arg(long = "operation")]
    operations: Vec<String>,
    #[arg(long, default_value = "")]
    label: String,
    /// For live outlets; a test key reaches test outlets only. Through the API it is as the calling
    /// key is.
    #[arg(long, conflicts_with = "url")]
    live: bool,
    #[command(flatten)]
    place: Place,
}

/// Where keys are kept: by a running server, or in a store.
#[derive(Debug, Args)]
struct Place {
    /// Address of a running server; without it the store is opened.
    #[arg(long, requires = "api_key")]
    url: Option<String>,
    /// A key with the right `keys:write`, for the server. Better given by the environment.
    #[arg(long, env = "STALELA_API_KEY", hide_env_values = true)]
    api_key: Option<String>,
    /// The store, while no server has it open.
    #[arg(long, env = "STALELA_STORE", default_value = "data/stalela.db")]
    store: PathBuf,
}

impl Place {
    fn client(&self) -> Option<Client> {
        let (url, api_key) = (self.url.clone()?, self.api_key.clone()?);
        Some(Client::new(Remote { url, api_key }))
    }
}

/// Revoke a key by its id.
#[derive(Debug, Args)]
pub(crate) struct Revoke {
    #[arg(long, required_unless_present = "url")]
    tenant: Option<String>,
    id: String,
    #[command(flatten)]
    place: Place,
}

impl ApiKeyCommand {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        match self {
            Self::New(command) => command.run(json).await,
            Self::Revoke(command) => command.run(json).await,
        }
    }
}

impl New {
    async fn run(self, json: bool) -> Result<(), Failure> {
        let (id, text) = match self.place.client() {
            Some(client) => self.ask(&client).await?,
            None => self.write().await?,
        };
        if json {
            println!("{}", json!({ "id": id, "api_key": text }));
        } else {
            eprintln!("key {id}, shown this once:");
            println!("{text}");
        }
        Ok(())
    }

    /// Through the API, which gives only what the calling key has.
    async fn ask(&self, client: &Client) -> Result<(String, String), Failure> {
        let operations = self.operations()?;
        let operations: Vec<&str> = operations.into_iter().map(Operation::as_str).collect();
        let label = if self.label.is_empty() { "unnamed" } else { &self.label };
        let mut body = json!({ "label": label, "operations": operations });
        if !self.outlets.is_empty() {
            body["outlets"] = json!(self.outlets);
        }
        let made = client.post("/v1/api-keys", None, serde_json::to_vec(&body)?).await?;
        let made = made.successful()?.json()?;
        let text = |key: &str| made[key].as_str().unwrap_or_default().to_owned();
        Ok((text("id"), text("api_key")))
    }

    /// Into the store itself.
    async fn write(&self) -> Result<(String, String), Failure> {
        let new = self.parse()?;
        let (text, row) = server::new_api_key(new, &Chance::System, Clock::System.now());
        let desks = api::open(&self.place.store, ledger::Options::default())?;
        let id = row.id.clone();
        let written = desks.ledger().create_api_key(row).await;
        desks.ledger().close().await;
        written?;
        Ok((id, text))
    }

    fn operations(&self) -> Result<Vec<Operation>, Failure> {
        let operation = |word: &String| {
            Operation::parse(word)
                .ok_or_else(|| Failure::refused(format!("there is no operation {word}")))
        };
        if self.operations.is_empty() {
            return Ok(Operation::ORDINARY.to_vec());
        }
        self.operations.iter().map(operation).collect()
    }

    fn parse(&self) -> Result<NewApiKey, Failure> {
        let outlet = |id: &String| {
            OutletId::parse(id).map_err(|error| Failure::refused(format!("{id}: {error}")))
        };
        let outlets: Vec<OutletId> = self.outlets.iter().map(outlet).collect::<Result<_, _>>()?;
        Ok(NewApiKey {
            tenant: tenant(self.tenant.as_ref())?,
            environment: if self.live { Environment::Live } else { Environment::Test },
            operations: self.operations()?,
            reach: if outlets.is_empty() { Reach::All } else { Reach::Only(outlets) },
            label: self.label.clone(),
            expires_at: None,
        })
    }
}

impl Revoke {
    async fn run(self, json: bool) -> Result<(), Failure> {
        match self.place.client() {
            Some(client) => {
                client.delete(&format!("/v1/api-keys/{}", self.id)).await?.successful()?;
            }
            None => self.write().await?,
        }
        if json {
            println!("{}", json!({ "id": self.id, "revoked": true }));
        }
        Ok(())
    }

    async fn write(&self) -> Result<(), Failure> {
        let tenant = tenant(self.tenant.as_ref())?;
        let desks = api::open(&self.place.store, ledger::Options::default())?;
        let written = desks.ledger().revoke_api_key(&tenant, &self.id, Clock::System.now()).await;
        desks.ledger().close().await;
        Ok(written?)
    }
}

fn tenant(text: Option<&String>) -> Result<TenantId, Failure> {
    let text = text.ok_or_else(|| Failure::refused("--tenant is missing"))?;
    TenantId::parse(text).map_err(Failure::refused)
}
