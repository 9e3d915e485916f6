//! Services 4 and 5: summaries of consumer invoices (RFCE), judged on the spot, and their standing.

use super::authority::{Authority, Call, State, kept};
use super::judge::{self, Case};
use super::number::Number;
use super::register::{Arrival, Channel, Outcome, Registration};
use super::reply::{Reply, member, said};
use super::verdict::{Message, Standing, Verdict};
use super::{authentication, xml};
use crate::json::Json;

/// Service 4: `{codigo, estado, mensajes, encf, secuenciaUtilizada}`. The outer code is a number,
/// the inner ones are strings.
pub(super) fn receive(authority: &Authority, call: &Call) -> Reply {
    let holder = match authority.caller(call) {
        Ok(holder) => holder,
        Err(reply) => return reply,
    };
    let file = match call.file() {
        Ok(file) => file,
        Err(reply) => return reply,
    };
    let Ok(document) = xml::parse(file) else {
        return authority.complain(400, "El archivo enviado no es un XML válido.");
    };
    if document.root.local != "RFCE" {
        return authority.complain(400, "El archivo enviado no corresponde a un RFCE.");
    }
    let case = Case::of(document, call.environment(), authority.clock.now());
    let mut state = authority.state();
    if !state.delegations.acts_for(&holder, &case.rnc()) {
        return Reply::Text(400, authentication::not_delegated(&holder));
    }
    if state.book(case.environment).register.is_full() {
        return state.voice().complaint(503, "El simulador no admite más documentos.");
    }
    let verdict = state.take_summary(&case, file);
    answer(&case.encf(), &verdict)
}

impl State {
    fn take_summary(&mut self, case: &Case, file: &[u8]) -> Verdict {
        let judged = judge::judge(case, self);
        let (rnc, encf) = (case.rnc(), case.encf());
        let outcome = self.forced_outcome(case.environment, (&rnc, &encf), &judged);
        // A summary is answered at once: it cannot be stuck.
        let (Outcome::Judged(verdict) | Outcome::Stuck(verdict)) = outcome;
        let (track_id, bytes) = (self.track_id(), kept(file));
        let register = &mut self.book(case.environment).register;
        if let Some((facts, security_code)) = judged.facts.filter(|_| verdict.number_used) {
            register.register(Registration {
                facts,
                channel: Channel::Summary,
                track_id: track_id.clone(),
                at: case.now,
                security_code,
                verdict: verdict.clone(),
                bytes: bytes.clone(),
                support: None,
                approved: None,
            });
        }
        register.arrive(Arrival::new(
            track_id,
            (rnc, encf),
            Channel::Summary,
            (case.now, 0),
            (Outcome::Judged(verdict.clone()), bytes),
        ));
        verdict
    }
}

fn answer(encf: &str, verdict: &Verdict) -> Reply {
    let members = vec![
        member("codigo", Json::whole(verdict.standing.code())),
        said("estado", verdict.standing.text()),
        member("mensajes", messages(&verdict.messages)),
        said("encf", encf),
        member("secuenciaUtilizada", Json::Bool(verdict.number_used)),
    ];
    Reply::Object(200, "Respuesta", Json::Object(members))
}

/// Here the inner code is a string.
fn messages(found: &[Message]) -> Json {
    let shown = |message: &Message| {
        Json::Object(vec![said("codigo", message.code.to_string()), said("valor", &message.text)])
    };
    Json::List(found.iter().map(shown).collect())
}

/// Service 5: `{rnc, encf, secuenciaUtilizada, codigo, estado, mensajes}`, for whoever knows the
/// security code.
pub(super) fn inquire(authority: &Authority, call: &Call) -> Reply {
    if let Err(reply) = authority.caller(call) {
        return reply;
    }
    let query = call.query;
    for (name, shown) in
        [("rnc_emisor", "RNC_Emisor"), ("encf", "ENCF"), ("cod_seguridad_ecf", "Cod_Seguridad_eCF")]
    {
        if query.value(name).is_none() {
            return authority.complain(400, &format!("El campo {shown} es requerido."));
        }
    }
    let (rnc, encf) = (query.text("rnc_emisor"), query.text("encf"));
    let mut state = authority.state();
    let register = &state.book(call.environment()).register;
    let found = Number::read(encf).and_then(|number| register.find(rnc, number));
    let found = found.filter(|each| {
        each.channel == Channel::Summary && each.security_code == query.text("cod_seguridad_ecf")
    });
    let verdict = found.map(|each| &each.verdict);
    let (code, text) = verdict.map_or((0, "No encontrado"), |verdict| shown(verdict.standing));
    let members = vec![
        said("rnc", rnc),
        said("encf", encf),
        member("secuenciaUtilizada", Json::Bool(verdict.is_some_and(|each| each.number_used))),
        member("codigo", Json::whole(code)),
        said("estado", text),
        member("mensajes", verdict.map_or(Json::List(Vec::new()), |each| messages(&each.messages))),
    ];
    Reply::Object(200, "Respuesta", Json::Object(members))
}

/// The codes of this service are 0 to 2; its texts know the condition.
fn shown(standing: Standing) -> (u8, &'static str) {
    match standing {
        Standing::Accepted => (1, "Aceptado"),
        Standing::Conditional => (1, "Aceptado Condicional"),
        Standing::Rejected => (2, "Rechazado"),
    }
}
