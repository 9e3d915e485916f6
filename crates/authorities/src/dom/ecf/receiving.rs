//! The services that every electronic taxpayer exposes to the others (Informe Técnico e-CF, Modelo
//! emisor-receptor electrónicos; Descripción Técnica, Estándar de comunicación emisor-receptor).

mod answers;
mod documents;
mod seeds;

use invoice::Timestamp;

use super::document::{Rnc, day};
use super::schema::SchemaFault;
use crate::contract::{
    Acknowledged, AnswerForm, Approval, Door, IssuedToken, Method, NotRead, PeerService,
    ReceivedApproval, ReceivedDocument, Receiving, SignedSeed, Unsigned,
};
use crate::dom::dsig::Certificate;

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

    fn read_seed(&self, bytes: &[u8], now: Timestamp) -> Result<SignedSeed, NotRead> {
        seeds::read(bytes, now)
    }

    fn token_answer(&self, token: &IssuedToken<'_>, form: AnswerForm) -> Vec<u8> {
        seeds::token_answer(token, form)
    }

    fn read_document(&self, bytes: &[u8], own: &str) -> Result<ReceivedDocument, NotRead> {
        documents::read(bytes, own)
    }

    fn acknowledgement(&self, document: &Acknowledged<'_>) -> Unsigned {
        answers::acknowledgement(document)
    }

    fn read_approval(&self, bytes: &[u8], own: &str) -> Result<ReceivedApproval, NotRead> {
        documents::read_approval(bytes, own)
    }

    fn approval(&self, approval: &Approval, now: Timestamp) -> Result<Unsigned, NotRead> {
        answers::approval(approval, now)
    }
}

/// Who signed: the taxpayer number in the certificate, or what else names its subject.
fn signer(certificate: &Certificate) -> Result<String, NotRead> {
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
