//! `stalela outlet`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use fiscal::{Chance, Clock, Desks, OpenWire};
use invoice::{OutletId, TaxpayerId, TenantId};
use ledger::{Environment, Ledger, NumberTemplate, Outlet, Taxpayer, Tenant};
use serde::Deserialize;

use crate::api::{self, TestHosts};
use crate::failure::Failure;

/// Set outlets up in a store, while no server has it open.
#[derive(Debug, Subcommand)]
pub(crate) enum OutletCommand {
    Create(Create),
    List(List),
    Set(Set),
    AcceptClock(AcceptClock),
}

/// Create an outlet from a file, with its tenant and taxpayer where they are new.
///
/// The outlet's key, authority and wire are opened once, so that a wrong setting shows now; then
/// nothing is written.
#[derive(Debug, Args)]
#[command(after_help = "Example: stalela outlet create outlet.json --store data/stalela.db")]
pub(crate) struct Create {
    file: PathBuf,
    #[arg(long, env = "STALELA_STORE", default_value = "data/stalela.db")]
    store: PathBuf,
    #[command(flatten)]
    test_hosts: TestHosts,
}

/// List the outlets of a store.
#[derive(Debug, Args)]
pub(crate) struct List {
    #[arg(long, env = "STALELA_STORE", default_value = "data/stalela.db")]
    store: PathBuf,
}

/// Give an outlet other settings, as where a wrong one makes it unusable.
///
/// They take the place of all that were there. What they name is opened once; if it cannot be,
/// nothing is written.
#[derive(Debug, Args)]
#[command(after_help = "Example: stalela outlet set ou_… --settings settings.json")]
pub(crate) struct Set {
    outlet: String,
    /// The JSON object `settings` of an outlet's file.
    #[arg(long)]
    settings: PathBuf,
    #[arg(long, env = "STALELA_STORE", default_value = "data/stalela.db")]
    store: PathBuf,
    #[command(flatten)]
    test_hosts: TestHosts,
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
    #[command(flatten)]
    test_hosts: TestHosts,
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
            Self::Set(command) => command.run(json).await,
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
        let open_wire = self.test_hosts.open_wire();
        check(&stand_in(&new)?, &open_wire).await?;
        let desks = api::open_with(&self.store, ledger::Options::default(), open_wire)?;
        let created = create_and_open(&desks, new).await;
        desks.ledger().close().await;
        tell(&[created?], json);
        Ok(())
    }
}

/// Opened too, so that its public key is kept from now on.
async fn create_and_open(desks: &Desks, new: NewOutlet) -> Result<Outlet, Failure> {
    let outlet = create(desks.ledger(), new).await?;
    desks.desk(&outlet.tenant, &outlet.id).await?;
    Ok(outlet)
}

/// The outlet as it will be, but for whose it is.
fn stand_in(new: &NewOutlet) -> Result<Outlet, Failure> {
    outlet_of(new, TenantId::from_random([0; 10]), TaxpayerId::from_random([0; 10]))
}

async fn check(outlet: &Outlet, open_wire: &OpenWire) -> Result<(), Failure> {
    server::check_outlet(outlet, open_wire).await.map_err(|trouble| {
        Failure::unusable(format!("outlet {}: {trouble}. Nothing was written", outlet.code))
    })
}

/// Writes an outlet down, with its tenant and taxpayer where they are new.
pub(crate) async fn create(ledger: &Ledger, new: NewOutlet) -> Result<Outlet, Failure> {
    // What the file has wrong shows before anybody is written down.
    stand_in(&new)?;
    let tenant = tenant(ledger, &new.tenant).await?;
    let taxpayer = taxpayer(ledger, &tenant, &new.taxpayer).await?;
    let outlet = outlet_of(&new, tenant, taxpayer)?;
    ledger.create_outlet(outlet.clone()).await?;
    Ok(outlet)
}

fn outlet_of(new: &NewOutlet, tenant: TenantId, taxpayer: TaxpayerId) -> Result<Outlet, Failure> {
    let template = NumberTemplate::parse(&new.number_template)
        .map_err(|error| Failure::refused(format!("number_template: {error}")))?;
    let environment = Environment::parse(&new.environment)
        .ok_or_else(|| Failure::refused("environment is `test` or `live`"))?;
    Ok(Outlet {
        tenant,
        taxpayer,
        id: OutletId::from_random(Chance::System.bytes()),
        code: new.code.clone(),
        name: new.name.clone(),
        address: new.address.clone(),
        city: new.city.clone(),
        phone: new.phone.clone(),
        email: new.email.clone(),
        zone: new.zone.clone(),
        number_template: template,
        authority: new.authority.clone(),
        environment,
        key_uri: new.key_uri.clone(),
        settings: new.settings.to_string(),
        created_at: Clock::System.now(),
    })
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
    new: &NewTaxpayer,
) -> Result<TaxpayerId, Failure> {
    let known = ledger.taxpayers(tenant).await?;
    if let Some(taxpayer) = known.into_iter().find(|known| known.tax_id == new.tax_id) {
        return Ok(taxpayer.id);
    }
    let id = TaxpayerId::from_random(Chance::System.bytes());
    let taxpayer = Taxpayer {
        tenant: tenant.clone(),
        id: id.clone(),
        tax_id: new.tax_id.clone(),
        name: new.name.clone(),
        register: new.register.clone(),
        regime_label: new.regime_label.clone(),
        address: new.address.clone(),
        phone: new.phone.clone(),
        email: new.email.clone(),
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

impl Set {
    async fn run(self, json: bool) -> Result<(), Failure> {
        let text = std::fs::read(&self.settings)
            .map_err(|error| Failure::unusable(format!("{}: {error}", self.settings.display())))?;
        let settings: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&text)
            .map_err(|error| Failure::refused(format!("{}: {error}", self.settings.display())))?;
        let settings = serde_json::Value::Object(settings).to_string();
        let open_wire = self.test_hosts.open_wire();
        let desks = api::open(&self.store, ledger::Options::default())?;
        let set = set(desks.ledger(), &self.outlet, settings, &open_wire).await;
        desks.ledger().close().await;
        tell(&[set?], json);
        Ok(())
    }
}

async fn set(
    ledger: &Ledger,
    id: &str,
    settings: String,
    open_wire: &OpenWire,
) -> Result<Outlet, Failure> {
    let outlet = Outlet { settings, ..find(ledger, id).await? };
    check(&outlet, open_wire).await?;
    ledger.update_outlet_settings(&outlet.tenant, &outlet.id, &outlet.settings).await?;
    Ok(outlet)
}

async fn find(ledger: &Ledger, id: &str) -> Result<Outlet, Failure> {
    let id = OutletId::parse(id).map_err(Failure::refused)?;
    for tenant in ledger.tenants().await? {
        if let Some(outlet) = ledger.outlet(&tenant.id, &id).await? {
            return Ok(outlet);
        }
    }
    Err(Failure::refused(format!("there is no outlet {id}")))
}

impl AcceptClock {
    async fn run(self, json: bool) -> Result<(), Failure> {
        let open_wire = self.test_hosts.open_wire();
        let desks = api::open_with(&self.store, ledger::Options::default(), open_wire)?;
        let outlet = find(desks.ledger(), &self.outlet).await?;
        let desk = desks.desk(&outlet.tenant, &outlet.id).await?;
        let order = ledger::ClockOrder {
            tenant: outlet.tenant,
            outlet: outlet.id,
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
