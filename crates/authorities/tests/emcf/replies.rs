//! Replies read closely: sums to the cent, values in every spelling, security elements.

use authorities::{Event, Step};
use invoice::{Invoice, Json};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::{emcf, facts, price};
use crate::machine::{CODE, Machine, confirmed, detail, document, phases, priced, replied, status};

fn posted(reply: &str) -> String {
    let emcf = emcf(&json!({}));
    let mut machine = Machine::new(&emcf);
    machine.word(Event::Started);
    machine.word(replied(200, reply))
}

/// Each sum that the invoice has, a cent more, a cent less, missing, or no number.
#[test]
fn a_sum_off_by_a_cent_is_never_confirmed() {
    for (sum, cents) in [
        ("total", 406_400),
        ("vtotal", 6_400),
        ("taa", 360_000),
        ("haa", 360_000),
        ("vaa", 0),
        ("tab", 46_400),
        ("hab", 40_000),
        ("vab", 6_400),
    ] {
        for off in [-1, 1] {
            let value = f64::from(cents + off) / 100.0;
            for value in [json!(value), json!(format!("{value:.2}"))] {
                let mut reply = priced();
                reply[sum] = value;
                assert_eq!(posted(&reply.to_string()), "canc", "{reply}");
            }
        }
        for nonsense in [json!(null), json!("many"), json!([464]), json!({}), json!(true)] {
            let mut reply = priced();
            reply[sum] = nonsense;
            assert_eq!(posted(&reply.to_string()), "canc", "{reply}");
        }
        let mut reply = priced();
        reply.as_object_mut().unwrap().remove(sum);
        // The first edition of the API knew groups A to I only; the totals are in every edition.
        let expected = if sum.ends_with("total") { "canc" } else { "conf" };
        assert_eq!(posted(&reply.to_string()), expected, "without {sum}");
    }
}

/// A sum of a group that the invoice has no line in, the totals being right.
#[test]
fn a_sum_of_another_group_is_never_confirmed() {
    for group in 'c'..='p' {
        for sum in ["ta", "ha", "va"] {
            let mut reply = priced();
            reply[format!("{sum}{group}")] = json!(0.01);
            assert_eq!(posted(&reply.to_string()), "canc", "{sum}{group}");
            reply[format!("{sum}{group}")] = json!("0.00");
            assert_eq!(posted(&reply.to_string()), "conf", "{sum}{group}");
        }
    }
}

#[test]
fn the_refusal_says_which_sum_differs() {
    let emcf = emcf(&json!({}));
    let mut machine = Machine::new(&emcf);
    machine.word(Event::Started);
    let mut reply = priced();
    reply["vab"] = json!(64.01);
    machine.reply(&reply).unwrap();
    let refusal = machine.reply(&json!({})).unwrap_err();
    assert_eq!(refusal.to_string(), "mismatch: vab: ours 64.00, the DGI's 64.01");
}

/// Numbers, numeric strings, trailing zeros, exponents: the same sum.
#[test]
fn sums_are_read_in_every_spelling() {
    let text = priced().to_string();
    for (spelling, word) in [
        ("4064", "conf"),
        ("4064.0", "conf"),
        ("4064.000000", "conf"),
        ("\"4064\"", "conf"),
        ("\"4064.00\"", "conf"),
        ("4.064e3", "conf"),
        ("4064.001", "canc"),
        ("-4064.00", "canc"),
        ("\"4 064,00\"", "canc"),
        ("4064.0000000000000000000000000001", "canc"),
    ] {
        let reply = text.replace("\"total\":4064.0", &format!("\"total\":{spelling}"));
        assert!(reply.contains(spelling), "{spelling} is not in {reply}");
        assert_eq!(posted(&reply), word, "{spelling}");
    }
}

/// Amounts pass through no binary float, in either direction: sixteen digits stay sixteen.
#[test]
fn the_largest_amounts_are_compared_to_the_cent() {
    let mut document = document();
    document["lines"] = json!([{"kind": "goods", "name": "BARRAGE", "quantity": "1",
                                "unit_price": "99999999999999.99", "tax_group": "A"}]);
    let emcf = emcf(&json!({}));
    let invoice: Invoice = price(&document, &emcf, &facts()).unwrap();
    let matter = authorities::Matter::Invoice(authorities::Numbered::new(&invoice, "1"));
    for (theirs, word) in [
        ("99999999999999.99", "conf"),
        ("\"99999999999999.99\"", "conf"),
        ("99999999999999.98", "canc"),
    ] {
        let mut machine = Machine::of(&emcf, matter);
        let Ok(Step::Send(post)) = machine.step(Event::Started) else { panic!("a POST") };
        let body = String::from_utf8(post.body.unwrap()).unwrap();
        assert!(body.contains("\"price\":99999999999999.99,"), "{body}");
        let reply = format!(
            r#"{{"uid":"{}","total":{theirs},"vtotal":0,"taa":{theirs},"haa":{theirs},"vaa":0}}"#,
            crate::machine::UID
        );
        assert_eq!(machine.clone().word(replied(200, &reply)), word, "{theirs}");
        if let Ok(Step::Send(confirm)) = machine.step(replied(200, &reply))
            && word == "conf"
        {
            let body = String::from_utf8(confirm.body.unwrap()).unwrap();
            assert_eq!(body, r#"{"total":99999999999999.99,"vtotal":0.00}"#);
        }
    }
}

fn sealed(reply: &Value) -> Option<invoice::SecurityElements> {
    let emcf = emcf(&json!({}));
    let confirming = phases(&emcf).into_iter().find(|(name, _)| *name == "confirming");
    match confirming.expect("a phase").1.reply(reply) {
        Ok(Step::Sealed(elements)) => elements,
        Ok(Step::Ask(_)) => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_security_elements_are_kept_as_they_came() {
    let elements = sealed(&confirmed()).unwrap();
    assert_eq!(elements.code, CODE);
    let qr = "RDCDEF01;XX01710090-1;TESTFACTHQBAX2F3K22NMDYR;A1234567B;20261204123456";
    assert_eq!(elements.qr.as_deref(), Some(qr));
    assert_eq!(elements.detail("nim"), Some("XX01710090-1"));
    assert_eq!(elements.detail("counters"), Some("3/9 FV"));
    assert_eq!(elements.detail("time"), Some("04/12/2026 12:34:56"));
    assert_eq!(elements.reply, confirmed().to_string());
    let mut without_dashes = confirmed();
    without_dashes["codeDEFDGI"] = json!(CODE);
    assert_eq!(sealed(&without_dashes).unwrap().code, CODE);
}

/// All published samples of a code are 24 characters of base32. What is confirmed without one that
/// can be printed, or without its QR, is for a person to find on the portal.
#[test]
fn elements_that_cannot_be_printed_are_asked_about() {
    for (key, value) in [
        ("codeDEFDGI", json!("")),
        ("codeDEFDGI", json!(null)),
        ("codeDEFDGI", json!("TEST-FACT-HQBA-X2F3-K22N-MDY")),
        ("codeDEFDGI", json!("TEST-FACT-HQBA-X2F3-K22N-MDY1")),
        ("codeDEFDGI", json!("test-fact-hqba-x2f3-k22n-mdyr")),
        ("codeDEFDGI", json!("<b>-FACT-HQBA-X2F3-K22N-MDYR")),
        ("qrCode", json!("")),
        ("qrCode", json!(null)),
    ] {
        let mut reply = confirmed();
        reply[key] = value.clone();
        assert_eq!(sealed(&reply), None, "{key} {value}");
    }
}

/// Keys without meaning on success: absent, null, empty, zero; anything else is an error.
#[test]
fn an_error_code_is_known_in_every_spelling() {
    for (code, word) in [
        (json!(null), "conf"),
        (json!(""), "conf"),
        (json!("0"), "conf"),
        (json!(0), "conf"),
        (json!("12"), "refused:12"),
        (json!(12), "refused:12"),
    ] {
        let mut reply = priced();
        reply["errorCode"] = code.clone();
        assert_eq!(posted(&reply.to_string()), word, "{code}");
    }
}

/// A code without words gets those that are published; long words are cut.
#[test]
fn the_authoritys_words_are_kept_within_bounds() {
    let refused = |reply: Value| {
        let emcf = emcf(&json!({}));
        let mut machine = Machine::new(&emcf);
        machine.word(Event::Started);
        machine.reply(&reply).unwrap_err()
    };
    let bare = refused(json!({"errorCode": "12"}));
    assert_eq!(bare.words, "Le montant de l'avoir dépasse celui de la facture originale");
    assert_eq!(refused(json!({"errorCode": "77"})).words, "Code d'erreur non publié");
    let long = refused(json!({"errorCode": "8", "errorDesc": "é".repeat(10_000)}));
    assert_eq!(long.words.chars().count(), 500);
}

#[test]
fn a_reply_larger_than_any_is_not_read() {
    let mut reply = priced();
    reply["padding"] = json!("x".repeat(3 * 1024 * 1024));
    assert_eq!(posted(&reply.to_string()), "w0>list");
}

proptest! {
    /// Any bytes in any phase: a step or a refusal; a confirmation only where the sums agreed or
    /// the uid is pending, and a seal only with elements.
    #[test]
    fn no_bytes_panic(
        phase in 0_usize..12,
        status in prop::sample::select(vec![200_u16, 201, 204, 301, 400, 404, 418, 500]),
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            mutated(),
        ],
    ) {
        let emcf = emcf(&json!({}));
        let (name, mut machine) = phases(&emcf).swap_remove(phase);
        let event = Event::Replied(authorities::Response { status, body });
        match machine.step(event) {
            Ok(Step::Sealed(elements)) => prop_assert_eq!(elements.unwrap().code.len(), 24),
            Ok(Step::Send(request)) if request.operation == "confirm" => {
                prop_assert!(["posting", "asking_pending"].contains(&name));
            }
            Ok(_) | Err(_) => {}
        }
    }
}

/// A reply of the API with one member replaced by anything.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let replies = vec![priced(), confirmed(), status(&[crate::machine::UID]), detail("x")];
    let value = prop_oneof![
        Just(json!(null)),
        any::<f64>().prop_map(|number| json!(number)),
        any::<String>().prop_map(Value::String),
        Just(json!([[[]]])),
        Just(json!([{"uid": null}])),
        Just(json!({"uid": 5})),
    ];
    (prop::sample::select(replies), any::<prop::sample::Index>(), value).prop_map(
        |(mut reply, index, value)| {
            let members = reply.as_object_mut().expect("an object");
            let keys: Vec<String> = members.keys().cloned().collect();
            members.insert(index.get(&keys).clone(), value);
            reply.to_string().into_bytes()
        },
    )
}

/// The machine's state is stored as JSON of its own: it can be read by a later version.
#[test]
fn progress_is_json_without_numbers_that_lose_digits() {
    let emcf = emcf(&json!({}));
    for (name, machine) in phases(&emcf) {
        assert!(Json::parse(&machine.progress).is_ok(), "{name}");
    }
}
