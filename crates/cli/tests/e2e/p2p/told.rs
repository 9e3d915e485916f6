//! What a person is told at the command line when the DGII says no, and what is kept for one who
//! doubts: the signed e-CF.

use std::fs;
use std::process::Command;
use std::time::Instant;

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::trade::{CUSTOMER, TAX_ID, Trade};
use super::{PATIENCE, output_text, verified};
use crate::shop::{binary, stalela, store};

const FIRST: &str = "E310000000001";

/// Asked again until something holds: the agent works by itself.
async fn until(trade: &Trade, arguments: &[&str], holds: impl Fn(&Value) -> bool) -> Value {
    let since = Instant::now();
    loop {
        let told = trade.ask_json(arguments);
        if holds(&told) {
            return told;
        }
        assert!(since.elapsed() < PATIENCE, "{told}");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

/// From now on the DGII knows these numbers of type 31, and no others.
async fn authorise(trade: &Trade, (first, last): (u32, u32)) {
    let range = json!({
        "environment": "testecf", "rnc": TAX_ID, "type": 31, "first": first, "last": last,
        "expires": "31-12-2028",
    });
    trade.manage("/ranges", &range).await;
}

async fn verdict(trade: &Trade, verdict: &str) {
    let order = json!({
        "environment": "testecf", "rnc": TAX_ID, "encf": FIRST, "verdict": verdict,
    });
    trade.manage("/verdicts", &order).await;
}

/// A credit note for the first tax credit invoice.
fn credit_note(trade: &Trade) -> Value {
    let draft = json!({
        "kind": "credit_note", "prices": "tax_excluded", "operator": {"name": "Yesenia"},
        "customer": {"kind": "company", "name": "Ferreteria Ozama SRL", "tax_id": CUSTOMER},
        "lines": [{"code": "CEM-94", "kind": "goods", "name": "Cemento gris 94 lb",
                   "unit": "Saco", "quantity": "10", "unit_price": "515",
                   "tax_group": "itbis_18"}],
        "credit": {"nature": "amount_correction", "original": {"number": FIRST}},
        "do": {"reference": {"reason": "Diez sacos mojados"}},
    });
    fs::write(trade.path("note.json"), draft.to_string()).unwrap();
    trade.ask_json(&["issue", trade.path("note.json").to_str().unwrap()])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_says_so_in_the_dgiis_words_and_its_note_is_set_aside() {
    let trade = Trade::new().await;
    authorise(&trade, (5, 10)).await;
    verdict(&trade, "stuck").await;
    let original = trade.issue();
    let note = credit_note(&trade);
    let id = |invoice: &Value| invoice["id"].as_str().unwrap().to_owned();
    let (original, note) = (id(&original), id(&note));
    let since = Instant::now();
    let came = || trade.managed("/arrivals?encf=E310000000001");
    while came().await.as_array().unwrap().is_empty() {
        assert!(since.elapsed() < PATIENCE, "it never came");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    verdict(&trade, "released").await;

    let is_refused = |shown: &Value| shown["state"] == "sealed_refused";
    let refused = until(&trade, &["show", &original], is_refused).await;
    let said = |member: &str| refused["authority"]["refusal"][member].as_str().unwrap();
    assert!(said("words").contains("secuencia"), "{refused}");
    let told = output_text(&trade.ask(&["show", &original]));
    assert!(told.starts_with("E310000000001  sealed_refused\n"), "{told}");
    assert!(told.contains(&format!("  refused {}", said("words"))), "{told}");
    assert!(told.contains(&format!("\"replaces\": \"{original}\"")), "{told}");
    // The code stands in the words already: nobody reads it twice.
    let last = refused["submission"]["last_answer"].as_str().unwrap();
    assert_eq!(last, format!("refused: {}", said("words")), "{}", said("code"));
    // Neither the number nor the security code is cut into groups.
    let code = refused["authority"]["code"].as_str().unwrap();
    assert!(code.starts_with("101000001E310000000001"), "{code}");
    assert!(told.contains(&format!("  code    {code}\n")), "{told}");

    let is_aside = |shown: &Value| shown["authority"]["state"] == "set_aside";
    until(&trade, &["show", &note], is_aside).await;
    let told = output_text(&trade.ask(&["show", &note]));
    let aside = "  aside   set aside, nothing more is sent of it: the document that it corrects was \
                 refused: nothing is left to correct\n";
    assert!(told.contains(aside), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_signed_e_cf_is_had_byte_for_byte_as_it_was_sent() {
    let trade = Trade::new().await;
    let issued = trade.issue();
    let id = issued["id"].as_str().unwrap();
    let on_stdout = trade.ask(&["show", id, "--document"]).stdout;
    let file = trade.path("signed.xml");
    let out = file.to_str().unwrap();
    assert_eq!(output_text(&trade.ask(&["show", id, "--document", "--out", out])), "");
    assert_eq!(fs::read(&file).unwrap(), on_stdout);
    assert_eq!(verified(&file)["kind"], "ECF");

    until(&trade, &["show", id], |shown| shown["state"] == "acknowledged").await;
    let registered = trade.managed("/registered?encf=E310000000001").await;
    let bytes = registered[0]["bytes"].as_str().unwrap();
    assert_eq!(BASE64.decode(bytes.as_bytes()).unwrap(), on_stdout);
    // What was told since changes nothing of it, and another file is not written over.
    assert_eq!(trade.ask(&["show", id, "--document"]).stdout, on_stdout);
    fs::write(&file, "mine").unwrap();
    let kept = trade.ask(&["show", id, "--document", "--out", out]);
    assert_eq!((kept.status.code(), fs::read(&file).unwrap()), (Some(1), b"mine".to_vec()));
    for words in [&["--out", out][..], &["--document", "--receipt", "pdf"]] {
        let misused = trade.ask(&[&["show", id], words].concat());
        assert_eq!(misused.status.code(), Some(2), "{words:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_annulment_that_is_refused_fails_in_the_dgiis_words() {
    let mut trade = Trade::new().await;
    authorise(&trade, (1, 8)).await;
    let outlet = trade.get("/v1/outlets").await["items"][0]["id"].as_str().unwrap().to_owned();
    let numbers = |first: &'static str, last: &'static str| {
        ["sequence", "annul", &outlet, "--kind", "31", "--first", first, "--last", last]
            .map(str::to_owned)
    };
    let words = "la secuencia no está autorizada";
    let url = ["--url".to_owned(), trade.url.clone()];
    let asked = [&numbers("E310000000009", "E310000000010")[..], &url[..]].concat();
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    let refused = trade.ask(&asked);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(told.contains("E310000000009 to E310000000010  refused"), "{told}");
    assert!(told.contains(words), "{told}");
    // It is said once; after that the event has the words.
    let again = trade.ask(&[&["--json"], &asked[..]].concat());
    let problem: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!((again.status.code(), &problem["state"]), (Some(1), &json!("refused")));
    assert!(trade.get("/v1/events").await.to_string().contains(words));

    // The same without a server. What is logged into a file has no colours.
    trade.stop();
    let store = store(trade.folder.path());
    let direct = |first, last| {
        let mut command = Command::new(binary());
        command.args(numbers(first, last)).args(["--store", &store]);
        command.env("STALELA_LOG", "info").output().unwrap()
    };
    let taken = direct("E310000000007", "E310000000008");
    let logged = String::from_utf8_lossy(&taken.stderr).into_owned();
    assert!(taken.status.success() && logged.contains("are annulled"), "{logged}");
    assert!(!logged.contains('\u{1b}'), "{logged:?}");

    // While certifying there is no such service, and nothing is recorded that nobody could tell.
    let made = fs::read_to_string(trade.path("outlet.json")).unwrap();
    let made: Value = serde_json::from_str(&made).unwrap();
    let mut settings = made["settings"].clone();
    settings["authority"] = json!({"environment": "certification"});
    let file = trade.path("settings.json");
    fs::write(&file, settings.to_string()).unwrap();
    let set = ["outlet", "set", &outlet, "--settings", file.to_str().unwrap(), "--store", &store];
    assert!(stalela(&set).status.success());
    let untold = direct("E310000000005", "E310000000006");
    let told = String::from_utf8_lossy(&untold.stderr).into_owned();
    assert_eq!(untold.status.code(), Some(1), "{told}");
    assert!(told.contains("while certifying") && told.contains("Nothing was recorded"), "{told}");
    let listed = output_text(&stalela(&["sequence", "list", "--store", &store]));
    assert!(listed.contains("annulled: E310000000007 to E310000000008  taken"), "{listed}");
    assert!(!listed.contains("E310000000005"), "{listed}");
}
