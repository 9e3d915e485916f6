//! The verify page and the command line say the same of a file: one table for both, of files that a
//! forger puts together out of true parts.

use std::process::Command;

use serde_json::{Value, json};

use super::Kept;

#[path = "../../../../../tools/skipped.rs"]
mod skipped;

/// The page's script without what draws.
const JUDGE: &str = concat!(
    include_str!("../../../../server/src/pages/verify/judge.js"),
    include_str!("../../../../server/src/pages/verify/json.js"),
    include_str!("../../../../server/src/pages/verify/carried.js"),
);

impl Kept {
    /// What the page says of files, each with a list of keys; nothing where there is no engine.
    pub(super) fn judged_by_page(&self, files: &[(String, String)]) -> Option<Vec<Value>> {
        let program = format!(
            "import {{ readFileSync }} from 'node:fs';\n{JUDGE}\n\
             const judged = ([file, list]) => judgeFile(new Uint8Array(readFileSync(file)),\
             async () => JSON.parse(readFileSync(list)).keys);\n\
             Promise.all({}.map(judged))\
             .then((all) => console.log(JSON.stringify(all.map((one) => one.verdict))))",
            json!(files),
        );
        let script = self.path("judge.mjs");
        std::fs::write(&script, program).unwrap();
        let Ok(output) = Command::new("node").arg(&script).output() else {
            skipped::skipped("node", false);
            return None;
        };
        assert!(output.status.success(), "{output:?}");
        Some(serde_json::from_slice(&output.stdout).unwrap())
    }

    pub(super) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }
}

/// The same bytes in base64 that no writer writes: a sign whose last bits are of no byte, plus one.
fn with_idle_bits(text: &str, at: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes[at] += 1;
    String::from_utf8(bytes).unwrap()
}

/// A file's bytes, the command line's exit code, and the page's verdict.
type Row = (&'static str, String, i32, &'static str);

/// The API's answer, with something of another sale, with less or with more.
fn answers(own: &Value, other: &Value) -> Vec<Row> {
    let with = |pointer: &str, value: Value| {
        let mut answer = own.clone();
        *answer.pointer_mut(pointer).unwrap() = value;
        answer.to_string()
    };
    let without = |member: &str| {
        let mut answer = own.clone();
        answer.as_object_mut().unwrap().remove(member).unwrap();
        answer.to_string()
    };
    let twice = |before: &str, member: &str| {
        let text = own.to_string();
        let altered = text.replacen(before, &format!("{before}{member},"), 1);
        assert_ne!(altered, text, "{before}");
        altered
    };
    let url = &other["seal"]["verify_url"];
    let own_url = own["seal"]["verify_url"].as_str().unwrap();
    let idle = with_idle_bits(own_url, own_url.len() - 1);
    vec![
        ("as it was answered", own.to_string(), 0, "genuine"),
        ("no proof", without("proof"), 0, "genuine"),
        ("a proof that is null", with("/proof", Value::Null), 0, "genuine"),
        ("another's address", with("/seal/verify_url", url.clone()), 4, "notLogged"),
        ("another's proof", with("/proof", other["proof"].clone()), 4, "notLogged"),
        ("an invoice that is null", with("/invoice", Value::Null), 4, "otherInvoice"),
        ("no invoice", without("invoice"), 1, "malformedFile"),
        ("no seal", without("seal"), 1, "malformedFile"),
        ("an address in a list", with("/seal/verify_url", json!([url])), 1, "malformedFile"),
        ("half an address", with("/seal/verify_url", json!("/v/#AAAA")), 1, "malformedFile"),
        ("idle bits", with("/seal/verify_url", idle.into()), 1, "malformedFile"),
        ("a proof that is none", with("/proof", json!("{}")), 1, "malformedFile"),
        ("a name twice", twice("{", r#""invoice":null"#), 1, "malformedFile"),
        ("a name twice within", twice(r#""invoice":{"#, r#""currency":"XXX""#), 1, "malformedFile"),
        ("a number", with("/invoice/currency", json!(1.5)), 1, "malformedFile"),
        ("a mark before it", format!("\u{feff}{own}"), 1, "malformedFile"),
        ("spaces before it", format!(" \n{own}"), 0, "genuine"),
        ("a PDF in it", twice("{", r#""a":"%PDF-1.7""#), 0, "genuine"),
    ]
}

/// A page and a PDF around true and false parts, and a proof by itself.
fn receipts(kept: &Kept, own: &Value, other: &Value) -> Vec<Row> {
    let page = kept.text("receipt.html");
    let (head, rest) = page.split_once(r#"id="stalela-receipt">"#).unwrap();
    let (element, tail) = rest.split_once("</script>").unwrap();
    let carrying = |json: &str| format!("{head}id=\"stalela-receipt\">{json}</script>{tail}");
    let (invoice, proof) = (&own["invoice"], &own["proof"]);
    let of = |invoice: &Value, proof: &Value| {
        carrying(&json!({ "invoice": invoice, "proof": proof }).to_string())
    };
    let twice = element.replacen('{', r#"{"invoice":{},"#, 1);
    let proof_alone = carrying(&json!({ "proof": proof }).to_string());
    let invoice_alone = carrying(&json!({ "invoice": invoice }).to_string());
    let pdf = |invoice: &str| {
        let path = kept.pdf_of(&[invoice, proof.as_str().unwrap()]);
        std::fs::read_to_string(path).unwrap()
    };
    let doubled = invoice.to_string().replacen('{', r#"{"currency":"XXX","#, 1);
    let proof_text = kept.text("own.tlog-proof");
    // The last sign of the path's first hash, before its padding.
    let index = proof_text.find("\nindex ").unwrap();
    let node_end = index + proof_text[index..].find("=\n").unwrap() - 1;
    vec![
        ("a page", page.clone(), 0, "genuine"),
        ("a page with a mark before it", format!("\u{feff}{page}"), 0, "genuine"),
        ("a page of another proof", of(invoice, &other["proof"]), 0, "genuine"),
        ("a page, invoice null", of(&Value::Null, proof), 4, "otherInvoice"),
        ("a page, no invoice", proof_alone, 1, "malformedFile"),
        ("a page, no proof", invoice_alone, 1, "malformedFile"),
        ("a page, proof null", of(invoice, &Value::Null), 1, "malformedFile"),
        ("a page, a name twice", carrying(&twice), 1, "malformedFile"),
        ("a PDF", pdf(&invoice.to_string()), 0, "genuine"),
        ("a PDF, a name twice", pdf(&doubled), 1, "malformedFile"),
        ("a proof", proof_text.clone(), 0, "genuine"),
        ("a proof with idle bits", with_idle_bits(&proof_text, node_end), 1, "malformedFile"),
        ("a proof after a line", format!("\n{proof_text}"), 1, "malformedFile"),
        ("a proof after a mark", format!("\u{feff}{proof_text}"), 1, "malformedFile"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_and_the_command_line_say_the_same_of_a_file() {
    let kept = Kept::of_a_shop().await;
    let [own, other]: [Value; 2] =
        ["invoice.json", "other.json"].map(|name| serde_json::from_str(&kept.text(name)).unwrap());
    let rows = [answers(&own, &other), receipts(&kept, &own, &other)].concat();
    let mut files = Vec::new();
    for (index, (name, content, code, _)) in rows.iter().enumerate() {
        let file = kept.path(&format!("given-{index}"));
        std::fs::write(&file, content).unwrap();
        let output = kept.verify(&file, &[]);
        assert_eq!(output.status.code(), Some(*code), "{name}: {output:?}");
        files.push((file, kept.path("keys.json")));
    }
    let Some(verdicts) = kept.judged_by_page(&files) else { return };
    for ((name, _, _, expected), verdict) in rows.iter().zip(verdicts) {
        assert_eq!(verdict, *expected, "{name}");
    }
}
