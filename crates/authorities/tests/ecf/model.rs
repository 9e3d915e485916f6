//! A DGII of our own making, a line that loses what it likes, and crashes: whatever comes, a document
//! is accepted once at most, and what the machine believes in the end is true.
//!
//! What counts as a failure: two accepted deliveries of one invoice; an acknowledgement of what was
//! not accepted; a refusal of what was; bytes that are not what was sealed; a machine that never ends
//! though the line has become good.

use std::collections::BTreeSet;

use authorities::{Event, NumberFate, Outcome, Request, Step};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::desk::{consumer_invoice, ecf, named_consumer_invoice, priced};
use crate::machine::{Machine, signed};
use crate::words::fine;

/// What becomes of one exchange.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Fine,
    RequestLost,
    ReplyLost,
    /// An error of the server, before or after it took the request.
    Error {
        after: bool,
    },
    SessionRefused,
    HeldBack,
    /// The process dies: what was not stored is gone.
    Crash {
        sent: bool,
    },
}

/// What the DGII thinks of the document.
#[derive(Clone, Copy, Debug)]
enum Verdict {
    Accept,
    AcceptConditionally,
    Reject { used: bool },
}

/// What the services leave open.
#[derive(Clone, Copy, Debug)]
struct Habits {
    /// Questions for a result that are answered with "in process".
    slow: u32,
    /// The state by the security code is told of accepted documents only.
    hides_rejected: bool,
}

struct Dgii {
    habits: Habits,
    /// Deliveries in their order: an identifier, whether it is still in process, and its verdict.
    deliveries: Vec<Delivery>,
    bodies: BTreeSet<Vec<u8>>,
}

struct Delivery {
    track_id: String,
    polls: u32,
    code: &'static str,
    used: bool,
    words: Value,
}

impl Dgii {
    fn is_accepted(&self) -> usize {
        self.deliveries.iter().filter(|one| matches!(one.code, "1" | "4")).count()
    }

    /// A number that is used is refused, whoever bears it; a rejected one may come back.
    fn take(&mut self, verdict: Verdict) -> usize {
        let is_used = self.deliveries.iter().any(|one| one.used);
        let (code, used, words) = match (is_used, verdict) {
            (true, _) => ("2", false, json!([{"codigo": 1209, "valor": "ya utilizado"}])),
            (false, Verdict::Accept) => ("1", true, json!([{"codigo": 0, "valor": ""}])),
            (false, Verdict::AcceptConditionally) => {
                ("4", true, json!([{"codigo": 1934, "valor": "uno"}]))
            }
            (false, Verdict::Reject { used }) => {
                ("2", used, json!([{"codigo": 613, "valor": "dos"}]))
            }
        };
        let track_id = format!("00000000-0000-0000-0000-{:012}", self.deliveries.len());
        let polls = self.habits.slow;
        self.deliveries.push(Delivery { track_id, polls, code, used, words });
        self.deliveries.len() - 1
    }

    fn serve(&mut self, request: &Request, verdict: Verdict) -> Value {
        let told = |one: &Delivery| {
            json!({"codigo": one.code, "secuenciaUtilizada": one.used || one.code == "1",
                   "mensajes": one.words, "trackId": one.track_id})
        };
        match request.operation {
            "facturaselectronicas" => {
                self.bodies.insert(request.body.clone().unwrap());
                let index = self.take(verdict);
                json!({"trackId": self.deliveries[index].track_id})
            }
            "recepcionfc" => {
                self.bodies.insert(request.body.clone().unwrap());
                if self.is_accepted() > 0 {
                    let words = "La combinación ha sido utilizada previamente";
                    return json!({"codigo": 2, "secuenciaUtilizada": false,
                                  "mensajes": [{"codigo": "", "valor": words}]});
                }
                let index = self.take(verdict);
                told(&self.deliveries[index])
            }
            "consultaresultado" => {
                let of = |one: &&mut Delivery| request.path.contains(&one.track_id);
                match self.deliveries.iter_mut().find(of) {
                    None => json!({"codigo": "0"}),
                    Some(one) if one.polls > 0 => {
                        one.polls -= 1;
                        json!({"codigo": "3"})
                    }
                    Some(one) => told(one),
                }
            }
            "consultatrackids" => {
                for one in &mut self.deliveries {
                    one.polls = one.polls.saturating_sub(1);
                }
                let state = |one: &Delivery| match (one.polls, one.code) {
                    (1.., _) => "En Proceso",
                    (0, "1") => "Aceptado",
                    (0, "4") => "Aceptado Condicional",
                    (0, _) => "Rechazado",
                };
                let list = self.deliveries.iter();
                json!(
                    list.map(|one| json!({"trackId": one.track_id, "estado": state(one)}))
                        .collect::<Vec<_>>()
                )
            }
            // By the security code, which is that of the one document there is.
            "consultaestado" | "consultarfce" => {
                let is_accepted = |one: &Delivery| matches!(one.code, "1" | "4");
                let shown = self.deliveries.iter().filter(|one| {
                    one.polls == 0 && (is_accepted(one) || !self.habits.hides_rejected)
                });
                let rank = |one: &&Delivery| i32::from(is_accepted(one));
                shown.max_by_key(rank).map_or(json!({"codigo": 0}), told)
            }
            other => panic!("{other}"),
        }
    }
}

/// Where a machine ended.
#[derive(Debug, Eq, PartialEq)]
enum End {
    Acknowledged,
    Refused(NumberFate),
    Asked,
}

fn drive(machine: &mut Machine<'_>, dgii: &mut Dgii, verdict: Verdict, fates: &[Fate]) -> End {
    let mut fates = fates.iter().copied().chain(std::iter::repeat(Fate::Fine));
    let mut stored = machine.progress.clone();
    let mut event = Event::Due;
    for _ in 0..400 {
        let step = match machine.step(event) {
            Ok(step) => step,
            Err(refusal) => return End::Refused(refusal.number),
        };
        event = match step {
            Step::Send(request) => {
                let fate = fates.next().unwrap();
                if !matches!(fate, Fate::HeldBack) && request.point_of_no_return {
                    stored.clone_from(&machine.progress);
                }
                exchange(dgii, &request, verdict, fate).unwrap_or_else(|| {
                    machine.progress.clone_from(&stored);
                    Event::Due
                })
            }
            Step::Sign(bytes, _) => signed(&bytes),
            Step::Wait { until, .. } => {
                stored.clone_from(&machine.progress);
                machine.now = until;
                Event::Due
            }
            Step::Done(Outcome::Acknowledged(_)) => return End::Acknowledged,
            Step::Ask(_) => return End::Asked,
            other => panic!("{other:?}"),
        };
    }
    panic!("it does not end")
}

/// Nothing where the process died.
fn exchange(dgii: &mut Dgii, request: &Request, verdict: Verdict, fate: Fate) -> Option<Event> {
    let lost = Event::Unanswered("timeout".to_owned());
    let error = || crate::words::replied(500, "<html><title>500</title></html>");
    match fate {
        Fate::Fine => Some(fine(&dgii.serve(request, verdict))),
        Fate::RequestLost => Some(lost),
        Fate::ReplyLost => {
            dgii.serve(request, verdict);
            Some(lost)
        }
        Fate::Error { after } => {
            if after {
                dgii.serve(request, verdict);
            }
            Some(error())
        }
        Fate::SessionRefused => Some(crate::words::replied(401, "")),
        Fate::HeldBack => Some(Event::HeldBack),
        Fate::Crash { sent } => {
            if sent {
                dgii.serve(request, verdict);
            }
            None
        }
    }
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        3 => Just(Fate::Fine),
        1 => Just(Fate::RequestLost),
        2 => Just(Fate::ReplyLost),
        1 => any::<bool>().prop_map(|after| Fate::Error { after }),
        1 => Just(Fate::SessionRefused),
        1 => Just(Fate::HeldBack),
        2 => any::<bool>().prop_map(|sent| Fate::Crash { sent }),
    ]
}

fn habits() -> impl Strategy<Value = Habits> {
    (0..4_u32, any::<bool>()).prop_map(|(slow, hides_rejected)| Habits { slow, hides_rejected })
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        2 => Just(Verdict::Accept),
        1 => Just(Verdict::AcceptConditionally),
        1 => any::<bool>().prop_map(|used| Verdict::Reject { used }),
    ]
}

fn one_invoice(draft: &Value, number: &str, verdict: Verdict, (habits, fates): (Habits, &[Fate])) {
    let (authority, invoice) = (ecf(&json!({})), priced(draft));
    let mut machine = Machine::sealed(&authority, &invoice, number);
    let mut dgii = Dgii { habits, deliveries: Vec::new(), bodies: BTreeSet::new() };
    let end = drive(&mut machine, &mut dgii, verdict, fates);
    assert!(dgii.is_accepted() <= 1, "accepted once at most");
    assert!(dgii.bodies.len() <= 1, "the same bytes, however often");
    match (verdict, end) {
        (Verdict::Accept | Verdict::AcceptConditionally, end) => {
            assert_eq!((end, dgii.is_accepted()), (End::Acknowledged, 1));
        }
        (Verdict::Reject { used }, End::Refused(fate)) => {
            assert_eq!(dgii.is_accepted(), 0);
            // A number may be kept that was free, never freed that is used.
            assert!(fate == NumberFate::Used || !used);
        }
        (Verdict::Reject { .. }, end) => panic!("{end:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn a_whole_document_is_accepted_once(
        verdict in verdict(),
        habits in habits(),
        fates in prop::collection::vec(fate(), 0..14),
    ) {
        one_invoice(&named_consumer_invoice("300000"), "E320000000001", verdict, (habits, &fates));
    }

    #[test]
    fn a_summary_is_accepted_once(
        verdict in verdict(),
        habits in habits(),
        fates in prop::collection::vec(fate(), 0..14),
    ) {
        one_invoice(&consumer_invoice("1000"), "E320000000001", verdict, (habits, &fates));
    }
}
