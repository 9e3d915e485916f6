//! `stalela api-key`

use clap::{Args, Subcommand};
use fiscal::{Chance, Clock};
use invoice::{OutletId, TenantId};
use ledger::Environment;
use serde_json::json;
use server::{NewApiKey, Operation, Reach};

use crate::api;
use crate::client::{Client, Remote, ServerUrl};
use crate::failure::Failure;
use crate::stores::StoresArgs;

/// Make and revoke API keys: of a running server through its API, or in the store itself.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example: stalela api-key new --tenant tn_… --label till-1")]
pub(crate) enum ApiKeyCommand {
    New(New),
    Revoke(Revoke),
}

/// Make a key. It is shown once; the store keeps its hash.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela api-key new --tenant tn_… --outlet ou_… --label till-1
  stalela api-key new --url http://127.0.0.1:8080 --label till-2 --operation invoices:write")]
pub(crate) struct New {
    /// Whose it is, `tn_…`; through the API it is the tenant of the calling key.
    #[arg(long, required_unless_present = "url", value_parser = TenantId::parse)]
    tenant: Option<TenantId>,
    /// An outlet that it reaches; may be given several times; all of the tenant's if absent.
    #[arg(long = "outlet", value_parser = OutletId::parse)]
    outlets: Vec<OutletId>,
    /// An operation that it may call, as in `invoices:write`; may be given several times; if absent,
    /// all but `keys:write`.
    #[arg(long = "operation", value_parser = operation)]
    operations: Vec<Operation>,
    /// What it is used for, so that people can tell keys apart.
    #[arg(long, default_value = "")]
    label: String,
    /// For live outlets; a test key reaches test outlets only. Through the API it is as the calling
    /// key is.
    #[arg(long, conflicts_with = "url")]
    live: bool,
    #[command(flatten)]
    place: Place,
}

fn operation(word: &str) -> Result<Operation, String> {
    let known = || Operation::ALL.map(Operation::as_str).join(", ");
    Operation::parse(word).ok_or_else(|| format!("there are: {}", known()))
}

/// Where keys are kept: by a running server, or in a store.
#[derive(Debug, Args)]
struct Place {
    /// Address of a running server; without it the store is opened.
    #[arg(long, requires = "api_key")]
    url: Option<ServerUrl>,
    /// A key with the right `keys:write`, for the server. Better given by the environment.
    #[arg(long, env = "STALELA_API_KEY", hide_env_values = true)]
    api_key: Option<String>,
    #[command(flatten)]
    store: StoresArgs,
}

impl Place {
    fn client(&self) -> Option<Client> {
        let (url, api_key) = (self.url.clone()?, self.api_key.clone()?);
        Some(Client::new(Remote { url, api_key }))
    }
}

/// Revoke a key by its id.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela api-key revoke ak_… --tenant tn_…
  stalela api-key revoke ak_… --url http://127.0.0.1:8080")]
pub(crate) struct Revoke {
    /// Whose it is, `tn_…`; not needed through the API.
    #[arg(long, required_unless_present = "url", value_parser = TenantId::parse)]
    tenant: Option<TenantId>,
    /// The key's id, `ak_…`, as `api-key new` printed it; not its text.
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
        let operations = self.operations();
        let operations: Vec<&str> = operations.into_iter().map(Operation::as_str).collect();
        let label = if self.label.is_empty() { "unnamed" } else { &self.label };
        let mut body = json!({ "label": label, "operations": operations });
        if !self.outlets.is_empty() {
            body["outlets"] = self.outlets.iter().map(OutletId::as_str).collect();
        }
        let made = client.post("/v1/api-keys", None, serde_json::to_vec(&body)?).await?;
        let made = made.successful()?.json()?;
        let text = |key: &str| made[key].as_str().unwrap_or_default().to_owned();
        Ok((text("id"), text("api_key")))
    }

    /// Into the store itself.
    async fn write(&self) -> Result<(String, String), Failure> {
        let new = self.order()?;
        let store = self.place.store.existing()?.of_tenant(&new.tenant);
        let (text, row) = server::new_api_key(new, &Chance::System, Clock::System.now());
        let ledger = api::open_ledger(&store.url, ledger::Options::default()).await?;
        let id = row.id.clone();
        let written = ledger.create_api_key(row).await;
        ledger.close().await;
        written?;
        Ok((id, text))
    }

    fn operations(&self) -> Vec<Operation> {
        if self.operations.is_empty() {
            Operation::ORDINARY.to_vec()
        } else {
            self.operations.clone()
        }
    }

    fn order(&self) -> Result<NewApiKey, Failure> {
        let outlets = self.outlets.clone();
        Ok(NewApiKey {
            tenant: tenant(self.tenant.as_ref())?,
            environment: if self.live { Environment::Live } else { Environment::Test },
            operations: self.operations(),
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
        let store = self.place.store.existing()?.of_tenant(&tenant);
        let ledger = api::open_ledger(&store.url, ledger::Options::default()).await?;
        let written = ledger.revoke_api_key(&tenant, &self.id, Clock::System.now()).await;
        ledger.close().await;
        Ok(written?)
    }
}

/// The words of the command see to it: a store is opened for a tenant.
fn tenant(given: Option<&TenantId>) -> Result<TenantId, Failure> {
    given.cloned().ok_or_else(|| Failure::refused("--tenant is missing"))
}
