//! `stalela outlet`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use fiscal::{Chance, Clock};
use invoice::{OutletId, TaxpayerId, TenantId};
use ledger::{Environment, Ledger, NumberTemplate, Outlet, Taxpayer, Tenant};
use serde::Deserialize;

use crate::api;
use crate::failure::Failure;

/// Set outlets up in a store, while no server has it open.
#[derive(Debug, Subcommand)]
pub(crate) enum OutletCommand {
    Create(Create),
    List(List),
    AcceptClock(AcceptClock),
}

/// Create an outlet from a file, with its tenant and taxpayer where they are new.
///
/// The outlet's key and authority are opened once, so that a wrong setting shows now.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: stalela outlet create examples/outlet.json --store data/stalela.db"
)]
pub(crate) struct Create {
    file: PathBuf,
    #[arg(long, env = "STALELA_STORE", default_value = "data/stalela.db")]
    store: PathBuf,
}

/// List the outlets of a store.
#[derive(Debug, Args)]
pub(crate) struct List {
    #[arg(long, env = "STALELA_STORE", default_value = "data/stalela.db")]
    store: PathBuf,
}

/// Accept that an outlet's clock went back, on record, so that it seals again.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: stalela outlet accept-clock ou_… --operator \"J. Ilunga\" --reason \"battery replaced\""
)]
pub(crate) struct AcceptClock {
    outlet: String,
    #[arg(long)]
    operator: String,
    #[arg(long)]
    reason: String,
    #[arg(long, env = "STALELA_STORE", default_value = "data/stalela.db")]
    store: PathBuf,
}

/// The file that `create` reads.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOutlet {
    /// Name of the tenant; one of this name is used if it is there.
    pub tenant: String,
    pub taxpayer: NewTaxpayer,
    pub code: String,
    pub name: String,
    pub address: Option<String>,
    pub city: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    /// IANA name.
    pub zone: String,
    #[serde(default = "number_template")]
    pub number_template: String,
    pub authority: String,
    /// `test` or `live`.
    pub environment: String,
    pub key_uri: String,
    /// `authority` and `wire`, and `certificate` where the key has one.
    pub settings: serde_json::Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTaxpayer {
    /// NIF, RNC; a taxpayer of this number is used if it is there.
    pub tax_id: String,
    pub name: String,
    pub register: Option<String>,
    pub regime_label: Option<String>,
    pub address: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
}

fn number_template() -> String {
    "{outlet}-{year}-{seq:6}".to_owned()
}

impl OutletCommand {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        match self {
            Self::Create(command) => command.run(json).await,
            Self::List(command) => command.run(json).await,
            Self::AcceptClock(command) => command.run(json).await,
        }
    }
}

impl Create {
    async fn run(self, json: bool) -> Result<(), Failure> {
        let text = std::fs::read(&self.file)
            .map_err(|error| Failure::unusable(format!("{}: {error}", self.file.display())))?;
        let new: NewOutlet = serde_json::from_slice(&text)
            .map_err(|error| Failure::refused(format!("{}: {error}", self.file.display())))?;
        let desks = api::open(&self.store, ledger::Options::default())?;
        let outlet = create(desks.ledger(), new).await?;
        let opened = desks.desk(&outlet.tenant, &outlet.id).await;
        desks.ledger().close().await;
        opened?;
        tell(&[outlet], json);
        Ok(())
    }
}

/// Writes an outlet down, with its tenant and taxpayer where they are new.
pub(crate) async fn create(ledger: &Ledger, new: NewOutlet) -> Result<Outlet, Failure> {
    let template = NumberTemplate::parse(&new.number_template)
        .map_err(|error| Failure::refused(format!("number_template: {error}")))?;
    let environment = Environment::parse(&new.environment)
        .ok_or_else(|| Failure::refused("environment is `test` or `live`"))?;
    let tenant = tenant(ledger, &new.tenant).await?;
    let taxpayer = taxpayer(ledger, &tenant, new.taxpayer).await?;
    let outlet = Outlet {
        tenant,
        taxpayer,
        id: OutletId::from_random(Chance::System.bytes()),
        code: new.code,
        name: new.name,
        address: new.address,
        city: new.city,
        phone: new.phone,
        email: new.email,
        zone: new.zone,
        number_template: template,
        authority: new.authority,
        environment,
        key_uri: new.key_uri,
        settings: new.settings.to_string(),
        created_at: Clock::System.now(),
    };
    ledger.create_outlet(outlet.clone()).await?;
    Ok(outlet)
}

async fn tenant(ledger: &Ledger, name: &str) -> Result<TenantId, Failure> {
    if let Some(tenant) = ledger.tenants().await?.into_iter().find(|tenant| tenant.name == name) {
        return Ok(tenant.id);
    }
    let id = TenantId::from_random(Chance::System.bytes());
    let tenant = Tenant { id: id.clone(), name: name.to_owned(), created_at: Clock::System.now() };
    ledger.create_tenant(tenant).await?;
    Ok(id)
}

async fn taxpayer(
    ledger: &Ledger,
    tenant: &TenantId,
    new: NewTaxpayer,
) -> Result<TaxpayerId, Failure> {
    let known = ledger.taxpayers(tenant).await?;
    if let Some(taxpayer) = known.into_iter().find(|known| known.tax_id == new.tax_id) {
        return Ok(taxpayer.id);
    }
    let id = TaxpayerId::from_random(Chance::System.bytes());
    let taxpayer = Taxpayer {
        tenant: tenant.clone(),
        id: id.clone(),
        tax_id: new.tax_id,
        name: new.name,
        register: new.register,
        regime_label: new.regime_label,
        address: new.address,
        phone: new.phone,
        email: new.email,
        created_at: Clock::System.now(),
    };
    ledger.create_taxpayer(taxpayer).await?;
    Ok(id)
}

impl List {
    async fn run(self, json: bool) -> Result<(), Failure> {
        let desks = api::open(&self.store, ledger::Options::default())?;
        let mut outlets = Vec::new();
        for tenant in desks.ledger().tenants().await? {
            outlets.extend(desks.ledger().outlets(&tenant.id).await?);
        }
        desks.ledger().close().await;
        tell(&outlets, json);
        Ok(())
    }
}

impl AcceptClock {
    async fn run(self, json: bool) -> Result<(), Failure> {
        let id = OutletId::parse(&self.outlet).map_err(Failure::refused)?;
        let desks = api::open(&self.store, ledger::Options::default())?;
        let mut found = None;
        for tenant in desks.ledger().tenants().await? {
            found = desks.ledger().outlet(&tenant.id, &id).await?.or(found);
        }
        let outlet = found.ok_or_else(|| Failure::refused(format!("there is no outlet {id}")))?;
        let desk = desks.desk(&outlet.tenant, &id).await?;
        let order = ledger::ClockOrder {
            tenant: outlet.tenant,
            outlet: id,
            operator: self.operator,
            reason: self.reason,
            signer: desk.signer.clone(),
            now: Clock::System.now(),
        };
        let entry = desks.ledger().accept_clock(order).await?;
        desks.ledger().close().await;
        if json {
            println!("{}", serde_json::json!({ "sequence": entry.sequence }));
        } else {
            println!("accepted, as entry {}", entry.sequence);
        }
        Ok(())
    }
}

fn tell(outlets: &[Outlet], json: bool) {
    let row = |outlet: &Outlet| {
        serde_json::json!({
            "id": outlet.id.to_string(), "tenant": outlet.tenant.to_string(), "code": outlet.code,
            "name": outlet.name, "authority": outlet.authority,
            "environment": outlet.environment.as_str(),
        })
    };
    if json {
        println!("{}", serde_json::Value::Array(outlets.iter().map(row).collect()));
        return;
    }
    for outlet in outlets {
        println!("{}  {}  {}", outlet.id, outlet.code, outlet.name);
        println!("  {} ({})", outlet.authority, outlet.environment.as_str());
        println!("  tenant {}", outlet.tenant);
    }
}
