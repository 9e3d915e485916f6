//! The one list that names the countries.

use std::sync::Arc;

use invoice::Json;

use crate::contract::{Authority, Environment, Forms, Receiving};
use crate::dom;
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
    vec!["drc/emcf", "drc/cloud", "dom/ecf"]
}

/// How documents are received from other taxpayers, for an authority whose law has them handed over;
/// none for the others.
///
/// It wants neither a wire nor a machine, so that an outlet that cannot send still receives.
pub fn receiving_named(name: &str) -> Option<&'static dyn Receiving> {
    match name {
        "dom/ecf" => Some(&dom::ecf::receiving::Receiver),
        _ => None,
    }
}

/// In what form an authority's codes and documents are handed on; none for a name that is none.
pub fn forms_named(name: &str) -> Option<&'static Forms> {
    match name {
        "drc/emcf" | "drc/cloud" => Some(&drc::FORMS),
        "dom/ecf" => Some(&dom::FORMS),
        _ => None,
    }
}

/// Opens the authority that an outlet's settings name.
pub fn authority_named(
    name: &str,
    settings: &Json,
    environment: Environment,
) -> Result<Arc<dyn Authority>, UnknownAuthority> {
    let wrong = |reason| UnknownAuthority::Settings { name: name.to_owned(), reason };
    let congolese = || drc::Settings::parse(settings).map_err(wrong);
    let dominican = || dom::Settings::parse(settings, environment).map_err(wrong);
    match name {
        "drc/emcf" => Ok(Arc::new(drc::Emcf::new(congolese()?))),
        "drc/cloud" => Ok(Arc::new(drc::Cloud::new(congolese()?))),
        "dom/ecf" => Ok(Arc::new(dom::ecf::Ecf::new(dominican()?))),
        _ => Err(UnknownAuthority::Name { name: name.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_channel_tells_its_forms_and_nobody_else_has_any() {
        for name in names() {
            assert!(forms_named(name).is_some(), "{name}");
        }
        assert_eq!(forms_named("nowhere/none"), None);
    }
}
