//! "Can it work offline?" is a property: is there a `Send` before `Sealed`?

use authorities::{
    Annulment, ApprovalWay, Audience, Authority, Environment, Event, Inquiry, Matter, Outcome,
    Signed, SignedApproval, Step, authority_named,
};
use serde_json::json;

use crate::common::as_json;
use crate::machine::{Machine, NUMBER, confirmed, error, invoice, priced, replied};

/// The channels of this country.
const CHANNELS: [&str; 2] = ["drc/emcf", "drc/cloud"];

fn named(name: &str) -> std::sync::Arc<dyn Authority> {
    authority_named(name, &as_json(&json!({"isf": "SFEABC001"})), Environment::Test)
        .expect("a channel")
}

/// Whether the channel sends before it seals, walked with a server that answers everything well.
fn sends_before_sealed(authority: &dyn Authority) -> bool {
    let mut machine = Machine::new(authority);
    let mut step = machine.step(Event::Started).expect("a first step");
    let mut sent = false;
    for _ in 0..10 {
        let event = match step {
            Step::Sealed(_) => return sent,
            Step::Send(request) => {
                sent = true;
                let body = if request.operation == "invoice" { priced() } else { confirmed() };
                replied(200, &body.to_string())
            }
            Step::Sign(..) => Event::Signed(Signed { signature: vec![0; 64], certificate: None }),
            Step::Wait { .. } => Event::Due,
            Step::Ask(_) | Step::GiveUp(_) | Step::Acknowledged(_) | Step::Done(_) => {
                panic!("{step:?} before a seal")
            }
        };
        step = machine.step(event).expect("a step");
    }
    panic!("no seal after ten steps")
}

#[test]
fn each_channel_says_whether_it_seals_offline() {
    for (name, sends) in [("drc/emcf", true), ("drc/cloud", false)] {
        assert_eq!(sends_before_sealed(named(name).as_ref()), sends, "{name}");
    }
    assert_eq!(authorities::names()[..2], CHANNELS);
}

/// The cloud seals first; then the e-MCF's whole sequence delivers, and its elements acknowledge.
#[test]
fn the_cloud_seals_then_delivers() {
    let cloud = named("drc/cloud");
    let mut machine = Machine::new(cloud.as_ref());
    assert_eq!(machine.word(Event::Started), "seal-bare");
    assert_eq!(machine.word(Event::Due), "post");
    assert_eq!(machine.word(Event::Unanswered("timeout".to_owned())), "w0>list");
    assert_eq!(machine.word(replied(200, "{\"pendingRequestsList\":[]}")), "post");
    assert_eq!(machine.word(replied(200, &priced().to_string())), "conf");
    let done = machine.reply(&confirmed()).unwrap();
    let Step::Done(Outcome::Acknowledged(elements)) = done else { panic!("{done:?}") };
    assert_eq!(elements.code, crate::machine::CODE);
    assert_eq!(machine.word(Event::Due), "done");
}

/// Whatever comes first seals: a crash between the seal and its record seals again, sends nothing.
#[test]
fn the_cloud_sends_nothing_before_the_seal_is_recorded() {
    let cloud = named("drc/cloud");
    for event in [Event::Started, Event::Due, Event::Unanswered(String::new())] {
        assert_eq!(Machine::new(cloud.as_ref()).word(event), "seal-bare");
    }
}

#[test]
fn the_clouds_delivery_may_be_refused() {
    let cloud = named("drc/cloud");
    let mut machine = Machine::new(cloud.as_ref());
    machine.word(Event::Started);
    machine.word(Event::Due);
    assert_eq!(machine.word(replied(200, &error("8").to_string())), "refused:8");
}

#[test]
fn a_survey_never_passes_a_point_of_no_return() {
    let invoice = invoice();
    for name in CHANNELS {
        let channel = named(name);
        let mut machine = Machine::of(channel.as_ref(), Matter::Survey { tax_id: "A1234567B" });
        let mut step = machine.step(Event::Started).unwrap();
        for _ in 0..8 {
            let Step::Send(request) = step else { panic!("{step:?}") };
            assert!(!request.point_of_no_return && request.body.is_none());
            step = machine.step(Event::Unanswered("timeout".to_owned())).unwrap();
        }
        assert!(matches!(step, Step::Done(Outcome::Surveyed(_))), "{step:?}");
        assert!(channel.check(&invoice).is_empty());
        assert_eq!((channel.id(), NUMBER.len()), (name, 10));
    }
}

/// What no control module takes, no control module is asked.
#[test]
fn annulments_approvals_and_sessions_are_refused_clearly() {
    let annulment = Annulment { tax_id: "A1234567B".to_owned(), runs: Vec::new(), signed: None };
    let approval = SignedApproval {
        tax_id: "A1234567B".to_owned(),
        issuer_tax_id: "A7654321B".to_owned(),
        number: "1".to_owned(),
        document: "<Word/>".to_owned(),
        way: ApprovalWay::Unsent,
    };
    let inquiry = Inquiry {
        tax_id: "A1234567B".to_owned(),
        issuer_tax_id: "A7654321B".to_owned(),
        number: "1".to_owned(),
        code: "1".to_owned(),
        total: invoice::Amount::parse("1.00").unwrap(),
    };
    let audience = Audience::Authority("");
    for name in CHANNELS {
        for matter in [
            Matter::Annulment(&annulment),
            Matter::Approval(&approval),
            Matter::Inquiry(&inquiry),
            Matter::Session { audience: &audience, tax_id: "A1234567B" },
        ] {
            let channel = named(name);
            let mut machine = Machine::of(channel.as_ref(), matter);
            let refusal = machine.step(Event::Started).unwrap_err();
            assert_eq!(refusal.code, "not_supported");
            assert!(refusal.words.contains(name), "{refusal}");
            assert!(refusal.words.contains(matter.as_str()), "{refusal}");
        }
    }
}
