//! The stores of a command: one, or those of a map.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args;
use invoice::{OutletId, TenantId};
use ledger::{LedgerError, MappedStore, Misplaced, StoreMap, StoreName, StoreUrl};

use crate::failure::Failure;
use crate::input;
use crate::store::StoreArgs;

/// The store of a command, or a map of several.
#[derive(Clone, Debug, Args)]
pub(crate) struct StoresArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// A file that tells in which of several stores each tenant stands, instead of --store: JSON, of
    /// which docs/operations.md shows one.
    #[arg(long, env = "STALELA_STORE_MAP", value_name = "FILE", conflicts_with = "store")]
    store_map: Option<PathBuf>,
}

/// One store without a name, or those of a map.
#[derive(Clone, Debug)]
pub(crate) struct Stores {
    all: Vec<NamedStore>,
    map: Option<StoreMap>,
}

/// A store, and what it is called where there are several.
#[derive(Clone, Debug)]
pub(crate) struct NamedStore {
    pub name: Option<StoreName>,
    pub url: StoreUrl,
    /// The folder of its anchors, where the map names it.
    pub anchors: Option<PathBuf>,
}

impl StoresArgs {
    pub(crate) fn stores(&self) -> Result<Stores, Failure> {
        let Some(file) = &self.store_map else { return Ok(Stores::one(self.store.url()?)) };
        let map = StoreMap::parse(&input::read(file)?);
        let map = map.map_err(|faults| Failure::refused(in_file(file, &faults.to_string())))?;
        let all = map.stores().map(|(name, store)| self.named(name, store));
        Ok(Stores { all: all.collect::<Result<_, _>>()?, map: Some(map) })
    }

    /// The same, where ledgers lie: before anybody takes nothing for a sound one.
    pub(crate) fn existing(&self) -> Result<Stores, Failure> {
        let stores = self.stores()?;
        for store in &stores.all {
            if let Some(path) = store.url.path() {
                input::check_ledger(path).map_err(|failure| store.failed(failure))?;
            }
        }
        Ok(stores)
    }

    fn named(&self, name: &StoreName, store: &MappedStore) -> Result<NamedStore, Failure> {
        let password = self.store.password_in(store.password_file.as_deref());
        let (name, anchors) = (Some(name.clone()), store.anchors.clone());
        let named = NamedStore { name, url: store.url.clone(), anchors };
        let url =
            password.complete_url(store.url.clone()).map_err(|failure| named.failed(failure))?;
        Ok(NamedStore { url, ..named })
    }
}

/// Of a store in the place of another all are missing.
const MISSING_TOLD_MAX: usize = 10;

/// Each line is led by the file.
fn in_file(file: &Path, words: &str) -> String {
    let lines = words.lines().map(|line| format!("{}: {line}", file.display()));
    lines.collect::<Vec<_>>().join("\n")
}

impl Stores {
    #[cfg(test)]
    pub(crate) fn of_map(all: Vec<NamedStore>, map: StoreMap) -> Self {
        Self { all, map: Some(map) }
    }

    fn one(url: StoreUrl) -> Self {
        Self { all: vec![NamedStore { name: None, url, anchors: None }], map: None }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &NamedStore> {
        self.all.iter()
    }

    /// Whether they are those of a map.
    pub(crate) fn are_mapped(&self) -> bool {
        self.map.is_some()
    }

    /// The place of the one where new tenants are created.
    pub(crate) fn default_place(&self) -> usize {
        let default = self.map.as_ref().map(StoreMap::default_store);
        self.all.iter().position(|store| store.name.as_ref() == default).unwrap_or(0)
    }

    /// Those of tenants that stand elsewhere than the map says.
    pub(crate) fn misplaced(&self, held: &BTreeMap<StoreName, Vec<TenantId>>) -> Vec<Misplaced> {
        self.map.as_ref().map_or_else(Vec::new, |map| map.misplaced(held))
    }

    /// The same as a failure. A tenant whom the map names and its store has not is told of, and is a
    /// failure where `strict`: the store may be an empty one in the place of the right one.
    pub(crate) fn check_places(
        &self,
        held: &BTreeMap<StoreName, Vec<TenantId>>,
        strict: bool,
    ) -> Result<(), Failure> {
        let mut told: Vec<String> = self.misplaced(held).iter().map(ToString::to_string).collect();
        let missing = self.map.iter().flat_map(|map| map.missing(held));
        // One that stands elsewhere is told of already.
        let found: BTreeSet<&TenantId> = held.values().flatten().collect();
        let nowhere = missing.filter(|(tenant, _)| !found.contains(tenant));
        for (tenant, store) in nowhere.take(MISSING_TOLD_MAX) {
            let line =
                format!("{tenant} is not in {store}, where the map has it: is it the right store?");
            tracing::error!("{line}");
            told.extend(strict.then_some(line));
        }
        if told.is_empty() {
            return Ok(());
        }
        Err(Failure::refused(format!("the map of the stores is not right: {}", told.join("; "))))
    }

    /// Where a tenant stands.
    pub(crate) fn of_tenant(&self, tenant: &TenantId) -> NamedStore {
        let name = self.map.as_ref().map(|map| map.store_of(tenant));
        let found = self.all.iter().find(|store| store.name.as_ref() == name);
        found.unwrap_or(&self.all[self.default_place()]).clone()
    }

    /// Where an outlet stands. One store is not asked: whoever opens it says what it has not.
    pub(crate) async fn of_outlet(&self, outlet: &OutletId) -> Result<NamedStore, Failure> {
        let wanted = outlet.clone();
        let found = self.search(move |store| {
            let outlets = store.url.outlets()?;
            Ok(outlets.iter().any(|outlet| outlet.id == wanted))
        });
        match found.await?.as_slice() {
            [] => Err(Failure::refused(format!("there is no outlet {outlet} in any store"))),
            [store, ..] => Ok(store.clone()),
        }
    }

    /// Where a tenant of that name stands, or where it is to be created.
    pub(crate) async fn of_tenant_named(&self, name: &str) -> Result<NamedStore, Failure> {
        let wanted = name.to_owned();
        let found = self.search(move |store| {
            // A file that is not there yet has no tenants.
            if store.url.path().is_some_and(|path| !path.exists()) {
                return Ok(false);
            }
            Ok(store.url.tenants()?.iter().any(|tenant| tenant.name == wanted))
        });
        match found.await?.as_slice() {
            [] => Ok(self.all[self.default_place()].clone()),
            [store] => Ok(store.clone()),
            several => {
                let names: Vec<String> = several.iter().map(NamedStore::to_string).collect();
                Err(Failure::refused(format!(
                    "tenants called {name:?} stand in {}: name one of these with --store (and no map)",
                    names.join(" and in ")
                )))
            }
        }
    }

    /// The stores that have something, beside whoever has them open; the only one, unasked. One that
    /// cannot be read is a failure only where no other has it.
    async fn search(
        &self,
        has: impl Fn(&NamedStore) -> Result<bool, LedgerError> + Send + 'static,
    ) -> Result<Vec<NamedStore>, Failure> {
        let all = self.all.clone();
        if !self.are_mapped() {
            return Ok(all);
        }
        let search = move || {
            let (mut found, mut unread) = (Vec::new(), None);
            for store in all {
                match has(&store) {
                    Ok(true) => found.push(store),
                    Ok(false) => {}
                    Err(error) => unread = Some(store.failed(error.into())),
                }
            }
            match unread {
                Some(failure) if found.is_empty() => Err(failure),
                Some(_) | None => Ok(found),
            }
        };
        tokio::task::spawn_blocking(search).await.map_err(Failure::unusable)?
    }
}

impl NamedStore {
    /// A failure with the name of the store before it, where it has one.
    pub(crate) fn failed(&self, failure: Failure) -> Failure {
        match &self.name {
            Some(name) => failure.within(name.as_str()),
            None => failure,
        }
    }

    /// What it is called in a list.
    pub(crate) fn label(&self) -> &str {
        self.name.as_ref().map_or("store", StoreName::as_str)
    }
}

impl std::fmt::Display for NamedStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.name {
            Some(name) => write!(formatter, "{name} ({})", self.url),
            None => self.url.fmt(formatter),
        }
    }
}

#[cfg(test)]
#[path = "stores_tests.rs"]
mod tests;
