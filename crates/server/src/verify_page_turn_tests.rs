//! What the page shows while several things are judged at once, over a document that is made up.

use serde_json::json;

use super::{keys_alone, ran};
use crate::testing::{TestApp, draft};

/// Keys and files come late here, and in the order that a test asks for.
pub(super) const DOCUMENT: &str = r##"
    const element = () => ({ textContent: "", className: "", hidden: false, dataset: {}, children: [],
        heard: {}, replaceChildren(...children) { this.children = children; }, setAttribute() {},
        addEventListener(name, heard) { this.heard[name] = heard; } });
    const elements = new Map(), page = element(), waiting = [];
    let keysAreLate = true;
    globalThis.document = {
        documentElement: {}, createElement: element, querySelectorAll: () => [],
        querySelector(selector) {
            if (!elements.has(selector)) elements.set(selector, element());
            return elements.get(selector);
        },
    };
    globalThis.addEventListener = (name, heard) => page.addEventListener(name, heard);
    globalThis.location = { hash: `#${SEAL}` };
    globalThis.fetch = async () => {
        if (keysAreLate) await new Promise((comes) => waiting.push(comes));
        return { ok: true, json: async () => ({ keys: KEYS }) };
    };
    const drop = (text, isLate) => {
        const bytes = new TextEncoder().encode(text);
        const arrayBuffer = async () => {
            if (isLate) await new Promise((comes) => waiting.push(comes));
            return bytes.buffer;
        };
        const file = { size: bytes.length, arrayBuffer };
        page.heard.drop({ preventDefault() {}, dataTransfer: { files: [file] } });
    };
    const told = () => document.querySelector("#verdict").className;
    const shows = (text) => JSON.stringify([...elements.values()]).includes(text);
    const pause = (millis) => new Promise((ends) => setTimeout(ends, millis));
    const judged = async () => {
        for (let left = 500; left && told() === ""; left -= 1) await pause(10);
        return told();
    };
    // What was late comes, and is given the time to be judged.
    const late = async () => {
        for (const comes of waiting.splice(0)) comes();
        await pause(200);
        return told();
    };
"##;

#[tokio::test]
async fn only_what_was_asked_for_last_tells_its_verdict() {
    let app = TestApp::direct().await;
    let issued = app.issue("k1", &draft()).await;
    let keys = keys_alone(&app).await;
    let (_, seal) = issued.text("/seal/verify_url").split_once('#').unwrap();
    let proof = issued.text("/proof");
    let (statement, signature) = seal.split_once('.').unwrap();
    // The last signs stay where they are: not each may stand there.
    let (turned, last) = signature.split_at(84);
    let false_seal = format!("#{statement}.{}{}{last}", &turned[2..], &turned[..2]);
    let given = format!(
        "const SEAL = {}, KEYS = {}, NUMBER = {}, TRUE_FILE = {}, FALSE_FILE = {}, FALSE_SEAL = {};",
        json!(seal),
        keys,
        issued.at("/number"),
        json!(proof),
        json!(proof.replace("index 0", "index 1")),
        json!(false_seal),
    );
    let steps = r##"await (async () => {
        // A true QR whose keys come late, and a forged file.
        keysAreLate = false;
        drop(FALSE_FILE);
        const seal = [await judged(), await late()];
        // Two files, of which the true one was asked for first and is read last.
        drop(TRUE_FILE, true);
        drop(FALSE_FILE);
        const files = [await judged(), await late()];
        // A true file, and an address that was opened after it.
        drop(TRUE_FILE, true);
        location.hash = FALSE_SEAL;
        page.heard.hashchange();
        const address = [await judged(), await late()];
        // Of a true file nothing stays while the next one is judged.
        drop(TRUE_FILE);
        const before = [await judged(), shows(NUMBER)];
        drop(FALSE_FILE, true);
        const during = [told(), shows(NUMBER), document.querySelector("#facts").hidden];
        return [seal, files, address, before, during, [await late(), shows(NUMBER)]];
    })()"##;
    let Some(told) = ran(&format!("{given}{DOCUMENT}"), steps) else { return };
    let bad = json!(["bad", "bad"]);
    let expected = json!([bad, bad, bad, ["good", true], ["", false, true], ["bad", false]]);
    assert_eq!(told, expected);
}
