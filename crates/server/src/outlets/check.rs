//! Whether an outlet could work, before it is written down: one that cannot is never made.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use authorities::{UnknownAuthority, authority_named};
use fiscal::OpenWire;
use invoice::{Json, Zone};
use ledger::Outlet;
use signing::KeyUri;

/// What the operator gives to outlets that are created through the API: a caller names no key, no
/// address and no secret, since it could name another tenant's.
#[derive(Clone)]
pub struct NewOutlets {
    /// URI of the key that signs for them.
    pub key_uri: String,
    /// Wires by the names that callers choose from: what `wire` is in an outlet's settings. One
    /// with a member `tenant` is for that tenant alone, as its token is.
    pub wires: BTreeMap<String, Json>,
    pub open_wire: OpenWire,
}

impl fmt::Debug for NewOutlets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.wires.keys().collect();
        formatter.debug_struct("NewOutlets").field("wires", &names).finish_non_exhaustive()
    }
}

/// Why an outlet could not work.
#[derive(Debug, thiserror::Error)]
pub enum OutletTrouble {
    #[error("the settings are not JSON: {0}")]
    Settings(String),
    #[error("{0}")]
    Authority(UnknownAuthority),
    #[error("there is no time zone {0:?}: take an IANA name, as in Africa/Kinshasa")]
    Zone(String),
    #[error("the wire cannot be opened: {0}")]
    Wire(String),
    #[error("the key of {field} cannot be used: {reason}")]
    Key { field: &'static str, reason: String },
}

/// Opens everything that the outlet's desk will want, and nothing stays open.
pub async fn check_outlet(outlet: &Outlet, open_wire: &OpenWire) -> Result<(), OutletTrouble> {
    let settings = Json::parse(outlet.settings.as_bytes())
        .map_err(|error| OutletTrouble::Settings(error.to_string()))?;
    let none = Json::Object(Vec::new());
    let of_authority = settings.member("authority").unwrap_or(&none);
    authority_named(&outlet.authority, of_authority).map_err(OutletTrouble::Authority)?;
    Zone::parse(&outlet.zone).ok_or_else(|| OutletTrouble::Zone(outlet.zone.clone()))?;
    let wire = settings.member("wire").unwrap_or(&Json::Null);
    open_wire(outlet, wire).map_err(OutletTrouble::Wire)?;
    let text = |key: &str| settings.member(key).and_then(Json::as_str).map(str::to_owned);
    open_key("key_uri", outlet.key_uri.clone(), text("certificate")).await?;
    match text("taxpayer_key") {
        Some(uri) => open_key("settings.taxpayer_key", uri, None).await,
        None => Ok(()),
    }
}

async fn open_key(
    field: &'static str,
    uri: String,
    certificate: Option<String>,
) -> Result<(), OutletTrouble> {
    // A token may take its time to open, and a file may lie on a slow disk.
    let opened = tokio::task::spawn_blocking(move || {
        let uri: KeyUri = uri.parse().map_err(|error| format!("{error}"))?;
        let certificate = certificate.map(PathBuf::from);
        signing::open(&uri, certificate.as_deref()).map(drop).map_err(|error| in_full(&error))
    });
    let opened = opened.await.unwrap_or_else(|error| Err(error.to_string()));
    opened.map_err(|reason| OutletTrouble::Key { field, reason })
}

/// The error and its causes.
fn in_full(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words = format!("{words}: {cause}");
        source = cause.source();
    }
    words
}
