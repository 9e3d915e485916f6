//! Services 6, 7 and 8: what became of a document, by trackId and by number.

use super::authority::{Authority, Call};
use super::moment;
use super::number::Number;
use super::register::{Arrival, Register, Registration};
use super::reply::{Reply, Voice, member, said};
use super::verdict::{Message, Standing, Verdict};
use crate::json::Json;

/// Service 6: `{trackId, codigo, estado, rnc, encf, secuenciaUtilizada, fechaRecepcion, mensajes}`.
/// The code is a string and the key is `encf`, whatever the document says.
pub(super) fn by_track_id(authority: &Authority, call: &Call) -> Reply {
    let holder = match authority.caller(call) {
        Ok(holder) => holder,
        Err(reply) => return reply,
    };
    let Some(track_id) = call.query.value("trackid") else {
        return authority.complain(400, "El campo trackId es requerido.");
    };
    let now = authority.clock.now();
    let mut state = authority.state();
    let register = &mut state.book(call.environment()).register;
    let found = register.ask(track_id, now);
    let found = found.map(|(arrival, verdict)| (arrival.clone(), verdict.cloned()));
    match found {
        Some((arrival, _)) if !state.delegations.acts_for(&holder, &arrival.rnc) => state
            .voice()
            .complaint(400, "El RNC del token no está autorizado a consultar este trackId."),
        Some((arrival, verdict)) => result(&arrival, verdict.as_ref(), &mut state.voice()),
        None => unknown(track_id, &mut state.voice()),
    }
}

fn result(arrival: &Arrival, verdict: Option<&Verdict>, voice: &mut Voice) -> Reply {
    let (code, text) = verdict
        .map_or((IN_PROCESS, "En Proceso"), |each| (each.standing.code(), each.standing.text()));
    let used = verdict.is_some_and(|verdict| verdict.number_used);
    let messages = verdict.map_or_else(Vec::new, |verdict| messages(&verdict.messages));
    let members = vec![
        said("trackId", &arrival.track_id),
        member("codigo", code_of(code, voice)),
        said("estado", text),
        said("rnc", &arrival.rnc),
        said("encf", &arrival.encf),
        member("secuenciaUtilizada", Json::Bool(used)),
        said("fechaRecepcion", moment::american(arrival.at)),
        member("mensajes", Json::List(messages)),
    ];
    Reply::Object(200, "RespuestaConsultaTrackId", Json::Object(members))
}

fn unknown(track_id: &str, voice: &mut Voice) -> Reply {
    let members = vec![
        said("trackId", track_id),
        member("codigo", code_of(NOT_FOUND, voice)),
        said("estado", "No encontrado"),
        member("rnc", voice.nothing()),
        member("encf", voice.nothing()),
        member("secuenciaUtilizada", Json::Bool(false)),
        member("fechaRecepcion", voice.nothing()),
        member("mensajes", Json::List(Vec::new())),
    ];
    Reply::Object(200, "RespuestaConsultaTrackId", Json::Object(members))
}

/// A string; now and then the number that the documents show.
fn code_of(code: u8, voice: &mut Voice) -> Json {
    if voice.flip(voice.awkward.code_forms) {
        Json::whole(code)
    } else {
        Json::text(code.to_string())
    }
}

/// `[{valor, codigo}]`; one that is empty for an e-CF without a fault.
fn messages(found: &[Message]) -> Vec<Json> {
    let shown = |text: &str, code: u32| {
        Json::Object(vec![said("valor", text), member("codigo", Json::whole(code))])
    };
    if found.is_empty() {
        return vec![shown("", 0)];
    }
    found.iter().map(|message| shown(&message.text, message.code)).collect()
}

/// Service 7: `{codigo, estado, rncEmisor, ncfElectronico, montoTotal, …}` for whoever knows the
/// document: issuer, number, buyer and security code must all agree with it.
pub(super) fn by_number(authority: &Authority, call: &Call) -> Reply {
    if let Err(reply) = authority.caller(call) {
        return reply;
    }
    let query = call.query;
    for (name, shown) in [("rncemisor", "RncEmisor"), ("ncfelectronico", "NcfElectronico")] {
        if query.value(name).is_none() {
            return authority.complain(400, &format!("El campo {shown} es requerido."));
        }
    }
    let now = authority.clock.now();
    let mut state = authority.state();
    let register = &state.book(call.environment()).register;
    let number = Number::read(query.text("ncfelectronico"));
    let found = number.and_then(|number| register.find(query.text("rncemisor"), number));
    let found = found.filter(|each| {
        let buyer = each.facts.buyer_rnc.as_deref().unwrap_or_default();
        let asked = query.text("rnccomprador");
        // Nobody asks a consumer for an RNC.
        let is_consumer = each.facts.number.kind == 32 && asked.is_empty();
        each.security_code == query.text("codigoseguridad")
            && (buyer == asked || is_consumer)
            && register.is_out(&each.track_id, now)
    });
    inquiry(found)
}

fn inquiry(found: Option<&Registration>) -> Reply {
    let (code, text) = match found.map(|each| each.verdict.standing) {
        None => (NOT_FOUND, "No encontrado"),
        Some(Standing::Rejected) => (2, "Rechazado"),
        Some(Standing::Accepted | Standing::Conditional) => (1, "Aceptado"),
    };
    let mut members = vec![member("codigo", Json::whole(code)), said("estado", text)];
    if let Some(Registration { facts, security_code, .. }) = found {
        let optional = |text: &Option<String>| text.clone().unwrap_or_default();
        members.extend([
            said("rncEmisor", &facts.rnc),
            said("ncfElectronico", facts.number.to_string()),
            member("montoTotal", Json::Number(format!("{:.2}", facts.total_amount))),
            member("totalITBIS", amount(&facts.itbis)),
            said("fechaEmision", &facts.issued),
            said("fechaFirma", &facts.signed),
            said("rncComprador", optional(&facts.buyer_rnc)),
            said("codigoSeguridad", security_code),
            said("idExtranjero", optional(&facts.foreign_buyer)),
        ]);
    }
    Reply::Object(200, "RespuestaConsultaEstado", Json::Object(members))
}

/// A JSON number of an amount as a document wrote it; a plus sign is not one of JSON's.
fn amount(text: &str) -> Json {
    Json::Number(text.trim_start_matches('+').to_owned())
}

/// Service 8: every trackId of a number, `[{trackId, estado, fechaRecepcion}]`. What to ask before
/// sending anything a second time.
pub(super) fn track_ids(authority: &Authority, call: &Call) -> Reply {
    let holder = match authority.caller(call) {
        Ok(holder) => holder,
        Err(reply) => return reply,
    };
    let (rnc, encf) = (call.query.text("rncemisor"), call.query.text("encf"));
    let now = authority.clock.now();
    let mut state = authority.state();
    if let Some(why) = refusal(rnc, encf) {
        return state.voice().complaint(400, why);
    }
    if !state.delegations.acts_for(&holder, rnc) {
        let text = "El RNC del token no está autorizado a consultar este e-NCF.";
        return state.voice().complaint(400, text);
    }
    let list = listed(&state.book(call.environment()).register, rnc, encf, now);
    Reply::Object(200, "ArrayOfTrackingDetalle", Json::List(list))
}

fn refusal(rnc: &str, encf: &str) -> Option<&'static str> {
    if rnc.is_empty() {
        return Some("El campo RNC Emisor es requerido.");
    }
    if encf.is_empty() {
        return Some("El campo ENCF es requerido.");
    }
    if !matches!(rnc.len(), 9 | 11) {
        return Some("La longitud del RNC Emisor no es válida.");
    }
    if encf.len() != 13 {
        return Some("La longitud del ENCF no es válida.");
    }
    Number::read(encf).is_none().then_some("El ENCF no es válido.")
}

fn listed(register: &Register, rnc: &str, encf: &str, now: i64) -> Vec<Json> {
    let shown = |arrival: &Arrival| {
        let standing = arrival.verdict(now).map(|verdict| verdict.standing);
        Json::Object(vec![
            said("trackId", &arrival.track_id),
            said("estado", standing.map_or("En Proceso", Standing::text)),
            said("fechaRecepcion", moment::american(arrival.at)),
        ])
    };
    register.arrivals_of(rnc, encf).map(shown).collect()
}

/// Codes of the result service that no verdict has.
const NOT_FOUND: u8 = 0;
const IN_PROCESS: u8 = 3;
