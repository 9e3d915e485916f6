//! The page's own script, run where there is a JavaScript engine.

use std::process::Command;

use serde_json::{Value, json};

use super::PAGE;
use crate::testing::{TestApp, draft};

fn script() -> &'static str {
    let (_, rest) = PAGE.split_once("<script>").unwrap();
    rest.split_once("</script>").unwrap().0
}

/// What the page's `judge` says of each fragment; nothing where there is no engine.
fn judged(fragments: &[String], keys: &Value) -> Option<Vec<Value>> {
    let program = format!(
        "{}\nPromise.all({}.map((one) => judge(one, async () => {keys})))\
         .then((all) => console.log(JSON.stringify(all, (_, value) => \
         typeof value === 'bigint' ? value.toString() : value)))",
        script(),
        json!(fragments),
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("judge.mjs");
    std::fs::write(&path, program).unwrap();
    let output = Command::new("node").arg(&path).output();
    let Ok(output) = output else {
        println!("skipped: there is no node");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[tokio::test]
async fn the_page_tells_true_seals_from_false_ones() {
    let app = TestApp::direct().await;
    let issued = app.issue("k1", &draft()).await;
    let other = app.issue("k2", &draft()).await;
    let fragment = |url: &str| url.split_once('#').unwrap().1.to_owned();
    let good = fragment(issued.text("/seal/verify_url"));
    let (statement, signature) = good.split_once('.').unwrap();
    let (_, other_signature) = other.text("/seal/verify_url").rsplit_once('.').unwrap();
    let mut altered = data_encoding::BASE64URL_NOPAD.decode(statement.as_bytes()).unwrap();
    let at = altered.windows(8).position(|window| window == b"11600.00").unwrap();
    altered[at] = b'9';
    let altered = data_encoding::BASE64URL_NOPAD.encode(&altered);
    let fragments = [
        good.clone(),
        format!("{statement}.{other_signature}"),
        format!("{altered}.{signature}"),
        statement.to_owned(),
        format!("{}.{signature}", &statement[..40]),
        "!.!".to_owned(),
        String::new(),
    ];
    let keys = app.get_as("", "/.well-known/stalela-keys.json").await;
    let Some(verdicts) = judged(&fragments, keys.at("/keys")) else { return };
    let words: Vec<_> = verdicts.iter().map(|one| one["verdict"].as_str().unwrap()).collect();
    let expected = ["genuine", "forged", "forged", "malformed", "malformed", "malformed", "empty"];
    assert_eq!(words, expected);
    assert_eq!(verdicts[0]["facts"]["number"], *issued.at("/number"));
    assert_eq!(verdicts[0]["facts"]["total"], "11600.00");
    assert_eq!(verdicts[0]["proof"]["code"], *issued.at("/seal/authentication_code"));
    assert_eq!(verdicts[0]["proof"]["entryHash"], *issued.at("/seal/entry_hash"));
    let strangers = judged(&[good], &json!([])).unwrap();
    assert_eq!(strangers[0]["verdict"], "stranger");
}

/// What an expression of the page's script comes to; nothing where there is no engine.
fn evaluated(expression: &str) -> Option<Value> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words.mjs");
    let program = format!("{}\nconsole.log(JSON.stringify({expression}))", script());
    std::fs::write(&path, program).unwrap();
    let Ok(output) = Command::new("node").arg(&path).output() else {
        println!("skipped: there is no node");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn totals_are_grouped_in_the_readers_language_and_lose_no_digit() {
    for (language, text, expected) in [
        ("fr", "4098800.00", "4 098 800,00 ABC"),
        ("es", "4098.50", "4.098,50 ABC"),
        ("en", "99999999999999.99", "99,999,999,999,999.99 ABC"),
        ("en", "-464.00", "-464.00 ABC"),
        ("en", "464", "464 ABC"),
        ("en", "1e9", "1e9 ABC"),
    ] {
        let told = evaluated(&format!("money({text:?}, 'ABC', {language:?})"));
        let Some(told) = told else { return };
        // Groups are parted by one of two narrow spaces, as the engine's data has it.
        let told = told.as_str().unwrap().replace(['\u{a0}', '\u{202f}'], " ");
        assert_eq!(told, expected, "{language} {text}");
    }
}

#[test]
fn a_seals_instant_is_told_in_utc_and_in_the_readers_own_time() {
    let told = |zone: &str| evaluated(&format!("instant(1795600639840088n, 'en', {zone:?})"));
    let Some(there) = told("UTC") else { return };
    let here = told("Africa/Lagos").unwrap();
    let lines: Vec<&str> = here.as_str().unwrap().lines().collect();
    assert_eq!(lines[0], there.as_str().unwrap(), "UTC stands first, and alone where it is local");
    assert!(lines[0].contains("2026") && lines[0].ends_with("UTC"), "{here}");
    assert_eq!(lines.len(), 2);
    assert!(lines[1].contains("GMT+1"), "{here}");
}

#[test]
fn every_language_has_every_word() {
    let same = "Object.values(WORDS).map((words) => Object.keys(words).sort().join() === \
        Object.keys(WORDS.fr).sort().join())";
    if let Some(same) = evaluated(same) {
        assert_eq!(same, json!([true, true, true]));
    }
}
