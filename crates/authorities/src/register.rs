//! The one list that names the countries.

use std::sync::Arc;

use invoice::Json;

use crate::contract::Authority;
use crate::drc;

/// Why an outlet's setting names no authority.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum UnknownAuthority {
    #[error("there is no authority {name:?}; there are: {known}", known = names().join(", "))]
    Name { name: String },
    #[error("settings of {name}: {reason}")]
    Settings { name: String, reason: String },
}

/// The channels that an outlet can be set to.
pub fn names() -> Vec<&'static str> {
    vec!["drc/emcf", "drc/cloud"]
}

/// Opens the authority that an outlet's settings name.
pub fn authority_named(
    name: &str,
    settings: &Json,
) -> Result<Arc<dyn Authority>, UnknownAuthority> {
    let parsed = |settings| {
        drc::Settings::parse(settings)
            .map_err(|reason| UnknownAuthority::Settings { name: name.to_owned(), reason })
    };
    match name {
        "drc/emcf" => Ok(Arc::new(drc::Emcf::new(parsed(settings)?))),
        "drc/cloud" => Ok(Arc::new(drc::Cloud::new(parsed(settings)?))),
        _ => Err(UnknownAuthority::Name { name: name.to_owned() }),
    }
}
