//! Replies of authorities and of other taxpayers, one after the other, to every machine and for
//! every matter: a status on the first line, and what was answered.

use std::sync::{Arc, LazyLock};

use authorities::{
    Annulment, ApprovalWay, Audience, Authority, Event, Found, Inquiry, KeyRole, Matter, Milestone,
    NumberRun, Numbered, Outcome, Progress, Receipt, Refusal, Response, SessionToken, Signed,
    SignedApproval, Step, Trouble,
};
use invoice::{Amount, Invoice, SecurityElements, Timestamp};
use jiff::civil::date;
use serde_json::{Value, json};

use super::world::{AUTHORITIES, now, priced};
use super::{matters, seeds as files};
use crate::Target;
use crate::material::{BUYER, ISSUER, PERSON, signature, signed};
use crate::target::{joined, parts};

pub(super) const TARGET: Target =
    Target { name: "replies", read, seeds, words: WORDS, limit: 64 * 1024, rounds: 250 };

fn read(bytes: &[u8]) {
    let replies: Vec<Event> = parts(bytes).into_iter().map(reply).collect();
    for (authority, invoices) in AUTHORITIES.iter().zip(&*INVOICES) {
        for invoice in invoices {
            Talk::of(authority.as_ref(), Some(invoice)).about_invoice(invoice, &replies);
        }
        about_others(authority.as_ref(), &replies);
    }
}

/// `200`, a line feed, and the body; anything else is the body of a 200.
fn reply(part: &[u8]) -> Event {
    let head = part.split_first_chunk::<4>().filter(|(head, _)| head[3] == b'\n');
    let status = head.and_then(|(head, _)| std::str::from_utf8(&head[..3]).ok()?.parse().ok());
    match (status, head) {
        (Some(0), _) => Event::Unanswered("timeout".to_owned()),
        (Some(status), Some((_, body))) => Event::Replied(Response { status, body: body.to_vec() }),
        _ => Event::Replied(Response { status: 200, body: part.to_vec() }),
    }
}

/// A few of each authority.
static INVOICES: LazyLock<Vec<Vec<Invoice>>> = LazyLock::new(|| {
    let drafts = files::drafts();
    let of = |authority: &Arc<dyn Authority>| {
        let own = drafts.iter().filter_map(|draft| priced(authority.as_ref(), draft));
        own.take(INVOICES_MAX).collect()
    };
    AUTHORITIES.iter().map(of).collect()
});

fn about_others(authority: &dyn Authority, replies: &[Event]) {
    let run = NumberRun {
        kind: "31".to_owned(),
        first: NUMBER.to_owned(),
        last: "E310000000009".to_owned(),
    };
    let annulment = Annulment { tax_id: ISSUER.to_owned(), runs: vec![run], signed: None };
    let approval = SignedApproval {
        tax_id: BUYER.to_owned(),
        issuer_tax_id: ISSUER.to_owned(),
        number: NUMBER.to_owned(),
        document: "<ACECF/>".to_owned(),
        way: ApprovalWay::Unsent,
    };
    let inquiry = Inquiry {
        tax_id: BUYER.to_owned(),
        issuer_tax_id: ISSUER.to_owned(),
        number: NUMBER.to_owned(),
        code: "AAAAAA".to_owned(),
        total: Amount::from_units(118_000),
    };
    let audiences =
        [Audience::Authority("testecf"), Audience::Peer("https://peer.example/x/".to_owned())];
    let mut all = vec![Matter::Survey { tax_id: ISSUER }];
    if authority.services().first().is_some_and(|main| main.admission == SESSION) {
        all.extend([
            Matter::Annulment(&annulment),
            Matter::Approval(&approval),
            Matter::Inquiry(&inquiry),
        ]);
        all.extend(audiences.iter().map(|audience| Matter::Session { audience, tax_id: ISSUER }));
    }
    for matter in all {
        Talk::of(authority, None).about(&matter, replies);
    }
}

/// A machine that is driven.
struct Talk<'a> {
    authority: &'a dyn Authority,
    elements: Option<SecurityElements>,
    now: Timestamp,
    /// Whether it may say that a receipt may be handed over.
    seals: bool,
}

impl<'a> Talk<'a> {
    fn of(authority: &'a dyn Authority, invoice: Option<&Invoice>) -> Self {
        Self { authority, elements: None, now: now(), seals: invoice.is_some() }
    }

    fn about_invoice(&mut self, invoice: &Invoice, replies: &[Event]) {
        let number = if self.authority.range_kinds().is_empty() { "FAC01/2026" } else { NUMBER };
        let begun = Matter::Invoice(Numbered::new(invoice, number));
        let mut progress = self.authority.begin(&begun);
        let mut replies = replies.iter().cloned();
        let mut event = Event::Started;
        for _ in 0..STEPS_MAX {
            let elements = self.elements.clone();
            let matter = Matter::Invoice(Numbered {
                number_expires: Some(date(2028, 12, 31)),
                elements: elements.as_ref(),
                ..Numbered::new(invoice, number)
            });
            match self.step(&matter, progress, event, &mut replies) {
                Some((next, happens)) => (progress, event) = (next, happens),
                None => return,
            }
        }
    }

    fn about(&mut self, matter: &Matter<'_>, replies: &[Event]) {
        let mut progress = self.authority.begin(matter);
        let mut replies = replies.iter().cloned();
        let mut event = Event::Started;
        for _ in 0..STEPS_MAX {
            match self.step(matter, progress, event, &mut replies) {
                Some((next, happens)) => (progress, event) = (next, happens),
                None => return,
            }
        }
    }

    /// What happens next; nothing where it ended, or nobody answers any more.
    fn step(
        &mut self,
        matter: &Matter<'_>,
        progress: Progress,
        event: Event,
        replies: &mut impl Iterator<Item = Event>,
    ) -> Option<(Progress, Event)> {
        let stepped = self.authority.step(matter, progress, event, self.now);
        let (progress, step) = match stepped {
            Ok(stepped) => stepped,
            Err(refusal) => {
                refused(&refusal);
                return None;
            }
        };
        kept(&progress);
        let event = match step {
            Step::Send(request) => {
                assert!(request.path.is_ascii(), "{:?} is no path", request.path);
                replies.next()?
            }
            Step::Sign(bytes, KeyRole::Taxpayer) => {
                let certificate = Some(PERSON.to_vec());
                Event::Signed(Signed { signature: signature(&bytes), certificate })
            }
            Step::Wait { until, trouble, .. } => {
                troubled(&trouble);
                self.now = self.now.max(until);
                Event::Due
            }
            Step::Ask(question) => {
                troubled(&question.trouble);
                return None;
            }
            Step::GiveUp(trouble) => {
                troubled(&trouble);
                return None;
            }
            Step::Sealed(elements) => {
                assert!(self.seals, "only an invoice is sealed");
                elements.iter().for_each(storable);
                self.elements = elements.or_else(|| self.elements.take());
                Event::Due
            }
            Step::Acknowledged(elements) => {
                storable(&elements);
                Event::Due
            }
            Step::Done(outcome) => {
                ended(outcome);
                return None;
            }
        };
        // As the ledger gives it back.
        Some((Progress::from_bytes(progress.as_bytes().to_vec()), event))
    }
}

fn kept(progress: &Progress) {
    assert!(progress.as_bytes().len() <= ledger::BLOB_BYTES_MAX, "progress cannot be kept");
    if let Some(Milestone::Signed(text) | Milestone::Taken(text)) = progress.milestone() {
        assert!(text.len() <= ledger::BLOB_BYTES_MAX, "a milestone cannot be kept");
    }
}

fn refused(refusal: &Refusal) {
    // An authority may say no without a code of its own; its kind is ours.
    let says = !refusal.code.is_empty() || !refusal.words.trim().is_empty();
    assert!(says, "a refusal says why: {refusal:?}");
    words(&refusal.code);
    words(&refusal.to_string());
}

fn troubled(trouble: &Trouble) {
    words(&trouble.code);
    words(&trouble.words);
}

/// What stands in a row, a log and an answer.
fn words(text: &str) {
    assert!(text.len() <= WORDS_BYTES_MAX, "{} bytes of an authority's words", text.len());
}

fn storable(elements: &SecurityElements) {
    let bytes = elements.to_bytes();
    assert!(bytes.len() <= ledger::BLOB_BYTES_MAX, "{} bytes cannot be kept", bytes.len());
    let again = SecurityElements::parse(&bytes).expect("elements are read as they were written");
    assert_eq!(again.to_bytes(), bytes, "there is one way to write them");
    assert!(!elements.code.is_empty(), "elements have a code");
}

fn ended(outcome: Outcome) {
    match outcome {
        Outcome::Acknowledged(elements) => storable(&elements),
        Outcome::Closed(trouble) => trouble.iter().for_each(troubled),
        Outcome::SessionOpened(session) => {
            let token = session.token.expose();
            assert!(SessionToken::parse(token).is_some(), "it fits a header");
        }
        Outcome::Taken(Receipt { words: told, besides, .. }) => {
            words(&told);
            words(besides.as_deref().unwrap_or_default());
        }
        Outcome::Found(Found { words: told, .. }) => words(&told),
        Outcome::Surveyed(survey) => {
            survey.notes.iter().chain(&survey.services_down).for_each(|note| words(note));
            survey.token_refused.iter().for_each(|note| words(note));
        }
        Outcome::AsSealed => {}
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let fine = |body: &Value| format!("200\n{body}").into_bytes();
    let text = |body: &str| format!("200\n{body}").into_bytes();
    let track = fine(&json!({"trackId": TRACK, "error": null, "mensaje": null}));
    let status = |code: &str, messages: Value| {
        fine(&json!({"trackId": TRACK, "codigo": code, "estado": "", "rnc": ISSUER,
            "secuenciaUtilizada": true, "fechaRecepcion": "11/20/2026 10:30:06 AM",
            "mensajes": messages}))
    };
    let entry = fine(&json!([{"nombre": "Compradora SRL", "rnc": BUYER, "urlOpcional": "",
        "urlRecepcion": "https://peer.example/x", "urlAceptacion": "https://peer.example/x"}]));
    let receipt = signed(&matters::acknowledgement(NUMBER));
    let receipt = [b"200\n", &receipt[..]].concat();
    let pending = fine(&json!({"status": true, "version": "1.0", "nim": "XX01000001",
        "ifu": "A1234567B", "tokenValid": "2027-01-01T00:00:00Z", "serverDateTime": "2026-11-20T14:30:05Z",
        "pendingRequestsCount": 1, "pendingRequestsList": [{"date": "2026-11-20T14:30:05Z", "uid": UID}]}));
    let asked = fine(&json!({"uid": UID, "ts": 0, "total": 4064.00, "vtotal": 64.00,
        "ta": 0, "tb": 16, "taa": "3600.00", "haa": 3600, "vaa": 0, "tab": 464, "hab": 400, "vab": 64}));
    let confirmed = fine(&json!({"dateTime": "04/12/2026 12:34:56",
        "qrCode": "RDCDEF01;XX01710090-1;TESTFACTHQBAX2F3K22NMDYR;A1234567B;20261204123456",
        "codeDEFDGI": "TEST-FACT-HQBA-X2F3-K22N-MDYR", "counters": "3/9 FV", "nim": "XX01710090-1"}));
    let groups = fine(&json!({"a": 0, "b": 16, "c": 5, "p": 1}));
    let rates =
        fine(&json!([{"type": "USD", "description": "", "date": "2026-06-07T08:02:23.299Z",
        "rate": 2300.0}]));
    let list = fine(&json!([{"type": "ESPECES", "description": null}]));
    let token = fine(&json!({"token": "t", "expedido": "2026-11-20T14:00:00Z",
        "expira": "2026-11-20T15:00:00Z"}));
    let seed = text(&matters::seed());
    let listed = fine(&json!([{"trackId": TRACK, "estado": "Rechazado", "fechaRecepcion": ""}]));
    let none = || b"000\n".to_vec();
    let all: [Vec<Vec<u8>>; 12] = [
        vec![track.clone(), status("1", json!([])), entry.clone(), receipt.clone()],
        vec![track.clone(), status("4", json!([{"valor": "uno", "codigo": 1934}])), entry.clone()],
        vec![track, status("2", json!([{"valor": "uno", "codigo": 613}]))],
        vec![none(), listed, status("3", json!([])), status("02", json!([]))],
        vec![seed, token],
        vec![asked.clone(), confirmed.clone()],
        vec![none(), pending.clone(), asked, confirmed],
        vec![pending, groups, rates, list.clone(), list.clone(), list],
        vec![fine(&json!({"errorCode": "5", "errorDesc": "IFU inconnu"}))],
        vec![entry, receipt],
        vec![fine(&json!({"codigo": "1", "estado": "Anulado", "mensaje": ["ok"]}))],
        vec![b"502\n<html><title>502 Bad Gateway</title></html>".to_vec()],
    ];
    all.iter().map(|replies| joined(replies)).collect()
}

const SESSION: authorities::Admission = authorities::Admission::Session;
const NUMBER: &str = "E310000000001";
const TRACK: &str = "d2b6e27c-908c-46f3-afaa-2198b9667b4c";
const UID: &str = "ac33f8fe-9735-4ed6-a9c3-df58a908ccd3";
/// Of each authority's drafts.
const INVOICES_MAX: usize = 2;
/// More than a machine takes while everybody answers.
const STEPS_MAX: usize = 40;
/// What a row takes of somebody else's words.
const WORDS_BYTES_MAX: usize = 16 * 1024;

const WORDS: &[&str] = &[
    "\n%%\n200\n",
    "\n%%\n000\n",
    "\n%%\n401\n",
    "\n%%\n500\n",
    "\n%%\n404\n",
    "{",
    "[",
    "\"",
    "null",
    "{\"token\":\"",
    "\"expira\":\"9999-12-31T23:59:59Z\"",
    "\"expedido\":\"-009999-01-02T01:59:59Z\"",
    "\"codigo\":2",
    "\"codigo\":\"4\"",
    "\"trackId\":\"../x\"",
    "\"uid\":\"../x\"",
    "1E400",
    "-0.004",
    "\"rate\":1e-400",
    "\"total\":4064.005",
    "<html><title>",
    "\u{feff}",
    "<ARECF>",
    "Rechazado",
    "\"mensajes\":[",
    "\"qrCode\":\"\"",
    "\"dateTime\":\"99/99/9999 25:61:61\"",
    "\"errorCode\":\"20\"",
];
