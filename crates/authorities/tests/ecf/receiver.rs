//! The receiver's copy.

use authorities::dom::ecf::document::Receipt;
use authorities::{Audience, Event, Outcome, Request, Step, Target};
use invoice::SECOND;
use serde_json::json;

use crate::desk::{consumer_invoice, ecf, priced, tax_credit_invoice};
use crate::machine::Machine;
use crate::words::{acknowledgement, entry, event, fine, replied};

/// Accepted by the DGII, with the question of the buyer's address on its way.
fn accepted<'a>(
    authority: &'a authorities::dom::ecf::Ecf,
    invoice: &'a invoice::Invoice,
) -> Machine<'a> {
    let mut machine = Machine::sealed(authority, invoice, "E310000000001");
    for (name, expected) in [("due", "send"), ("track", "w>res"), ("accepted", "a>look")] {
        let happens = event(name, &machine);
        assert_eq!(machine.word(happens), expected);
    }
    machine
}

fn handed(machine: &mut Machine<'_>, optional: &str) -> Request {
    let step = machine.step(fine(&entry(optional))).unwrap();
    let Step::Send(request) = step else { panic!("{step:?}") };
    request
}

/// The acknowledgement is a step of its own: what comes after it cannot take it back.
#[test]
fn the_dgiis_answer_is_recorded_before_the_receiver_is_looked_for() {
    let (authority, invoice) = (ecf(&json!({})), priced(&tax_credit_invoice()));
    let mut machine = Machine::sealed(&authority, &invoice, "E310000000001");
    for name in ["due", "track"] {
        let happens = event(name, &machine);
        machine.word(happens);
    }
    let answer = event("accepted", &machine);
    let step = machine.step(answer).unwrap();
    let Step::Acknowledged(elements) = step else { panic!("{step:?}") };
    assert_eq!(elements.detail("status"), Some("accepted"));
    assert_eq!(machine.word(Event::Due), "look");
}

#[test]
fn the_document_is_handed_over_as_it_was_signed() {
    let (authority, invoice) = (ecf(&json!({})), priced(&tax_credit_invoice()));
    let mut machine = accepted(&authority, &invoice);
    let request = handed(&mut machine, "");
    assert_eq!(request.target, Target::Peer("https://ozama.example/x".to_owned()));
    assert_eq!(request.path, "fe/recepcion/api/ecf");
    assert_eq!(request.session, None, "it wants no session");
    let body = String::from_utf8(request.body.unwrap()).unwrap();
    assert!(body.contains(machine.document()));
    let receipt = event("receipt", &machine);
    let step = machine.step(receipt).unwrap();
    let Step::Done(Outcome::Acknowledged(elements)) = step else { panic!("{step:?}") };
    assert_eq!(elements.detail("receiver"), Some("received"));
    assert_eq!(elements.detail("receiver_signer"), Some("IDCDO-00100000019"));
    assert!(elements.document.unwrap().contains("<ARECF>"), "it is kept, signature and all");
}

#[test]
fn a_receiver_that_wants_a_session_gets_one_of_its_own() {
    let (authority, invoice) = (ecf(&json!({})), priced(&tax_credit_invoice()));
    let mut machine = accepted(&authority, &invoice);
    let request = handed(&mut machine, "https://login.example/");
    assert_eq!(request.session, Some(Audience::Peer("https://login.example/".to_owned())));
}

#[test]
fn a_receiver_may_say_that_it_did_not_take_it() {
    let (authority, invoice) = (ecf(&json!({})), priced(&tax_credit_invoice()));
    let mut machine = accepted(&authority, &invoice);
    handed(&mut machine, "");
    let answer = event("not taken", &machine);
    let Ok(Step::Done(Outcome::Acknowledged(elements))) = machine.step(answer) else {
        panic!("it is an answer")
    };
    assert_eq!(elements.detail("receiver"), Some("not_received"));
    assert_eq!(elements.detail("receiver_motive"), Some("3 Envío Duplicado"));
    // After a delivery whose answer was lost, a duplicate is most likely of that one.
    let mut machine = accepted(&authority, &invoice);
    handed(&mut machine, "");
    assert_eq!(machine.word(Event::Unanswered("timeout".to_owned())), "w>hand");
    let answer = event("not taken", &machine);
    let Ok(Step::Done(Outcome::Acknowledged(elements))) = machine.step(answer) else {
        panic!("it is an answer")
    };
    assert_eq!(elements.detail("receiver"), Some("received_before"));
    assert_eq!(elements.detail("receiver_motive"), Some("3 Envío Duplicado"));
}

#[test]
fn only_a_signed_acknowledgement_of_this_document_is_believed() {
    let (authority, invoice) = (ecf(&json!({})), priced(&tax_credit_invoice()));
    let good = acknowledgement("E310000000001", Receipt::Received);
    let unsigned = {
        let (before, rest) = good.split_once("<Signature").unwrap();
        let (_, after) = rest.split_once("</Signature>").unwrap();
        format!("{before}{after}")
    };
    for bad in [
        unsigned,
        good.replace("<Estado>0</Estado>", "<Estado>1</Estado>"),
        acknowledgement("E310000000002", Receipt::Received),
        "{}".to_owned(),
        String::new(),
        "x".repeat(100_000),
    ] {
        let mut machine = accepted(&authority, &invoice);
        handed(&mut machine, "");
        assert_eq!(machine.word(replied(200, bad.clone())), "w>hand", "{bad}");
    }
    // In whatever clothes it comes.
    for good in [format!("\u{FEFF}{good}"), serde_json::to_string(&good).unwrap()] {
        let mut machine = accepted(&authority, &invoice);
        handed(&mut machine, "");
        assert_eq!(machine.word(replied(200, good)), "done");
    }
}

#[test]
fn a_receiver_is_tried_for_a_day_and_then_a_person_is_told() {
    let (authority, invoice) = (ecf(&json!({})), priced(&tax_credit_invoice()));
    let mut machine = accepted(&authority, &invoice);
    let begun = machine.now;
    handed(&mut machine, "");
    let mut tries = 0;
    let last = loop {
        tries += 1;
        let word = machine.word(Event::Unanswered("no connection".to_owned()));
        if word != "w>hand" {
            break word;
        }
    };
    assert_eq!(last, "w>closed!");
    let hours = machine.now.micros_since(begun) / (3_600 * SECOND);
    assert!((24..27).contains(&hours), "{hours}");
    assert!((10..25).contains(&tries), "{tries}");
}

#[test]
fn who_is_not_listed_gets_paper() {
    let (authority, invoice) = (ecf(&json!({})), priced(&tax_credit_invoice()));
    for (status, body) in [(200, "[]"), (404, ""), (400, "\"No encontrado\"")] {
        let mut machine = accepted(&authority, &invoice);
        assert_eq!(machine.word(replied(status, body)), "closed", "{status} {body}");
    }
    let printed = ecf(&json!({"model": "printed"}));
    let certifying = ecf(&json!({"environment": "certification"}));
    for authority in [printed, certifying] {
        let mut machine = Machine::sealed(&authority, &invoice, "E310000000001");
        for (name, expected) in [("due", "send"), ("track", "w>res"), ("accepted", "done")] {
            let happens = event(name, &machine);
            assert_eq!(machine.word(happens), expected);
        }
    }
}

/// Types that are never handed over (Estándar de comunicación emisor-receptor).
#[test]
fn a_consumer_invoice_is_handed_to_nobody() {
    let authority = ecf(&json!({}));
    let mut draft = consumer_invoice("300000");
    draft["customer"] = json!({"kind": "company", "name": "Ozama SRL", "tax_id": "131888888"});
    let invoice = priced(&draft);
    let mut machine = Machine::sealed(&authority, &invoice, "E320000000001");
    for (name, expected) in [("due", "send"), ("track", "w>res"), ("accepted", "done")] {
        let happens = event(name, &machine);
        assert_eq!(machine.word(happens), expected);
    }
}
