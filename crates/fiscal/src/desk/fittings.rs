//! What an outlet names, opened: its authority, its wire, its zone, its keys.

use std::sync::Arc;

use authorities::Authority;
use invoice::{Json, Zone};
use ledger::Outlet;
use signing::{Algorithm, KeyUri, KeyUriError, Signer};

use super::{DeskError, KeyTrouble, OpenWire};
use crate::keys::Keys;
use crate::reception::RECEIVING;
use crate::settings::{AlertSettings, check_members, open_authority, wire_settings};
use crate::trusted_roots::trusted_roots;
use crate::wire::Wire;

/// Opens everything that an outlet names, where there is no ledger yet; nothing stays open.
pub async fn check(outlet: &Outlet, open_wire: &OpenWire) -> Result<(), DeskError> {
    let Fittings { authority, zone, .. } = Fittings::open(outlet, open_wire).await?;
    in_reach(outlet, authority.zones(), &zone)?;
    let settings = Json::parse(outlet.settings.as_bytes()).map_err(|error| {
        DeskError::Settings { outlet: outlet.id.clone(), reason: error.to_string() }
    })?;
    check_members(&settings)
        .map_err(|reason| DeskError::Settings { outlet: outlet.id.clone(), reason })?;
    match settings.member(RECEIVING) {
        Some(receiving) => trusted_roots(outlet, receiving).await.map(drop),
        None => Ok(()),
    }
}

/// An outlet that is told another day than its authority's dates documents that are refused.
fn in_reach(outlet: &Outlet, known: &'static [&'static str], zone: &Zone) -> Result<(), DeskError> {
    if known.contains(&zone.name()) {
        return Ok(());
    }
    let (outlet, zone) = (outlet.id.clone(), zone.name().to_owned());
    Err(DeskError::ForeignZone { outlet, zone, known })
}

/// What an outlet names, opened.
pub(super) struct Fittings {
    pub authority: Arc<dyn Authority>,
    pub wire: Arc<dyn Wire>,
    /// The settings that the wire was opened with.
    pub wired: Json,
    pub zone: Zone,
    pub signer: Arc<dyn Signer>,
    pub keys: Keys,
}

impl Fittings {
    pub(super) async fn open(outlet: &Outlet, open_wire: &OpenWire) -> Result<Self, DeskError> {
        let id = || outlet.id.clone();
        let settings = Json::parse(outlet.settings.as_bytes()).map_err(|error| {
            DeskError::Settings { outlet: id(), reason: format!("they are not JSON: {error}") }
        })?;
        AlertSettings::read(&settings)
            .map_err(|reason| DeskError::Settings { outlet: id(), reason })?;
        let text = |key: &str| settings.member(key).and_then(Json::as_str);
        let authority = open_authority(outlet, &settings)
            .map_err(|source| DeskError::Authority { outlet: id(), source })?;
        let zone = Zone::parse(&outlet.zone)
            .ok_or_else(|| DeskError::Zone { outlet: id(), zone: outlet.zone.clone() })?;
        let wired = wire_settings(authority.as_ref(), &settings);
        let wire =
            open_wire(outlet, &wired).map_err(|reason| DeskError::Wire { outlet: id(), reason })?;
        let of_entries = Named {
            field: "key_uri",
            uri: &outlet.key_uri,
            certificate: text("certificate"),
            // Entries have signatures of 64 bytes, for ever.
            wanted: Some(Algorithm::EcdsaP256Sha256),
        };
        let signer = open_key(outlet, of_entries).await?;
        let keys = open_taxpayer_keys(outlet, &settings).await?;
        Ok(Self { authority, wire, wired, zone, signer, keys })
    }
}

/// The key whose signature the authority's documents bear, where the settings name one.
pub(crate) async fn open_taxpayer_keys(
    outlet: &Outlet,
    settings: &Json,
) -> Result<Keys, DeskError> {
    let text = |key: &str| settings.member(key).and_then(Json::as_str);
    let Some(uri) = text("taxpayer_key") else { return Ok(Keys::of_taxpayer(None)) };
    let named = Named {
        field: "settings.taxpayer_key",
        uri,
        certificate: text("taxpayer_certificate"),
        wanted: None,
    };
    Ok(Keys::of_taxpayer(Some(open_key(outlet, named).await?)))
}

/// A key as the outlet names it.
struct Named<'a> {
    field: &'static str,
    uri: &'a str,
    certificate: Option<&'a str>,
    /// The only algorithm that will do, where others will not.
    wanted: Option<Algorithm>,
}

async fn open_key(
    outlet: &Outlet,
    Named { field, uri, certificate, wanted }: Named<'_>,
) -> Result<Arc<dyn Signer>, DeskError> {
    let trouble = |source| DeskError::Key { outlet: outlet.id.clone(), field, source };
    let uri: KeyUri = uri.parse().map_err(|error: KeyUriError| trouble(error.into()))?;
    let certificate = certificate.map(std::path::PathBuf::from);
    // A token may take its time to open, and a file may lie on a slow disk.
    let opened = tokio::task::spawn_blocking(move || signing::open(&uri, certificate.as_deref()));
    let opened = opened.await.expect("opening a key does not panic");
    let suitable = opened.and_then(|signer| {
        wanted.map_or(Ok(()), |algorithm| signer.require(algorithm))?;
        Ok(signer)
    });
    suitable.map_err(|source| trouble(KeyTrouble::Signing(Box::new(source))))
}
