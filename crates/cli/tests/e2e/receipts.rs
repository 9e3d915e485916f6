//! What a customer or an inspector does with a receipt, when there is no server any more.

mod owners;
mod page;

use std::path::Path;
use std::process::{Command, Output};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use proof::{Cosignature, KeyName, ProofFile, WitnessKey, WitnessRequest};
use serde_json::Value;

use crate::shop::{SALE, Shop, output_json, stalela};

/// What was kept of a shop: files, and the address of a QR.
struct Kept {
    folder: tempfile::TempDir,
    url: String,
    witness: WitnessKey,
}

impl Kept {
    /// Five sales, of which the second was kept; a witness has seen the first four.
    async fn of_a_shop() -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let public = pair.public_key().as_ref().try_into().unwrap();
        let witness = WitnessKey::new(KeyName::parse("witness.example").unwrap(), public);
        let shop = Shop::new("drc/cloud", simulators::drc_emcf::Options::calm).await;
        shop.start_with(&["--no-agent", "--witness", &witness.to_vkey()], "warn");
        let folder = tempfile::tempdir().unwrap();
        let mut sales = Vec::new();
        for sale in 1..=5 {
            let (status, invoice) = shop.try_issue(&sale.to_string(), SALE).await.unwrap();
            assert_eq!(status, 201, "{invoice}");
            sales.push(invoice);
            if sale == 4 {
                cosign(&shop, &pair, &witness).await;
            }
        }
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("invoice.json", &sales[1].to_string());
        write("other.json", &sales[2].to_string());
        write("own.tlog-proof", sales[1]["proof"].as_str().unwrap());
        let proof = text(&shop, sales[1]["links"]["proof"].as_str().unwrap()).await;
        write("cosigned.tlog-proof", &proof);
        for (name, format) in [
            ("receipt.pdf", "pdf"),
            ("roll.pdf", "pdf80"),
            ("receipt.html", "html"),
            ("receipt.txt", "text"),
            ("receipt.bin", "escpos"),
        ] {
            let path =
                format!("{}?format={format}", sales[1]["links"]["receipt"].as_str().unwrap());
            std::fs::write(folder.path().join(name), bytes(&shop, &path).await).unwrap();
        }
        write("published.json", &text(&shop, "/.well-known/stalela-keys.json").await);
        shop.kill();
        let url = sales[1]["seal"]["verify_url"].as_str().unwrap().to_owned();
        let kept = Self { folder, url, witness };
        // As of an outlet that is live: what a test is told of stands in `owners`.
        kept.write("keys.json", &kept.list(Some(&kept.outlets("live"))));
        kept
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn verify(&self, receipt: &str, more: &[&str]) -> Output {
        let keys = self.path("keys.json");
        let words = ["--json", "verify", "receipt", receipt, "--key", &keys];
        stalela(&[&words[..], more].concat())
    }

    /// A PDF with no page and such attached files, as a forger makes one.
    fn pdf_of(&self, parts: &[&str]) -> String {
        let object = |part: &&str| {
            let length = part.len();
            format!("1 0 obj <</Type/EmbeddedFile/Length {length}>> stream\n{part}\nendstream\n")
        };
        let file = format!("%PDF-1.7\n{}", parts.iter().map(object).collect::<String>());
        let (_, path) = tempfile::NamedTempFile::new_in(&self.folder).unwrap().keep().unwrap();
        std::fs::write(&path, file).unwrap();
        path.display().to_string()
    }

    /// A file with something else in place of something.
    fn altered(&self, name: &str, from: &str, to: &str) -> String {
        let text = std::fs::read_to_string(self.path(name)).unwrap();
        let altered = text.replacen(from, to, 1);
        assert_ne!(altered, text, "{from}");
        let (_, path) = tempfile::NamedTempFile::new_in(&self.folder).unwrap().keep().unwrap();
        std::fs::write(&path, altered).unwrap();
        path.display().to_string()
    }
}

async fn text(shop: &Shop, path: &str) -> String {
    String::from_utf8(bytes(shop, path).await).unwrap()
}

async fn bytes(shop: &Shop, path: &str) -> Vec<u8> {
    let url = format!("{}{path}", shop.url().unwrap());
    let client = reqwest::Client::new();
    let answer = client.get(url).bearer_auth(&shop.api_key).send().await.unwrap();
    answer.error_for_status().unwrap().bytes().await.unwrap().to_vec()
}

async fn cosign(shop: &Shop, pair: &Ed25519KeyPair, witness: &WitnessKey) {
    let log = format!("/v1/outlets/{}/log", shop.outlet);
    let asked = text(shop, &format!("{log}/consistency?old=0")).await;
    let asked = WitnessRequest::parse(asked.as_bytes()).unwrap();
    let message = Cosignature::message(1_780_000_000, asked.checkpoint.text());
    let signature = pair.sign(message.as_bytes()).as_ref().try_into().unwrap();
    let line = witness.line(&Cosignature { timestamp: 1_780_000_000, signature });
    let url = format!("{}{log}/cosignatures?size=4", shop.url().unwrap());
    let answer = reqwest::Client::new().post(url).body(line.to_string()).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_verified_without_a_network_and_a_false_one_is_found() {
    let kept = Kept::of_a_shop().await;
    let witness = ["--witness", &kept.witness.to_vkey()];
    let told = output_json(&kept.verify(&kept.url, &[]));
    assert_eq!((&told["verdict"], &told["log"]), (&Value::from("genuine"), &Value::Null));
    let told = output_json(&kept.verify(&kept.path("invoice.json"), &[]));
    assert_eq!((&told["invoice_matches"], &told["log"]["size"]), (&true.into(), &2.into()));
    let told = output_json(&kept.verify(&kept.path("own.tlog-proof"), &[]));
    assert_eq!((&told["log"]["index"], &told["log"]["size"]), (&1.into(), &2.into()));
    let told = output_json(&kept.verify(&kept.path("cosigned.tlog-proof"), &witness));
    assert_eq!(told["log"]["size"], 4);
    assert_eq!(told["log"]["witnesses"][0], "witness.example");

    let own = kept.path("own.tlog-proof");
    let (statement, _) = kept.url.split_once('.').unwrap();
    let cut = &kept.url[..statement.len()];
    for (receipt, more, code) in [
        (own.clone(), &witness[..], 4),
        (kept.url.clone(), &witness, 4),
        (kept.altered("own.tlog-proof", "index 1", "index 0"), &[], 4),
        (kept.altered("own.tlog-proof", "\n2\n", "\n3\n"), &[], 4),
        (kept.altered("own.tlog-proof", "@v1", "@v2"), &[], 1),
        (kept.altered("invoice.json", "4064.00", "4065.00"), &[], 4),
        (cut.to_owned(), &[], 1),
        ("/nowhere".to_owned(), &[], 1),
    ] {
        let output = kept.verify(&receipt, more);
        assert_eq!(output.status.code(), Some(code), "{receipt}: {output:?}");
    }
    let stranger = stalela(&["keys", "new", &format!("file:{}", kept.path("stranger.pem"))]);
    let public = kept.path("stranger.pub.pem");
    std::fs::write(
        &public,
        &stalela(&["keys", "show", &format!("file:{}", kept.path("stranger.pem"))]).stdout,
    )
    .unwrap();
    assert!(stranger.status.success());
    let output = stalela(&["verify", "receipt", &own, "--key", &public]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

/// The pointers to all leaves of a tree.
fn leaves(tree: &Value, pointer: &str, found: &mut Vec<String>) {
    match tree {
        Value::Object(members) => members
            .iter()
            .for_each(|(name, value)| leaves(value, &format!("{pointer}/{name}"), found)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, value)| leaves(value, &format!("{pointer}/{index}"), found)),
        _ => found.push(pointer.to_owned()),
    }
}

/// Programs read an answer's own members, not what stands sealed within it.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_broken_wherever_it_differs_from_what_was_sealed() {
    let kept = Kept::of_a_shop().await;
    let answer = std::fs::read(kept.path("invoice.json")).unwrap();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    let verify = |answer: &Value| {
        std::fs::write(kept.path("altered.json"), answer.to_string()).unwrap();
        kept.verify(&kept.path("altered.json"), &[])
    };
    let not_proven = output_json(&verify(&answer))["not_proven"].clone();
    let unsigned = ["/authority", "/id", "/links", "/notice", "/state"];
    assert_eq!(not_proven, Value::from(&unsigned[..]));
    let keys = kept.path("keys.json");
    let told = stalela(&["verify", "receipt", &kept.path("invoice.json"), "--key", &keys]).stdout;
    let told = String::from_utf8(told).unwrap();
    let unproven = "  unproven  what the server and the authority answered stands in no seal: /";
    assert!(told.contains(unproven) && told.contains("/authority"), "{told}");

    let (mut pointers, mut compared) = (Vec::new(), 0);
    leaves(&answer, "", &mut pointers);
    for pointer in pointers {
        let mut altered = answer.clone();
        let leaf = altered.pointer_mut(&pointer).unwrap();
        *leaf = match &*leaf {
            Value::String(text) => format!("{text}9").into(),
            Value::Number(number) => (number.as_u64().unwrap() + 1).into(),
            _ => "9".into(),
        };
        let member = pointer.split('/').nth(1).unwrap();
        let output = verify(&altered);
        if unsigned.contains(&&*format!("/{member}")) {
            assert!(output_json(&output)["not_proven"].to_string().contains(member), "{pointer}");
            continue;
        }
        if pointer == "/proof" || pointer == "/seal/verify_url" {
            continue;
        }
        assert_eq!(output.status.code(), Some(4), "{pointer}: {output:?}");
        if member != "invoice" {
            let told: Value = serde_json::from_slice(&output.stdout).unwrap();
            let said = format!("{pointer} says {}, and", altered.pointer(&pointer).unwrap());
            assert!(told["error"].as_str().unwrap().starts_with(&said), "{pointer}: {told}");
            compared += 1;
        }
    }
    assert!(compared > 25, "{compared}");
    let mut altered = answer.clone();
    altered["tax_groups"].as_array_mut().unwrap().pop();
    let output = verify(&altered);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.contains("/tax_groups says a list of 1, and a list of 2 was sealed"), "{told}");
}

/// As a customer has them: what was printed into a file, years later, with a key and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn a_printed_receipt_is_verified_by_what_it_carries() {
    let kept = Kept::of_a_shop().await;
    let witness = ["--witness", &kept.witness.to_vkey()];
    for name in ["receipt.pdf", "roll.pdf", "receipt.html"] {
        let told = output_json(&kept.verify(&kept.path(name), &witness));
        assert_eq!((&told["verdict"], &told["invoice_matches"]), (&"genuine".into(), &true.into()));
        assert_eq!((&told["log"]["index"], &told["log"]["size"]), (&1.into(), &4.into()), "{name}");
        assert_eq!(told["invoice"]["lines"][0]["name"], "EAU", "{name}");
    }
    let keys = kept.path("keys.json");
    let told = stalela(&["verify", "receipt", &kept.path("receipt.pdf"), "--key", &keys]);
    let words = String::from_utf8_lossy(&told.stdout).into_owned();
    let first = words.lines().next().unwrap();
    assert!(first.starts_with("genuine seal of KIN01-"), "{first}");
    assert!(first.ends_with("-000002, 4064.00 CDF"), "{first}");
    for said in ["EAU  3600.00", "invoice   the one that was sealed", "compare the number"] {
        assert!(words.contains(said), "{said} is not in\n{words}");
    }
    let [page, proof] = ["receipt.html", "cosigned.tlog-proof"]
        .map(|name| std::fs::read_to_string(kept.path(name)).unwrap());
    let element = &page[page.find("<script").unwrap()..page.find("</body>").unwrap()];
    let answer = std::fs::read(kept.path("invoice.json")).unwrap();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    let invoice = answer["invoice"].to_string();
    for (receipt, code, said) in [
        (
            kept.altered("receipt.html", "\"4064.00\"", "\"4065.00\""),
            4,
            "not the one that was sealed",
        ),
        (kept.altered("receipt.html", "\\nindex 1", "\\nindex 0"), 4, ""),
        (kept.altered("receipt.html", element, ""), 1, "carries no proof"),
        (kept.altered("receipt.html", "</body>", element), 1, "more than one"),
        (kept.pdf_of(&[&invoice, &proof]), 0, "genuine"),
        (
            kept.pdf_of(&[&invoice.replace("4064.00", "4065.00"), &proof]),
            4,
            "not the one that was sealed",
        ),
        (kept.pdf_of(&[&invoice, &proof.replace("index 1", "index 0")]), 4, ""),
        (kept.pdf_of(&[&proof]), 1, "not whole"),
        (kept.pdf_of(&[&invoice, &invoice.replace("4064", "1"), &proof]), 1, "more than one"),
        (kept.pdf_of(&[]), 1, "carries no proof"),
        (kept.path("receipt.txt"), 1, "Give the receipt as PDF or HTML"),
        (kept.path("receipt.bin"), 1, "or the address that the QR holds"),
        (kept.path("keys.json"), 1, "there is no seal in it"),
        (kept.altered("invoice.json", "\"4064.00\"", "4064.5"), 1, "a number that no sealed one"),
    ] {
        let output = stalela(&["verify", "receipt", &receipt, "--key", &keys]);
        assert_eq!(output.status.code(), Some(code), "{said}: {output:?}");
        let told = [output.stdout, output.stderr].concat();
        assert!(
            String::from_utf8_lossy(&told).contains(said),
            "{said}: {}",
            String::from_utf8_lossy(&told)
        );
    }
}

/// docs/proof.md says how; nothing of ours takes part.
#[tokio::test(flavor = "multi_thread")]
async fn a_proof_is_verified_by_the_libraries_of_others() {
    if !Path::new("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog").exists() {
        println!("skipped: golang-golang-x-mod-dev is not installed");
        return;
    }
    let kept = Kept::of_a_shop().await;
    let file = ProofFile::parse(&std::fs::read(kept.path("cosigned.tlog-proof")).unwrap()).unwrap();
    let keys: Value =
        serde_json::from_slice(&std::fs::read(kept.path("keys.json")).unwrap()).unwrap();
    let decode = |member: &str| {
        let text = keys["keys"][0][member].as_str().unwrap();
        data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).unwrap()
    };
    let head = b"3059301306072a8648ce3d020106082a8648ce3d03010703420004";
    let head = data_encoding::HEXLOWER.decode(head).unwrap();
    let spki = [head, decode("x"), decode("y")].concat();
    let line = &file.checkpoint.signatures()[0];
    let vkey = proof::LogKey::new(line.name.clone(), &spki).to_vkey(&spki);
    let run = |receipt: &str| {
        Command::new("go")
            .arg("run")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tools/check-log/main.go"))
            .args(["proof", &vkey, receipt])
            .env("GO111MODULE", "off")
            .env("GOPATH", "/usr/share/gocode")
            .output()
            .unwrap()
    };
    let told = run(&kept.path("cosigned.tlog-proof"));
    let words = String::from_utf8_lossy(&told.stdout).into_owned();
    assert_eq!(words, format!("entry 2 of 4 of {}\n", line.name), "{told:?}");
    assert!(!run(&kept.altered("own.tlog-proof", "index 1", "index 0")).status.success());
    let detached = kept.path("detached");
    let detach = Command::new("pdfdetach")
        .args(["-savefile", "invoice.tlog-proof", "-o", &detached, &kept.path("receipt.pdf")])
        .output();
    if detach.is_ok_and(|detach| detach.status.success()) {
        assert_eq!(run(&detached).stdout, words.as_bytes());
    } else {
        println!("skipped: pdfdetach is not installed");
    }
}
