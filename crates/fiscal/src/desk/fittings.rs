//! What an outlet names, opened: its authority, its wire, its zone, its keys.

use std::sync::Arc;

use authorities::{Authority, authority_named};
use invoice::{Json, Zone};
use ledger::Outlet;
use signing::{KeyUri, KeyUriError, Signer};

use super::{DeskError, KeyTrouble, Keys, OpenWire};
use crate::wire::Wire;

/// Opens everything that an outlet names, where there is no ledger yet; nothing stays open.
pub async fn check(outlet: &Outlet, open_wire: &OpenWire) -> Result<(), DeskError> {
    Fittings::open(outlet, open_wire).await.map(drop)
}

/// What an outlet names, opened.
pub(super) struct Fittings {
    pub authority: Arc<dyn Authority>,
    pub wire: Arc<dyn Wire>,
    pub zone: Zone,
    pub signer: Arc<dyn Signer>,
    pub keys: Keys,
}

impl Fittings {
    pub(super) async fn open(outlet: &Outlet, open_wire: &OpenWire) -> Result<Self, DeskError> {
        let id = || outlet.id.clone();
        let settings = Json::parse(outlet.settings.as_bytes())
            .map_err(|error| DeskError::Settings { outlet: id(), reason: error.to_string() })?;
        let text = |key: &str| settings.member(key).and_then(Json::as_str);
        let none = Json::Object(Vec::new());
        let of_authority = settings.member("authority").unwrap_or(&none);
        let authority = authority_named(&outlet.authority, of_authority)
            .map_err(|source| DeskError::Authority { outlet: id(), source })?;
        let zone = Zone::parse(&outlet.zone)
            .ok_or_else(|| DeskError::Zone { outlet: id(), zone: outlet.zone.clone() })?;
        let wire = settings.member("wire").unwrap_or(&Json::Null);
        let wire =
            open_wire(outlet, wire).map_err(|reason| DeskError::Wire { outlet: id(), reason })?;
        let of_entries = ("key_uri", outlet.key_uri.as_str(), text("certificate"));
        let signer = open_key(outlet, of_entries).await?;
        let taxpayer = match text("taxpayer_key") {
            Some(uri) => Some(open_key(outlet, ("settings.taxpayer_key", uri, None)).await?),
            None => None,
        };
        Ok(Self { authority, wire, zone, signer, keys: Keys { taxpayer } })
    }
}

async fn open_key(
    outlet: &Outlet,
    (field, uri, certificate): (&'static str, &str, Option<&str>),
) -> Result<Arc<dyn Signer>, DeskError> {
    let trouble = |source| DeskError::Key { outlet: outlet.id.clone(), field, source };
    let uri: KeyUri = uri.parse().map_err(|error: KeyUriError| trouble(error.into()))?;
    let certificate = certificate.map(std::path::PathBuf::from);
    // A token may take its time to open, and a file may lie on a slow disk.
    let opened = tokio::task::spawn_blocking(move || signing::open(&uri, certificate.as_deref()));
    let opened = opened.await.expect("opening a key does not panic");
    opened.map_err(|source| trouble(KeyTrouble::Signing(Box::new(source))))
}
