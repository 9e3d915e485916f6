//! `stalela outlet create`

use std::path::PathBuf;

use clap::Args;
use fiscal::{Chance, Clock, Desks};
use invoice::{OutletId, TaxpayerId, TenantId};
use ledger::{Environment, Ledger, LedgerError, NumberTemplate, Outlet, Taxpayer, Tenant};
use serde::Deserialize;

use super::unusable::unusable;
use super::{Row, tell};
use crate::api::{self, TestHosts};
use crate::failure::Failure;
use crate::input;
use crate::stores::StoresArgs;

/// Create an outlet from a file, with its tenant and taxpayer where they are new.
///
/// The outlet's key, authority and wire are opened once, so that a wrong setting shows now; then
/// nothing is written. With a map of several stores it is created where its tenant stands; a new
/// tenant, in the default store.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela outlet create outlet.json --store data/stalela.db
  stalela outlet create outlet.json --store-map stores.json")]
pub(crate) struct Create {
    /// The outlet, JSON: docs/operations.md shows one.
    file: PathBuf,
    #[command(flatten)]
    store: StoresArgs,
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

impl Create {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        let new: NewOutlet = input::read_json(&self.file)?;
        let open_wire = self.test_hosts.open_wire();
        // Before the store is opened, which makes one where none is.
        let outlet = stand_in(&new)?;
        check_issuer(&new)?;
        let checked = fiscal::check(&outlet, &open_wire).await;
        checked.map_err(|error| unusable(&outlet, &error))?;
        let store = self.store.stores()?.of_tenant_named(&new.tenant).await?;
        let desks = api::open_shared(&store.url, &self.test_hosts).await;
        let desks = desks.map_err(|failure| store.failed(failure))?;
        let created = create_and_open(&desks, new).await;
        desks.ledger().close().await;
        tell(&[Row::from(&created?).in_store(&store)], json);
        Ok(())
    }
}

/// A number that the authority cannot know fails at the first document otherwise.
fn check_issuer(new: &NewOutlet) -> Result<(), Failure> {
    match authorities::issuer_fault(&new.authority, &new.taxpayer.tax_id) {
        None => Ok(()),
        Some(why) => {
            let tax_id = &new.taxpayer.tax_id;
            let text = format!("/taxpayer/tax_id: {tax_id:?}: {why}. Nothing was written");
            Err(Failure::refused(text))
        }
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

/// Writes an outlet down, with its tenant and taxpayer where they are new.
pub(crate) async fn create(ledger: &Ledger, new: NewOutlet) -> Result<Outlet, Failure> {
    // What the file has wrong shows before anybody is written down.
    stand_in(&new)?;
    let tenant = tenant(ledger, &new.tenant).await?;
    let taxpayer = taxpayer(ledger, &tenant, &new.taxpayer).await?;
    let outlet = outlet_of(&new, tenant, taxpayer)?;
    match ledger.create_outlet(outlet.clone()).await {
        Ok(()) => Ok(outlet),
        Err(LedgerError::Conflict(_)) => Err(there_already(ledger, &outlet).await?),
        Err(error) => Err(error.into()),
    }
}

/// A code is an outlet's within its taxpayer, for ever.
async fn there_already(ledger: &Ledger, new: &Outlet) -> Result<Failure, Failure> {
    let of_code = |known: &Outlet| {
        (&known.taxpayer, known.environment, &known.code)
            == (&new.taxpayer, new.environment, &new.code)
    };
    let known = ledger.outlets(&new.tenant).await?.into_iter().find(of_code);
    let is = known.map(|known| format!(": it is {}", known.id)).unwrap_or_default();
    Ok(Failure::refused(format!(
        "outlet {} exists already{is}. Give it other settings with `stalela outlet set`, or give a \
         new outlet another code",
        new.code
    )))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taxpayers_number_that_its_authority_cannot_know_is_told_with_its_place() {
        let file = include_str!("../../../../../examples/do/walk/outlet.json");
        let mut new: NewOutlet = serde_json::from_str(file).unwrap();
        check_issuer(&new).unwrap();
        new.taxpayer.tax_id = "1309999".to_owned();
        let refused = check_issuer(&new).unwrap_err();
        assert_eq!(refused.exit_code(), 1);
        let told = refused.to_string();
        assert!(told.starts_with("/taxpayer/tax_id: \"1309999\"") && told.contains("nine digits"));
    }
}
