//! An outlet to measure with: sealed by the ledger alone, so that no authority is waited for.

use std::path::Path;
use std::sync::Arc;

use fiscal::{Desk, Desks};
use invoice::{Draft, Json};
use ledger::Outlet;

use crate::api::{self, Folder};
use crate::commands::NewOutlet;
use crate::failure::Failure;

/// A draft of the size that a shop issues: five lines, two groups, one customer.
pub(crate) const DRAFT: &str = r#"{
  "kind": "sale", "prices": "tax_included",
  "operator": { "id": "7", "name": "JACQUES" },
  "customer": { "kind": "company", "name": "ABC SARL", "tax_id": "A9001255A" },
  "lines": [
    { "code": "001", "kind": "goods", "name": "EAU 1,5 L", "quantity": "5", "unit_price": "720.00", "tax_group": "A" },
    { "code": "002", "kind": "goods", "name": "LAIT EN POUDRE 400 G", "quantity": "1", "unit_price": "464.00", "tax_group": "B" },
    { "code": "003", "kind": "goods", "name": "HUILE VEGETALE 1 L", "quantity": "2", "unit_price": "6200.00", "tax_group": "B" },
    { "code": "004", "kind": "goods", "name": "RIZ 5 KG", "quantity": "1", "unit_price": "14500.00", "tax_group": "B" },
    { "code": "005", "kind": "service", "name": "LIVRAISON", "quantity": "1", "unit_price": "3000.00", "tax_group": "B" }
  ],
  "payments": [ { "method": "cash", "amount": "33964.00" } ]
}"#;

/// A store with one outlet.
pub(crate) struct Fixture {
    pub desks: Arc<Desks>,
    pub outlet: Outlet,
}

impl Fixture {
    /// In a new folder. The key is a file, and the wire leads nowhere: nothing is ever sent.
    pub(crate) async fn new(folder: &Path, options: ledger::Options) -> Result<Self, Failure> {
        let folder = Folder(folder.to_owned());
        folder.create()?;
        let key = folder.key("outlet");
        if !key.exists() {
            signing::software::generate(&key)?;
        }
        let token = folder.0.join("token");
        std::fs::write(&token, "nobody-asks-for-it")?;
        let desks = api::open(&folder.store(), options)?;
        let key_uri = format!("file:{}", key.display());
        let new = new_outlet(("bench", "B01"), &key_uri, &token)?;
        let outlet = crate::commands::create_outlet(desks.ledger(), new).await?;
        Ok(Self { desks, outlet })
    }

    pub(crate) async fn desk(&self) -> Result<Arc<Desk>, Failure> {
        Ok(self.desks.desk(&self.outlet.tenant, &self.outlet.id).await?)
    }
}

/// An outlet of a tenant, with a code.
pub(crate) fn new_outlet(
    (tenant, code): (&str, &str),
    key_uri: &str,
    token: &Path,
) -> Result<NewOutlet, Failure> {
    Ok(serde_json::from_value(serde_json::json!({
        "tenant": tenant, "code": code, "name": "Bench", "zone": "UTC",
        "taxpayer": { "tax_id": "A1234567B", "name": "Bench SARL" },
        "authority": DIRECT_AUTHORITY, "environment": "test",
        "key_uri": key_uri,
        "settings": {
            "authority": { "isf": "BENCH0001" },
            "wire": {
                "base_url": "http://127.0.0.1:9",
                "token": format!("file:{}", token.display()),
            },
        },
    }))?)
}

/// The first authority of the list that seals without asking anybody.
const DIRECT_AUTHORITY: &str = "drc/cloud";

pub(crate) fn draft() -> Draft {
    let tree = Json::parse(DRAFT.as_bytes()).expect("the draft is a constant");
    Draft::read(&tree).expect("the draft is a constant")
}
