//! Services 11 and 12: where electronic receivers listen.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::authority::{Authority, Call};
use super::reply::{Reply, said};
use super::route::Environment;
use crate::json::Json;

/// One receiver: hosts, to which the standard paths are appended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Receiver {
    pub(super) rnc: String,
    pub(super) nombre: String,
    #[serde(rename = "urlRecepcion")]
    pub(super) reception: String,
    #[serde(rename = "urlAceptacion")]
    pub(super) approval: String,
    /// Where tokens are had; empty if none are wanted.
    #[serde(rename = "urlOpcional", default)]
    pub(super) authentication: String,
}

/// The receivers that tests have registered, by environment and RNC.
#[derive(Debug, Default)]
pub(super) struct Directory(BTreeMap<(usize, String), Receiver>);

impl Directory {
    pub(super) fn register(&mut self, environment: Environment, receiver: Receiver) {
        self.0.insert((environment.index(), receiver.rnc.clone()), receiver);
    }

    pub(super) fn find(&self, environment: Environment, rnc: &str) -> Option<&Receiver> {
        self.0.get(&(environment.index(), rnc.to_owned()))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    fn of(&self, environment: Environment) -> impl Iterator<Item = &Receiver> {
        let place = environment.index();
        self.0.iter().filter(move |((each, _), _)| *each == place).map(|(_, receiver)| receiver)
    }
}

/// `[{nombre, rnc, urlRecepcion, urlAceptacion, urlOpcional}]` of everybody.
pub(super) fn list(authority: &Authority, call: &Call) -> Reply {
    if let Err(reply) = authority.caller(call) {
        return reply;
    }
    let state = authority.state();
    let environment = call.environment();
    let mut list: Vec<Json> = state.directory.of(environment).map(shown).collect();
    if environment == Environment::Test {
        list.push(shown(&counterpart(authority, COUNTERPART_RNC)));
    }
    Reply::Object(200, "ArrayOfDirectorio", Json::List(list))
}

/// The same of one RNC: now an array, now one object. In test whoever is not registered is the
/// counterpart.
pub(super) fn by_rnc(authority: &Authority, call: &Call) -> Reply {
    if let Err(reply) = authority.caller(call) {
        return reply;
    }
    let Some(rnc) = call.query.value("rnc") else {
        return authority.complain(400, "El campo RNC es requerido.");
    };
    let environment = call.environment();
    let mut state = authority.state();
    let found = state.directory.find(environment, rnc).cloned();
    let is_test = environment == Environment::Test;
    let found = found.or_else(|| is_test.then(|| counterpart(authority, rnc)));
    let Some(entry) = found.as_ref().map(shown) else {
        return Reply::Object(200, "ArrayOfDirectorio", Json::List(Vec::new()));
    };
    let voice = &mut state.voice();
    if voice.flip(voice.awkward.directory_shapes) {
        return Reply::Object(200, "Directorio", entry);
    }
    Reply::Object(200, "ArrayOfDirectorio", Json::List(vec![entry]))
}

/// The counterpart under the RNC that was asked for.
fn counterpart(authority: &Authority, rnc: &str) -> Receiver {
    let host = format!("{}/testecf/emisorreceptor", authority.url);
    Receiver {
        rnc: rnc.to_owned(),
        nombre: COUNTERPART_NAME.to_owned(),
        reception: host.clone(),
        approval: host.clone(),
        authentication: host,
    }
}

fn shown(receiver: &Receiver) -> Json {
    Json::Object(vec![
        said("nombre", &receiver.nombre),
        said("rnc", &receiver.rnc),
        said("urlRecepcion", &receiver.reception),
        said("urlAceptacion", &receiver.approval),
        said("urlOpcional", &receiver.authentication),
    ])
}

/// The taxpayer that the counterpart plays: the DGII itself.
pub(super) const COUNTERPART_RNC: &str = "401506254";
pub(super) const COUNTERPART_NAME: &str = "DIRECCION GENERAL DE IMPUESTOS INTERNOS";
