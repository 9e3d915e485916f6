//! A machine with its progress, driven by hand; what it says, in words of a table.

use std::collections::BTreeSet;

use authorities::{
    Answer, Authority, Event, Matter, Method, Numbered, Outcome, Progress, Refusal, Response, Step,
};
use invoice::{Invoice, SECOND, SecurityElements, Timestamp};
use serde_json::{Value, json};

use crate::common::{emcf, facts, price};

pub(crate) const NUMBER: &str = "FAC01/2026";
pub(crate) const UID: &str = "ac33f8fe-9735-4ed6-a9c3-df58a908ccd3";
pub(crate) const OTHER: &str = "00000000-0000-0000-0000-00000000000a";
pub(crate) const CODE: &str = "TESTFACTHQBAX2F3K22NMDYR";

/// The example of the e-MCF API: 4064.00, of which 64.00 is VAT.
pub(crate) fn document() -> Value {
    json!({
        "kind": "sale",
        "prices": "tax_included",
        "operator": {"id": "1123", "name": "JACQUES"},
        "customer": {"kind": "company", "name": "ABC SARL", "tax_id": "A9001255A"},
        "lines": [
            {"code": "001", "kind": "goods", "name": "EAU", "quantity": "5",
             "unit_price": "720", "tax_group": "A"},
            {"code": "002", "kind": "goods", "name": "LAIT GR", "quantity": "1",
             "unit_price": "464", "tax_group": "B"},
        ],
    })
}

pub(crate) fn invoice() -> Invoice {
    price(&document(), &emcf(&json!({})), &facts()).expect("the example is right")
}

/// A machine somewhere on its way. Each step goes through the stored bytes of its progress.
#[derive(Clone)]
pub(crate) struct Machine<'a> {
    authority: &'a dyn Authority,
    matter: Matter<'a>,
    pub(crate) progress: Vec<u8>,
    pub(crate) now: Timestamp,
}

pub(crate) type Stepped = Result<Step, Refusal>;

impl<'a> Machine<'a> {
    pub(crate) fn new(authority: &'a dyn Authority) -> Self {
        // A test's invoice may live as long as the test's process.
        let invoice = Box::leak(Box::new(invoice()));
        Self::of(authority, Matter::Invoice(Numbered::new(invoice, NUMBER)))
    }

    pub(crate) fn of(authority: &'a dyn Authority, matter: Matter<'a>) -> Self {
        let progress = authority.begin(&matter).as_bytes().to_vec();
        Self { authority, matter, progress, now: start() }
    }

    pub(crate) fn step(&mut self, event: Event) -> Stepped {
        let progress = Progress::from_bytes(self.progress.clone());
        let (progress, step) = self.authority.step(&self.matter, progress, event, self.now)?;
        self.progress = progress.as_bytes().to_vec();
        Ok(step)
    }

    pub(crate) fn reply(&mut self, body: &Value) -> Stepped {
        self.step(replied(200, &body.to_string()))
    }

    /// The step in a word, and after a wait the one that follows: `w0>list`.
    pub(crate) fn word(&mut self, event: Event) -> String {
        match self.step(event) {
            Ok(Step::Wait { until, .. }) => {
                let seconds = until.micros_since(self.now) / SECOND;
                self.now = until;
                format!("w{seconds}>{}", self.word(Event::Due))
            }
            Ok(step) => word(&step),
            Err(refusal) => format!("{}:{}", refusal.kind.as_str(), refusal.code),
        }
    }
}

fn word(step: &Step) -> String {
    match step {
        Step::Send(request) => {
            assert_eq!(request.point_of_no_return, request.operation == "confirm");
            assert_eq!(request.content_type, "application/json");
            let shape = (request.method, request.body.is_some());
            let path = request.path.as_str();
            match (shape, path.strip_prefix("api/invoice").expect("a path of the API")) {
                ((Method::Post, true), "") => "post".to_owned(),
                ((Method::Get, false), "") => "list".to_owned(),
                ((Method::Get, false), detail) => format!("look{}", nickname(detail)),
                ((Method::Put, true), rest) => action(rest, "confirm", "conf"),
                ((Method::Put, false), rest) => action(rest, "cancel", "canc"),
                (shape, rest) => panic!("{shape:?} {rest}"),
            }
        }
        Step::Ask(_) => "ask".to_owned(),
        Step::GiveUp(_) => "give-up".to_owned(),
        Step::Sealed(Some(_)) => "seal".to_owned(),
        Step::Sealed(None) => "seal-bare".to_owned(),
        Step::Done(Outcome::AsSealed) => "done".to_owned(),
        Step::Done(outcome) => format!("{outcome:?}"),
        Step::Wait { .. } | Step::Acknowledged(_) | Step::Sign(..) => panic!("{step:?}"),
    }
}

fn action(rest: &str, action: &str, word: &str) -> String {
    let uid = rest.strip_suffix(action).and_then(|rest| rest.strip_suffix('/'));
    format!("{word}{}", nickname(uid.unwrap_or_else(|| panic!("{rest} is no {action}"))))
}

/// Ours, or the other's.
fn nickname(path: &str) -> &'static str {
    match path.strip_prefix('/').expect("a path") {
        UID => "",
        OTHER => "2",
        uid => panic!("{uid} is nobody's"),
    }
}

pub(crate) fn replied(status: u16, body: &str) -> Event {
    Event::Replied(Response { status, body: body.as_bytes().to_vec() })
}

/// The reply to a POST of the example, with every group's sums.
pub(crate) fn priced() -> Value {
    let mut reply = json!({"uid": UID, "ts": 0, "total": 4064.00, "vtotal": 64.00});
    for group in 'a'..='p' {
        let (rate, total, base, tax) = match group {
            'a' => (0, "3600.00", "3600.00", "0"),
            'b' => (16, "464.00", "400.00", "64.00"),
            _ => (0, "0", "0", "0"),
        };
        reply[format!("t{group}")] = json!(rate);
        for (sum, value) in [("ta", total), ("ha", base), ("va", tax)] {
            reply[format!("{sum}{group}")] = serde_json::from_str(value).expect("a number");
        }
    }
    reply
}

pub(crate) fn confirmed() -> Value {
    json!({"dateTime": "04/12/2026 12:34:56",
           "qrCode": format!("RDCDEF01;XX01710090-1;{CODE};A1234567B;20261204123456"),
           "codeDEFDGI": "TEST-FACT-HQBA-X2F3-K22N-MDYR", "counters": "3/9 FV",
           "nim": "XX01710090-1"})
}

pub(crate) fn status(uids: &[&str]) -> Value {
    let list: Vec<Value> =
        uids.iter().map(|uid| json!({"date": "2026-03-20T10:00:00+01:00", "uid": uid})).collect();
    json!({"status": true, "version": "1.0", "nif": "A1234567B", "nim": "XX01710090-1",
           "tokenValid": "2027-01-01T00:00:00+01:00", "pendingRequestsCount": list.len(),
           "pendingRequestsList": list})
}

pub(crate) fn detail(rn: &str) -> Value {
    json!({"uid": UID, "nif": "A1234567B", "rn": rn, "type": "FV", "items": []})
}

pub(crate) fn error(code: &str) -> Value {
    json!({"uid": null, "errorCode": code, "errorDesc": "non"})
}

pub(crate) fn registered(total: Option<&str>) -> Event {
    let elements = SecurityElements {
        code: CODE.to_owned(),
        qr: Some(format!("RDCDEF01;CD01000001-1;{CODE};A1234567B;20260320191106")),
        details: Vec::new(),
        reply: String::new(),
        document: None,
    };
    Event::Told(Answer::Registered { elements, total: total.map(str::to_owned) })
}

fn after<'a>(machine: &Machine<'a>, events: Vec<Event>) -> Machine<'a> {
    let mut machine = machine.clone();
    for event in events {
        let stepped = machine.step(event);
        assert!(stepped.is_ok(), "{stepped:?}");
    }
    machine
}

/// A machine in each of its phases, by the way that leads there, in the order of the matrix.
pub(crate) fn phases(authority: &dyn Authority) -> Vec<(&'static str, Machine<'_>)> {
    let fine = |body: &Value| replied(200, &body.to_string());
    let lost = || Event::Unanswered("timeout".to_owned());
    let ready = Machine::new(authority);
    let posting = after(&ready, vec![Event::Started]);
    let listing = after(&posting, vec![lost(), Event::Due]);
    let inspecting = after(&listing, vec![fine(&status(&[OTHER, UID]))]);
    let clearing = after(&inspecting, vec![fine(&detail(NUMBER))]);
    let confirming = after(&posting, vec![fine(&priced())]);
    let asking_pending = after(&confirming, vec![lost(), Event::Due]);
    let asking_finalised = after(&asking_pending, vec![fine(&status(&[]))]);
    let mut differing = priced();
    differing["total"] = json!(4064.01);
    let cancelling = after(&posting, vec![fine(&differing)]);
    let withdrawing = after(&confirming, vec![fine(&error("13"))]);
    let portal = after(&asking_finalised, vec![fine(&error("20"))]);
    let finished = after(&confirming, vec![fine(&confirmed())]);
    let phases = vec![
        ("ready", ready),
        ("posting", posting),
        ("listing", listing),
        ("inspecting", inspecting),
        ("clearing", clearing),
        ("confirming", confirming),
        ("asking_pending", asking_pending),
        ("asking_finalised", asking_finalised),
        ("cancelling", cancelling),
        ("withdrawing", withdrawing),
        ("portal", portal),
        ("finished", finished),
    ];
    let distinct: BTreeSet<&Vec<u8>> =
        phases.iter().map(|(_, machine)| &machine.progress).collect();
    assert_eq!(distinct.len(), phases.len(), "two ways lead to one phase");
    phases
}

fn start() -> Timestamp {
    Timestamp::parse("2026-03-20T09:00:00Z").expect("an instant")
}
