//! The ways that a lost reply, a lost request and a slow authority lead.

use authorities::{Event, Outcome, Pause, Request, Standing, Step};
use invoice::SECOND;
use serde_json::json;

use crate::desk::{consumer_invoice, ecf, priced, tax_credit_invoice};
use crate::machine::{Machine, signed};
use crate::words::{TRACK, event, fine, replied};

/// Walks, and gives back what was sent on the way.
fn walk(machine: &mut Machine<'_>, way: &[(&str, &str)]) -> Vec<Request> {
    let mut sent = Vec::new();
    for (name, expected) in way {
        let happens = event(name, machine);
        let mut peek = machine.clone();
        sent.extend(request(&mut peek, happens.clone()));
        assert_eq!(machine.word(happens), *expected, "{name}");
    }
    sent
}

/// What leaves in the end, after waits and signatures.
fn request(machine: &mut Machine<'_>, event: Event) -> Option<Request> {
    match machine.step(event).ok()? {
        Step::Send(request) => Some(request),
        Step::Sign(bytes, _) => request(machine, signed(&bytes)),
        Step::Wait { .. } | Step::Acknowledged(_) => request(machine, Event::Due),
        _ => None,
    }
}

fn posts(sent: &[Request], operation: &str) -> Vec<Vec<u8>> {
    let posts = sent.iter().filter(|request| request.operation == operation);
    posts.map(|request| request.body.clone().unwrap()).collect()
}

#[test]
fn a_document_is_validated_and_acknowledged_with_what_the_dgii_said() {
    let (authority, invoice) = (ecf(&json!({"model": "printed"})), priced(&tax_credit_invoice()));
    let mut machine = Machine::sealed(&authority, &invoice, "E310000000001");
    walk(&mut machine, &[("due", "send"), ("track", "w>res"), ("process", "w>res")]);
    let conditional = event("condition", &machine);
    let step = machine.step(conditional).unwrap();
    let Step::Done(Outcome::Acknowledged(elements)) = step else { panic!("{step:?}") };
    assert_eq!(elements.code, machine.elements.as_ref().unwrap().code);
    assert_eq!(elements.detail("status"), Some("accepted_conditionally"));
    assert_eq!(elements.detail("messages"), Some("1934 uno"));
    assert_eq!(elements.detail("track_id"), Some(TRACK));
    assert_eq!(elements.detail("received_at"), Some("11/20/2026 10:30:06 AM"));
    assert!(elements.reply.contains("\"codigo\":\"4\"") && elements.document.is_none());
}

/// The reply is lost, the document is there: it is found, and nothing leaves a second time.
#[test]
fn a_lost_reply_never_makes_a_second_document() {
    let (authority, invoice) = (ecf(&json!({})), priced(&tax_credit_invoice()));
    for listed in ["list proc.", "list acc."] {
        let mut machine = Machine::sealed(&authority, &invoice, "E310000000001");
        let mut sent = walk(&mut machine, &[("due", "send"), ("unanswered", "w>list")]);
        if listed == "list proc." {
            sent.extend(walk(&mut machine, &[(listed, "res"), ("accepted", "state")]));
        } else {
            sent.extend(walk(&mut machine, &[(listed, "state")]));
        }
        sent.extend(walk(&mut machine, &[("accepted", "a>look")]));
        assert_eq!(posts(&sent, "facturaselectronicas").len(), 1, "{listed}");
    }
}

#[test]
fn a_lost_request_is_sent_again_byte_for_byte() {
    let (authority, invoice) = (ecf(&json!({})), priced(&tax_credit_invoice()));
    let mut machine = Machine::sealed(&authority, &invoice, "E310000000001");
    let sent = walk(
        &mut machine,
        &[
            ("due", "send"),
            ("unanswered", "w>list"),
            ("list none", "send"),
            ("500", "w>list"),
            ("list none", "send"),
            ("track", "w>res"),
            ("accepted", "a>look"),
        ],
    );
    let posts = posts(&sent, "facturaselectronicas");
    assert_eq!(posts.len(), 3);
    assert!(posts.windows(2).all(|pair| pair[0] == pair[1]));
    let text = String::from_utf8(posts[0].clone()).unwrap();
    assert!(text.contains(machine.document()), "what was sealed, as it was sealed");
    assert!(text.contains("name=\"xml\"; filename=\"130999999E310000000001.xml\""));
    // Each one is past the point of no return, and none of the questions is.
    assert!(sent.iter().all(|request| {
        request.point_of_no_return == (request.operation == "facturaselectronicas")
    }));
}

/// Both of two deliveries arrived after all: the second is rejected as a duplicate, and the security
/// code tells that the first is ours.
#[test]
fn a_duplicate_of_our_own_is_recognised_by_its_security_code() {
    let (authority, invoice) = (ecf(&json!({})), priced(&tax_credit_invoice()));
    let mut machine = Machine::sealed(&authority, &invoice, "E310000000001");
    let sent = walk(
        &mut machine,
        &[
            ("due", "send"),
            ("unanswered", "w>list"),
            ("list none", "send"),
            ("track", "w>res"),
            ("rej. dup", "state"),
            ("accepted", "a>look"),
        ],
    );
    let asked = sent.iter().find(|request| request.operation == "consultaestado").unwrap();
    let code = machine.security_code().replace('+', "%2B").replace('/', "%2F");
    let query = format!(
        "?rncemisor=130999999&ncfelectronico=E310000000001&rnccomprador=131888888\
         &codigoseguridad={code}"
    );
    assert!(asked.path.ends_with(&query), "{}", asked.path);
}

/// A line delivers the same request twice, and the answer is about the second arrival.
#[test]
fn a_request_that_arrives_twice_is_one_document() {
    let (authority, invoice) = (ecf(&json!({})), priced(&tax_credit_invoice()));
    let sent_once = [("due", "send"), ("track", "w>res"), ("rej. dup", "state")];
    for (way, end) in [
        (vec![("accepted", "a>look")], "ours"),
        (vec![("rejected", "list"), ("list proc.", "res"), ("accepted", "state")], "ours, later"),
        (
            [vec![("not found", "w>state"); 4], vec![("unanswered", "ask")]].concat(),
            "anybody's, as long as nobody tells",
        ),
        (
            vec![
                ("rejected", "list"),
                ("list rej.", "state"),
                ("rejected", "res"),
                ("rej. dup", "state"),
                ("rejected", "dup:1209:used"),
            ],
            "another's",
        ),
    ] {
        let mut machine = Machine::sealed(&authority, &invoice, "E310000000001");
        let mut sent = walk(&mut machine, &sent_once);
        sent.extend(walk(&mut machine, &way));
        assert_eq!(posts(&sent, "facturaselectronicas").len(), 1, "{end}");
    }
}

/// A refused document bore the number before, and the DGII lists it still: it is not ours.
#[test]
fn a_rejected_delivery_of_an_earlier_document_is_not_ours() {
    let (authority, invoice) = (ecf(&json!({})), priced(&tax_credit_invoice()));
    let mut machine = Machine::sealed(&authority, &invoice, "E310000000001");
    walk(
        &mut machine,
        &[
            ("due", "send"),
            ("unanswered", "w>list"),
            ("list rej.", "state"),
            ("not found", "send"),
            ("track", "w>res"),
            ("accepted", "a>look"),
        ],
    );
    // And where it is ours, its reason is fetched.
    let mut machine = Machine::sealed(&authority, &invoice, "E310000000001");
    walk(
        &mut machine,
        &[
            ("due", "send"),
            ("unanswered", "w>list"),
            ("list rej.", "state"),
            ("rejected", "res"),
            ("rej. free", "no:145:free"),
        ],
    );
}

/// There the DGII tells nothing of deliveries: the same bytes leave again, and if they are rejected
/// as a duplicate, only a person can say of what.
#[test]
fn while_certifying_nobody_can_be_asked() {
    let authority = ecf(&json!({"environment": "certification"}));
    let invoice = priced(&tax_credit_invoice());
    let lost = [("due", "send"), ("unanswered", "w>send"), ("track", "w>res")];
    let mut machine = Machine::sealed(&authority, &invoice, "E310000000001");
    walk(&mut machine, &lost);
    walk(&mut machine, &[("accepted", "done")]);
    let mut machine = Machine::sealed(&authority, &invoice, "E310000000001");
    walk(&mut machine, &lost);
    walk(&mut machine, &[("rej. dup", "ask"), ("told not", "send")]);
    // A duplicate of what was sent once only is another's.
    let mut machine = Machine::sealed(&authority, &invoice, "E310000000001");
    walk(&mut machine, &[("due", "send"), ("track", "w>res"), ("rej. dup", "dup:1209:used")]);
}

#[test]
fn the_summary_goes_and_the_invoice_stays() {
    let (authority, invoice) = (ecf(&json!({})), priced(&consumer_invoice("1000")));
    let mut machine = Machine::sealed(&authority, &invoice, "E320000000001");
    let sent = walk(
        &mut machine,
        &[("due", "sum"), ("unanswered", "w>asks"), ("not found", "sum"), ("rej. same", "asks")],
    );
    let posts = posts(&sent, "recepcionfc");
    assert_eq!(posts.len(), 2);
    assert_eq!(posts[0], posts[1], "byte for byte");
    let text = String::from_utf8(posts[0].clone()).unwrap();
    let code = format!("<CodigoSeguridadeCF>{}</CodigoSeguridadeCF>", machine.security_code());
    assert!(text.contains("<RFCE>") && !text.contains("<ECF>"), "{text}");
    assert!(text.contains(&code), "{text}");
    let accepted = event("accepted", &machine);
    let step = machine.step(accepted).unwrap();
    let Step::Done(Outcome::Acknowledged(elements)) = step else { panic!("{step:?}") };
    let summary = elements.document.unwrap();
    assert!(
        text.contains(&summary) && summary.contains("<RFCE>"),
        "the ledger keeps what was sent"
    );
}

/// What is stored before the summary leaves is the signed summary.
#[test]
fn a_signed_summary_is_in_the_progress_before_it_leaves() {
    let (authority, invoice) = (ecf(&json!({})), priced(&consumer_invoice("1000")));
    let mut machine = Machine::sealed(&authority, &invoice, "E320000000001");
    assert_eq!(machine.word(Event::Due), "sum");
    let stored = String::from_utf8(machine.progress.clone()).unwrap();
    assert!(stored.contains("SignatureValue"), "{stored}");
    // A crash asks first.
    assert_eq!(machine.word(Event::Due), "asks");
}

#[test]
fn where_summaries_cannot_be_asked_for_the_same_bytes_leave_again() {
    let authority = ecf(&json!({"summary_inquiry": false}));
    let invoice = priced(&consumer_invoice("1000"));
    let mut machine = Machine::sealed(&authority, &invoice, "E320000000001");
    walk(&mut machine, &[("due", "sum"), ("unanswered", "w>sum"), ("rej. same", "done")]);
    let mut machine = Machine::sealed(&authority, &invoice, "E320000000001");
    walk(&mut machine, &[("due", "sum"), ("unanswered", "w>sum"), ("400", "ask")]);
}

/// A note that arrives before its document is rejected, and its number with it (code 614).
#[test]
fn a_note_follows_the_document_that_it_corrects() {
    let (authority, invoice) = (ecf(&json!({})), priced(&tax_credit_invoice()));
    let mut machine = Machine::sealed(&authority, &invoice, "E310000000001");
    machine.original = Some(Standing::Pending);
    let mut waited = Vec::new();
    for _ in 0..10 {
        let Ok(Step::Wait { until, pause: Pause::NotNow, .. }) = machine.step(Event::Due) else {
            panic!("it waits")
        };
        waited.push(until.micros_since(machine.now) / SECOND);
    }
    assert_eq!(waited, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
    let mut refused = machine.clone();
    refused.original = Some(Standing::Refused);
    assert_eq!(refused.word(Event::Due), "give-up");
    machine.original = Some(Standing::Acknowledged);
    assert_eq!(machine.word(Event::Due), "send");
}

#[test]
fn results_are_asked_for_soon_and_then_ever_more_rarely() {
    let (authority, invoice) = (ecf(&json!({})), priced(&tax_credit_invoice()));
    let mut machine = Machine::sealed(&authority, &invoice, "E310000000001");
    machine.word(Event::Due);
    let mut waited = Vec::new();
    let mut next = event("track", &machine);
    for _ in 0..14 {
        let Ok(Step::Wait { until, pause: Pause::NotNow, .. }) = machine.step(next) else {
            panic!("it waits")
        };
        waited.push(until.micros_since(machine.now) / 1_000);
        machine.now = until;
        assert_eq!(machine.word(Event::Due), "res");
        next = event("process", &machine);
    }
    assert_eq!(waited[..6], [200, 400, 800, 1_600, 3_200, 6_400]);
    assert_eq!(waited[12..], [300_000, 300_000]);
}

/// A delivery that the DGII has lost is looked for by its number, and then sent again.
#[test]
fn a_delivery_that_is_never_found_is_looked_for_by_its_number() {
    let (authority, invoice) = (ecf(&json!({})), priced(&tax_credit_invoice()));
    let mut machine = Machine::sealed(&authority, &invoice, "E310000000001");
    walk(&mut machine, &[("due", "send"), ("track", "w>res")]);
    walk(&mut machine, &[("not found", "w>res"); 9]);
    walk(&mut machine, &[("not found", "list"), ("list none", "send")]);
}

/// That a service is not there says nothing; that it does not find the document says that what it
/// lists under our number is not ours.
#[test]
fn not_found_under_the_status_404_is_an_answer() {
    let (authority, invoice) = (ecf(&json!({})), priced(&tax_credit_invoice()));
    let absent = || replied(404, json!({"codigo": "0", "estado": "No encontrado"}).to_string());
    let mut machine = Machine::sealed(&authority, &invoice, "E310000000001");
    walk(&mut machine, &[("due", "send"), ("unanswered", "w>list"), ("list acc.", "state")]);
    let mut there = machine.clone();
    for _ in 0..4 {
        assert_eq!(machine.word(absent()), "w>state");
    }
    assert_eq!(machine.word(absent()), "ask", "an accepted one that is not under our code");
    walk(&mut there, &[("404", "res")]);
    let mut machine = Machine::sealed(&authority, &invoice, "E310000000001");
    walk(&mut machine, &[("due", "send"), ("track", "w>res")]);
    for _ in 0..9 {
        assert_eq!(machine.word(absent()), "w>res");
    }
    assert_eq!(machine.word(absent()), "list");
    let small = priced(&consumer_invoice("1000"));
    let mut machine = Machine::sealed(&authority, &small, "E320000000001");
    walk(&mut machine, &[("due", "sum"), ("unanswered", "w>asks")]);
    assert_eq!(machine.word(absent()), "sum");
}

/// What breaks off may have begun to say yes: a number that it freed would be given out again.
#[test]
fn an_answer_that_breaks_off_is_a_lost_one() {
    let authority = ecf(&json!({}));
    let (whole, small) = (priced(&tax_credit_invoice()), priced(&consumer_invoice("1000")));
    let mut machine = Machine::sealed(&authority, &whole, "E310000000001");
    walk(&mut machine, &[("due", "send")]);
    assert_eq!(machine.word(replied(200, "{\"trackId\":\"d2b6e27c-908c")), "w>list");
    let mut machine = Machine::sealed(&authority, &small, "E320000000001");
    walk(&mut machine, &[("due", "sum")]);
    assert_eq!(machine.word(replied(200, "{\"codigo\":1,\"estado\":\"Acep")), "w>asks");
}

/// A service that answers no questions may take documents all the same.
#[test]
fn questions_that_stay_unanswered_end_in_the_same_bytes_again() {
    let (authority, invoice) = (ecf(&json!({})), priced(&tax_credit_invoice()));
    let mut machine = Machine::sealed(&authority, &invoice, "E310000000001");
    walk(&mut machine, &[("due", "send"), ("unanswered", "w>list")]);
    walk(&mut machine, &[("503", "w>list"); 4]);
    walk(&mut machine, &[("503", "send"), ("track", "w>res")]);
    // But a refusal of what may be there already is not believed for want of an answer.
    let mut machine = Machine::sealed(&authority, &invoice, "E310000000001");
    let way = [("due", "send"), ("unanswered", "w>list"), ("list none", "send"), ("400", "list")];
    walk(&mut machine, &way);
    walk(&mut machine, &[("503", "w>list"); 4]);
    walk(&mut machine, &[("503", "ask")]);
}

/// What is no delivery's number goes into no path.
#[test]
fn a_hostile_track_id_is_none() {
    let (authority, invoice) = (ecf(&json!({})), priced(&tax_credit_invoice()));
    for id in ["", "../../x", "a b", "a&b=c", "é", &"a".repeat(73)] {
        let mut machine = Machine::sealed(&authority, &invoice, "E310000000001");
        machine.word(Event::Due);
        assert_eq!(machine.word(fine(&json!({"trackId": id}))), "w>list", "{id}");
    }
}

#[test]
fn the_question_names_the_document_and_the_place_to_look() {
    let authority = ecf(&json!({"environment": "certification"}));
    let invoice = priced(&tax_credit_invoice());
    let mut machine = Machine::sealed(&authority, &invoice, "E310000000001");
    walk(&mut machine, &[("due", "send"), ("unanswered", "w>send"), ("400", "ask")]);
    let Ok(Step::Ask(question)) = machine.step(Event::Due) else { panic!("a question") };
    for words in ["E310000000001", "130999999", "Oficina Virtual", machine.security_code()] {
        assert!(question.text.contains(words), "{}", question.text);
    }
    assert_eq!(question.trouble.code, "400");
}

#[test]
fn what_was_not_sealed_here_is_not_delivered() {
    let (authority, invoice) = (ecf(&json!({})), priced(&tax_credit_invoice()));
    let mut machine = Machine::sealed(&authority, &invoice, "E310000000001");
    machine.elements.as_mut().unwrap().document = None;
    assert_eq!(machine.word(Event::Due), "give-up");
}

/// What turns a document away while it speaks of its number as used does not free the number: it
/// would be given to the next sale, and be turned away again.
#[test]
fn a_refusal_that_speaks_of_use_frees_no_number() {
    let authority = ecf(&json!({"environment": "certification"}));
    let (whole, small) = (priced(&tax_credit_invoice()), priced(&consumer_invoice("1000")));
    let (used, word) = (json!(true), "El número de secuencia ya ha sido utilizado.");
    for (status, body, end) in [
        (
            400,
            json!({"codigo": 2, "secuenciaUtilizada": used,
                   "mensajes": [{"codigo": 1209, "valor": "ya utilizado"}]}),
            "dup:1209:used",
        ),
        (
            400,
            json!({"codigo": "02", "mensajes": [{"codigo": 1209, "valor": ""}]}),
            "dup:1209:used",
        ),
        (400, json!({"mensaje": word}), "dup:400:used"),
        (400, json!({"codigo": 2, "secuenciaUtilizada": used, "mensaje": "no"}), "no:400:used"),
        (400, json!({"codigo": 2, "mensaje": "no"}), "no:400:used"),
        (400, json!({"secuenciaUtilizada": used, "mensaje": "no"}), "no:400:used"),
        (400, json!({"mensaje": "El e-NCF ya existe"}), "no:400:used"),
        (400, json!({"mensaje": "El número de secuencia ha sido anulado."}), "no:400:used"),
        (400, json!({"codigo": 2, "secuenciaUtilizada": false, "mensaje": "no"}), "no:400:free"),
        (400, json!({"mensaje": "El certificado no está delegado"}), "no:400:free"),
        (200, json!({"trackId": null, "error": word}), "dup::used"),
        (200, json!({"trackId": null, "mensaje": "Secuencia duplicada"}), "no::used"),
        (200, json!({"trackId": null, "error": "XML no cumple XSD"}), "no::free"),
    ] {
        let answer = || replied(status, body.to_string());
        let mut machine = Machine::sealed(&authority, &whole, "E310000000001");
        walk(&mut machine, &[("due", "send")]);
        assert_eq!(machine.word(answer()), end, "whole, {status} {body}");
        // A summary's number is asked about before it is given up.
        let mut machine = Machine::sealed(&authority, &small, "E320000000001");
        walk(&mut machine, &[("due", "sum")]);
        let word = machine.word(answer());
        if end.starts_with("dup") {
            assert_eq!(word, "asks", "{status} {body}");
            walk(&mut machine, &[("404", end)]);
        } else {
            assert_eq!(word, end, "summary, {status} {body}");
        }
    }
}

/// What holds the number may be ours: where deliveries are told, they are looked at.
#[test]
fn a_number_that_is_used_at_the_door_is_looked_up() {
    let (authority, invoice) = (ecf(&json!({})), priced(&tax_credit_invoice()));
    let used = json!({"codigo": 2, "mensajes": [{"codigo": 1209, "valor": "ya utilizado"}]});
    let door = || {
        let mut machine = Machine::sealed(&authority, &invoice, "E310000000001");
        walk(&mut machine, &[("due", "send")]);
        assert_eq!(machine.word(replied(400, used.to_string())), "list");
        machine
    };
    // Found by simulation: what holds it was taken a moment ago, and does not show yet.
    let mut machine = door();
    walk(&mut machine, &[("list none", "w>list"); 4]);
    walk(&mut machine.clone(), &[("list acc.", "state"), ("accepted", "a>look")]);
    walk(&mut machine, &[("list none", "dup:1209:used")]);
    walk(&mut door(), &[("list acc.", "state"), ("accepted", "a>look")]);
    // Refused documents that bore it before are none of ours, whatever was said of their number.
    let mut machine = door();
    walk(&mut machine, &[("list rej.", "state")]);
    walk(&mut machine, &[("not found", "w>state"); 4]);
    walk(&mut machine, &[("not found", "dup:1209:used")]);
    walk(&mut door(), &[("list rej.", "state"), ("404", "ask")]);
}

/// A state of success under a status of refusal: nobody knows.
#[test]
fn a_refusal_that_contradicts_itself_is_asked_about() {
    let authority = ecf(&json!({}));
    let (whole, small) = (priced(&tax_credit_invoice()), priced(&consumer_invoice("1000")));
    for state in [0, 1, 3, 4] {
        let answer = || replied(400, json!({"codigo": state, "mensaje": "x"}).to_string());
        let mut machine = Machine::sealed(&authority, &whole, "E310000000001");
        walk(&mut machine, &[("due", "send")]);
        assert_eq!(machine.word(answer()), "w>list", "{state}");
        let mut machine = Machine::sealed(&authority, &small, "E320000000001");
        walk(&mut machine, &[("due", "sum")]);
        assert_eq!(machine.word(answer()), "w>asks", "{state}");
    }
}
