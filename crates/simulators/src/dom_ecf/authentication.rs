//! Services 1 and 2, and the same two of the counterpart: a seed, and a token for it signed.

use super::authority::{Authority, Call};
use super::certificate::Certificate;
use super::reply::{Reply, said};
use super::tokens::Audience;
use super::upload::{self, Upload};
use super::{moment, signature, xml};
use crate::json::Json;

/// `SemillaModel`.
pub(super) fn seed(authority: &Authority, call: &Call) -> Reply {
    let now = authority.clock.now();
    let mut state = authority.state();
    let (seeds, mut voice) = state.seeds_and_voice();
    Reply::Xml(seeds.give(call.audience(), now, &mut voice))
}

/// `{token, expira, expedido}` for a signed seed.
pub(super) fn token(authority: &Authority, call: &Call) -> Reply {
    let file = match call.audience() {
        Audience::Dgii(_) => call.file(),
        Audience::Counterpart => lenient_file(call),
    };
    match file.and_then(|file| admitted(authority, call, file)) {
        Ok(certificate) => granted(authority, call, &certificate),
        Err(reply) => reply,
    }
}

/// A file, or the raw body: a taxpayer takes both.
pub(super) fn lenient_file<'a>(call: &Call<'a>) -> Result<&'a [u8], Reply> {
    match upload::read(call.media_type, true, call.body) {
        Upload::Raw if !call.body.is_empty() => Ok(call.body),
        Upload::File(file) => Ok(file),
        Upload::Raw | Upload::Missing | Upload::Empty => call.file(),
    }
}

/// The certificate of a seed that was given out by us, signed by it, and not used before.
fn admitted(authority: &Authority, call: &Call, file: &[u8]) -> Result<Certificate, Reply> {
    let now = authority.clock.now();
    let refuse = |text: &str| Err(authority.complain(400, text));
    let Ok(document) = xml::parse(file) else {
        return refuse("El archivo enviado no es un XML válido.");
    };
    let certificate = match signature::verify(&document) {
        Ok(signed) => signed.certificate,
        Err(broken) => return refuse(&format!("La firma del XML no es válida: {}.", broken.0)),
    };
    if !certificate.is_good_at(now) {
        return refuse("El certificado no está vigente.");
    }
    let mut state = authority.state();
    if let Err(text) = state.seeds.take(&document.root, call.audience(), now) {
        return Err(state.voice().complaint(400, text));
    }
    let is_delegated = state.delegations.acts_at_all(&certificate.holder);
    if matches!(call.audience(), Audience::Dgii(_)) && !is_delegated {
        // The bare text with its misspelling is what the DGII answers.
        return Err(Reply::Text(400, not_delegated(&certificate.holder)));
    }
    Ok(certificate)
}

/// What the DGII says of a certificate that acts for nobody.
pub(super) fn not_delegated(holder: &str) -> String {
    format!("El RNC {holder} del certificado no está delegado para realizar transaciones.")
}

fn granted(authority: &Authority, call: &Call, certificate: &Certificate) -> Reply {
    let now = authority.clock.now();
    let jti = authority.state().track_id();
    let token = authority.tokens.issue(call.audience(), &certificate.holder, jti, now);
    let members = vec![
        said("token", token.text),
        said("expira", moment::utc(token.until)),
        said("expedido", moment::utc(token.from)),
    ];
    Reply::Object(200, "RespuestaAutenticacion", Json::Object(members))
}
