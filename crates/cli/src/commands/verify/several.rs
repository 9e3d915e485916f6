//! The stores of a map, one after the other: what becomes of one says nothing of the others.

use std::collections::BTreeMap;
use std::path::PathBuf;

use invoice::TenantId;
use ledger::{Report, StoreName};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::input;
use crate::stores::{NamedStore, Stores};

/// Verifies all, tells of each, and fails as the worst of them did.
pub(super) fn verify(stores: &Stores, keys: &[PathBuf], json: bool) -> Result<(), Failure> {
    let mut told = Told::default();
    for store in stores.iter() {
        let verified = one(store, keys);
        if !json && let Ok(report) = &verified {
            println!("{store}");
            super::tell(report);
        }
        told.take(store, verified);
    }
    if let Err(failure) = stores.check_places(&told.held, true) {
        told.failures.push(failure);
    }
    told.end(json)
}

fn one(store: &NamedStore, keys: &[PathBuf]) -> Result<Report, Failure> {
    if let Some(path) = store.url.path() {
        input::check_ledger(path)?;
    }
    super::verify(&store.url, keys)
}

/// What there is to tell of all.
#[derive(Default)]
struct Told {
    reports: Vec<Value>,
    failures: Vec<Failure>,
    held: BTreeMap<StoreName, Vec<TenantId>>,
}

impl Told {
    fn take(&mut self, store: &NamedStore, verified: Result<Report, Failure>) {
        let name = store.label();
        match verified {
            Ok(report) => {
                self.hold(store, &report);
                self.reports.push(json!({ "store": name, "report": super::report_json(&report) }));
            }
            Err(failure) => {
                let (error, code) = (failure.to_string(), failure.exit_code());
                self.reports.push(json!({ "store": name, "error": error, "exit_code": code }));
                self.failures.push(store.failed(failure));
            }
        }
    }

    /// Who has outlets there. What is no id is no tenant that the map could name.
    fn hold(&mut self, store: &NamedStore, report: &Report) {
        let Some(name) = &store.name else { return };
        let tenants =
            report.outlets.iter().filter_map(|outlet| TenantId::parse(&outlet.tenant).ok());
        self.held.insert(name.clone(), tenants.collect());
    }

    fn end(self, json: bool) -> Result<(), Failure> {
        let failures = self.failures.iter().map(ToString::to_string).collect::<Vec<_>>();
        let body = json!({ "stores": self.reports, "failures": failures });
        let worst = self.failures.iter().map(Failure::exit_code).max();
        let Some(exit_code) = worst else {
            if json {
                println!("{body}");
            }
            return Ok(());
        };
        Err(Failure::Several { exit_code, text: failures.join("\n"), body })
    }
}
