//! Words on documents, types of documents, and numbers that are annulled: with the real binary.

use std::fs;
use std::time::Instant;

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::trade::Trade;
use super::{COUNTERPART, PATIENCE, verified};
use crate::shop::{stalela, store};

/// Shown until something holds of it: the agent works by itself.
async fn shown_until(trade: &Trade, id: &str, holds: impl Fn(&Value) -> bool) -> Value {
    let since = Instant::now();
    loop {
        let shown = trade.ask_json(&["inbox", "show", id]);
        if holds(&shown) {
            return shown;
        }
        assert!(since.elapsed() < PATIENCE, "{shown}");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

fn is_told(shown: &Value) -> bool {
    shown["deliveries"].as_array().unwrap().iter().all(|one| one["state"] != "to_send")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_and_a_rejection_reach_the_dgii_and_the_issuer() {
    let trade = Trade::new().await;
    for _ in 0..2 {
        assert_eq!(trade.order_document().await["estado"], "e-CF Recibido");
    }
    let listed = trade.ask_json(&["inbox", "list"]);
    let id = |row: usize| listed["items"][row]["id"].as_str().unwrap().to_owned();
    let (rejected, approved) = (id(0), id(1));
    // The DGII knows what its counterpart issued.
    let knows = |shown: &Value| shown["authority"]["state"] == "accepted";
    shown_until(&trade, &approved, knows).await;
    assert_eq!(trade.ask_json(&["inbox", "approve", &approved])["state"], "approved");
    let reject = ["inbox", "reject", &rejected, "--reason", "No pedimos esto."];
    assert_eq!(trade.ask_json(&reject)["state"], "rejected");
    let (mut documents, mut numbers) = (Vec::new(), Vec::new());
    for id in [&approved, &rejected] {
        let shown = shown_until(&trade, id, is_told).await;
        for delivery in shown["deliveries"].as_array().unwrap() {
            assert_eq!(delivery["state"], "sent", "{shown}");
        }
        let decision = trade.ask(&["inbox", "show", id, "--file", "decision"]).stdout;
        fs::write(trade.path("decision.xml"), &decision).unwrap();
        assert_eq!(verified(&trade.path("decision.xml"))["kind"], "ACECF");
        documents.push(decision);
        numbers.push(shown["number"].clone());
    }
    let all = trade.managed("/approvals").await;
    let registered = |number: &Value| {
        let found = all.as_array().unwrap().iter().find(|one| one["encf"] == *number);
        found.unwrap_or_else(|| panic!("{all}")).clone()
    };
    let told = trade.counterpart().await["approvals"].clone();
    for (place, accepted) in [(0, true), (1, false)] {
        let one = registered(&numbers[place]);
        assert_eq!((&one["rnc"], &one["accepted"]), (&json!(COUNTERPART), &json!(accepted)));
        let bytes = BASE64.decode(one["bytes"].as_str().unwrap().as_bytes()).unwrap();
        assert_eq!(bytes, documents[place], "byte for byte");
        let of_issuer = told.as_array().unwrap().iter().find(|one| one["encf"] == numbers[place]);
        assert_eq!(of_issuer.unwrap()["accepted"], accepted, "{told}");
    }
    let text = trade.ask(&["inbox", "show", &approved]).stdout;
    let text = String::from_utf8(text).unwrap();
    for words in ["approved", "authority: sent", "issuer: sent", "chain not_checked", "accepted"] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

/// Credit invoices, both notes and special regimes; the rest has no receiver.
#[tokio::test(flavor = "multi_thread")]
async fn every_type_that_has_a_receiver_is_received() {
    let trade = Trade::new().await;
    for kind in ["31", "33", "34", "44"] {
        let sent = trade.order_document_of(kind).await;
        assert_eq!(sent["estado"], "e-CF Recibido", "{kind}: {sent}");
    }
    let listed = trade.ask_json(&["inbox", "list"]);
    let items = listed["items"].as_array().unwrap();
    let kinds: Vec<_> = items.iter().map(|row| row["document_kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["44", "34", "33", "31"]);
    for row in items {
        let id = row["id"].as_str().unwrap();
        let receipt = trade.ask(&["inbox", "show", id, "--file", "receipt"]).stdout;
        fs::write(trade.path("receipt.xml"), receipt).unwrap();
        assert_eq!(verified(&trade.path("receipt.xml"))["kind"], "ARECF");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_that_nobody_uses_are_annulled_at_the_command_line() {
    let mut trade = Trade::new().await;
    let used = trade.issue()["number"].as_str().unwrap().to_owned();
    let outlet = trade.get("/v1/outlets").await["items"][0]["id"].as_str().unwrap().to_owned();
    let numbers = |first: &str, last: &str| {
        let words =
            ["sequence", "annul", &outlet, "--kind", "31", "--first", first, "--last", last];
        words.map(str::to_owned).to_vec()
    };
    let words = |words: &[String], place: &[&str]| -> Vec<String> {
        let place = place.iter().map(|word| (*word).to_owned());
        words.iter().cloned().chain(place).collect()
    };
    let url = trade.url.clone();
    let ask = |trade: &Trade, arguments: Vec<String>| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        trade.ask(&[&["--json"], &arguments[..]].concat())
    };
    let free = numbers("E310000000009", "E310000000010");
    let annulled = ask(&trade, words(&free, &["--url", &url]));
    let annulled: Value = serde_json::from_slice(&annulled.stdout).unwrap();
    assert_eq!(
        (&annulled["state"], &annulled["first"]),
        (&json!("taken"), &json!("E310000000009"))
    );
    assert_eq!(trade.managed("/annulled").await.as_array().map(Vec::len), Some(1));

    // What a document bears is never annulled, nor what is no number of ours.
    let borne = numbers(&used, "E310000000002");
    let unknown = numbers("E310000000099", "E310000000099");
    for (wrong, code) in [(&borne, "numbers_held"), (&unknown, "numbers_unknown")] {
        let refused = ask(&trade, words(wrong, &["--url", &url]));
        assert_eq!(refused.status.code(), Some(1));
        let problem: Value = serde_json::from_slice(&refused.stdout).unwrap();
        assert_eq!(problem["faults"][0]["code"], code, "{problem}");
    }

    // Without a server the store itself is asked; beside one it is held.
    let store = store(trade.folder.path());
    let next = numbers("E310000000007", "E310000000008");
    let held = ask(&trade, words(&next, &["--store", &store]));
    assert_eq!(held.status.code(), Some(3), "{held:?}");
    trade.stop();
    let annulled = ask(&trade, words(&next, &["--store", &store]));
    let told: Value = serde_json::from_slice(&annulled.stdout).unwrap();
    assert_eq!(told["state"], "taken", "{annulled:?}");
    let refused = ask(&trade, words(&borne, &["--store", &store]));
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let said = String::from_utf8_lossy(&refused.stdout).into_owned();
    assert!(said.contains("used already"), "{refused:?}");
    let listed = stalela(&["sequence", "list", "--store", &store]);
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("annulled: E310000000007 to E310000000008  taken"), "{listed}");
}

/// A bundle of roots is read before an outlet is written.
#[tokio::test(flavor = "multi_thread")]
async fn roots_that_are_none_are_told_when_the_outlet_is_made() {
    let trade = Trade::new().await;
    let outlet = fs::read_to_string(trade.path("outlet.json")).unwrap();
    let mut outlet: Value = serde_json::from_str(&outlet).unwrap();
    outlet["code"] = json!("SDQ02");
    fs::write(trade.path("roots.pem"), "no certificate").unwrap();
    let other = trade.path("other.db");
    for (roots, words) in [("/nowhere/roots.pem", "cannot be read"), ("roots.pem", "no root")] {
        let roots = trade.folder.path().join(roots);
        outlet["settings"]["receiving"]["trusted_roots"] = json!(roots);
        fs::write(trade.path("second.json"), outlet.to_string()).unwrap();
        let file = trade.path("second.json");
        let store = other.to_str().unwrap();
        let made = stalela(&["outlet", "create", file.to_str().unwrap(), "--store", store]);
        assert!(!made.status.success(), "{made:?}");
        let said = String::from_utf8_lossy(&made.stderr).into_owned();
        assert!(said.contains("trusted_roots") && said.contains(words), "{said}");
    }
}
