//! The platform itself, in this process: an outlet of the taxpayer with its ledger, server and agent,
//! for the steps that are walked with documents of one's own.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fiscal::{Desks, NewRange};
use invoice::{InvoiceId, SecurityElements};
use jiff::civil::{Date, date};
use ledger::Outlet;
use serde_json::{Value, json};

use super::report::Taxpayer;
use crate::api::{self, Folder};
use crate::client::{Client, Remote, ServerUrl};
use crate::commands::keys::NamedKey;
use crate::commands::{NewOutlet, create_outlet};
use crate::failure::Failure;
use crate::running::{self, Plan, Running};

pub(super) struct Platform {
    running: Running,
    desks: Arc<Desks>,
    outlet: Outlet,
    client: Client,
}

/// Where and as whom it issues.
pub(super) struct Site<'a> {
    pub(super) taxpayer: &'a Taxpayer,
    /// The outlet's setting: `test`, `certification`.
    pub(super) environment: &'a str,
    /// The authority's address, without the segment of the environment.
    pub(super) base_url: &'a str,
    pub(super) key: &'a NamedKey,
    /// The first number of each type.
    pub(super) first: &'a dyn Fn(&str) -> u64,
}

/// Until then all numbers are good while one tries (Informe Técnico e-CF, 2026).
const EXPIRY: Date = date(2028, 12, 31);

/// Numbers of each type: more than any step wants.
const NUMBERS: u64 = 100;

const TYPES: [&str; 10] = ["31", "32", "33", "34", "41", "43", "44", "45", "46", "47"];

/// Before something that happens by itself is looked at again, and how often at most: two minutes.
const LOOK_EACH: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_mins(2);

impl Platform {
    /// Opens the one of a folder, or makes it.
    pub(super) async fn open(folder: &Path, site: &Site<'_>) -> Result<Self, Failure> {
        let folder = Folder(folder.to_owned());
        folder.create()?;
        let listener = api::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), "").await?;
        let desks = api::open(&folder.store(), ledger::Options::default())?;
        let outlet = outlet(&folder, &desks, site).await?;
        numbers(&desks, &outlet, site).await?;
        let plan = Plan {
            listen: listener.local_addr()?,
            public_url: None,
            settings: server::Settings::default(),
            agent: Some(agent::Settings::default()),
        };
        let running = running::start_on(listener, Arc::clone(&desks), plan)?;
        let api_key = api::key_of(&desks, &outlet, "conform").await?;
        let url = ServerUrl::of(running.address);
        Ok(Self { running, desks, outlet, client: Client::new(Remote { url, api_key }) })
    }

    /// Ends the server and the agent, and closes the ledger.
    pub(super) async fn close(self) {
        self.running.stop().await;
    }

    /// Issues a draft; the same key gives the same invoice for ever.
    pub(super) async fn issue(&self, key: &str, draft: &Value) -> Result<Value, Failure> {
        let body = draft.to_string().into_bytes();
        self.client.post("/v1/invoices", Some(key), body).await?.successful()?.json()
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.client.get(path).await?.successful()?.json()
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Result<Value, Failure> {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.client.post(path, None, body).await?.successful()?.json()
    }

    /// An invoice, once the authority has said what it thinks of it.
    pub(super) async fn settled(&self, id: &str) -> Result<Value, Failure> {
        let path = format!("/v1/invoices/{id}");
        let is_judged = |invoice: &Value| {
            let state = invoice.pointer("/authority/state").and_then(Value::as_str);
            !matches!(state, Some("queued" | "submitted") | None)
        };
        self.until(&path, is_judged).await
    }

    /// The printed representation.
    pub(super) async fn receipt(&self, id: &str) -> Result<Vec<u8>, Failure> {
        let path = format!("/v1/invoices/{id}/receipt?format=pdf");
        Ok(self.client.get(&path).await?.successful()?.body)
    }

    /// What the receiver of a document signed of it, once it has; nothing where it never does.
    pub(super) async fn acknowledgement(
        &self,
        id: &str,
    ) -> Result<Option<SecurityElements>, Failure> {
        let id = InvoiceId::parse(id).map_err(Failure::unusable)?;
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            let ledger = self.desks.ledger();
            let record = ledger.invoice(&self.outlet.tenant, &id).await?;
            let entries = record.iter().flat_map(|record| &record.entries);
            let mut elements =
                entries.filter_map(|entry| SecurityElements::parse(entry.elements.as_deref()?));
            if let Some(found) = elements.find(|elements| elements.detail("receiver").is_some()) {
                return Ok(Some(found));
            }
            tokio::time::sleep(LOOK_EACH).await;
        }
        Ok(None)
    }

    /// A value, once it is as somebody wants it; as it is, where that takes too long.
    pub(super) async fn until(
        &self,
        path: &str,
        is_it: impl Fn(&Value) -> bool,
    ) -> Result<Value, Failure> {
        let since = Instant::now();
        loop {
            let value = self.get(path).await?;
            if is_it(&value) || since.elapsed() > PATIENCE {
                return Ok(value);
            }
            tokio::time::sleep(LOOK_EACH).await;
        }
    }

    /// Where others reach the taxpayer, as it would stand in the directory.
    pub(super) fn door(&self, tax_id: &str) -> String {
        format!("http://{}/receive/test/{tax_id}", self.running.address)
    }
}

/// The folder's outlet: made at the first walk, and told at each where the authority and the key are.
async fn outlet(folder: &Folder, desks: &Desks, site: &Site<'_>) -> Result<Outlet, Failure> {
    let key = folder.key("outlet");
    if !key.exists() {
        signing::software::generate(&key)?;
    }
    let mut settings = site.key.settings();
    settings["authority"] = json!({ "environment": site.environment, "model": model(site) });
    settings["wire"] = json!({ "base_url": site.base_url });
    settings["receiving"] = json!({ "tokens": "required" });
    let ledger = desks.ledger();
    for tenant in ledger.tenants().await? {
        if let Some(outlet) = ledger.outlets(&tenant.id).await?.into_iter().next() {
            let text = settings.to_string();
            ledger.update_outlet_settings(&tenant.id, &outlet.id, &text).await?;
            desks.forget(&outlet.id).await;
            return Ok(outlet);
        }
    }
    let Taxpayer { tax_id, name, address } = site.taxpayer;
    let new: NewOutlet = serde_json::from_value(json!({
        "tenant": name, "zone": "America/Santo_Domingo", "environment": "test",
        "taxpayer": { "tax_id": tax_id, "name": name, "address": address },
        "code": "CERT", "name": "Certificación", "address": address, "authority": "dom/ecf",
        "key_uri": format!("file:{}", key.display()), "settings": settings,
    }))?;
    create_outlet(ledger, new).await
}

/// Certification has no directory to look receivers up in.
fn model(site: &Site<'_>) -> &'static str {
    if site.environment == "certification" { "printed" } else { "by_directory" }
}

async fn numbers(desks: &Desks, outlet: &Outlet, site: &Site<'_>) -> Result<(), Failure> {
    let desk = desks.desk(&outlet.tenant, &outlet.id).await?;
    for kind in TYPES {
        let first = (site.first)(kind);
        let written = |number: u64| format!("E{kind}{number:010}");
        let new = NewRange {
            kind: kind.to_owned(),
            first: written(first),
            last: written(first + NUMBERS - 1),
            // Those of consumer invoices and of credit notes do not expire (Formato e-CF).
            expires_on: (!matches!(kind, "32" | "34")).then_some(EXPIRY),
            reference: None,
            lend_to: None,
        };
        fiscal::authorise_range(&desk, new).await.map_err(|error| match error {
            fiscal::RangeError::Ledger(error) => Failure::from(error),
            error @ fiscal::RangeError::NotTaken(_) => Failure::unusable(error),
            fiscal::RangeError::Faults(faults) => {
                let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
                Failure::unusable(faults.join("; "))
            }
        })?;
    }
    Ok(())
}
