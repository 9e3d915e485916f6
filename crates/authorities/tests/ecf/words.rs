//! What happens and what a machine says, in the words of a table.

use authorities::dom::ecf::document::{Arecf, Encf, Motive, Receipt, Rnc};
use authorities::dom::xml::Document;
use authorities::{Answer, Event, NumberFate, Outcome, Refusal, RefusalKind, Response, Step};
use invoice::SecurityElements;
use serde_json::{Value, json};

use crate::desk::{BUYER, ISSUER, now};
use crate::kit::HOLDER;
use crate::machine::{Machine, signed};

pub(crate) const TRACK: &str = "d2b6e27c-908c-46f3-afaa-2198b9667b4c";

impl Machine<'_> {
    /// The step in a word; after a wait, a signature and an acknowledgement the one that follows.
    pub(crate) fn word(&mut self, event: Event) -> String {
        match self.step(event) {
            Ok(Step::Wait { until, .. }) => {
                assert!(until >= self.now);
                self.now = until;
                format!("w>{}", self.word(Event::Due))
            }
            Ok(Step::Sign(bytes, _)) => self.word(signed(&bytes)),
            Ok(Step::Acknowledged(_)) => format!("a>{}", self.word(Event::Due)),
            Ok(step) => word(&step).to_owned(),
            Err(refusal) => told(&refusal),
        }
    }
}

fn told(refusal: &Refusal) -> String {
    let fate = match refusal.number {
        NumberFate::Used => "used",
        NumberFate::Unused => "free",
    };
    let kind = match refusal.kind {
        RefusalKind::Duplicate => "dup",
        _ => "no",
    };
    format!("{kind}:{}:{fate}", refusal.code)
}

fn word(step: &Step) -> &'static str {
    match step {
        Step::Send(request) => match request.operation {
            "facturaselectronicas" => "send",
            "consultatrackids" => "list",
            "consultaresultado" => "res",
            "consultaestado" => "state",
            "recepcionfc" => "sum",
            "consultarfce" => "asks",
            "consultadirectorio" => "look",
            "recepcion" => "hand",
            other => other,
        },
        Step::Ask(_) => "ask",
        Step::GiveUp(_) => "give-up",
        Step::Sealed(_) => "seal",
        Step::Done(Outcome::Acknowledged(_)) => "done",
        Step::Done(Outcome::Closed(None)) => "closed",
        Step::Done(Outcome::Closed(Some(_))) => "closed!",
        Step::Done(_) | Step::Wait { .. } | Step::Sign(..) | Step::Acknowledged(_) => {
            panic!("{step:?}")
        }
    }
}

pub(crate) fn replied(status: u16, body: impl Into<Vec<u8>>) -> Event {
    Event::Replied(Response { status, body: body.into() })
}

pub(crate) fn fine(body: &Value) -> Event {
    replied(200, body.to_string())
}

/// As the DGII says it: the code is a text here and a number there.
pub(crate) fn status(code: &str, used: bool, messages: &Value) -> Event {
    fine(&json!({"trackId": TRACK, "codigo": code, "estado": "", "rnc": ISSUER,
        "secuenciaUtilizada": used, "fechaRecepcion": "11/20/2026 10:30:06 AM",
        "mensajes": messages}))
}

fn listed(states: &[&str]) -> Event {
    let of = |state: &&str| json!({"trackId": TRACK, "estado": state, "fechaRecepcion": ""});
    fine(&json!(states.iter().map(of).collect::<Vec<_>>()))
}

pub(crate) fn entry(optional: &str) -> Value {
    json!({"nombre": "Ferreteria Ozama SRL", "rnc": BUYER, "urlOpcional": optional,
           "urlRecepcion": "https://ozama.example/x", "urlAceptacion": "https://ozama.example/x"})
}

/// A receiver's acknowledgement of a document, signed by it.
pub(crate) fn acknowledgement(number: &str, receipt: Receipt) -> String {
    let acknowledgement = Arecf {
        issuer: Rnc::parse(ISSUER).unwrap(),
        buyer: Rnc::parse(BUYER).unwrap(),
        encf: Encf::parse(number).unwrap(),
        receipt,
        at: now(),
    };
    let signed = HOLDER.sign(Document::new(acknowledgement.to_element()));
    String::from_utf8(signed.bytes).unwrap()
}

fn registered(code: &str, total: Option<&str>) -> Event {
    let elements = SecurityElements {
        code: code.to_owned(),
        qr: None,
        details: Vec::new(),
        reply: "as a person read it".to_owned(),
        document: None,
    };
    Event::Told(Answer::Registered { elements, total: total.map(str::to_owned) })
}

/// An event by its name in the table, as it would come to this machine.
pub(crate) fn event(name: &str, machine: &Machine<'_>) -> Event {
    let total = machine.invoice.totals().total.to_string();
    match name {
        "started" => Event::Started,
        "due" => Event::Due,
        "signed" => signed(b"anything"),
        "unanswered" => Event::Unanswered("timeout".to_owned()),
        "held back" => Event::HeldBack,
        "track" => fine(&json!({"trackId": TRACK, "error": null, "mensaje": null})),
        "no track" => fine(&json!({"trackId": null, "error": "no", "mensaje": ""})),
        "accepted" => status("1", true, &json!([{"valor": "", "codigo": 0}])),
        "condition" => status("4", true, &json!([{"valor": "uno", "codigo": 1934}])),
        "rejected" => status("2", true, &json!([{"valor": "uno", "codigo": 613}])),
        "rej. free" => status("02", false, &json!([{"valor": "uno", "codigo": 145}])),
        "rej. dup" => status("2", false, &json!([{"valor": "uno", "codigo": 1209}])),
        "rej. same" => status(
            "2",
            false,
            &json!([{"codigo": "", "valor": "La combinación e-NCF y código de seguridad E32 X \
                     ya han sido utilizados previamente"}]),
        ),
        "process" => status("3", false, &json!([])),
        "not found" => status("0", false, &json!([])),
        "list none" => listed(&[]),
        "list acc." => listed(&["Rechazado", "Aceptado"]),
        "list proc." => listed(&["Rechazado", "En Proceso"]),
        "list rej." => listed(&["Rechazado", "Rechazado"]),
        "directory" => fine(&json!([entry("")])),
        "receipt" => replied(200, acknowledgement("E310000000001", Receipt::Received)),
        "not taken" => {
            let motive = Receipt::NotReceived(Some(Motive::Duplicate));
            replied(400, acknowledgement("E310000000001", motive))
        }
        "receipt 2" => replied(200, acknowledgement("E310000000002", Receipt::Received)),
        "{}" => fine(&json!({})),
        "page" => replied(200, "<html><title>502 Bad Gateway</title></html>"),
        "nothing" => replied(200, ""),
        "told not" => Event::Told(Answer::NotRegistered),
        "told ours" => registered(machine.security_code(), Some(&total)),
        "told sum" => registered(machine.security_code(), Some("1.00")),
        "told code" => registered("AAAAAA", Some(&total)),
        code => replied(code.parse().expect("a status"), "{\"mensaje\":\"no\"}"),
    }
}
