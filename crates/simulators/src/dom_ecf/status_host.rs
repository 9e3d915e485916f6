//! Services 13 to 15: the host that tells which services are up, behind a key of its own.

use super::authority::{Authority, Call};
use super::reply::{Reply, member, said};
use super::route::{Environment, Operation};
use crate::json::Json;

/// What the host knows.
#[derive(Debug)]
pub(super) struct StatusHost {
    api_key: String,
    down: [bool; 3],
    windows: Vec<Window>,
}

/// A maintenance window.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub(super) struct Window {
    pub(super) environment: Environment,
    /// `HH:mm:ss`.
    pub(super) from: String,
    pub(super) to: String,
    /// `dd-MM-yyyy`.
    pub(super) days: Vec<String>,
}

impl StatusHost {
    pub(super) fn guarded_by(api_key: String) -> Self {
        Self { api_key, down: [false; 3], windows: Vec::new() }
    }

    /// Takes an environment down, or up again.
    pub(super) fn set_down(&mut self, environment: Environment, is_down: bool) {
        self.down[environment.index()] = is_down;
    }

    pub(super) fn is_down(&self, environment: Environment) -> bool {
        self.down[environment.index()]
    }

    pub(super) fn announce(&mut self, windows: Vec<Window>) {
        self.windows = windows;
    }

    fn admits(&self, authorization: Option<&str>) -> bool {
        let parts = authorization.and_then(|header| header.trim().split_once(' '));
        parts.is_some_and(|(scheme, key)| {
            scheme.eq_ignore_ascii_case("apikey") && key.trim() == self.api_key
        })
    }
}

pub(super) fn answer(authority: &Authority, call: &Call) -> Reply {
    let state = authority.state();
    let host = &state.status_host;
    if !host.admits(call.authorization) {
        return Reply::Bare(401);
    }
    match call.operation {
        Operation::ServiceStatus => services(host),
        Operation::MaintenanceWindows => windows(host),
        _ => environment(host, call.query.text("ambiente")),
    }
}

fn services(host: &StatusHost) -> Reply {
    let all = Environment::ALL.into_iter().flat_map(|each| SERVICES.map(|name| (each, name)));
    let shown = all.map(|(environment, name)| {
        Json::Object(vec![
            said("servicio", name),
            said("estatus", standing(host.is_down(environment))),
            said("ambiente", ambient(environment)),
        ])
    });
    Reply::Object(200, "ArrayOfEstatusServicio", Json::List(shown.collect()))
}

fn windows(host: &StatusHost) -> Reply {
    let shown = host.windows.iter().map(|window| {
        Json::Object(vec![
            said("ambiente", ambient(window.environment)),
            said("horaInicio", &window.from),
            said("horaFin", &window.to),
            member("dias", Json::List(window.days.iter().map(Json::text).collect())),
        ])
    });
    let members = vec![member("ventanaMantenimientos", Json::List(shown.collect()))];
    Reply::Object(200, "RespuestaVentanaMantenimiento", Json::Object(members))
}

/// 1 is pre-certification, 2 production, 3 certification.
fn environment(host: &StatusHost, number: &str) -> Reply {
    let environment = match number {
        "1" => Environment::Test,
        "2" => Environment::Production,
        "3" => Environment::Certification,
        _ => {
            return super::reply::field_problem("ambiente", "El campo ambiente no es válido.");
        }
    };
    let members = vec![said("estado", standing(host.is_down(environment)))];
    Reply::Object(200, "RespuestaEstado", Json::Object(members))
}

fn standing(is_down: bool) -> &'static str {
    if is_down { "No Disponible" } else { "Disponible" }
}

fn ambient(environment: Environment) -> &'static str {
    match environment {
        Environment::Test => "PreCertificacion",
        Environment::Certification => "Certificacion",
        Environment::Production => "Produccion",
    }
}

const SERVICES: [&str; 9] = [
    "Autenticación",
    "Recepción",
    "Recepción FC",
    "Consulta Resultado",
    "Consulta Estado",
    "Consulta TrackIds",
    "Consulta Directorio",
    "Aprobación Comercial",
    "Anulación Rangos",
];
