//! The authority's end: a control module that prices a request, holds it for two minutes, and
//! registers it when it is confirmed (e-MCF API, life cycle).
//!
//! It is written from the specification and shares nothing with the code that talks to it. It keeps
//! what it registered for the other half of invariant 5.

use authorities::{Answer, Method, Request};
use invoice::SecurityElements;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::ranged::ANNUL;

/// A module of one outlet.
pub(crate) struct Module {
    /// Which of the authority's modules it is: no two give the same code.
    place: usize,
    requests: Vec<Pending>,
    registered: Vec<Registered>,
    /// Runs of numbers that will never be used, as printed.
    annulled: Vec<Annulled>,
    made: u64,
}

/// A run of numbers, both ends in it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub(crate) struct Annulled {
    pub first: String,
    pub last: String,
}

/// A request that was priced.
struct Pending {
    uid: String,
    document: Document,
    /// True time, in microseconds.
    since: i64,
    is_open: bool,
}

/// What the module has registered for good.
#[derive(Clone, Debug)]
pub(crate) struct Registered {
    pub uid: String,
    /// 24 characters of base32, without dashes.
    pub code: String,
    pub document: Document,
}

/// What the module reads of a request.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// The invoice's number, as printed.
    pub number: String,
    /// Which request of a caller's it is: the name of the client.
    pub mark: String,
    /// In hundredths.
    pub total: u64,
    pub tax: u64,
}

/// What a schedule decides about one request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mood {
    Fair,
    /// It refuses what it can still refuse.
    Refuses,
    /// "Later": a code that says nothing about the document.
    Busy,
}

#[derive(Deserialize)]
struct Body {
    rn: String,
    items: Vec<Item>,
    client: Client,
}

#[derive(Deserialize)]
struct Client {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    price: Box<RawValue>,
    quantity: Box<RawValue>,
    tax_group: String,
}

/// A pending request lives two minutes.
const LIFE: i64 = 120_000_000;
/// As many as a module holds.
const PENDING_MAX: usize = 10;

impl Module {
    pub(crate) fn new(place: usize) -> Self {
        Self { place, requests: Vec::new(), registered: Vec::new(), annulled: Vec::new(), made: 0 }
    }

    /// Answers one request that arrived, at the true time.
    pub(crate) fn serve(&mut self, request: &Request, mood: Mood, now: i64) -> (u16, Value) {
        let mut parts = request.path.trim_end_matches('/').split('/').skip(2);
        match (request.method, parts.next(), parts.next()) {
            (Method::Post, None, None) => (200, self.post(request, mood, now)),
            (Method::Post, Some(ANNUL), None) => self.annul(request, mood),
            (Method::Get, None, None) => (200, self.list(now)),
            (Method::Get, Some(uid), None) => (200, self.detail(uid, now)),
            (Method::Put, Some(uid), Some("confirm")) => (200, self.confirm(uid, mood, now)),
            (Method::Put, Some(uid), Some("cancel")) => (200, self.cancel(uid, now)),
            _ => (404, json!({})),
        }
    }

    pub(crate) fn registered(&self) -> &[Registered] {
        &self.registered
    }

    pub(crate) fn annulled(&self) -> &[Annulled] {
        &self.annulled
    }

    /// Takes a run once, and none that holds a number of a document.
    fn annul(&mut self, request: &Request, mood: Mood) -> (u16, Value) {
        let run = serde_json::from_slice(request.body.as_deref().unwrap_or_default());
        let Ok(run): Result<Annulled, _> = run else { return (400, json!({})) };
        let is_used =
            |known: &Registered| (&run.first..=&run.last).contains(&&known.document.number);
        match mood {
            Mood::Refuses => return (409, json!({})),
            Mood::Busy => return (503, json!({})),
            Mood::Fair if self.registered.iter().any(is_used) => return (409, json!({})),
            Mood::Fair => {}
        }
        if !self.annulled.contains(&run) {
            self.annulled.push(run);
        }
        (200, json!({}))
    }

    /// What a person reads on the portal of a number.
    pub(crate) fn portal(&self, number: &str) -> Answer {
        match self.registered.iter().find(|known| known.document.number == number) {
            None => Answer::NotRegistered,
            Some(known) => Answer::Registered {
                elements: SecurityElements {
                    code: known.code.clone(),
                    qr: Some(qr(&known.code)),
                    details: Vec::new(),
                    reply: String::new(),
                    document: None,
                },
                total: Some(amount(known.document.total)),
            },
        }
    }

    fn post(&mut self, request: &Request, mood: Mood, now: i64) -> Value {
        let body: Result<Body, _> =
            serde_json::from_slice(request.body.as_deref().unwrap_or_default());
        let Ok(body) = body else { return error("8") };
        match mood {
            Mood::Refuses => return error("9"),
            Mood::Busy => return error("99"),
            Mood::Fair if self.open(now).count() >= PENDING_MAX => return error("1"),
            Mood::Fair => {}
        }
        let Some(document) = document(body) else { return error("8") };
        self.made += 1;
        let uid = format!("00000000-0000-4000-8000-{:012x}", self.made);
        let (total, tax) = (number(document.total), number(document.tax));
        self.requests.push(Pending { uid: uid.clone(), document, since: now, is_open: true });
        json!({ "uid": uid, "total": total, "vtotal": tax })
    }

    fn open(&self, now: i64) -> impl Iterator<Item = &Pending> {
        self.requests.iter().filter(move |pending| pending.lives(now))
    }

    fn list(&self, now: i64) -> Value {
        let list: Vec<Value> =
            self.open(now).map(|pending| json!({ "uid": pending.uid })).collect();
        json!({ "status": true, "pendingRequestsCount": list.len(), "pendingRequestsList": list })
    }

    fn detail(&self, uid: &str, now: i64) -> Value {
        if let Some(pending) = self.open(now).find(|pending| pending.uid == uid) {
            return json!({ "uid": uid, "rn": pending.document.number });
        }
        match self.registered.iter().find(|known| known.uid == uid) {
            Some(known) => elements(&known.code),
            None => error("20"),
        }
    }

    fn confirm(&mut self, uid: &str, mood: Mood, now: i64) -> Value {
        let living = |pending: &&mut Pending| pending.uid == uid && pending.lives(now);
        let Some(pending) = self.requests.iter_mut().find(living) else { return error("20") };
        match mood {
            Mood::Refuses => return error("13"),
            Mood::Busy => return error("99"),
            Mood::Fair => {}
        }
        pending.is_open = false;
        let code = code(self.place, self.registered.len());
        let document = pending.document.clone();
        self.registered.push(Registered { uid: uid.to_owned(), code: code.clone(), document });
        elements(&code)
    }

    fn cancel(&mut self, uid: &str, now: i64) -> Value {
        let living = |pending: &&mut Pending| pending.uid == uid && pending.lives(now);
        let Some(pending) = self.requests.iter_mut().find(living) else { return error("20") };
        pending.is_open = false;
        json!({ "dateTime": "", "qrCode": "", "codeDEFDGI": "", "counters": "", "nim": "" })
    }
}

impl Pending {
    fn lives(&self, now: i64) -> bool {
        self.is_open && now - self.since < LIFE
    }
}

/// The sums of a request, tax included: group A bears none, group B sixteen per cent. The drafts of
/// the schedules are such that nothing has to be rounded.
fn document(body: Body) -> Option<Document> {
    let (mut total, mut tax) = (0, 0);
    for item in &body.items {
        let line = whole(&item.price)? * whole(&item.quantity)? * 100;
        total += line;
        if item.tax_group == "B" {
            tax += line / 116 * 16;
        }
    }
    Some(Document { number: body.rn, mark: body.client.name, total, tax })
}

/// The digits before the point.
fn whole(number: &RawValue) -> Option<u64> {
    number.get().split('.').next()?.parse().ok()
}

fn number(hundredths: u64) -> Box<RawValue> {
    RawValue::from_string(amount(hundredths)).expect("a decimal is a JSON number")
}

fn amount(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// The code of the so-many-th document that a module registers: base32 of both numbers.
fn code(module: usize, place: usize) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digit = |shift: u32| char::from(LETTERS[(place >> (5 * shift)) % LETTERS.len()]);
    let digits: String = (0..4).map(digit).collect();
    let module = char::from(LETTERS[module % LETTERS.len()]);
    format!("SIMSIMSIMSIMSIMSIMS{module}{digits}")
}

fn qr(code: &str) -> String {
    format!("RDCDEF01;SIM;{code};A1234567B;20260601000000")
}

fn elements(code: &str) -> Value {
    json!({
        "dateTime": "01/06/2026 00:00:00", "qrCode": qr(code), "codeDEFDGI": code,
        "counters": "1/1 FV", "nim": "SIM",
    })
}

fn error(code: &str) -> Value {
    json!({ "errorCode": code, "errorDesc": "non" })
}
