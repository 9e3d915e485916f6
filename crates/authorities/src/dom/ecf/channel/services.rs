//! The DGII's services, and those that every electronic taxpayer exposes: what they are called and
//! where they are (Descripción Técnica de Facturación Electrónica, Descripción de servicios web;
//! Estándar de comunicación emisor-receptor).

use super::query::query;
use super::upload::{Upload, upload};
use crate::contract::{Admission, Audience, Method, Request, Service, Target};
use crate::dom::ecf::document::Environment;

/// The host that takes documents and answers questions.
pub const WHOLE_HOST: &str = "ecf.dgii.gov.do";
/// The host that takes the summaries of consumer invoices.
pub const SUMMARIES_HOST: &str = "fc.dgii.gov.do";

/// The hosts that the DGII has published. The first takes documents and answers questions, the
/// second takes the summaries of consumer invoices, the third tells how the others are.
pub(super) const SERVICES: &[Service] = &[
    service("", "https://ecf.dgii.gov.do"),
    service(SUMMARIES, "https://fc.dgii.gov.do"),
    Service {
        name: STATUS,
        url: Some("https://statusecf.dgii.gov.do"),
        admission: Admission::Token,
    },
];

/// Facturas de consumo.
pub(super) const SUMMARIES: &str = "fc";
/// Estatus de servicios.
pub(super) const STATUS: &str = "status";

const fn service(name: &'static str, url: &'static str) -> Service {
    Service { name, url: Some(url), admission: Admission::Session }
}

const JSON: &str = "application/json";
const XML: &str = "application/xml";

/// The services of one of the DGII's environments, which is the first segment of each path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Services(pub(super) Environment);

impl Services {
    /// Whether the deliveries of a number, the state of a document, the directory and annulments
    /// are there: not while certifying.
    pub(super) const fn has_inquiries(self) -> bool {
        match self.0 {
            Environment::Test | Environment::Production => true,
            Environment::Certification => false,
        }
    }

    const fn audience(self) -> Audience {
        Audience::Authority(self.0.segment())
    }

    /// What is signed to get a token.
    pub(super) fn seed(self) -> Request {
        let path = self.path("autenticacion/api/autenticacion/semilla");
        Request { accept: XML, session: None, ..self.get("semilla", path) }
    }

    pub(super) fn validate_seed(self, signed: &[u8]) -> Request {
        let path = self.path("autenticacion/api/autenticacion/validarsemilla");
        Request { session: None, ..self.post("validarsemilla", path, upload(SEED_FILE, signed)) }
    }

    /// Takes an e-CF whole, and answers with a number to ask by.
    pub(super) fn receive(self, file_name: &str, document: &[u8]) -> Request {
        let path = self.path("recepcion/api/facturaselectronicas");
        let request = self.post("facturaselectronicas", path, upload(file_name, document));
        Request { point_of_no_return: true, ..request }
    }

    /// Takes the summary of a small consumer invoice, and answers at once.
    pub(super) fn receive_summary(self, file_name: &str, document: &[u8]) -> Request {
        let path = self.path("recepcionfc/api/recepcion/ecf");
        let request = self.post("recepcionfc", path, upload(file_name, document));
        Request { target: Target::Authority(SUMMARIES), point_of_no_return: true, ..request }
    }

    /// What became of a summary.
    pub(super) fn summary_state(self, issuer: &str, number: &str, code: &str) -> Request {
        let members = [("rnc_emisor", issuer), ("encf", number), ("cod_seguridad_ecf", code)];
        let path = query(&self.path("consultarfce/api/consultas/consulta"), &members);
        Request { target: Target::Authority(SUMMARIES), ..self.get("consultarfce", path) }
    }

    /// What became of a delivery.
    pub(super) fn result(self, track_id: &str) -> Request {
        let path = self.path("consultaresultado/api/consultas/estado");
        self.get("consultaresultado", query(&path, &[("trackid", track_id)]))
    }

    /// What the DGII says to anybody who holds the document.
    pub(super) fn state(
        self,
        (issuer, buyer): (&str, Option<&str>),
        number: &str,
        code: &str,
    ) -> Request {
        let members = [
            ("rncemisor", issuer),
            ("ncfelectronico", number),
            ("rnccomprador", buyer.unwrap_or_default()),
            ("codigoseguridad", code),
        ];
        let path = self.path("consultaestado/api/consultas/estado");
        self.get("consultaestado", query(&path, &members))
    }

    /// All deliveries of a number.
    pub(super) fn deliveries(self, issuer: &str, number: &str) -> Request {
        let path = self.path("consultatrackids/api/trackids/consulta");
        let members = [("rncemisor", issuer), ("encf", number)];
        self.get("consultatrackids", query(&path, &members))
    }

    pub(super) fn directory(self, tax_id: &str) -> Request {
        let path = self.path("consultadirectorio/api/consultas/obtenerdirectorioporrnc");
        self.get("consultadirectorio", query(&path, &[("rnc", tax_id)]))
    }

    pub(super) fn approve(self, file_name: &str, document: &[u8]) -> Request {
        let path = self.path("aprobacioncomercial/api/aprobacioncomercial");
        let request = self.post("aprobacioncomercial", path, upload(file_name, document));
        Request { point_of_no_return: true, ..request }
    }

    pub(super) fn annul(self, file_name: &str, document: &[u8]) -> Request {
        let path = self.path("anulacionrangos/api/operaciones/anularrango");
        let request = self.post("anularrango", path, upload(file_name, document));
        Request { point_of_no_return: true, ..request }
    }

    fn path(self, path: &str) -> String {
        format!("{}/{path}", self.0.segment())
    }

    fn get(self, operation: &'static str, path: String) -> Request {
        let session = Some(self.audience());
        Request { session, ..get(operation, Target::Authority(""), path) }
    }

    fn post(self, operation: &'static str, path: String, upload: Upload) -> Request {
        let session = Some(self.audience());
        Request { session, ..post(operation, Target::Authority(""), path, upload) }
    }
}

/// How the services are, of all environments at once; no environment is in these paths.
pub(super) fn services_state() -> Request {
    let path = "api/estatusservicios/obtenerestatus".to_owned();
    get("obtenerestatus", Target::Authority(STATUS), path)
}

/// When they are to rest.
pub(super) fn maintenance() -> Request {
    let path = "api/estatusservicios/obtenerventanasmantenimiento".to_owned();
    get("obtenerventanasmantenimiento", Target::Authority(STATUS), path)
}

/// What is signed to get a token of another taxpayer.
pub(super) fn peer_seed(base: &str) -> Request {
    let (target, path) = at_peer(base, PEER_SEED);
    Request { accept: XML, ..get("semilla", target, path) }
}

pub(super) fn peer_validate_seed(base: &str, signed: &[u8]) -> Request {
    let (target, path) = at_peer(base, PEER_VALIDATE);
    post("validacioncertificado", target, path, upload(SEED_FILE, signed))
}

/// Hands an e-CF to its receiver, which answers with a signed acknowledgement.
pub(super) fn peer_receive(peer: &Peer, file_name: &str, document: &[u8]) -> Request {
    let (target, path) = at_peer(&peer.base, PEER_RECEIVE);
    let request = post("recepcion", target, path, upload(file_name, document));
    Request { accept: XML, session: peer.audience(), ..request }
}

/// Tells an issuer what its buyer says.
pub(super) fn peer_approve(peer: &Peer, file_name: &str, document: &[u8]) -> Request {
    let (target, path) = at_peer(&peer.base, PEER_APPROVE);
    let request = post("aprobacioncomercial", target, path, upload(file_name, document));
    Request { session: peer.audience(), ..request }
}

/// Another taxpayer's service, as the directory gives it.
#[derive(Clone, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub(super) struct Peer {
    /// Where the service is.
    pub(super) base: String,
    /// Where it gives tokens; none where it wants none.
    pub(super) authentication: Option<String>,
}

impl Peer {
    fn audience(&self) -> Option<Audience> {
        self.authentication.clone().map(Audience::Peer)
    }
}

const PEER_SEED: &str = "fe/autenticacion/api/semilla";
const PEER_VALIDATE: &str = "fe/autenticacion/api/validacioncertificado";
const PEER_RECEIVE: &str = "fe/recepcion/api/ecf";
const PEER_APPROVE: &str = "fe/aprobacioncomercial/api/ecf";
/// Each standard path begins so.
const PEER_PREFIX: &str = "fe/";

/// The directory holds a host, perhaps with a prefix of its provider's; the standard path is added.
/// Some wrote the standard path into the directory as well, or its beginning.
fn at_peer(base: &str, path: &str) -> (Target, String) {
    let base = base.trim().trim_end_matches('/');
    let lower = base.to_ascii_lowercase();
    let service = path.rsplit_once('/').map_or(path, |(service, _)| service);
    let prefixes = [path, service, PEER_PREFIX.trim_end_matches('/')];
    let written = prefixes.iter().find(|part| lower.ends_with(&format!("/{part}")));
    let base = written.map_or(base, |part| &base[..base.len() - part.len() - 1]);
    (Target::Peer(base.to_owned()), path.to_owned())
}

fn get(operation: &'static str, target: Target, path: String) -> Request {
    Request {
        operation,
        target,
        method: Method::Get,
        path,
        content_type: String::new(),
        accept: JSON,
        body: None,
        session: None,
        point_of_no_return: false,
        takes_a_place: false,
    }
}

fn post(operation: &'static str, target: Target, path: String, upload: Upload) -> Request {
    let Upload { content_type, body } = upload;
    let request = get(operation, target, path);
    Request { method: Method::Post, content_type, body: Some(body), ..request }
}

/// The name of a seed's file: no document prescribes one.
const SEED_FILE: &str = "semilla.xml";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_as_the_dgii_writes_them() {
        let shown = |request: Request| {
            let target = match request.target {
                Target::Authority(name) => name.to_owned(),
                Target::Peer(base) => base,
            };
            format!("{target} {:?} {} {}", request.method, request.path, request.session.is_some())
        };
        let test = Services(Environment::Test);
        for (request, expected) in [
            (test.seed(), " Get testecf/autenticacion/api/autenticacion/semilla false"),
            (
                test.validate_seed(b""),
                " Post testecf/autenticacion/api/autenticacion/validarsemilla false",
            ),
            (
                Services(Environment::Production).receive("", b""),
                " Post ecf/recepcion/api/facturaselectronicas true",
            ),
            (
                Services(Environment::Certification).receive_summary("", b""),
                "fc Post certecf/recepcionfc/api/recepcion/ecf true",
            ),
            (
                test.summary_state("1", "E32", "a+/b12"),
                "fc Get testecf/consultarfce/api/consultas/consulta\
                 ?rnc_emisor=1&encf=E32&cod_seguridad_ecf=a%2B%2Fb12 true",
            ),
            (
                test.result("x"),
                " Get testecf/consultaresultado/api/consultas/estado?trackid=x true",
            ),
            (
                test.state(("1", None), "E31", "abc"),
                " Get testecf/consultaestado/api/consultas/estado\
                 ?rncemisor=1&ncfelectronico=E31&rnccomprador=&codigoseguridad=abc true",
            ),
            (
                test.deliveries("1", "E31"),
                " Get testecf/consultatrackids/api/trackids/consulta?rncemisor=1&encf=E31 true",
            ),
            (
                test.directory("1"),
                " Get testecf/consultadirectorio/api/consultas/obtenerdirectorioporrnc?rnc=1 true",
            ),
            (
                test.approve("", b""),
                " Post testecf/aprobacioncomercial/api/aprobacioncomercial true",
            ),
            (test.annul("", b""), " Post testecf/anulacionrangos/api/operaciones/anularrango true"),
            (services_state(), "status Get api/estatusservicios/obtenerestatus false"),
            (maintenance(), "status Get api/estatusservicios/obtenerventanasmantenimiento false"),
            (
                peer_seed("https://a.example"),
                "https://a.example Get fe/autenticacion/api/semilla false",
            ),
        ] {
            assert_eq!(shown(request), expected);
        }
    }

    #[test]
    fn a_peers_base_is_joined_with_care() {
        for (base, expected) in [
            ("https://a.example", "https://a.example"),
            ("https://a.example/", "https://a.example"),
            (" https://a.example/131880681// ", "https://a.example/131880681"),
            ("https://a.example/fe/recepcion/api/ecf", "https://a.example"),
            ("https://a.example/x/FE/Recepcion/api/ecf/", "https://a.example/x"),
            ("https://a.example/fe/recepcion/api", "https://a.example"),
            ("https://a.example/fe", "https://a.example"),
            ("https://a.example/cafe", "https://a.example/cafe"),
        ] {
            let (target, path) = at_peer(base, PEER_RECEIVE);
            assert_eq!((target, path.as_str()), (Target::Peer(expected.to_owned()), PEER_RECEIVE));
        }
    }

    #[test]
    fn what_the_authority_may_hold_for_good_is_past_the_point_of_no_return() {
        let test = Services(Environment::Test);
        for (request, past) in [
            (test.receive("", b""), true),
            (test.receive_summary("", b""), true),
            (test.annul("", b""), true),
            (test.approve("", b""), true),
            (test.result(""), false),
            (test.seed(), false),
        ] {
            assert_eq!(request.point_of_no_return, past, "{}", request.operation);
            assert!(!request.takes_a_place);
        }
    }
}
