//! Which operation a method and a path ask for. Paths are folded: IIS does not tell capitals apart,
//! and clients in the wild send `TesteCF`, `CerteCF` and `/Autenticacion/api/Autenticacion/Semilla`.

use axum::http::Method;
use serde::{Deserialize, Serialize};

/// The three environments, which share nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Environment {
    /// `testecf`: pre-certification, where numbers are free.
    #[serde(rename = "testecf")]
    Test,
    /// `certecf`: certification.
    #[serde(rename = "certecf")]
    Certification,
    /// `ecf`: production.
    #[serde(rename = "ecf")]
    Production,
}

/// One thing that the authority can be asked, and the name of its faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Operation {
    Seed,
    Token,
    /// Reception of an e-CF.
    Reception,
    /// Reception of a consumer summary (RFCE).
    Summary,
    /// A summary's standing.
    SummaryInquiry,
    /// The result by trackId.
    Result,
    /// The standing of an e-NCF.
    Inquiry,
    TrackIds,
    Approval,
    Annulment,
    Directory,
    DirectoryByRnc,
    ServiceStatus,
    MaintenanceWindows,
    EnvironmentStatus,
    /// The page behind a QR code.
    Stamp,
    /// The page behind the QR code of a consumer invoice below the threshold.
    ConsumerStamp,
    CounterpartSeed,
    CounterpartToken,
    CounterpartReception,
    CounterpartApproval,
    /// The counterpart is asked to send a document.
    CounterpartSend,
    CounterpartAcknowledgement,
    /// The counterpart is asked to send an approval.
    CounterpartSendApproval,
    /// The description of a service for people.
    Help,
    /// A path or a method that there is not.
    Unknown,
}

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// The environment is that of the path; the status host has none.
    To(Operation, Option<Environment>),
    /// The path exists, the method does not.
    WrongMethod,
    Unknown,
}

impl Environment {
    pub(super) const ALL: [Self; 3] = [Self::Test, Self::Certification, Self::Production];

    /// The segment of the path.
    pub(super) fn segment(self) -> &'static str {
        match self {
            Self::Test => "testecf",
            Self::Certification => "certecf",
            Self::Production => "ecf",
        }
    }

    pub(super) fn index(self) -> usize {
        match self {
            Self::Test => 0,
            Self::Certification => 1,
            Self::Production => 2,
        }
    }

    fn of(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.segment() == segment)
    }
}

impl Route {
    pub(super) fn of(method: &Method, path: &str) -> Self {
        let folded = path.to_ascii_lowercase();
        let parts: Vec<&str> = folded.split('/').filter(|part| !part.is_empty()).collect();
        let environment = parts.first().and_then(|first| Environment::of(first));
        let rest = if environment.is_some() { &parts[1..] } else { &parts[..] };
        let Some((operation, verb)) = operation(rest) else { return Self::Unknown };
        if !exists(operation, environment) {
            return Self::Unknown;
        }
        // HEAD comes with GET, as on any server.
        let is_right = *method == verb || (verb == Method::GET && *method == Method::HEAD);
        if is_right { Self::To(operation, environment) } else { Self::WrongMethod }
    }

    pub(super) fn operation(self) -> Operation {
        match self {
            Self::To(operation, _) => operation,
            Self::WrongMethod | Self::Unknown => Operation::Unknown,
        }
    }
}

/// The table of the Descripción Técnica, without its hosts: their paths are disjoint, so that one
/// port serves all three.
fn operation(parts: &[&str]) -> Option<(Operation, Method)> {
    let (get, post) = (Method::GET, Method::POST);
    Some(match parts {
        ["autenticacion", "api", "autenticacion", "semilla"] => (Operation::Seed, get),
        ["autenticacion", "api", "autenticacion", "validarsemilla"] => (Operation::Token, post),
        ["recepcion", "api", "facturaselectronicas"] => (Operation::Reception, post),
        ["recepcionfc", "api", "recepcion", "ecf"] => (Operation::Summary, post),
        ["consultarfce", "api", "consultas", "consulta"] => (Operation::SummaryInquiry, get),
        ["consultaresultado", "api", "consultas", "estado"] => (Operation::Result, get),
        ["consultaestado", "api", "consultas", "estado"] => (Operation::Inquiry, get),
        ["consultatrackids", "api", "trackids", "consulta"] => (Operation::TrackIds, get),
        ["aprobacioncomercial", "api", "aprobacioncomercial"] => (Operation::Approval, post),
        ["anulacionrangos", "api", "operaciones", "anularrango"] => (Operation::Annulment, post),
        ["consultadirectorio", "api", "consultas", "listado"] => (Operation::Directory, get),
        ["consultadirectorio", "api", "consultas", "obtenerdirectorioporrnc"] => {
            (Operation::DirectoryByRnc, get)
        }
        ["api", "estatusservicios", "obtenerestatus"] => (Operation::ServiceStatus, get),
        ["api", "estatusservicios", "obtenerventanasmantenimiento"] => {
            (Operation::MaintenanceWindows, get)
        }
        ["api", "estatusservicios", "verificarestado"] => (Operation::EnvironmentStatus, get),
        ["consultatimbre"] => (Operation::Stamp, get),
        ["consultatimbrefc"] => (Operation::ConsumerStamp, get),
        ["emisorreceptor", rest @ ..] => counterpart(rest)?,
        [_, "help", "index.html"] => (Operation::Help, get),
        _ => return None,
    })
}

/// DGII's counterpart simulator, which speaks the paths of every taxpayer's own services.
fn counterpart(parts: &[&str]) -> Option<(Operation, Method)> {
    let (get, post) = (Method::GET, Method::POST);
    Some(match parts {
        ["fe", "autenticacion", "api", "semilla"] => (Operation::CounterpartSeed, get),
        ["fe", "autenticacion", "api", "validacioncertificado"] => {
            (Operation::CounterpartToken, post)
        }
        ["fe", "recepcion" | "recepci%c3%b3n", "api", "ecf"] => {
            (Operation::CounterpartReception, post)
        }
        ["fe", "aprobacioncomercial", "api", "ecf"] => (Operation::CounterpartApproval, post),
        ["api", "emision", "emisioncomprobantes"] => (Operation::CounterpartSend, post),
        ["api", "emision", "consultaacuserecibo"] => (Operation::CounterpartAcknowledgement, get),
        ["api", "emision", "envioaprobacioncomercial"] => {
            (Operation::CounterpartSendApproval, post)
        }
        _ => return None,
    })
}

/// Which service stands in which environment. Certification has neither inquiries by number nor
/// annulment nor directory; the counterpart is of pre-certification alone. One public client asks
/// the status host with an environment before the path, and is answered.
fn exists(operation: Operation, environment: Option<Environment>) -> bool {
    match operation {
        Operation::Inquiry
        | Operation::TrackIds
        | Operation::Annulment
        | Operation::Directory
        | Operation::DirectoryByRnc => {
            matches!(environment, Some(Environment::Test | Environment::Production))
        }
        Operation::CounterpartSeed
        | Operation::CounterpartToken
        | Operation::CounterpartReception
        | Operation::CounterpartApproval
        | Operation::CounterpartSend
        | Operation::CounterpartAcknowledgement
        | Operation::CounterpartSendApproval => environment == Some(Environment::Test),
        Operation::ServiceStatus | Operation::MaintenanceWindows | Operation::EnvironmentStatus => {
            true
        }
        Operation::Seed
        | Operation::Token
        | Operation::Reception
        | Operation::Summary
        | Operation::SummaryInquiry
        | Operation::Result
        | Operation::Approval
        | Operation::Stamp
        | Operation::ConsumerStamp
        | Operation::Help
        | Operation::Unknown => environment.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(method: &Method, path: &str) -> Route {
        Route::of(method, path)
    }

    #[test]
    fn every_form_that_a_client_sends() {
        let (teste, certe) = (Some(Environment::Test), Some(Environment::Certification));
        let (get, post) = (Method::GET, Method::POST);
        for (method, path, route) in [
            (
                &get,
                "/TesteCF/Autenticacion/api/Autenticacion/Semilla",
                Route::To(Operation::Seed, teste),
            ),
            (
                &post,
                "//certecf/recepcion/api/FacturasElectronicas/",
                Route::To(Operation::Reception, certe),
            ),
            (
                &post,
                "/eCF/recepcionfc/api/recepcion/ecf",
                Route::To(Operation::Summary, Some(Environment::Production)),
            ),
            (
                &get,
                "/api/EstatusServicios/ObtenerEstatus",
                Route::To(Operation::ServiceStatus, None),
            ),
            (
                &get,
                "/testecf/emisorreceptor/fe/autenticacion/api/semilla",
                Route::To(Operation::CounterpartSeed, teste),
            ),
            (&get, "/certecf/emisorreceptor/fe/autenticacion/api/semilla", Route::Unknown),
            (&get, "/certecf/consultatrackids/api/trackids/consulta", Route::Unknown),
            (&post, "/testecf/autenticacion/api/autenticacion/semilla", Route::WrongMethod),
            (&get, "/autenticacion/api/autenticacion/semilla", Route::Unknown),
            (&get, "/", Route::Unknown),
            (&get, "/testecf/ConsultaTimbre", Route::To(Operation::Stamp, teste)),
            (&get, "/testecf/recepcion/help/index.html", Route::To(Operation::Help, teste)),
        ] {
            assert_eq!(of(method, path), route, "{method} {path}");
        }
    }
}
