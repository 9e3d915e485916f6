//! How the counterpart reaches a taxpayer's services: a token if one is wanted, an upload, and what
//! comes back.

use axum::http::Method;
use serde_json::Value;

use super::authority::Authority;
use super::client::{Answer, Asking};
use super::directory::COUNTERPART_RNC;
use super::emission::Issued;
use super::flaws::Shape;
use super::xml::escaped;
use super::{schema, signature, xml};

/// Where a taxpayer listens: a host, perhaps with a prefix, and another for tokens, if it wants any.
#[derive(Clone, Copy, Debug)]
pub(super) struct Receiver<'a> {
    pub(super) host: &'a str,
    pub(super) authentication: Option<&'a str>,
}

/// The standing of an acknowledgement (0 received, 1 not), and its motive in words.
pub(super) type Acknowledged = (u8, Vec<String>);

/// Sends a document and gives the standing that its acknowledgement tells.
pub(super) async fn document(
    authority: &Authority,
    receiver: &Receiver<'_>,
    issued: &Issued,
) -> Result<Acknowledged, String> {
    let token = token_of(authority, receiver.authentication).await?;
    let path = if issued.shape == Shape::AccentedPath { ACCENTED_PATH } else { RECEPTION_PATH };
    let url = joined(receiver.host, path, RECEPTION_PATH);
    let name = format!("{COUNTERPART_RNC}{}.xml", issued.number);
    let (media_type, body) = issued.shape.dressed(&name, &issued.signed);
    let answer = post(&url, token.as_deref(), (media_type, body)).await?;
    acknowledged(&answer, &issued.number.to_string())
}

/// Reads an acknowledgement. One without a signature is refused, although its schema allows it.
fn acknowledged(answer: &Answer, encf: &str) -> Result<Acknowledged, String> {
    if answer.status != 200 {
        return Err(format!("El receptor respondió con el estado HTTP {}.", answer.status));
    }
    let document =
        xml::parse(&answer.body).map_err(|_| "El acuse no es un XML válido.".to_owned())?;
    if document.root.local != "ARECF" {
        return Err("La respuesta del receptor no es un acuse de recibo.".to_owned());
    }
    schema::check(&document.root)?;
    signature::verify(&document)
        .map_err(|broken| format!("La firma del acuse no es válida: {}.", broken.0))?;
    let field = |name: &str| {
        document.root.text_at(&format!("DetalleAcusedeRecibo/{name}")).unwrap_or_default()
    };
    let is_its_own = field("RNCEmisor") == COUNTERPART_RNC && field("eNCF") == encf;
    if !is_its_own || field("RNCComprador").is_empty() {
        return Err(format!("El acuse no corresponde al e-CF {encf}."));
    }
    match field("Estado").as_str() {
        "0" => Ok((0, Vec::new())),
        _ => Ok((1, vec![format!("Motivo {}", field("CodigoMotivoNoRecibido"))])),
    }
}

/// Sends an approval; the answer's status tells.
pub(super) async fn approval(
    authority: &Authority,
    receiver: &Receiver<'_>,
    name: &str,
    signed: &str,
) -> Result<Answer, String> {
    let token = token_of(authority, receiver.authentication).await?;
    let url = joined(receiver.host, APPROVAL_PATH, APPROVAL_PATH);
    post(&url, token.as_deref(), Shape::Plain.dressed(name, signed)).await
}

/// A token of the receiver's, if it wants one: a seed, signed, for it.
async fn token_of(authority: &Authority, host: Option<&str>) -> Result<Option<String>, String> {
    let Some(host) = host.filter(|host| !host.trim().is_empty()) else { return Ok(None) };
    let url = joined(host, SEED_PATH, SEED_PATH);
    let seed = Asking {
        method: Method::GET,
        url: &url,
        token: None,
        accept: "application/xml",
        media_type: None,
        body: Vec::new(),
    };
    let seed = seed.send().await?;
    let document =
        xml::parse(&seed.body).map_err(|_| "La semilla no es un XML válido.".to_owned())?;
    let field = |name: &str| escaped(&document.root.text_at(name).unwrap_or_default());
    let unsigned = format!(
        "<SemillaModel><valor>{}</valor><fecha>{}</fecha></SemillaModel>",
        field("valor"),
        field("fecha")
    );
    let identity = authority.identity().map_err(|error| error.to_string())?;
    let signed = signature::sign(&unsigned, identity).map_err(|error| error.to_string())?;
    let url = joined(host, TOKEN_PATH, SEED_PATH);
    let answer = post(&url, None, Shape::Plain.dressed("semilla.xml", &signed)).await?;
    let read: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let token = read.as_ref().and_then(|answer| answer["token"].as_str()).map(str::to_owned);
    match token {
        Some(token) if answer.status == 200 => Ok(Some(token)),
        _ => Err(format!("La autenticación respondió con el estado HTTP {}.", answer.status)),
    }
}

/// An upload.
async fn post(
    url: &str,
    token: Option<&str>,
    (media_type, body): (String, Vec<u8>),
) -> Result<Answer, String> {
    let media_type = Some(media_type);
    let asking =
        Asking { method: Method::POST, url, token, accept: "application/json", media_type, body };
    asking.send().await
}

/// A standard path after a host, which may have a prefix, and may end in a slash or in the path
/// itself.
fn joined(host: &str, path: &str, known: &str) -> String {
    let host = host.trim().trim_end_matches('/');
    let is_whole = host.to_ascii_lowercase().ends_with(known);
    let host = if is_whole { &host[..host.len() - known.len()] } else { host };
    format!("{host}{path}")
}

/// A JSON text or number as text.
pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

const SEED_PATH: &str = "/fe/autenticacion/api/semilla";
const TOKEN_PATH: &str = "/fe/autenticacion/api/validacioncertificado";
const RECEPTION_PATH: &str = "/fe/recepcion/api/ecf";
const ACCENTED_PATH: &str = "/fe/recepci%C3%B3n/api/ecf";
const APPROVAL_PATH: &str = "/fe/aprobacioncomercial/api/ecf";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_joined_once() {
        for host in [
            "http://h/p",
            "http://h/p/",
            "http://h/p/fe/recepcion/api/ecf",
            "http://h/p/FE/Recepcion/api/ecf/",
        ] {
            assert_eq!(
                joined(host, RECEPTION_PATH, RECEPTION_PATH),
                "http://h/p/fe/recepcion/api/ecf"
            );
            assert_eq!(
                joined(host, ACCENTED_PATH, RECEPTION_PATH),
                "http://h/p/fe/recepci%C3%B3n/api/ecf"
            );
        }
    }
}
