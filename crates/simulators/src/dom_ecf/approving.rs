//! The counterpart approves, or refuses, a document that it received.

use serde::Deserialize;
use serde_json::Value;

use super::authority::{Authority, Call};
use super::delivery::{self, Receiver, text};
use super::directory::COUNTERPART_RNC;
use super::reply::{Reply, field_problem, member, said};
use super::xml::escaped;
use super::{moment, signature};
use crate::json::Json;

/// `{urlAprobacionComercial, urlAutenticacion, rnc, encf, estadoAprobacion}`.
#[derive(Debug, Deserialize)]
struct ApprovalOrder {
    rnc: String,
    encf: String,
    #[serde(rename = "estadoAprobacion")]
    standing: Value,
    #[serde(rename = "urlAprobacionComercial")]
    approval: String,
    #[serde(rename = "urlAutenticacion", default)]
    authentication: Option<String>,
}

/// Sends the approval, or the refusal, of a document that the counterpart received.
pub(super) async fn send_approval(authority: &Authority, call: &Call<'_>) -> Reply {
    if let Err(reply) = authority.caller(call) {
        return reply;
    }
    let Ok(order) = serde_json::from_slice::<ApprovalOrder>(call.body) else {
        return field_problem("$", "Se requieren rnc, encf, estadoAprobacion y las URL.");
    };
    let signed = match approval(authority, &order) {
        Ok(signed) => signed,
        Err(why) => return authority.complain(400, &why),
    };
    let receiver =
        Receiver { host: &order.approval, authentication: order.authentication.as_deref() };
    let name = format!("{}{}.xml", order.rnc, order.encf);
    let (status, text) = match delivery::approval(authority, &receiver, &name, &signed).await {
        Ok(answer) if answer.status == 200 => (200, "La aprobación comercial fue recibida.".into()),
        Ok(answer) => (400, format!("El emisor respondió con el estado HTTP {}.", answer.status)),
        Err(why) => (400, why),
    };
    let members = vec![
        said("rnc", &order.rnc),
        said("encf", &order.encf),
        member("mensajes", Json::List(vec![Json::Text(text)])),
    ];
    Reply::Object(status, "RespuestaEnvioAprobacion", Json::Object(members))
}

fn approval(authority: &Authority, order: &ApprovalOrder) -> Result<String, String> {
    let now = authority.clock.now();
    let unsigned = {
        let state = authority.state();
        let mut received = state.counterpart.received.iter().map(|each| &each.facts);
        let facts = received
            .find(|facts| facts.rnc == order.rnc && facts.number.to_string() == order.encf)
            .ok_or_else(|| format!("No se ha recibido el e-CF {} de {}.", order.encf, order.rnc))?;
        let is_accepted = text(&order.standing).trim_start_matches('0') == "1";
        let (standing, reason) = if is_accepted {
            (1, "")
        } else {
            (2, "<DetalleMotivoRechazo>Rechazo de prueba</DetalleMotivoRechazo>")
        };
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><ACECF><DetalleAprobacionComercial><Version>1.0\
             </Version><RNCEmisor>{}</RNCEmisor><eNCF>{}</eNCF><FechaEmision>{}</FechaEmision>\
             <MontoTotal>{:.2}</MontoTotal><RNCComprador>{}</RNCComprador><Estado>{standing}</Estado>\
             {reason}<FechaHoraAprobacionComercial>{}</FechaHoraAprobacionComercial>\
             </DetalleAprobacionComercial></ACECF>",
            escaped(&facts.rnc),
            facts.number,
            escaped(&facts.issued),
            facts.total_amount,
            escaped(facts.buyer_rnc.as_deref().unwrap_or(COUNTERPART_RNC)),
            moment::stamp(now),
        )
    };
    let identity = authority.identity().map_err(|error| error.to_string())?;
    signature::sign(&unsigned, identity).map_err(|error| error.to_string())
}
