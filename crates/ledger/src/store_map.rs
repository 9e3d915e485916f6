//! Which store the outlets of each tenant stand in, where there are several: a map that an operator
//! writes.
//!
//! A tenant stands in one store with all its outlets, since one transaction holds what may not differ
//! between them: what is credited, which numbers are lent, what stands for a receipt on paper.

mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use invoice::TenantId;

pub use self::read::{MapFault, MapFaults};
use crate::store_url::StoreUrl;

/// Stores by their names, and who stands where. Read by [`StoreMap::parse`], so that each name leads
/// to a store, each store is somebody's, and no two of them are one.
#[derive(Clone, Debug)]
pub struct StoreMap {
    stores: BTreeMap<StoreName, MappedStore>,
    tenants: BTreeMap<TenantId, StoreName>,
    default: StoreName,
}

/// What an operator calls a store, in logs and in names of folders: at most 32 lower-case letters,
/// digits and hyphens, the first no hyphen.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct StoreName(String);

/// A store of the map.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MappedStore {
    pub url: StoreUrl,
    /// A file that holds the password of the database; none where it stands elsewhere.
    pub password_file: Option<PathBuf>,
    /// The folder that keeps the heads of its outlets; none where it follows from the store's name.
    pub anchors: Option<PathBuf>,
}

/// A tenant that stands elsewhere than the map says, or twice.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Misplaced {
    pub tenant: TenantId,
    /// Where it was found.
    pub found: BTreeSet<StoreName>,
    /// Where the map has it.
    pub mapped: StoreName,
}

impl StoreMap {
    /// Reads a map: JSON, `{"stores": {name: address}, "tenants": {id: name}, "default": name}`, where
    /// an address is a text ([`StoreUrl`]) or an object of `url`, `password_file` and `anchors`. Tells
    /// everything that is wrong with it, each with its place.
    pub fn parse(bytes: &[u8]) -> Result<Self, MapFaults> {
        read::read(bytes)
    }

    /// All stores, in the order of their names.
    pub fn stores(&self) -> impl Iterator<Item = (&StoreName, &MappedStore)> {
        self.stores.iter()
    }

    /// Where a tenant is created that is new.
    pub fn default_store(&self) -> &StoreName {
        &self.default
    }

    /// Where a tenant stands.
    pub fn store_of(&self, tenant: &TenantId) -> &StoreName {
        self.tenants.get(tenant).unwrap_or(&self.default)
    }

    /// The tenants whom the map names and the stores that are open have not: each with its store. One
    /// that was never created, or a store in the place of another.
    pub fn missing<'map>(
        &'map self,
        held: &'map BTreeMap<StoreName, Vec<TenantId>>,
    ) -> impl Iterator<Item = (&'map TenantId, &'map StoreName)> {
        let open: BTreeMap<&StoreName, BTreeSet<&TenantId>> =
            held.iter().map(|(store, tenants)| (store, tenants.iter().collect())).collect();
        self.tenants.iter().filter(move |(tenant, store)| {
            open.get(store).is_some_and(|tenants| !tenants.contains(tenant))
        })
    }

    /// Holds the tenants that stores have against the map: one that stands in two stores, or in
    /// another one than the map says, could be served from the wrong one.
    pub fn misplaced(&self, held: &BTreeMap<StoreName, Vec<TenantId>>) -> Vec<Misplaced> {
        let mut found: BTreeMap<&TenantId, BTreeSet<StoreName>> = BTreeMap::new();
        for (store, tenants) in held {
            for tenant in tenants {
                found.entry(tenant).or_default().insert(store.clone());
            }
        }
        let told = found.into_iter().filter_map(|(tenant, found)| {
            let mapped = self.store_of(tenant).clone();
            let is_right = found.len() == 1 && found.contains(&mapped);
            (!is_right).then(|| Misplaced { tenant: tenant.clone(), found, mapped })
        });
        told.collect()
    }
}

impl StoreName {
    pub fn parse(text: &str) -> Option<Self> {
        let is_known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let is_name = (1..=NAME_MAX).contains(&text.len())
            && text.bytes().all(|byte| is_known(byte) || byte == b'-')
            && !text.starts_with('-');
        is_name.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StoreName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for Misplaced {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tenant, found, mapped } = self;
        let found: Vec<&str> = found.iter().map(StoreName::as_str).collect();
        let found = found.join(" and in ");
        write!(formatter, "tenant {tenant} stands in {found}, and the map has it in {mapped}")
    }
}

/// Long enough for a place and a number, short enough for the name of a folder and a line of a log.
const NAME_MAX: usize = 32;

#[cfg(test)]
#[path = "store_map_tests.rs"]
mod tests;
