//! Every phase with every event: what comes next.

use authorities::{Answer, Event, Signed, Step};
use serde_json::json;

use crate::common::emcf;
use crate::machine::{
    Machine, NUMBER, OTHER, UID, confirmed, detail, error, phases, priced, registered, replied,
    status,
};

/// Rows are events, columns are phases. `post`, `list` (GET status), `look` (GET invoice), `conf`,
/// `canc` are requests, with a 2 behind where they concern another's request; `w0>list` waits a
/// moment first; `ask` asks a person; `seal`, `done`; `refused:12` and `mismatch:` are refusals.
const MATRIX: &str = "
    event        | ready    | posting    | listing  | inspecting | clearing | confirming | asking_pending | asking_finalised | cancelling | withdrawing | portal  | finished
    started      | post     | list       | list     | look       | canc     | list       | list           | look             | canc       | canc        | ask     | done
    due          | post     | list       | list     | look       | canc     | list       | list           | look             | canc       | canc        | ask     | done
    signed       | post     | list       | list     | look       | canc     | list       | list           | look             | canc       | canc        | ask     | done
    unanswered   | w0>post  | w0>list    | w0>list  | w0>look    | w0>canc  | w0>list    | w0>list        | w0>look          | w0>canc    | w0>canc     | w0>ask  | w0>done
    held back    | w0>post  | w0>post    | w0>list  | w0>look    | w0>canc  | w0>list    | w0>list        | w0>look          | w0>canc    | w0>canc     | w0>ask  | w0>done
    priced       | post     | conf       | post     | look2      | post     | ask        | look           | ask              | mismatch:  | refused:13  | ask     | done
    confirmed    | post     | w0>list    | post     | look2      | post     | seal       | look           | seal             | mismatch:  | refused:13  | ask     | done
    none pending | post     | w0>list    | post     | look2      | post     | ask        | look           | ask              | mismatch:  | refused:13  | ask     | done
    ours pending | post     | w0>list    | look     | look2      | post     | ask        | conf           | ask              | mismatch:  | refused:13  | ask     | done
    another's    | post     | w0>list    | look2    | look2      | post     | ask        | look           | ask              | mismatch:  | refused:13  | ask     | done
    our detail   | post     | canc       | post     | canc       | post     | ask        | look           | ask              | mismatch:  | refused:13  | ask     | done
    their detail | post     | canc       | post     | look2      | post     | ask        | look           | ask              | mismatch:  | refused:13  | ask     | done
    {}           | post     | w0>list    | post     | look2      | post     | ask        | look           | ask              | mismatch:  | refused:13  | ask     | done
    code 1       | post     | w5>post    | w0>list  | look2      | post     | w0>list    | w0>list        | ask              | mismatch:  | w0>list     | ask     | done
    code 3       | post     | refused:3  | w0>list  | look2      | post     | canc       | w0>list        | ask              | mismatch:  | w0>list     | ask     | done
    code 4       | post     | refused:4  | w0>list  | look2      | post     | canc       | w0>list        | ask              | mismatch:  | w0>list     | ask     | done
    code 5       | post     | refused:5  | w0>list  | look2      | post     | canc       | w0>list        | ask              | mismatch:  | w0>list     | ask     | done
    code 6       | post     | refused:6  | w0>list  | look2      | post     | canc       | w0>list        | ask              | mismatch:  | w0>list     | ask     | done
    code 7       | post     | refused:7  | w0>list  | look2      | post     | canc       | w0>list        | ask              | mismatch:  | w0>list     | ask     | done
    code 8       | post     | refused:8  | w0>list  | look2      | post     | canc       | w0>list        | ask              | mismatch:  | w0>list     | ask     | done
    code 9       | post     | refused:9  | w0>list  | look2      | post     | canc       | w0>list        | ask              | mismatch:  | w0>list     | ask     | done
    code 10      | post     | w30>post   | w0>list  | look2      | post     | w0>list    | w0>list        | ask              | mismatch:  | w0>list     | ask     | done
    code 11      | post     | refused:11 | w0>list  | look2      | post     | canc       | w0>list        | ask              | mismatch:  | w0>list     | ask     | done
    code 12      | post     | refused:12 | w0>list  | look2      | post     | canc       | w0>list        | ask              | mismatch:  | w0>list     | ask     | done
    code 20      | post     | refused:20 | w0>list  | look2      | post     | look       | w0>list        | ask              | mismatch:  | look        | ask     | done
    code 24      | post     | refused:24 | w0>list  | look2      | post     | canc       | w0>list        | ask              | mismatch:  | w0>list     | ask     | done
    code 33      | post     | refused:33 | w0>list  | look2      | post     | canc       | w0>list        | ask              | mismatch:  | w0>list     | ask     | done
    code 99      | post     | w30>post   | w0>list  | look2      | post     | w0>list    | w0>list        | ask              | mismatch:  | w0>list     | ask     | done
    code 17      | post     | refused:17 | w0>list  | look2      | post     | canc       | w0>list        | ask              | mismatch:  | w0>list     | ask     | done
    400          | post     | refused:400| w0>list  | look2      | post     | canc       | w0>list        | ask              | mismatch:  | w0>list     | ask     | done
    401          | w60>post | w60>post   | w60>list | w60>look   | w60>canc | w60>list   | w60>list       | w60>look         | w60>canc   | w60>canc    | w60>ask | w60>done
    403          | w60>post | w60>post   | w60>list | w60>look   | w60>canc | w60>list   | w60>list       | w60>look         | w60>canc   | w60>canc    | w60>ask | w60>done
    404          | w0>post  | w0>list    | w0>list  | look2      | post     | w0>list    | w0>list        | ask              | mismatch:  | w0>canc     | w0>ask  | w0>done
    413          | post     | refused:413| w0>list  | look2      | post     | canc       | w0>list        | ask              | mismatch:  | w0>list     | ask     | done
    500          | w0>post  | w0>list    | w0>list  | look2      | post     | w0>list    | w0>list        | ask              | mismatch:  | w0>canc     | w0>ask  | w0>done
    503          | w0>post  | w0>list    | w0>list  | look2      | post     | w0>list    | w0>list        | w0>look          | mismatch:  | w0>canc     | w0>ask  | w0>done
    garbage      | w0>post  | w0>list    | w0>list  | look2      | post     | w0>list    | w0>list        | ask              | mismatch:  | w0>canc     | w0>ask  | w0>done
    nothing      | w0>post  | w0>list    | w0>list  | look2      | post     | w0>list    | w0>list        | ask              | mismatch:  | w0>canc     | w0>ask  | w0>done
    told not     | post     | list       | list     | look       | canc     | list       | list           | look             | canc       | canc        | post    | done
    told ours    | post     | list       | list     | look       | canc     | list       | list           | look             | canc       | canc        | seal    | done
    told others  | post     | list       | list     | look       | canc     | list       | list           | look             | canc       | canc        | ask     | done
";

fn event(name: &str) -> Event {
    let fine = |body: serde_json::Value| replied(200, &body.to_string());
    match name {
        "started" => Event::Started,
        "due" => Event::Due,
        "signed" => Event::Signed(Signed { signature: vec![0; 64], certificate: None }),
        "unanswered" => Event::Unanswered("timeout".to_owned()),
        "held back" => Event::HeldBack,
        "priced" => fine(priced()),
        "confirmed" => fine(confirmed()),
        "none pending" => fine(status(&[])),
        "ours pending" => fine(status(&[UID])),
        "another's" => fine(status(&[OTHER])),
        "our detail" => fine(detail(NUMBER)),
        "their detail" => fine(detail("FAC02/2026")),
        "{}" => fine(json!({})),
        "garbage" => replied(200, "<html>502 Bad Gateway</html>"),
        "nothing" => replied(200, ""),
        "told not" => Event::Told(Answer::NotRegistered),
        "told ours" => registered(Some("4064")),
        "told others" => registered(Some("4064.01")),
        name => match name.strip_prefix("code ") {
            Some(code) => fine(error(code)),
            None => replied(name.parse().expect("a status"), "{\"title\":\"no\"}"),
        },
    }
}

#[test]
fn every_phase_with_every_event() {
    let emcf = emcf(&json!({}));
    let phases = phases(&emcf);
    let mut rows = MATRIX.lines().filter(|row| !row.trim().is_empty()).map(cells);
    let names: Vec<&str> = phases.iter().map(|(name, _)| *name).collect();
    assert_eq!(rows.next().unwrap()[1..], names);
    for row in rows {
        for ((phase, machine), expected) in phases.iter().zip(&row[1..]) {
            let word = machine.clone().word(event(row[0]));
            assert_eq!(word, *expected, "{} while {phase}", row[0]);
        }
    }
}

fn cells(row: &'static str) -> Vec<&'static str> {
    row.split('|').map(str::trim).collect()
}

/// A crash in any phase: the stored bytes and the news that time has passed. What may have left is
/// asked about; a POST and a confirmation are never repeated blindly.
#[test]
fn a_crash_resumes_with_a_question() {
    let emcf = emcf(&json!({}));
    for (phase, mut machine) in phases(&emcf) {
        let word = machine.word(Event::Due);
        assert!(!word.starts_with("conf"), "{phase}");
        assert_eq!(word == "post", phase == "ready", "{phase}");
        // And a second crash right after does not either.
        let again = machine.word(Event::Due);
        assert!(!again.starts_with("conf") && again != "post", "{phase}: {again}");
    }
}

#[test]
fn a_lost_post_is_looked_for_cancelled_and_posted_again() {
    let emcf = emcf(&json!({}));
    let mut machine = Machine::new(&emcf);
    let walk = [
        (Event::Started, "post"),
        (event("unanswered"), "w0>list"),
        (event("ours pending"), "look"),
        (event("our detail"), "canc"),
        (event("{}"), "post"),
        (event("priced"), "conf"),
        (event("confirmed"), "seal"),
        (Event::Due, "done"),
    ];
    for (event, expected) in walk {
        assert_eq!(machine.word(event), expected);
    }
}

/// Another till's pending requests are looked at and left alone.
#[test]
fn requests_of_others_are_never_cancelled() {
    let emcf = emcf(&json!({}));
    let mut machine = Machine::new(&emcf);
    let walk = [
        (Event::Started, "post"),
        (event("503"), "w0>list"),
        (replied(200, &status(&[UID, OTHER]).to_string()), "look2"),
        (event("their detail"), "look"),
        (event("their detail"), "post"),
    ];
    for (event, expected) in walk {
        assert_eq!(machine.word(event), expected);
    }
}

#[test]
fn a_lost_confirmation_is_confirmed_again_while_pending_and_else_asked_about() {
    let emcf = emcf(&json!({}));
    let mut machine = Machine::new(&emcf);
    let walk = [
        (Event::Started, "post"),
        (event("priced"), "conf"),
        (event("unanswered"), "w0>list"),
        (event("ours pending"), "conf"),
        (event("500"), "w0>list"),
        (event("none pending"), "look"),
        (event("code 20"), "ask"),
        (event("told others"), "ask"),
        (event("told ours"), "seal"),
        (Event::Due, "done"),
    ];
    for (event, expected) in walk {
        assert_eq!(machine.word(event), expected);
    }
}

/// A server that does not tell of finalised invoices, by the outlet's setting.
#[test]
fn without_ask_finalised_a_person_is_asked_at_once() {
    let emcf = emcf(&json!({"ask_finalised": false}));
    for last in ["none pending", "another's"] {
        let mut machine = Machine::new(&emcf);
        for name in ["started", "priced", "unanswered"] {
            machine.word(event(name));
        }
        assert_eq!(machine.word(event(last)), "ask");
    }
    let mut machine = Machine::new(&emcf);
    for name in ["started", "priced"] {
        machine.word(event(name));
    }
    assert_eq!(machine.word(event("code 20")), "ask");
}

/// The DGI refuses to confirm: the request is cancelled and its own code and words are kept. If it
/// cannot be cancelled, an earlier confirmation may have gone through, and that is found out.
#[test]
fn a_refused_confirmation_keeps_the_authoritys_words() {
    let emcf = emcf(&json!({}));
    let mut machine = Machine::new(&emcf);
    for name in ["started", "priced", "unanswered", "ours pending", "code 13"] {
        machine.word(event(name));
    }
    let mut cancelled = machine.clone();
    let refusal = cancelled.reply(&json!({"dateTime": "", "qrCode": ""})).unwrap_err();
    assert_eq!(refusal.to_string(), "refused: 13 non");
    assert_eq!(machine.word(event("code 20")), "look");
    assert_eq!(machine.word(event("confirmed")), "seal");
}

#[test]
fn the_question_names_the_invoice_and_the_place_to_look() {
    let emcf = emcf(&json!({}));
    let mut machine = phases(&emcf).into_iter().find(|(name, _)| *name == "portal").unwrap().1;
    let authorities::Step::Ask(question) = machine.step(Event::Due).unwrap() else {
        panic!("a question")
    };
    assert!(question.text.contains(NUMBER) && question.text.contains(UID), "{}", question.text);
    assert!(question.text.contains("portal"), "{}", question.text);
}

/// What is not a GUID goes into no path.
#[test]
fn a_hostile_uid_is_no_uid() {
    for uid in ["../../info/status", "x", "ac33f8fe-9735-4ed6-a9c3-df58a908ccd3/confirm", "", "é"]
    {
        let emcf = emcf(&json!({}));
        let mut machine = Machine::new(&emcf);
        machine.word(Event::Started);
        let mut reply = priced();
        reply["uid"] = json!(uid);
        assert_eq!(machine.word(replied(200, &reply.to_string())), "w0>list", "{uid}");
        assert_eq!(machine.word(replied(200, &status(&[uid]).to_string())), "post", "{uid}");
    }
    // An upper-case GUID is one.
    let emcf = emcf(&json!({}));
    let mut machine = Machine::new(&emcf);
    machine.word(Event::Started);
    machine.reply(&priced()).unwrap();
    machine.word(event("unanswered"));
    let upper = status(&[&UID.to_uppercase()]);
    assert_eq!(machine.word(replied(200, &upper.to_string())), "conf");
}

/// A document that the server itself cannot digest blocks nobody behind it.
#[test]
fn a_post_that_the_server_fails_time_and_again_is_given_up() {
    for (code, body) in [(500, "oops".to_owned()), (200, error("99").to_string())] {
        let authority = emcf(&json!({}));
        let mut machine = Machine::new(&authority);
        let mut step = machine.step(Event::Started).unwrap();
        let mut posts = 0;
        let gave_up = loop {
            let event = match &step {
                Step::Send(request) if request.operation == "invoice" => {
                    posts += 1;
                    replied(code, &body)
                }
                Step::Send(_) => replied(200, &status(&[]).to_string()),
                Step::Wait { .. } => Event::Due,
                other => break matches!(other, Step::GiveUp(_)),
            };
            step = machine.step(event).unwrap();
        };
        assert!(gave_up);
        assert_eq!(posts, 20);
        // A person puts it back: it starts anew.
        assert!(matches!(machine.step(Event::Due), Ok(Step::Send(_))));
    }
}

/// What a person tells is held to no less than a reply of the module.
#[test]
fn what_a_person_tells_must_be_possible() {
    let authority = emcf(&json!({}));
    let portal = phases(&authority).into_iter().find(|(name, _)| *name == "portal").unwrap().1;
    let told = |change: fn(&mut Answer)| {
        let Event::Told(mut answer) = registered(Some("4064.00")) else { panic!("an answer") };
        change(&mut answer);
        portal.clone().word(Event::Told(answer))
    };
    assert_eq!(told(|_| {}), "seal");
    let broken: [fn(&mut Answer); 5] = [
        |answer| with(answer, |elements, _| elements.code = "ABCÉ/1".to_owned()),
        |answer| with(answer, |elements, _| elements.code.make_ascii_lowercase()),
        |answer| with(answer, |elements, _| elements.qr = None),
        |answer| with(answer, |elements, _| elements.qr = Some("RDCDEF01;X;Y;Z".to_owned())),
        |answer| with(answer, |_, total| *total = None),
    ];
    for change in broken {
        assert_eq!(told(change), "ask");
    }
}

fn with(answer: &mut Answer, change: fn(&mut invoice::SecurityElements, &mut Option<String>)) {
    let Answer::Registered { elements, total } = answer else { panic!("a registered one") };
    change(elements, total);
}
