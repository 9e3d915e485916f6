//! Where the heads of outlets are kept outside their store, in the words of the command line.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use ledger::{ANCHOR_INTERVAL, AnchorFolder, Anchoring, IsSigned};
use signing::{Algorithm, PublicKey, Signature};

use crate::failure::Failure;
use crate::stores::{NamedStore, Stores};

/// The anchors of a command that adds to outlets.
#[derive(Clone, Debug, Args)]
pub(crate) struct Anchors {
    /// A folder that keeps the heads of outlets outside the store, so that an older store in its place
    /// is noticed: beside the keys, and never put back with the store. Without a word it is `anchors`
    /// beside the file, or `data/anchors` for a database; `none` keeps nothing. Of several stores each
    /// has a folder of its name in it.
    #[arg(long, env = "STALELA_ANCHORS", value_name = "DIR|none")]
    anchors: Option<PathBuf>,
}

impl Anchors {
    /// None where the operator wants none.
    pub(crate) fn open(&self, store: &NamedStore) -> Result<Option<Anchoring>, Failure> {
        let Some(folder) = self.folder(store) else { return Ok(None) };
        let shelf = AnchorFolder::open(&folder).map_err(|error| {
            Failure::unusable(format!(
                "the anchors cannot be kept: {error}. Name a folder that can be written with --anchors"
            ))
        })?;
        let interval = Some(ANCHOR_INTERVAL);
        Ok(Some(Anchoring { shelf: Arc::new(shelf), interval, is_signed: is_signed() }))
    }

    /// Refuses two stores that would keep their heads in one folder: each would miss those of the
    /// other.
    pub(crate) fn check(&self, stores: &Stores) -> Result<(), Failure> {
        let whole = |store| (store, self.folder(store).map(|folder| whole(&folder)));
        let folders: Vec<_> = stores.iter().map(whole).collect();
        for (at, (store, folder)) in folders.iter().enumerate() {
            let same = folders[..at].iter().find(|(_, other)| folder.is_some() && other == folder);
            if let Some((other, _)) = same {
                return Err(Failure::refused(format!(
                    "{} and {} would keep their anchors in one folder: name another in the map",
                    other.label(),
                    store.label()
                )));
            }
        }
        Ok(())
    }

    fn folder(&self, store: &NamedStore) -> Option<PathBuf> {
        let base = match (&self.anchors, store.url.path()) {
            (Some(none), _) if none == Path::new("none") => return None,
            (Some(folder), _) => folder.clone(),
            (None, Some(file)) => file.with_file_name(FOLDER),
            (None, None) => Path::new("data").join(FOLDER),
        };
        Some(match (&store.anchors, &store.name) {
            (Some(own), _) => own.clone(),
            (None, Some(name)) => base.join(name.as_str()),
            (None, None) => base,
        })
    }
}

/// One folder has one name, however it is written.
fn whole(folder: &Path) -> PathBuf {
    let named = folder.canonicalize().or_else(|_| std::path::absolute(folder));
    named.unwrap_or_else(|_| folder.to_owned())
}

fn is_signed() -> IsSigned {
    Arc::new(|spki, (message, signature)| {
        let signature = Signature::from_bytes(Algorithm::EcdsaP256Sha256, signature);
        match (PublicKey::from_der(spki), signature) {
            (Ok(key), Ok(signature)) => key.verify(message, &signature).is_ok(),
            _ => false,
        }
    })
}

const FOLDER: &str = "anchors";

#[cfg(test)]
mod tests {
    use super::*;

    fn store(name: Option<&str>, url: &str, anchors: Option<&str>) -> NamedStore {
        let name = name.map(|name| ledger::StoreName::parse(name).unwrap());
        NamedStore { name, url: url.parse().unwrap(), anchors: anchors.map(PathBuf::from) }
    }

    fn folder(named: Option<&str>, store: &NamedStore) -> Option<PathBuf> {
        Anchors { anchors: named.map(PathBuf::from) }.folder(store)
    }

    #[test]
    fn the_folder_is_named_or_beside_the_store() {
        let folder = |named: Option<&str>, url: &str| folder(named, &store(None, url, None));
        let database = "postgres://app@localhost/s";
        assert_eq!(folder(None, "shop/stalela.db"), Some("shop/anchors".into()));
        assert_eq!(folder(None, "stalela.db"), Some("anchors".into()));
        assert_eq!(folder(None, database), Some("data/anchors".into()));
        assert_eq!(folder(Some("/keys/anchors"), database), Some("/keys/anchors".into()));
        assert_eq!(folder(Some("none"), database), None);
    }

    #[test]
    fn of_several_stores_each_has_its_own() {
        let database = "postgres://app@localhost/s";
        let east = store(Some("east"), database, None);
        let west = store(Some("west"), "shop/west.db", None);
        let moved = store(Some("moved"), database, Some("data/anchors"));
        assert_eq!(folder(None, &east), Some("data/anchors/east".into()));
        assert_eq!(folder(None, &west), Some("shop/anchors/west".into()));
        assert_eq!(folder(Some("/keys"), &west), Some("/keys/west".into()));
        assert_eq!(folder(Some("/keys"), &moved), Some("data/anchors".into()));
        assert_eq!(folder(Some("none"), &moved), None);
    }

    #[test]
    fn two_stores_do_not_share_a_folder() {
        let map = br#"{"stores": {"east": "a.db"}, "default": "east"}"#;
        let map = ledger::StoreMap::parse(map).unwrap();
        let check = |anchors: Option<&str>, second: NamedStore| {
            let all = vec![store(Some("east"), "a.db", None), second];
            let anchors = Anchors { anchors: anchors.map(PathBuf::from) };
            anchors.check(&Stores::of_map(all, map.clone())).map_err(|failure| failure.to_string())
        };
        check(None, store(Some("west"), "b.db", None)).unwrap();
        let told = check(None, store(Some("west"), "b.db", Some("anchors/east"))).unwrap_err();
        assert!(told.starts_with("east and west"), "{told}");
        let spelled = store(Some("west"), "b.db", Some("./anchors/east"));
        assert!(check(None, spelled).is_err(), "it is the same folder");
        check(Some("none"), store(Some("west"), "b.db", Some("anchors/east"))).unwrap();
    }
}
