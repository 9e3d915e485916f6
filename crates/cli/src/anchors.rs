//! Where the heads of outlets are kept outside their store, in the words of the command line.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use ledger::{ANCHOR_INTERVAL, AnchorFolder, Anchoring, IsSigned, StoreUrl};
use signing::{Algorithm, PublicKey, Signature};

use crate::failure::Failure;

/// The anchors of a command that adds to outlets.
#[derive(Clone, Debug, Args)]
pub(crate) struct Anchors {
    /// A folder that keeps the heads of outlets outside the store, so that an older store in its place
    /// is noticed: beside the keys, and never put back with the store. Without a word it is `anchors`
    /// beside the file, or `data/anchors` for a database; `none` keeps nothing.
    #[arg(long, env = "STALELA_ANCHORS", value_name = "DIR|none")]
    anchors: Option<PathBuf>,
}

impl Anchors {
    /// None where the operator wants none.
    pub(crate) fn open(&self, store: &StoreUrl) -> Result<Option<Anchoring>, Failure> {
        let Some(folder) = self.folder(store) else { return Ok(None) };
        let shelf = AnchorFolder::open(&folder).map_err(|error| {
            Failure::unusable(format!(
                "the anchors cannot be kept: {error}. Name a folder that can be written with --anchors"
            ))
        })?;
        let interval = Some(ANCHOR_INTERVAL);
        Ok(Some(Anchoring { shelf: Arc::new(shelf), interval, is_signed: is_signed() }))
    }

    fn folder(&self, store: &StoreUrl) -> Option<PathBuf> {
        match (&self.anchors, store.path()) {
            (Some(none), _) if none == Path::new("none") => None,
            (Some(folder), _) => Some(folder.clone()),
            (None, Some(file)) => Some(file.with_file_name(FOLDER)),
            (None, None) => Some(Path::new("data").join(FOLDER)),
        }
    }
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

    #[test]
    fn the_folder_is_named_or_beside_the_store() {
        let folder = |named: Option<&str>, store: &str| {
            Anchors { anchors: named.map(PathBuf::from) }.folder(&store.parse().unwrap())
        };
        let database = "postgres://app@localhost/s";
        assert_eq!(folder(None, "shop/stalela.db"), Some("shop/anchors".into()));
        assert_eq!(folder(None, "stalela.db"), Some("anchors".into()));
        assert_eq!(folder(None, database), Some("data/anchors".into()));
        assert_eq!(folder(Some("/keys/anchors"), database), Some("/keys/anchors".into()));
        assert_eq!(folder(Some("none"), database), None);
    }
}
