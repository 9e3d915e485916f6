//! The page's own script, run where there is a JavaScript engine.

use std::process::Command;

#[path = "verify_page_json_tests.rs"]
mod json_texts;
#[path = "verify_page_owner_tests.rs"]
mod owners;
#[path = "../../../tools/skipped.rs"]
mod skipped;
#[path = "verify_page_turn_tests.rs"]
mod turns;

use serde_json::{Value, json};

use super::PAGE;
use crate::testing::{TestApp, draft};

fn script() -> &'static str {
    let (_, rest) = PAGE.split_once("<script>").unwrap();
    rest.split_once("</script>").unwrap().0
}

/// The published keys as an older server lists them: what the page makes of whose they are stands in
/// `owners`.
async fn keys_alone(app: &TestApp) -> Value {
    let published = app.get_as("", "/.well-known/stalela-keys.json").await;
    let mut keys = published.at("/keys").clone();
    for key in keys.as_array_mut().unwrap() {
        key.as_object_mut().unwrap().remove("outlets");
    }
    keys
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
        skipped::skipped("node", false);
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
    let keys = keys_alone(&app).await;
    let Some(verdicts) = judged(&fragments, &keys) else { return };
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

#[tokio::test]
async fn the_page_tells_true_proofs_from_false_ones() {
    let app = TestApp::direct().await;
    for place in 0..5 {
        app.issue(&format!("before-{place}"), &draft()).await.assert_status(201);
    }
    let issued = app.issue("k1", &draft()).await;
    let good = issued.text("/proof").to_owned();
    let other = app.issue("k2", &draft()).await.text("/proof").to_owned();
    let checkpoint = |text: &str| text.split_once("\n\n").unwrap().1.to_owned();
    let extra = |text: &str| text.lines().nth(1).unwrap().to_owned();
    let files = [
        good.clone(),
        issued.json.to_string(),
        good.replace(&checkpoint(&good), &checkpoint(&other)),
        good.replace(&extra(&good), &extra(&other)),
        good.replace("index 5", "index 4"),
        good.replace("\n6\n", "\n7\n"),
        good.replace("tlog-proof@v1", "tlog-proof@v2"),
        "{}".to_owned(),
    ];
    let keys = keys_alone(&app).await;
    let expression = |keys: &Value| {
        format!(
            "await Promise.all({}.map((one) => judgeFile(one, async () => {keys})))",
            json!(files)
        )
    };
    let Some(verdicts) = evaluated(&expression(&keys)) else { return };
    let words: Vec<_> = verdicts.as_array().unwrap().iter().map(|one| &one["verdict"]).collect();
    let expected = [
        "genuine",
        "genuine",
        "notLogged",
        "notLogged",
        "notLogged",
        "notLogged",
        "malformedFile",
        "malformedFile",
    ];
    assert_eq!(words, expected);
    assert_eq!(verdicts[0]["log"], json!({"place": "6", "size": "6"}));
    assert_eq!(evaluated(&expression(&json!([]))).unwrap()[0]["verdict"], "stranger");
}

/// Every file that carries a proof, in every form that the server gives it, and what was made of some.
#[tokio::test]
async fn the_page_reads_what_receipts_carry() {
    let app = TestApp::direct().await;
    app.issue("k0", &draft()).await.assert_status(201);
    let issued = app.issue("k1", &draft()).await;
    let path = issued.text("/links/receipt");
    let mut files = Vec::new();
    for format in ["pdf", "pdf80", "html", "text"] {
        files.push(app.get(&format!("{path}?format={format}")).await.body);
    }
    let page = String::from_utf8(files[2].clone()).unwrap();
    let element = &page[page.find("<script").unwrap()..page.find("</body>").unwrap()];
    let altered = |from: &str, to: &str| {
        let altered = page.replacen(from, to, 1);
        assert_ne!(altered, page, "{from}");
        altered.into_bytes()
    };
    files.push(altered("\"quantity\":\"2.000\"", "\"quantity\":\"3.000\""));
    files.push(altered("\\nindex 1", "\\nindex 0"));
    files.push(altered(element, ""));
    files.push(altered("</body>", &format!("{element}</body>")));
    let plain = |parts: &[&str]| {
        let objects = parts.iter().map(|part| {
            let length = part.len();
            format!("1 0 obj<</Type/EmbeddedFile/Length {length}>>stream\n{part}\nendstream\n")
        });
        format!("%PDF-1.7\n{}", objects.collect::<String>()).into_bytes()
    };
    let (invoice, proof) = (issued.at("/invoice").to_string(), issued.text("/proof"));
    files.push(plain(&[&invoice, proof]));
    files.push(plain(&[&invoice.replace("2.000", "3.000"), proof]));
    files.push(plain(&[&invoice, "{}", proof]));
    files.push(plain(&[&invoice]));
    let keys = keys_alone(&app).await;
    let files: Vec<_> = files.iter().map(|file| data_encoding::BASE64.encode(file)).collect();
    let expression = format!(
        "await Promise.all({}.map((one) => judgeFile(fromBase64(one), async () => {})))",
        json!(files),
        keys,
    );
    let Some(verdicts) = evaluated(&expression) else { return };
    let words: Vec<_> = verdicts.as_array().unwrap().iter().map(|one| &one["verdict"]).collect();
    let expected = [
        "genuine",
        "genuine",
        "genuine",
        "malformedFile",
        "otherInvoice",
        "notLogged",
        "noProof",
        "malformedFile",
        "genuine",
        "otherInvoice",
        "malformedFile",
        "noProof",
    ];
    assert_eq!(words, expected);
    for verdict in &verdicts.as_array().unwrap()[..3] {
        assert_eq!(verdict["invoice"], *issued.at("/invoice"));
        assert_eq!(verdict["facts"]["number"], *issued.at("/number"));
        assert_eq!(verdict["log"], json!({"place": "2", "size": "2"}));
    }
}

/// Pages that are made to be slow to read, of half a million signs each. What is counted is how many
/// signs of a page are looked at, by a text that counts: a reader that looks from each element to the
/// end of the page looks at some ten thousand million.
#[test]
fn the_page_looks_at_each_sign_of_a_page_a_few_times() {
    let program = r#"(() => {
        const counting = (text, count) => ({
            get length() { return text.length; },
            indexOf(what, from = 0) {
                const at = text.indexOf(what, from);
                count.looked += (at < 0 ? text.length : at + what.length) - from;
                return at;
            },
            slice(from, to = text.length) {
                count.looked += to - from;
                return text.slice(from, to);
            },
        });
        const open = '<script type="application/json" id="stalela-receipt">';
        const times = (what, signs) => what.repeat(signs / what.length);
        return [
            times("<script ", 500_000),
            times("<script ", 499_000) + ">",
            times("<script>", 500_000),
            times('<script id="', 500_000),
            times("<script id=\"stalela-receipt\" ", 500_000) + ">",
            times("<script></script", 250_000) + open + times('{"a":', 250_000),
            open + '{"proof":"","invoice":0}</script>' + times("<script ", 500_000),
            open + '{"proof":"","invoice":[' + times("1,", 499_000) + "1]}</script>",
            times("<", 500_000),
        ].map((text) => {
            const count = { looked: 0 };
            let told;
            try { told = JSON.stringify(carriedByPage(counting(text, count))).slice(0, 9); }
            catch (error) { told = error.message; }
            return [count.looked <= 6 * text.length, told];
        });
    })()"#;
    let Some(told) = evaluated(program) else { return };
    let found = [
        "null",
        "null",
        "null",
        "null",
        "cut off",
        "cut off",
        "{\"proof\":",
        "{\"proof\":",
        "null",
    ];
    let expected: Vec<_> = found.iter().map(|found| json!([true, found])).collect();
    assert_eq!(told, Value::from(expected));
}

/// A PDF whose streams tell their lengths elsewhere, under each line end that a writer may use.
#[tokio::test]
async fn a_line_end_before_the_end_of_a_stream_is_no_part_of_it() {
    let app = TestApp::direct().await;
    let issued = app.issue("k1", &draft()).await;
    let (invoice, proof) = (issued.at("/invoice").to_string(), issued.text("/proof"));
    let files: Vec<_> = ["\n", "\r\n", "\r"]
        .map(|end| {
            let objects = [&*invoice, proof].map(|part| {
                format!(
                    "1 0 obj<</Type/EmbeddedFile/Length 9 0 R>>stream\r\n{part}{end}endstream\n"
                )
            });
            data_encoding::BASE64.encode(format!("%PDF-1.7\n{}", objects.concat()).as_bytes())
        })
        .into();
    let keys = keys_alone(&app).await;
    let expression = format!(
        "await Promise.all({}.map((one) => judgeFile(fromBase64(one), async () => {})))",
        json!(files),
        keys,
    );
    let Some(verdicts) = evaluated(&expression) else { return };
    for verdict in verdicts.as_array().unwrap() {
        assert_eq!(verdict["verdict"], "genuine", "{verdict}");
        assert_eq!(verdict["invoice"], *issued.at("/invoice"));
    }
}

/// The bomb is a stream of nothing, a thousand times as long as it is packed.
#[test]
fn the_page_unpacks_no_more_than_a_receipt_can_hold() {
    let bomb = "const packed = new Uint8Array(await new Response(new Blob([new Uint8Array(2 ** 26)])\
        .stream().pipeThrough(new CompressionStream('deflate'))).arrayBuffer())";
    let program =
        "await (async () => { BOMB; return [packed.length < 2 ** 20, await unpacked(packed)] })()";
    if let Some(told) = evaluated(&program.replace("BOMB", bomb)) {
        assert_eq!(told, json!([true, null]));
    }
}

/// The same in a real browser: the page as it is, with a word of its verdict in place of its title.
#[tokio::test]
async fn a_browser_verifies_a_proof() {
    let app = TestApp::direct().await;
    app.issue("k0", &draft()).await.assert_status(201);
    let issued = app.issue("k1", &draft()).await;
    let good = issued.text("/proof").to_owned();
    let keys = keys_alone(&app).await;
    for (file, verdict) in
        [(good.clone(), "genuine 2 / 2"), (good.replace("index 1", "index 0"), "notLogged ")]
    {
        let told = in_chromium(&format!(
            "judgeFile({}, async () => {}).then(({{ verdict, log }}) => \
             {{ document.title = `${{verdict}} ${{log ? log.place + ' / ' + log.size : ''}}` }})",
            json!(file),
            keys,
        ));
        let Some(told) = told else { return };
        assert!(told.contains(&format!("<title>{verdict}</title>")), "{told}");
    }
}

/// The page's document after a script more; nothing where there is no Chromium.
fn in_chromium(script: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let html = PAGE.replace("</body>", &format!("<script>{script}</script></body>"));
    std::fs::write(&page, html).unwrap();
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000"])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", page.display()))
        .output();
    let Ok(output) = output else {
        skipped::skipped("chromium", true);
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What an expression of the page's script comes to; nothing where there is no engine.
fn evaluated(expression: &str) -> Option<Value> {
    ran("", expression)
}

/// The same, with something that is there before the page's script is.
fn ran(before: &str, expression: &str) -> Option<Value> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words.mjs");
    let program = format!(
        "{before}\n{}\nconst value = {expression};\nconsole.log(JSON.stringify(value, (_, value) => \
         typeof value === 'bigint' ? value.toString() : value))",
        script()
    );
    std::fs::write(&path, program).unwrap();
    let Ok(output) = Command::new("node").arg(&path).output() else {
        skipped::skipped("node", false);
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
