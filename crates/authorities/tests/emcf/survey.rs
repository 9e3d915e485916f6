//! A survey of the e-MCF: the token's life, the table of groups, the rates of the day.

use authorities::{Event, Matter, Outcome, Step, Survey};
use invoice::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use crate::common::emcf;
use crate::machine::{Machine, OTHER, UID, replied, status};

/// The lists of codes as the live service gave them.
fn code_lists() -> Vec<Event> {
    let lists: [&[&str]; 5] = [
        &["FV", "FT", "FA", "EV", "ET", "EA"],
        &["ESPECES", "MOBILEMONEY", "VIREMENT", "CARTEBANCAIRE", "CHEQUES", "CREDIT", "AUTRE"],
        &["PP", "PM", "PC", "PL", "AO"],
        &["COR", "RAN", "RAM", "RRR"],
        &["BIE", "SER", "TAX"],
    ];
    let row = |code: &&str| json!({"type": code, "description": "…"});
    let list = |codes: &[&str]| json!(codes.iter().map(row).collect::<Vec<_>>());
    lists.iter().map(|codes| replied(200, &list(codes).to_string())).collect()
}

#[test]
fn a_code_that_the_service_does_not_know_any_more_is_told() {
    let mut lists = code_lists();
    lists[1] = replied(200, r#"[{"type":"ESPECES"},{"type":"VIREMENT","description":null}]"#);
    lists[4] = replied(500, "<html>");
    let survey = surveyed_with([standing(), replied(200, GROUPS), replied(200, RATES)], lists);
    let unknown = ["CARTEBANCAIRE", "MOBILEMONEY", "CHEQUES", "CREDIT", "AUTRE"];
    let unknown: Vec<_> = unknown.into_iter().map(|code| ("payment_types", code)).collect();
    assert_eq!(survey.unknown_codes, unknown);
    assert_eq!(survey.notes, ["item_types: 500 and no list of types"]);
}

fn surveyed(replies: [Event; 3]) -> Survey {
    surveyed_with(replies, code_lists())
}

fn surveyed_with(replies: [Event; 3], lists: Vec<Event>) -> Survey {
    let emcf = emcf(&json!({}));
    let mut machine = Machine::of(&emcf, Matter::Survey { tax_id: "A1234567B" });
    machine.now = Timestamp::parse("2026-06-08T12:00:00Z").expect("an instant");
    let mut step = machine.step(Event::Started).expect("a survey refuses nothing");
    for event in replies.into_iter().chain(lists) {
        assert!(matches!(step, Step::Send(_)), "{step:?}");
        step = machine.step(event).expect("a survey refuses nothing");
    }
    match step {
        Step::Done(Outcome::Surveyed(survey)) => *survey,
        other => panic!("{other:?}"),
    }
}

/// What the live service answered in the middle of 2026.
const GROUPS: &str = r#"{"a":0,"b":16,"c":5,"d":0,"e":0,"f":16,"g":5,"h":0,"i":0,"j":0,"k":0,"l":0,"m":0,"n":0,"o":1,"p":1}"#;
const RATES: &str = r#"[{"type":"USD","description":"United States Dollar","date":"2026-06-07T08:02:23.299Z","rate":2300.0}]"#;

fn standing() -> Event {
    let mut reply = status(&[UID, OTHER]);
    reply["tokenValid"] = json!("2027-06-08T16:04:42+01:00");
    replied(200, &reply.to_string())
}

#[test]
fn all_is_learnt_from_good_answers() {
    let survey = surveyed([standing(), replied(200, GROUPS), replied(200, RATES)]);
    assert_eq!(survey.token_valid_until, Timestamp::parse("2027-06-08T15:04:42Z"));
    assert_eq!(survey.pending, 2);
    assert_eq!(survey.differing_groups, []);
    let rates: Vec<_> =
        survey.rates.iter().map(|rate| (rate.currency.as_str(), rate.rate.to_string())).collect();
    assert_eq!(rates, [("USD", "2300.0000".to_owned())]);
    assert_eq!(survey.notes, [""; 0]);
}

#[test]
fn the_questions_are_those_of_the_api() {
    for (settings, paths) in [
        (json!({}), ["api/invoice", "api/info/taxGroups", "api/info/currencyRates"]),
        (
            json!({"trailing_slash": true}),
            ["api/invoice/", "api/info/taxGroups/", "api/info/currencyRates/"],
        ),
    ] {
        let emcf = emcf(&settings);
        let mut machine = Machine::of(&emcf, Matter::Survey { tax_id: "A1234567B" });
        let mut step = machine.step(Event::Started).unwrap();
        for path in paths {
            let Step::Send(request) = step else { panic!("{step:?}") };
            assert_eq!(request.path, path);
            step = machine.step(replied(200, "{}")).unwrap();
        }
    }
}

/// A crash in the middle asks the same question again.
#[test]
fn a_crash_repeats_the_question() {
    let emcf = emcf(&json!({}));
    let mut machine = Machine::of(&emcf, Matter::Survey { tax_id: "A1234567B" });
    machine.step(Event::Started).unwrap();
    machine.step(standing()).unwrap();
    let Step::Send(request) = machine.step(Event::Due).unwrap() else { panic!("a question") };
    assert_eq!(request.path, "api/info/taxGroups");
}

/// A rate that the DGI changed before our tables did is told, by group.
#[test]
fn differing_rates_are_told() {
    for (text, expected) in [
        (GROUPS.replace("\"b\":16", "\"b\":18"), vec!["B 18.00"]),
        (GROUPS.replace("\"c\":5", "\"c\":\"8.00\""), vec!["C 8.00"]),
        (GROUPS.replace("\"c\":5", "\"c\":\"5.00\""), vec![]),
        (GROUPS.replace("\"o\":1,\"p\":1", "\"o\":2,\"p\":2"), vec!["O 2.00", "P 2.00"]),
        (r#"{"a":0,"b":16}"#.to_owned(), vec![]),
    ] {
        let survey = surveyed([standing(), replied(200, &text), replied(200, RATES)]);
        let told: Vec<String> =
            survey.differing_groups.iter().map(|(group, rate)| format!("{group} {rate}")).collect();
        assert_eq!(told, expected, "{text}");
    }
}

/// What cannot be read becomes a note, and the rest is learnt all the same.
#[test]
fn what_fails_becomes_a_note() {
    let lost = || Event::Unanswered("timeout".to_owned());
    let survey = surveyed([lost(), lost(), lost()]);
    assert_eq!(survey.notes.len(), 3, "{:?}", survey.notes);
    assert_eq!(survey, Survey { notes: survey.notes.clone(), ..Survey::default() });
    let survey = surveyed([replied(401, "no"), replied(200, GROUPS), replied(200, RATES)]);
    assert_eq!(survey.token_refused.as_deref(), Some("no"));
    assert_eq!((survey.notes.len(), survey.rates.len()), (0, 1));
    let survey = surveyed([standing(), replied(200, "[]"), replied(200, "{}")]);
    assert_eq!((survey.notes.len(), survey.pending), (2, 2));
}

/// An error page that happens to be JSON teaches nothing.
#[test]
fn an_answer_that_is_no_success_teaches_nothing() {
    let groups = GROUPS.replace("\"b\":16", "\"b\":18");
    let survey = surveyed([standing(), replied(500, &groups), replied(401, RATES)]);
    assert_eq!((survey.differing_groups.len(), survey.rates.len()), (0, 0));
    assert_eq!(survey.notes.len(), 2, "{:?}", survey.notes);
}

/// Rates that are none, or of no currency, are left out.
#[test]
fn hostile_rates_are_left_out() {
    for entry in [
        r#"{"type":"USD","rate":0}"#,
        r#"{"type":"USD","rate":-2300}"#,
        r#"{"type":"USD","rate":"1e9"}"#,
        r#"{"type":"USD","rate":"abc"}"#,
        r#"{"type":"USD","rate":[2300]}"#,
        r#"{"type":"","rate":2300}"#,
        r#"{"type":"<script>","rate":2300}"#,
        r#"{"type":"usd","rate":2300}"#,
    ] {
        let list = format!("[{entry},{}", &RATES[1..]);
        let survey = surveyed([standing(), replied(200, GROUPS), replied(200, &list)]);
        assert_eq!(survey.rates.len(), 1, "{entry}");
    }
    let many = format!("[{}]", vec![&RATES[1..RATES.len() - 1]; 5_000].join(","));
    let survey = surveyed([standing(), replied(200, GROUPS), replied(200, &many)]);
    assert!(survey.rates.len() <= 300);
}

#[test]
fn an_endless_answer_is_cut() {
    let endless = format!("[{}", RATES.repeat(100_000));
    let survey = surveyed([standing(), replied(200, &endless), replied(200, &endless)]);
    assert_eq!(survey.notes.len(), 2);
}

proptest! {
    #[test]
    fn no_bytes_panic(
        bodies in prop::array::uniform3(prop_oneof![
            prop::collection::vec(any::<u8>(), 0..100),
            "\\{\"(a|b|tokenValid|pendingRequestsCount|errorCode)\":(null|-?[0-9]{1,30}|\"[^\"]{0,20}\")\\}"
                .prop_map(String::into_bytes),
            "\\[\\{\"type\":\"[A-Z]{0,4}\",\"rate\":-?[0-9]{1,25}(\\.[0-9]{1,9})?\\}\\]"
                .prop_map(String::into_bytes),
        ]),
        status in prop::sample::select(vec![200_u16, 204, 401, 500]),
    ) {
        let survey = surveyed(
            bodies.map(|body| Event::Replied(authorities::Response { status, body })),
        );
        prop_assert!(survey.rates.iter().all(|rate| rate.rate.is_positive()));
    }
}
