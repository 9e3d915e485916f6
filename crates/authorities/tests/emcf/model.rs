//! A small e-MCF of our own making, a line that loses things, a process that crashes; and what must
//! hold whatever happens: an invoice is registered at most once, and sealed only if it is.

use authorities::{Answer, Authority as _, Event, Method, Request, Response, Step};
use invoice::{SECOND, SecurityElements, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::emcf;
use crate::machine::{CODE, Machine, NUMBER, confirmed, detail, error, priced, status};

/// What the line does to one exchange.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Fine,
    RequestLost,
    ReplyLost,
    /// The request arrives after later ones; its reply never.
    Late,
    /// A gateway answers in the server's place, before or after it.
    Instead(u16),
    After(u16),
    /// The server did what was asked, and says that it erred.
    Lies(&'static str),
}

/// What happens around one exchange.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a coin of its own")]
struct Turn {
    fate: Fate,
    /// Seconds that pass before it.
    pause: i64,
    crash_before: bool,
    crash_after: bool,
    /// Whether progress happens to be stored although it does not have to be.
    stored: bool,
    /// Whether what was late arrives now.
    late_arrive: bool,
}

/// What the API leaves open.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a coin of its own")]
struct Quirks {
    /// Whether expired requests stay in the list.
    keeps_expired: bool,
    /// What is said of a finalised invoice: its elements, error 20, or 404.
    finalised: u16,
    /// Whether the server's total differs by a cent.
    differs: bool,
    /// Whether it refuses to confirm.
    refuses: bool,
    /// Whether another till of the same e-MCF has a request pending.
    stranger: bool,
}

/// The e-MCF: requests live two minutes, a confirmed one is registered for good (e-MCF API, life
/// cycle).
struct Module {
    quirks: Quirks,
    now: Timestamp,
    made: u32,
    requests: Vec<Pending>,
    registered: Vec<String>,
    late: Vec<Request>,
}

struct Pending {
    uid: String,
    rn: String,
    since: Timestamp,
    open: bool,
}

const LIFE: i64 = 120 * SECOND;
const STRANGER: &str = "FAC99/2026";

impl Module {
    fn new(quirks: Quirks, now: Timestamp) -> Self {
        let (requests, registered, late) = (Vec::new(), Vec::new(), Vec::new());
        let mut module = Self { quirks, now, made: 0, requests, registered, late };
        if quirks.stranger {
            module.open(STRANGER);
        }
        module
    }

    fn open(&mut self, rn: &str) -> String {
        self.made += 1;
        let uid = format!("00000000-0000-0000-0000-{:012x}", self.made);
        let (rn, since) = (rn.to_owned(), self.now);
        self.requests.push(Pending { uid: uid.clone(), rn, since, open: true });
        uid
    }

    fn serve(&mut self, request: &Request) -> (u16, Value) {
        let parts: Vec<&str> = request.path.split('/').skip(2).collect();
        match (request.method, parts.as_slice()) {
            (Method::Post, []) => (200, self.posted(request)),
            (Method::Get, []) => (200, self.listed()),
            (Method::Get, [uid]) => self.told(uid),
            (Method::Put, [uid, "confirm"]) => (200, self.confirm(uid)),
            (Method::Put, [uid, "cancel"]) => (200, self.cancel(uid)),
            other => panic!("{other:?} is not of the API"),
        }
    }

    fn posted(&mut self, request: &Request) -> Value {
        let body: Value =
            serde_json::from_slice(request.body.as_deref().expect("a body")).expect("JSON");
        let uid = self.open(body["rn"].as_str().expect("a number"));
        let mut reply = priced();
        reply["uid"] = json!(uid);
        if self.quirks.differs {
            reply["total"] = json!(4064.01);
        }
        reply
    }

    fn listed(&self) -> Value {
        let listed =
            |pending: &&Pending| pending.open && (self.quirks.keeps_expired || self.lives(pending));
        let uids: Vec<&str> =
            self.requests.iter().filter(listed).map(|pending| pending.uid.as_str()).collect();
        status(&uids)
    }

    fn lives(&self, pending: &Pending) -> bool {
        pending.open && self.now.micros_since(pending.since) < LIFE
    }

    fn told(&self, uid: &str) -> (u16, Value) {
        let living = self.requests.iter().find(|p| p.uid == uid && self.lives(p));
        match (living, self.registered.iter().any(|registered| registered == uid)) {
            (Some(pending), _) => (200, detail(&pending.rn)),
            (None, true) if self.quirks.finalised == 200 => (200, confirmed()),
            (None, _) if self.quirks.finalised == 404 => (404, json!({})),
            (None, _) => (200, error("20")),
        }
    }

    fn confirm(&mut self, uid: &str) -> Value {
        let Some(at) = self.requests.iter().position(|p| p.uid == uid && self.lives(p)) else {
            return error("20");
        };
        if self.quirks.refuses {
            return error("13");
        }
        self.requests[at].open = false;
        self.registered.push(uid.to_owned());
        confirmed()
    }

    fn cancel(&mut self, uid: &str) -> Value {
        let Some(at) = self.requests.iter().position(|p| p.uid == uid && self.lives(p)) else {
            return error("20");
        };
        assert_eq!(self.requests[at].rn, NUMBER, "another till's request was cancelled");
        self.requests[at].open = false;
        json!({"dateTime": "", "qrCode": "", "codeDEFDGI": "", "counters": "", "nim": ""})
    }

    fn deliver_late(&mut self) {
        for request in std::mem::take(&mut self.late) {
            self.serve(&request);
        }
    }

    fn exchange(&mut self, request: &Request, fate: Fate) -> Event {
        let timeout = || Event::Unanswered("timeout".to_owned());
        match fate {
            Fate::Fine => {
                let (status, body) = self.serve(request);
                answer(status, &body)
            }
            Fate::RequestLost => timeout(),
            Fate::ReplyLost => {
                self.serve(request);
                timeout()
            }
            Fate::Late => {
                self.late.push(request.clone());
                timeout()
            }
            Fate::Instead(status) => answer(status, &json!({})),
            Fate::After(status) => {
                self.serve(request);
                answer(status, &json!({}))
            }
            Fate::Lies(code) => {
                self.serve(request);
                answer(200, &error(code))
            }
        }
    }

    /// What a person finds on the portal once nothing can change any more.
    fn looked_up(&mut self) -> Answer {
        self.deliver_late();
        self.now = self.now.plus_micros(2 * LIFE);
        if self.registered.is_empty() {
            return Answer::NotRegistered;
        }
        let elements = SecurityElements {
            code: CODE.to_owned(),
            qr: Some(format!("RDCDEF01;CD01000001-1;{CODE};A1234567B;20260320191106")),
            details: Vec::new(),
            reply: String::new(),
            document: None,
        };
        Answer::Registered { elements, total: Some("4064.00".to_owned()) }
    }
}

fn answer(status: u16, body: &Value) -> Event {
    Event::Replied(Response { status, body: body.to_string().into_bytes() })
}

/// How it ended.
#[derive(Debug, PartialEq)]
enum End {
    Sealed,
    Refused,
    /// Not yet, after as many steps as are tried: only while the line stays bad.
    Underway,
}

/// Drives as the desk does: what is stored comes before the point of no return leaves, and a crash
/// goes back to what is stored.
fn drive(module: &mut Module, turns: &[Turn]) -> End {
    let emcf = emcf(&json!({}));
    assert_eq!(emcf.id(), "drc/emcf");
    let mut machine = Machine::new(&emcf);
    let mut turns = turns.iter();
    let mut stepped = machine.step(Event::Started);
    let mut stored = machine.progress.clone();
    for _ in 0..STEPS_MAX {
        machine.now = module.now;
        let event = match stepped {
            Err(refusal) => {
                module.deliver_late();
                assert_eq!(module.registered, [""; 0], "refused ({refusal}), and registered");
                return End::Refused;
            }
            Ok(Step::Sealed(_)) => {
                module.deliver_late();
                assert_eq!(module.registered.len(), 1, "sealed, and registered so often");
                return End::Sealed;
            }
            Ok(Step::Wait { until, .. }) => {
                stored.clone_from(&machine.progress);
                module.now = module.now.max(until);
                Event::Due
            }
            // A person looks at it, and puts it back.
            Ok(Step::GiveUp(_)) => {
                stored.clone_from(&machine.progress);
                Event::Due
            }
            Ok(Step::Ask(_)) => {
                stored.clone_from(&machine.progress);
                Event::Told(module.looked_up())
            }
            Ok(Step::Send(request)) => {
                let turn = turns.next().copied().unwrap_or(CALM);
                module.now = module.now.plus_micros(turn.pause * SECOND);
                if turn.late_arrive {
                    module.deliver_late();
                }
                if request.point_of_no_return || turn.stored {
                    stored.clone_from(&machine.progress);
                }
                let exchanged = (!turn.crash_before).then(|| module.exchange(&request, turn.fate));
                if let Some(event) = exchanged.filter(|_| !turn.crash_after) {
                    event
                } else {
                    machine.progress.clone_from(&stored);
                    Event::Due
                }
            }
            Ok(step @ (Step::Sign(..) | Step::Acknowledged(_) | Step::Done(_))) => {
                panic!("{step:?}")
            }
        };
        assert!(module.registered.len() <= 1, "registered twice");
        stepped = machine.step(event);
    }
    End::Underway
}

const STEPS_MAX: usize = 400;
const CALM: Turn = Turn {
    fate: Fate::Fine,
    pause: 0,
    crash_before: false,
    crash_after: false,
    stored: true,
    late_arrive: true,
};

fn any_turn() -> impl Strategy<Value = Turn> {
    let fate = prop_oneof![
        4 => Just(Fate::Fine),
        1 => Just(Fate::RequestLost),
        2 => Just(Fate::ReplyLost),
        2 => Just(Fate::Late),
        1 => prop::sample::select(vec![400_u16, 401, 404, 500, 503]).prop_map(Fate::Instead),
        1 => prop::sample::select(vec![400_u16, 401, 404, 500, 503]).prop_map(Fate::After),
        1 => prop::sample::select(vec!["1", "10", "13", "20", "99"]).prop_map(Fate::Lies),
    ];
    let rarely = || prop::bool::weighted(0.1);
    (
        fate,
        prop_oneof![4 => 0_i64..5, 1 => 100_i64..200],
        rarely(),
        rarely(),
        any::<bool>(),
        rarely(),
    )
        .prop_map(|(fate, pause, crash_before, crash_after, stored, late_arrive)| Turn {
            fate,
            pause,
            crash_before,
            crash_after,
            stored,
            late_arrive,
        })
}

fn any_quirks() -> impl Strategy<Value = Quirks> {
    (any::<bool>(), prop::sample::select(vec![200_u16, 20, 404]), any::<bool>(), any::<bool>())
        .prop_flat_map(|(keeps_expired, finalised, refuses, stranger)| {
            prop::bool::weighted(0.1).prop_map(move |differs| Quirks {
                keeps_expired,
                finalised,
                differs,
                refuses: refuses && stranger,
                stranger,
            })
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Once the line is calm again the machine comes to an end, and the right one.
    #[test]
    fn an_invoice_is_registered_at_most_once_and_sealed_only_if_it_is(
        turns in prop::collection::vec(any_turn(), 0..40),
        quirks in any_quirks(),
    ) {
        let now = Timestamp::parse("2026-03-20T09:00:00Z").expect("an instant");
        let mut module = Module::new(quirks, now);
        let end = drive(&mut module, &turns);
        prop_assert_ne!(&end, &End::Underway);
        if quirks.differs || quirks.refuses {
            prop_assert_eq!(&end, &End::Refused);
            prop_assert_eq!(module.registered, Vec::<String>::new());
        }
    }
}

/// Nothing bad happens: one POST, one confirmation.
#[test]
fn on_a_calm_line_two_requests_seal() {
    let now = Timestamp::parse("2026-03-20T09:00:00Z").expect("an instant");
    let quirks = Quirks {
        keeps_expired: false,
        finalised: 404,
        differs: false,
        refuses: false,
        stranger: true,
    };
    let mut module = Module::new(quirks, now);
    assert_eq!(drive(&mut module, &[]), End::Sealed);
    assert_eq!((module.made, module.registered.len()), (2, 1));
}
