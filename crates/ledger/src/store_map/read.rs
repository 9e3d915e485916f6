//! The map as it is written: everything that is wrong with it, each with its place.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use invoice::{Json, TenantId};

use super::{MappedStore, StoreMap, StoreName};
use crate::store_url::StoreUrl;

/// One thing that is wrong with a map.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MapFault {
    /// A JSON pointer (RFC 6901); empty where it is the whole file.
    pub place: String,
    pub why: String,
}

/// All that is wrong with a map, as far as it is told.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct MapFaults(Vec<MapFault>);

impl MapFaults {
    pub fn iter(&self) -> impl Iterator<Item = &MapFault> {
        self.0.iter()
    }

    fn add(&mut self, place: impl Into<String>, why: impl fmt::Display) {
        if self.0.len() < FAULTS_MAX {
            let why = cut(why.to_string(), WHY_BYTES_MAX);
            self.0.push(MapFault { place: place.into(), why });
        }
    }
}

impl fmt::Display for MapFaults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, MapFault { place, why }) in self.0.iter().enumerate() {
            let line = if number == 0 { "" } else { "\n" };
            let colon = if place.is_empty() { "" } else { ": " };
            write!(formatter, "{line}{place}{colon}{why}")?;
        }
        Ok(())
    }
}

impl std::error::Error for MapFaults {}

pub(super) fn read(bytes: &[u8]) -> Result<StoreMap, MapFaults> {
    let mut faults = MapFaults::default();
    match map(bytes, &mut faults) {
        Some(map) if faults.0.is_empty() => Ok(map),
        Some(_) | None => Err(faults),
    }
}

/// Names with their stores; none where the store itself is at fault, which is told once.
type Named = BTreeMap<StoreName, Option<MappedStore>>;

fn map(bytes: &[u8], faults: &mut MapFaults) -> Option<StoreMap> {
    let tree = tree(bytes, faults)?;
    let members = object(Some(&tree), "", faults)?;
    unknown(members, "", &["stores", "tenants", "default"], faults);
    let stores = stores(tree.member("stores"), faults);
    let tenants = tree.member("tenants").map(|tree| tenants(tree, &stores, faults));
    let tenants = tenants.unwrap_or_default();
    let default = if let Some(name) = tree.member("default") {
        reference(name, "/default", &stores, faults)
    } else {
        faults.add("/default", "is missing: it names the store where new tenants are created");
        None
    };
    twice(&stores, faults);
    // A name that leads nowhere leaves its store without one: that is told once.
    if faults.0.is_empty() {
        unused(&stores, &tenants, default.as_ref(), faults);
    }
    let stores = stores.into_iter().filter_map(|(name, store)| Some((name, store?)));
    Some(StoreMap { stores: stores.collect(), tenants, default: default? })
}

fn tree(bytes: &[u8], faults: &mut MapFaults) -> Option<Json> {
    if bytes.len() > MAP_BYTES_MAX {
        faults.add("", format!("a map has at most {MAP_BYTES_MAX} bytes"));
        return None;
    }
    Json::parse_wide(bytes, TENANTS_MAX).map_err(|error| faults.add("", error)).ok()
}

fn stores(tree: Option<&Json>, faults: &mut MapFaults) -> Named {
    let mut named = Named::new();
    let Some(members) = object(tree, "/stores", faults) else { return named };
    if members.is_empty() || members.len() > STORES_MAX {
        faults.add("/stores", format!("there is at least one, and at most {STORES_MAX}"));
        return named;
    }
    for (name, value) in members {
        let place = within("/stores", name);
        let Some(name) = StoreName::parse(name) else {
            faults.add(place, "a name is 1 to 32 lower-case letters, digits and hyphens");
            continue;
        };
        named.insert(name, store(value, &place, faults));
    }
    named
}

fn store(value: &Json, place: &str, faults: &mut MapFaults) -> Option<MappedStore> {
    if let Json::String(url) = value {
        let url = address(url, place, faults)?;
        return Some(MappedStore { url, password_file: None, anchors: None });
    }
    let Json::Object(members) = value else {
        faults.add(place, "a store is its address, or an object with `url`");
        return None;
    };
    unknown(members, place, &["url", "password_file", "anchors"], faults);
    let password_file =
        path(value.member("password_file"), &within(place, "password_file"), faults);
    let anchors = path(value.member("anchors"), &within(place, "anchors"), faults);
    let url_place = within(place, "url");
    let Some(url) = value.member("url").and_then(Json::as_str) else {
        faults.add(url_place, "is missing, or no text: it is the address of the store");
        return None;
    };
    Some(MappedStore { url: address(url, &url_place, faults)?, password_file, anchors })
}

/// What is not understood is not repeated: it may hold a password.
fn address(text: &str, place: &str, faults: &mut MapFaults) -> Option<StoreUrl> {
    text.parse().map_err(|error| faults.add(place, error)).ok()
}

fn path(value: Option<&Json>, place: &str, faults: &mut MapFaults) -> Option<PathBuf> {
    match value? {
        Json::String(path) if !path.is_empty() && !path.contains('\0') => Some(path.into()),
        _ => {
            faults.add(place, "is the path of a file or a folder, as text");
            None
        }
    }
}

fn tenants(tree: &Json, stores: &Named, faults: &mut MapFaults) -> BTreeMap<TenantId, StoreName> {
    let members = object(Some(tree), "/tenants", faults).unwrap_or_default();
    let read = members.iter().filter_map(|(id, name)| {
        let place = within("/tenants", id);
        let tenant = TenantId::parse(id).map_err(|error| faults.add(&place, error)).ok();
        let store = reference(name, &place, stores, faults);
        Some((tenant?, store?))
    });
    read.collect()
}

/// The name of a store that the map has.
fn reference(
    value: &Json,
    place: &str,
    stores: &Named,
    faults: &mut MapFaults,
) -> Option<StoreName> {
    let name = value.as_str().and_then(StoreName::parse);
    let known = name.filter(|name| stores.contains_key(name));
    if known.is_none() {
        let names: Vec<&str> = stores.keys().map(StoreName::as_str).collect();
        faults.add(place, format!("is the name of no store; there are: {}", names.join(", ")));
    }
    known
}

fn unused(
    stores: &Named,
    tenants: &BTreeMap<TenantId, StoreName>,
    default: Option<&StoreName>,
    faults: &mut MapFaults,
) {
    let used: BTreeSet<&StoreName> = tenants.values().chain(default).collect();
    for name in stores.keys().filter(|name| !used.contains(name)) {
        let why = "no tenant is mapped to this store, and it is not the default";
        faults.add(within("/stores", name.as_str()), why);
    }
}

fn twice(stores: &Named, faults: &mut MapFaults) {
    let stores: Vec<_> =
        stores.iter().filter_map(|(name, one)| Some((name, one.as_ref()?))).collect();
    for (at, (name, store)) in stores.iter().enumerate() {
        let same = stores[..at].iter().find(|(_, other)| other.url.leads_where(&store.url));
        if let Some((other, _)) = same {
            let place = within("/stores", name.as_str());
            faults.add(place, format!("is the same store as {other}"));
        }
    }
}

fn object<'tree>(
    tree: Option<&'tree Json>,
    place: &str,
    faults: &mut MapFaults,
) -> Option<&'tree [(String, Json)]> {
    if let Some(Json::Object(members)) = tree {
        return Some(members);
    }
    faults.add(place, if tree.is_none() { "is missing" } else { "is an object" });
    None
}

fn unknown(members: &[(String, Json)], place: &str, known: &[&str], faults: &mut MapFaults) {
    for (name, _) in members.iter().filter(|(name, _)| !known.contains(&&**name)) {
        let why = format!("is not known here; there are: {}", known.join(", "));
        faults.add(within(place, name), why);
    }
}

/// RFC 6901, 3.
fn within(place: &str, member: &str) -> String {
    let member = cut(member.to_owned(), MEMBER_BYTES_MAX);
    format!("{place}/{}", member.replace('~', "~0").replace('/', "~1"))
}

fn cut(mut text: String, most: usize) -> String {
    text.truncate(text.floor_char_boundary(most));
    text
}

/// A hundred thousand tenants take four million.
const MAP_BYTES_MAX: usize = 16 * 1024 * 1024;
/// So many fit into the bytes.
const TENANTS_MAX: usize = 400_000;
/// Each has some threads and half a dozen connections in every server.
const STORES_MAX: usize = 64;
/// A screen of them; who mends these sees the rest.
const FAULTS_MAX: usize = 25;
/// Of what was written only so much is repeated.
const MEMBER_BYTES_MAX: usize = 64;
const WHY_BYTES_MAX: usize = 400;
