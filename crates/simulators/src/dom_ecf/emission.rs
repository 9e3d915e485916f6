//! The counterpart issues a document and sends it to the services of whoever asks for it.

use serde::Deserialize;
use serde_json::Value;

use super::authority::{Authority, Call, State, kept};
use super::counterpart::{self, SENT, SentDocument, standing_text};
use super::delivery::{self, text};
use super::flaws::{Flaw, Shape};
use super::limits::MOST_ORDERS;
use super::number::Number;
use super::reply::{Reply, field_problem, member, said};
use super::samples::Sample;
use super::{moment, signature, xml};
use crate::json::Json;

/// `{rnc, tipoEncf, urlRecepcion, urlAutenticacion}`.
#[derive(Debug, Deserialize)]
struct DocumentOrder {
    rnc: String,
    #[serde(rename = "tipoEncf", alias = "tipoeNCF", alias = "tipoENCF")]
    kind: Value,
    #[serde(rename = "urlRecepcion")]
    reception: String,
    #[serde(rename = "urlAutenticacion", default)]
    authentication: Option<String>,
}

/// Issues a document, registers it with the DGII, and sends it.
pub(super) async fn send_document(authority: &Authority, call: &Call<'_>) -> Reply {
    if let Err(reply) = authority.caller(call) {
        return reply;
    }
    let Ok(order) = serde_json::from_slice::<DocumentOrder>(call.body) else {
        return field_problem("$", "Se requieren rnc, tipoEncf, urlRecepcion y urlAutenticacion.");
    };
    let kind = text(&order.kind).trim_start_matches('E').parse().ok();
    let Some(kind) = kind.filter(|kind| SENT.contains(kind)) else {
        return authority.complain(400, "El tipo de e-NCF no se envía entre contribuyentes.");
    };
    if authority.state().counterpart.sent.len() >= MOST_ORDERS {
        return authority.complain(503, "El simulador no envía más documentos.");
    }
    let issued = match issue(authority, kind, &order.rnc) {
        Ok(issued) => issued,
        Err(why) => return authority.complain(400, &why),
    };
    let receiver = delivery::Receiver {
        host: &order.reception,
        authentication: order.authentication.as_deref(),
    };
    let delivered = delivery::document(authority, &receiver, &issued).await;
    keep(authority, &order.rnc, &issued, delivered)
}

/// A document that is about to leave.
pub(super) struct Issued {
    pub(super) number: Number,
    pub(super) signed: String,
    pub(super) shape: Shape,
    flaw: Option<Flaw>,
}

/// What a new document depends on, taken from the state before the slow signing.
struct Plan {
    flaw: Option<Flaw>,
    shape: Shape,
    number: Number,
    /// The number and the date of what a note modifies.
    original: Option<(String, String)>,
}

fn issue(authority: &Authority, kind: u8, rnc: &str) -> Result<Issued, String> {
    let now = authority.clock.now();
    let Plan { flaw, shape, number, original } = authority.state().plan(kind, rnc);
    let is_note = matches!(number.kind, 33 | 34);
    let original = original.filter(|_| is_note);
    if is_note && original.is_none() {
        return Err("No se ha enviado un e-CF que la nota pueda modificar.".to_owned());
    }
    let sample = Sample {
        number,
        buyer_rnc: if flaw == Some(Flaw::Buyer) { SOMEBODY_ELSE } else { rnc },
        issued: &moment::date(now),
        signed: &moment::stamp(now),
        modified: original.as_ref().map(|(number, date)| (number.as_str(), date.as_str())),
    };
    let unsigned = Flaw::before_signing(flaw, sample.xml());
    let identity = authority.identity().map_err(|error| error.to_string())?;
    let signed = signature::sign(&unsigned, identity).map_err(|error| error.to_string())?;
    Ok(Issued { number, signed: Flaw::after_signing(flaw, signed), shape, flaw })
}

impl State {
    fn plan(&mut self, kind: u8, rnc: &str) -> Plan {
        let flaw = self.flaws.pop_front();
        let shape = Shape::drawn(&mut self.voice());
        let sent = self.counterpart.sent.iter().rev().filter(|sent| sent.rnc == rnc);
        let last = sent.clone().next().map(|sent| sent.number);
        let mut modifiable = sent.filter(|sent| matches!(sent.number.kind, 31 | 44));
        let original = modifiable.next().map(|sent| (sent.encf.clone(), sent.issued.clone()));
        let number = match last.filter(|_| flaw == Some(Flaw::Duplicate)) {
            Some(last) => last,
            None => counterpart::next_number(&mut self.counterpart, kind),
        };
        Plan { flaw, shape, number, original }
    }
}

fn keep(
    authority: &Authority,
    rnc: &str,
    issued: &Issued,
    delivered: Result<(u8, Vec<String>), String>,
) -> Reply {
    let (standing, messages) = match delivered {
        Ok((standing, messages)) => (Some(standing), messages),
        Err(why) => (None, vec![why]),
    };
    let encf = issued.number.to_string();
    let now = authority.clock.now();
    let mut state = authority.state();
    // What the counterpart issues without a flaw is an e-CF like any other: the DGII knows it.
    if issued.flaw.is_none()
        && let Ok(document) = xml::parse(issued.signed.as_bytes())
    {
        state.register_own(document, issued.signed.as_bytes(), now);
    }
    state.counterpart.sent.push(SentDocument {
        rnc: rnc.to_owned(),
        encf: encf.clone(),
        number: issued.number,
        issued: moment::date(now),
        standing,
        messages: messages.clone(),
        bytes: kept(issued.signed.as_bytes()),
    });
    let members = vec![
        said("rnc", rnc),
        said("encf", encf),
        said("estado", standing_text(standing)),
        member("mensajes", Json::List(messages.into_iter().map(Json::Text).collect())),
    ];
    Reply::Object(200, "RespuestaEmision", Json::Object(members))
}

/// The buyer of a document that went to the wrong door.
const SOMEBODY_ELSE: &str = "131000000";
