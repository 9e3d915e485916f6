//! A document before the authority: signature, structure, right, number, rules, in that order.

use super::authority::State;
use super::delegations::IssuerStanding;
use super::facts::Facts;
use super::moment;
use super::register::{Channel, Register, Use};
use super::route::Environment;
use super::rules::{self, Setting};
use super::sequences::Grant;
use super::signature::{self, Broken, Signed};
use super::verdict::Verdict;
use super::xml::{Document, Element};
use super::{authentication, schema};

/// A document and what can be said of it without the register: the slow part, done before the
/// state is taken.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) document: Document,
    pub(super) environment: Environment,
    /// UTC in microseconds.
    pub(super) now: i64,
    signed: Result<Signed, Broken>,
    /// What the structure breaks, if anything.
    structure: Result<(), String>,
}

/// The verdict, and what is registered if the number is used.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) facts: Option<(Facts, String)>,
    pub(super) channel: Channel,
}

impl Case {
    pub(super) fn of(document: Document, environment: Environment, now: i64) -> Self {
        let signed = signature::verify(&document);
        let structure = schema::check(&document.root);
        Self { document, environment, now, signed, structure }
    }

    pub(super) fn root(&self) -> &Element {
        &self.document.root
    }

    fn channel(&self) -> Channel {
        if self.is_summary() { Channel::Summary } else { Channel::Full }
    }

    fn is_summary(&self) -> bool {
        self.root().local == "RFCE"
    }

    /// `RNCEmisor`, as it stands.
    pub(super) fn rnc(&self) -> String {
        self.root().text_at("Encabezado/Emisor/RNCEmisor").unwrap_or_default()
    }

    /// `eNCF`, as it stands.
    pub(super) fn encf(&self) -> String {
        self.root().text_at("Encabezado/IdDoc/eNCF").unwrap_or_default()
    }
}

/// Judges an `ECF` or an `RFCE` against what the authority remembers.
pub(super) fn judge(case: &Case, state: &mut State) -> Judged {
    let (signed, facts) = match admissible(case, state) {
        Ok(parts) => parts,
        Err(verdict) => return Judged { verdict, facts: None, channel: case.channel() },
    };
    let is_support = supports(case, &state.book(case.environment).register, &facts);
    let is_buyer_unknown = facts.buyer_rnc.as_deref().is_some_and(|rnc| {
        matches!(state.delegations.issuer(rnc), IssuerStanding::Unknown | IssuerStanding::Inactive)
    });
    let book = state.book(case.environment);
    let setting = Setting {
        facts: &facts,
        environment: case.environment,
        today: moment::day(case.now),
        now: case.now,
        register: &book.register,
        grant: book.sequences.grant(case.environment, &facts.rnc, facts.number),
        is_buyer_unknown,
        is_support,
    };
    let verdict = rules::judge(case.root(), &setting);
    let code = case.root().text_at("Encabezado/CodigoSeguridadeCF");
    let code = code.unwrap_or_else(|| signed.security_code());
    let channel = if is_support { Channel::Support } else { case.channel() };
    Judged { verdict, facts: Some((facts, code)), channel }
}

/// Everything that leaves the number free if it fails.
fn admissible(case: &Case, state: &mut State) -> Result<(Signed, Facts), Verdict> {
    // The DGII's own code for a bad signature is not known; rejections with a text and code 0 are.
    let signed = case.signed.clone().map_err(|broken| {
        Verdict::reusable(GENERIC, format!("La firma del XML no es válida: {}.", broken.0))
    })?;
    if !signed.certificate.is_good_at(case.now) {
        return Err(Verdict::reusable(GENERIC, "El certificado de la firma no está vigente."));
    }
    if let Err(text) = &case.structure {
        return Err(Verdict::reusable(STRUCTURE, text.clone()));
    }
    let facts = Facts::read(case.root());
    let facts = facts.ok_or_else(|| {
        Verdict::reusable(
            STRUCTURE,
            "El campo eNCF del área IdDoc de la sección Encabezado no es válido.",
        )
    })?;
    entitled(state, &signed, &facts)?;
    authorised(case, state, &facts)?;
    unused(case, state, &facts)?;
    Ok((signed, facts))
}

fn entitled(state: &State, signed: &Signed, facts: &Facts) -> Result<(), Verdict> {
    let holder = &signed.certificate.holder;
    if !state.delegations.acts_for(holder, &facts.rnc) {
        return Err(Verdict::reusable(GENERIC, authentication::not_delegated(holder)));
    }
    let text = match state.delegations.issuer(&facts.rnc) {
        IssuerStanding::Authorised => return Ok(()),
        IssuerStanding::NotElectronic => "no es emisor electrónico",
        IssuerStanding::Unknown => "no existe",
        IssuerStanding::Inactive => "no está activo",
    };
    Err(Verdict::reusable(GENERIC, format!("El RNC emisor {} {text}.", facts.rnc)))
}

/// The number is authorised and not expired.
fn authorised(case: &Case, state: &mut State, facts: &Facts) -> Result<(), Verdict> {
    let book = state.book(case.environment);
    match book.sequences.grant(case.environment, &facts.rnc, facts.number) {
        // A summary with an unauthorised number was seen to be accepted under a condition (75).
        Grant::Unauthorised if case.is_summary() => Ok(()),
        Grant::Unauthorised => {
            Err(Verdict::reusable(UNAUTHORISED, "Número de secuencia no autorizada."))
        }
        Grant::Until(expires) if moment::day(case.now) > expires => {
            Err(Verdict::reusable(EXPIRY, "El e-NCF está vencido."))
        }
        Grant::Until(_) => Ok(()),
    }
}

/// The number is not used, or this is the whole of what was summarised under it. Duplicates have
/// been answered with a number that is said to be free: it is not.
fn unused(case: &Case, state: &mut State, facts: &Facts) -> Result<(), Verdict> {
    let register = &state.book(case.environment).register;
    let text = match register.standing_of(&facts.rnc, facts.number) {
        Use::Free => return Ok(()),
        Use::Used if supports(case, register, facts) => return Ok(()),
        Use::Used if case.is_summary() => {
            "La combinación e-NCF y código de seguridad ya han sido utilizados previamente."
        }
        Use::Used => "El número de secuencia ya ha sido utilizado.",
        Use::Annulled => "El número de secuencia ha sido anulado.",
    };
    let voice = &mut state.voice();
    let number_used = voice.flip(voice.awkward.code_forms);
    Err(Verdict { number_used, ..Verdict::reusable(DUPLICATE, text) })
}

/// Whether this is the whole consumer invoice of a summary that was accepted before. Certification
/// asks for it after the summaries; production keeps it at the issuer's.
fn supports(case: &Case, register: &Register, facts: &Facts) -> bool {
    let Ok(signed) = &case.signed else { return false };
    let is_its_own = register.find(&facts.rnc, facts.number).is_some_and(|summary| {
        summary.channel == Channel::Summary
            && summary.support.is_none()
            && summary.verdict.is_accepted()
            && summary.security_code == signed.security_code()
            && summary.facts.total_amount == facts.total_amount
    });
    is_its_own && !case.is_summary() && case.environment != Environment::Production
}

const GENERIC: u32 = 0;
const STRUCTURE: u32 = 3;
const UNAUTHORISED: u32 = 135;
const EXPIRY: u32 = 145;
const DUPLICATE: u32 = 1_209;
