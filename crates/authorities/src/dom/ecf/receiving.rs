//! The services that every electronic taxpayer exposes to the others (Informe Técnico e-CF, Modelo
//! emisor-receptor electrónicos; Descripción Técnica, Estándar de comunicación emisor-receptor).

mod answers;
mod documents;
mod seeds;

use invoice::Timestamp;

use super::document::{Rnc, day};
use super::schema::SchemaFault;
use crate::contract::{
    Acknowledged, AnswerForm, Approval, Chain, Door, IssuedToken, Method, NotRead, Own,
    PeerService, ReceivedApproval, ReceivedDocument, Receiving, SignedSeed, SignerFacts,
    SignerStanding, Unsigned,
};
use crate::dom::dsig::{Certificate, Verified};
use crate::trust::Roots;

/// Receives e-CFs.
#[derive(Clone, Copy, Debug)]
pub struct Receiver;

const fn service(door: Door, method: Method, path: &'static str) -> PeerService {
    PeerService { door, method, path }
}

impl Receiving for Receiver {
    fn services(&self) -> &'static [PeerService] {
        const {
            &[
                service(Door::Seed, Method::Get, "/fe/autenticacion/api/semilla"),
                service(Door::Token, Method::Post, "/fe/autenticacion/api/validacioncertificado"),
                service(Door::Documents, Method::Post, "/fe/recepcion/api/ecf"),
                service(Door::Approvals, Method::Post, "/fe/aprobacioncomercial/api/ecf"),
            ]
        }
    }

    fn is_tax_id(&self, text: &str) -> bool {
        Rnc::parse(text).is_ok()
    }

    fn seed(&self, value: &str, now: Timestamp) -> Vec<u8> {
        seeds::write(value, now)
    }

    fn read_seed(
        &self,
        bytes: &[u8],
        roots: Option<&Roots>,
        now: Timestamp,
    ) -> Result<SignedSeed, NotRead> {
        seeds::read(bytes, roots, now)
    }

    fn token_answer(&self, token: &IssuedToken<'_>, form: AnswerForm) -> Vec<u8> {
        seeds::token_answer(token, form)
    }

    fn read_document(&self, bytes: &[u8], own: &Own<'_>) -> Result<ReceivedDocument, NotRead> {
        documents::read(bytes, own)
    }

    fn acknowledgement(&self, document: &Acknowledged<'_>) -> Unsigned {
        answers::acknowledgement(document)
    }

    fn read_approval(&self, bytes: &[u8], own: &Own<'_>) -> Result<ReceivedApproval, NotRead> {
        documents::read_approval(bytes, own)
    }

    fn approval(&self, approval: &Approval, now: Timestamp) -> Result<Unsigned, NotRead> {
        answers::approval(approval, now)
    }
}

/// Who signed, at a time that counts. With roots the certificate has to come from one of them, and
/// a certificate of another legal entity signs for nobody: those who may sign for a taxpayer are
/// natural persons, whom it delegates in the DGII's office (Instructivo de Delegaciones); whether it
/// did is not public.
fn signer(
    verified: &Verified,
    roots: Option<&Roots>,
    (party, at): (Option<&Rnc>, Timestamp),
) -> Result<SignerFacts, NotRead> {
    let certificate = verified.certificate();
    check_certificate(certificate, at)?;
    let (name, fingerprint) = (name(certificate)?, certificate.fingerprint());
    let is_party = party.is_some_and(|party| certificate.taxpayer_number() == Some(party.as_str()));
    let standing = if is_party { SignerStanding::Party } else { SignerStanding::Other };
    let Some(roots) = roots else {
        let chain = Chain::NotChecked;
        return Ok(SignerFacts { name, certificate: fingerprint, standing, chain });
    };
    roots
        .check(certificate.der(), verified.certificates(), at)
        .map_err(|untrusted| NotRead(untrusted.to_string()))?;
    let is_entity =
        certificate.taxpayer_number().is_some_and(|number| number.len() == ENTITY_DIGITS);
    if party.is_some() && is_entity && !is_party {
        return Err(NotRead(format!("the certificate is that of another taxpayer, {name}")));
    }
    Ok(SignerFacts { name, certificate: fingerprint, standing, chain: Chain::Checked })
}

/// The taxpayer number in the certificate, or what else names its subject.
fn name(certificate: &Certificate) -> Result<String, NotRead> {
    let named = certificate.taxpayer_number().or_else(|| certificate.serial_number());
    let named = named.or_else(|| certificate.common_name()).map(str::trim);
    match named.filter(|name| (1..=SIGNER_MAX).contains(&name.chars().count())) {
        Some(name) => Ok(name.to_owned()),
        None => Err(not_read("the certificate does not say whose it is")),
    }
}

fn check_certificate(certificate: &Certificate, at: Timestamp) -> Result<(), NotRead> {
    let at = jiff::Timestamp::from_microsecond(at.micros());
    let at = at.map_err(|_| not_read("its time is none of the calendar"))?;
    certificate.check_valid_at(at).map_err(|error| NotRead(error.to_string()))
}

/// The first of what is wrong with a document, for its sender.
fn told(faults: &[SchemaFault]) -> String {
    match faults.first() {
        None => "it is not what it should be".to_owned(),
        Some(fault) => format!("{:?} of {} at {}", fault.rule, fault.element, fault.path),
    }
}

fn not_read(words: &str) -> NotRead {
    NotRead(words.to_owned())
}

/// Characters of a signer's name. An X.520 name has 64 at most, but not everybody keeps to it.
const SIGNER_MAX: usize = 128;
/// An RNC of a legal entity has nine digits; a natural person's number is the cédula's eleven.
const ENTITY_DIGITS: usize = 9;
