//! DGII's counterpart (testecf only): it plays an electronic taxpayer, receives documents and
//! approvals, and tells what became of the documents that it sent.

use std::sync::Arc;

use super::approvals::Approval;
use super::authentication;
use super::authority::{Authority, Call, kept};
use super::directory::COUNTERPART_RNC;
use super::facts::Facts;
use super::limits::MOST_ORDERS;
use super::number::Number;
use super::reply::{Reply, member, said};
use super::route::Environment;
use super::xml::escaped;
use super::{moment, schema, signature, xml};
use crate::json::Json;

/// What the counterpart remembers.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) received: Vec<ReceivedDocument>,
    pub(super) sent: Vec<SentDocument>,
    pub(super) approvals: Vec<Approval>,
    /// The number of its own next document.
    pub(super) next: u64,
}

/// A document that somebody sent to the counterpart.
#[derive(Clone, Debug)]
pub(super) struct ReceivedDocument {
    pub(super) facts: Facts,
    pub(super) bytes: Arc<[u8]>,
}

/// A document that the counterpart sent, and what its receiver answered.
#[derive(Clone, Debug)]
pub(super) struct SentDocument {
    /// The receiver.
    pub(super) rnc: String,
    pub(super) encf: String,
    pub(super) number: Number,
    /// `FechaEmision`.
    pub(super) issued: String,
    /// `Estado` of the acknowledgement: 0 received, 1 not.
    pub(super) standing: Option<u8>,
    /// What went wrong, or the motive.
    pub(super) messages: Vec<String>,
    pub(super) bytes: Arc<[u8]>,
}

/// Why a document is not received (Formato Acuse de Recibo, `CodigoMotivoNoRecibido`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Motive {
    Specification = 1,
    Signature = 2,
    Duplicate = 3,
    WrongBuyer = 4,
}

/// `fe/recepcion/api/ecf`: a signed ARECF, whatever came.
pub(super) fn receive(authority: &Authority, call: &Call) -> Reply {
    if let Err(reply) = authority.caller(call) {
        return reply;
    }
    let file = match authentication::lenient_file(call) {
        Ok(file) => file,
        Err(reply) => return reply,
    };
    let Ok(document) = xml::parse(file) else {
        return authority.complain(400, "El archivo enviado no es un XML válido.");
    };
    let text = |path: &str| document.root.text_at(path).unwrap_or_default();
    let parties = Parties {
        issuer: text("Encabezado/Emisor/RNCEmisor"),
        buyer: text("Encabezado/Comprador/RNCComprador"),
        encf: text("Encabezado/IdDoc/eNCF"),
    };
    let motive = take_in(authority, &document, file).err();
    acknowledge(authority, &parties, motive)
}

fn take_in(authority: &Authority, document: &xml::Document, file: &[u8]) -> Result<(), Motive> {
    let kind = document.root.text_at("Encabezado/IdDoc/TipoeCF");
    let is_sent_between_taxpayers =
        kind.and_then(|kind| kind.parse().ok()).is_some_and(|kind: u8| SENT.contains(&kind));
    if !is_sent_between_taxpayers || schema::check(&document.root).is_err() {
        return Err(Motive::Specification);
    }
    let signed = signature::verify(document).map_err(|_| Motive::Signature)?;
    if !signed.certificate.is_good_at(authority.clock.now()) {
        return Err(Motive::Signature);
    }
    let facts = Facts::read(&document.root).ok_or(Motive::Specification)?;
    let mut state = authority.state();
    if let Some(buyer) = facts.buyer_rnc.as_deref() {
        // Whoever has registered a receiver of its own is not played by the counterpart.
        if state.directory.find(Environment::Test, buyer).is_some() && buyer != COUNTERPART_RNC {
            return Err(Motive::WrongBuyer);
        }
    }
    if state.counterpart.received.len() >= MOST_ORDERS {
        return Err(Motive::Specification);
    }
    let is_it = |each: &ReceivedDocument| {
        (&each.facts.rnc, each.facts.number) == (&facts.rnc, facts.number)
    };
    if state.counterpart.received.iter().any(is_it) {
        return Err(Motive::Duplicate);
    }
    state.counterpart.received.push(ReceivedDocument { facts, bytes: kept(file) });
    Ok(())
}

struct Parties {
    issuer: String,
    buyer: String,
    encf: String,
}

fn acknowledge(authority: &Authority, parties: &Parties, motive: Option<Motive>) -> Reply {
    let standing = u8::from(motive.is_some());
    let motive = motive.map_or_else(String::new, |motive| {
        format!("<CodigoMotivoNoRecibido>{}</CodigoMotivoNoRecibido>", motive as u8)
    });
    let unsigned = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><ARECF \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"><DetalleAcusedeRecibo><Version>1.0</Version>\
         <RNCEmisor>{}</RNCEmisor><RNCComprador>{}</RNCComprador><eNCF>{}</eNCF><Estado>{standing}\
         </Estado>{motive}<FechaHoraAcuseRecibo>{}</FechaHoraAcuseRecibo></DetalleAcusedeRecibo>\
         </ARECF>",
        escaped(&parties.issuer),
        escaped(&parties.buyer),
        escaped(&parties.encf),
        moment::stamp(authority.clock.now()),
    );
    match authority.identity().and_then(|identity| signature::sign(&unsigned, identity)) {
        Ok(signed) => Reply::Xml(signed),
        Err(error) => Reply::Quoted(500, error.to_string()),
    }
}

/// `fe/aprobacioncomercial/api/ecf`: 200 or 400.
pub(super) fn receive_approval(authority: &Authority, call: &Call) -> Reply {
    if let Err(reply) = authority.caller(call) {
        return reply;
    }
    let file = match authentication::lenient_file(call) {
        Ok(file) => file,
        Err(reply) => return reply,
    };
    let read = xml::parse(file).ok().filter(|document| {
        document.root.local == "ACECF"
            && schema::check(&document.root).is_ok()
            && signature::verify(document).is_ok()
    });
    let Some(document) = read else {
        return authority.complain(400, "La aprobación comercial no es válida.");
    };
    let approval = Approval::read(&document.root);
    let mut state = authority.state();
    let is_ours =
        |each: &SentDocument| each.encf == approval.encf && each.rnc == approval.buyer_rnc;
    if approval.rnc != COUNTERPART_RNC || !state.counterpart.sent.iter().any(is_ours) {
        return state.voice().complaint(400, "El e-CF de la aprobación comercial no existe.");
    }
    if state.counterpart.approvals.len() < MOST_ORDERS {
        state.counterpart.approvals.push(approval);
    }
    Reply::Bare(200)
}

/// `api/emision/consultaacuserecibo`: `{rnc, encf, estado, mensajes: []}`.
pub(super) fn acknowledgement(authority: &Authority, call: &Call) -> Reply {
    if let Err(reply) = authority.caller(call) {
        return reply;
    }
    let (rnc, encf) = (call.query.text("rnc"), call.query.text("encf"));
    let state = authority.state();
    let found = state.counterpart.sent.iter().find(|each| each.rnc == rnc && each.encf == encf);
    let (standing, messages) = match found {
        None => ("No encontrado", vec![]),
        Some(sent) => (standing_text(sent.standing), sent.messages.clone()),
    };
    let members = vec![
        said("rnc", rnc),
        said("encf", encf),
        said("estado", standing),
        member("mensajes", Json::List(messages.into_iter().map(Json::Text).collect())),
    ];
    Reply::Object(200, "RespuestaAcuseRecibo", Json::Object(members))
}

/// The words for an acknowledgement's standing.
pub(super) fn standing_text(standing: Option<u8>) -> &'static str {
    match standing {
        Some(0) => "e-CF Recibido",
        Some(_) => "e-CF No Recibido",
        None => "Sin acuse de recibo",
    }
}

/// The number of the counterpart's next document of a type.
pub(super) fn next_number(ledger: &mut Ledger, kind: u8) -> Number {
    ledger.next += 1;
    Number { kind, sequence: ledger.next }
}

/// Types that taxpayers send to each other (Informe Técnico e-CF: never 32, 41, 43, 45, 46, 47).
pub(super) const SENT: [u8; 4] = [31, 33, 34, 44];
