//! Service 3: e-CFs arrive, are given a trackId, and are judged.

use super::authentication;
use super::authority::{Authority, Call, State, kept};
use super::judge::{self, Case, Judged};
use super::orders::ForcedOutcome;
use super::register::{Arrival, Outcome, Registration};
use super::reply::{Reply, member, said};
use super::route::Environment;
use super::verdict::Verdict;
use super::xml::{self, Document};
use crate::json::Json;

/// `{trackId, error, mensaje}`. What is no e-CF at all is refused at once; everything else waits
/// for its result.
pub(super) fn receive(authority: &Authority, call: &Call) -> Reply {
    let holder = match authority.caller(call) {
        Ok(holder) => holder,
        Err(reply) => return reply,
    };
    match call.file().and_then(|file| admitted(authority, call, &holder, file)) {
        Ok(track_id) => accepted(authority, &track_id),
        Err(reply) => reply,
    }
}

fn admitted(
    authority: &Authority,
    call: &Call,
    holder: &str,
    file: &[u8],
) -> Result<String, Reply> {
    let Ok(document) = xml::parse(file) else {
        return Err(refused(authority, "El archivo enviado no es un XML válido."));
    };
    if document.root.local != "ECF" {
        return Err(refused(authority, "El archivo enviado no corresponde a un e-CF."));
    }
    let rnc = document.root.text_at("Encabezado/Emisor/RNCEmisor").unwrap_or_default();
    if !authority.state().delegations.acts_for(holder, &rnc) {
        return Err(Reply::Text(400, authentication::not_delegated(holder)));
    }
    let case = Case::of(document, call.environment(), authority.clock.now());
    let mut state = authority.state();
    if state.book(call.environment()).register.is_full() {
        return Err(state.voice().complaint(503, "El simulador no admite más documentos."));
    }
    Ok(state.take_in(&case, file))
}

impl State {
    /// Judges a document and writes it down; gives its trackId.
    fn take_in(&mut self, case: &Case, file: &[u8]) -> String {
        let (track_id, patience) = (self.track_id(), self.patience());
        let Case { environment, now, .. } = *case;
        let judged = judge::judge(case, self);
        let (encf, rnc) = (case.encf(), case.rnc());
        let forced = self.forced_outcome(environment, (&rnc, &encf), &judged);
        let bytes = kept(file);
        let verdict = match &forced {
            Outcome::Judged(verdict) | Outcome::Stuck(verdict) => verdict.clone(),
        };
        if let Some((facts, security_code)) = judged.facts.filter(|_| verdict.number_used) {
            let registration = Registration {
                facts,
                channel: judged.channel,
                track_id: track_id.clone(),
                at: now,
                security_code,
                verdict,
                bytes: bytes.clone(),
                support: None,
                approved: None,
            };
            self.settle(environment, registration);
        }
        let arrival = Arrival::new(
            track_id.clone(),
            (rnc, encf),
            judged.channel,
            (now, patience),
            (forced, bytes),
        );
        self.book(environment).register.arrive(arrival);
        track_id
    }

    /// Registers a document of the counterpart's own, which is right.
    pub(super) fn register_own(&mut self, document: Document, file: &[u8], now: i64) {
        self.take_in(&Case::of(document, Environment::Test, now), file);
    }

    /// Registers a number, or adds a consumer invoice to the summary that came before it.
    fn settle(&mut self, environment: Environment, registration: Registration) {
        let register = &mut self.book(environment).register;
        let number = registration.facts.number;
        match register.find_mut(&registration.facts.rnc, number) {
            Some(summary) if registration.verdict.is_accepted() => {
                summary.support = Some(registration.bytes);
            }
            Some(_) => {}
            None => register.register(registration),
        }
    }

    /// The verdict that a test has ordered for this number, instead of the one that was found. An
    /// order does not repair a document that cannot be registered.
    pub(super) fn forced_outcome(
        &mut self,
        environment: Environment,
        (rnc, encf): (&str, &str),
        judged: &Judged,
    ) -> Outcome {
        let place = self.forced.iter().position(|each| each.is_for(environment, rnc, encf));
        let forced = place.map(|place| self.forced.remove(place).outcome);
        match forced {
            Some(ForcedOutcome::Stuck) => Outcome::Stuck(judged.verdict.clone()),
            None => Outcome::Judged(judged.verdict.clone()),
            Some(_) if judged.facts.is_none() => Outcome::Judged(judged.verdict.clone()),
            Some(ForcedOutcome::Judged { standing, messages, number_used }) => {
                Outcome::Judged(Verdict { standing, messages, number_used })
            }
        }
    }
}

fn accepted(authority: &Authority, track_id: &str) -> Reply {
    let mut state = authority.state();
    let mut voice = state.voice();
    let members = vec![
        said("trackId", track_id),
        member("error", voice.nothing()),
        member("mensaje", voice.nothing()),
    ];
    Reply::Object(200, "RespuestaRecepcion", Json::Object(members))
}

/// A refusal on the spot, in the shape of the service or in any other.
fn refused(authority: &Authority, text: &str) -> Reply {
    let mut state = authority.state();
    let mut voice = state.voice();
    if voice.flip(voice.awkward.error_shapes) {
        return voice.complaint(400, text);
    }
    let members = vec![
        member("trackId", Json::Null),
        said("error", text),
        said("mensaje", "El documento no fue recibido."),
    ];
    Reply::Object(400, "RespuestaRecepcion", Json::Object(members))
}
