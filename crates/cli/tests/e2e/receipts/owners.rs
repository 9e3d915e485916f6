//! Whose a key is: a seal by the key of another outlet is false, and that of a test is told as one.
//! Both readers say the same.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
};
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use invoice::{Hash, Statement, signed_message};
use proof::ProofFile;
use serde_json::{Value, json};

use super::Kept;
use crate::shop::{output_json, stalela};

impl Kept {
    pub(super) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// The published list, in which each key is of such outlets; of an older server without any.
    pub(super) fn list(&self, outlets: Option<&Value>) -> String {
        let mut list: Value = serde_json::from_str(&self.text("published.json")).unwrap();
        for key in list["keys"].as_array_mut().unwrap() {
            *key = of_outlets(key, outlets);
        }
        list.to_string()
    }

    /// The seller of the receipt and nobody else, in such an environment.
    pub(super) fn outlets(&self, environment: &str) -> Value {
        let Statement { taxpayer, outlet, .. } = self.statement();
        json!([named(Hash::of_seller(&taxpayer, &outlet), environment)])
    }

    fn statement(&self) -> Statement {
        Statement::parse(&invoice::parse_verify_url(&self.url).unwrap().0).unwrap()
    }

    fn key(&self) -> Value {
        let list: Value = serde_json::from_str(&self.text("published.json")).unwrap();
        list["keys"][0].clone()
    }

    fn verified_by(&self, list: &str) -> (Option<i32>, Value) {
        let list = self.path(list);
        let words = ["--json", "verify", "receipt", &self.path("receipt.html"), "--key", &list];
        let output = stalela(&words);
        (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
    }
}

fn named(seller: Hash, environment: &str) -> Value {
    json!({ "seller": BASE64URL_NOPAD.encode(&seller.0), "environment": environment })
}

fn of_outlets(key: &Value, outlets: Option<&Value>) -> Value {
    let mut key = key.clone();
    let members = key.as_object_mut().unwrap();
    members.remove("outlets");
    members.extend(outlets.map(|outlets| ("outlets".to_owned(), outlets.clone())));
    key
}

/// Another outlet of the same server, whose key is published beside the seller's own.
struct Neighbour {
    pkcs8: Vec<u8>,
    key: Value,
}

impl Neighbour {
    fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let head = b"3059301306072a8648ce3d020106082a8648ce3d03010703420004";
        let spki = [&HEXLOWER.decode(head).unwrap(), x, y].concat();
        let id = signing::PublicKey::from_der(&spki).unwrap().key_id().to_string();
        let [x, y] = [x, y].map(|coordinate| BASE64URL_NOPAD.encode(coordinate));
        let key = json!({ "kty": "EC", "crv": "P-256", "kid": id, "x": x, "y": y });
        Self { pkcs8: pair.to_pkcs8v1().unwrap().as_ref().to_vec(), key }
    }

    /// The seal of a sale of somebody else, as the neighbour makes one up: what is answered of it.
    fn seal(&self, kept: &Kept) -> String {
        let answer: Value = serde_json::from_str(&kept.text("invoice.json")).unwrap();
        let key_id = self.key["kid"].as_str().unwrap().to_owned();
        let statement = Statement { key_id, ..kept.statement() }.to_bytes();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &self.pkcs8).unwrap();
        let signature = pair.sign(&SystemRandom::new(), &signed_message(&statement)).unwrap();
        let [statement, signature] =
            [&statement[..], signature.as_ref()].map(|bytes| BASE64URL_NOPAD.encode(bytes));
        let url = format!("https://shop.example/v/#{statement}.{signature}");
        json!({ "seal": { "verify_url": url }, "invoice": answer["invoice"] }).to_string()
    }

    /// A true seal whose place in the log nobody but the neighbour has signed.
    fn proof(&self, kept: &Kept) -> String {
        let text = kept.text("own.tlog-proof");
        let file = ProofFile::parse(text.as_bytes()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &self.pkcs8).unwrap();
        let note = file.checkpoint.text().as_bytes();
        let signature = pair.sign(&SystemRandom::new(), note).unwrap();
        let id = HEXLOWER.decode(&self.key["kid"].as_str().unwrap().as_bytes()[..8]).unwrap();
        let signature = BASE64.encode(&[&id, signature.as_ref()].concat());
        let (head, line) = text.trim_end().rsplit_once('\n').unwrap();
        let (signer, _) = line.rsplit_once(' ').unwrap();
        format!("{head}\n{signer} {signature}\n")
    }
}

/// What was given, a list of keys, the command line's exit code, and the page's verdict.
type Row = (&'static str, Value, i32, &'static str);

/// The key's owner as lists say it, for the receipt of one who is live, tests, or is another.
fn owners(kept: &Kept) -> Vec<Row> {
    let Statement { taxpayer, outlet, .. } = kept.statement();
    let other = named(Hash::of_seller(&format!("{taxpayer}0"), &outlet), "live");
    let [live, test] = ["live", "test"].map(|environment| kept.outlets(environment)[0].clone());
    let seller = live["seller"].as_str().unwrap();
    let with = |seller: Value| json!([{ "seller": seller, "environment": "live" }]);
    // The last sign has bits that no byte takes.
    let mut idle = seller.as_bytes().to_vec();
    idle[42] += 1;
    let idle = String::from_utf8(idle).unwrap();
    vec![
        ("the seller's", json!([live]), 0, "genuine"),
        ("the seller's and another's", json!([other, live]), 0, "genuine"),
        ("a tester's", json!([test]), 0, "test"),
        ("a tester's and a live one's", json!([test, other]), 0, "test"),
        ("one who is both", json!([test, live]), 0, "test"),
        ("one who is both, the other way round", json!([live, test]), 0, "test"),
        ("another's", json!([other]), 4, "otherSeller"),
        ("nobody's", json!([]), 4, "otherSeller"),
        ("null", Value::Null, 1, "offline"),
        ("an object", live.clone(), 1, "offline"),
        ("a text", live["seller"].clone(), 1, "offline"),
        ("a list of lists", json!([[seller, "live"]]), 1, "offline"),
        ("a list with null", json!([live, null]), 1, "offline"),
        ("no seller", json!([{ "environment": "live" }]), 1, "offline"),
        ("no environment", json!([{ "seller": seller }]), 1, "offline"),
        ("another word", json!([{ "seller": seller, "environment": "LIVE" }]), 1, "offline"),
        ("malformed beside the seller", json!([live, { "seller": seller }]), 1, "offline"),
        ("a seller in a list", with(json!([seller])), 1, "offline"),
        ("a short seller", with(json!(seller[..42])), 1, "offline"),
        ("a long seller", with(json!(format!("{seller}AAAA"))), 1, "offline"),
        ("a seller with padding", with(json!(format!("{seller}="))), 1, "offline"),
        ("a seller with idle bits", with(json!(idle)), 1, "offline"),
        ("a seller that is no base64url", with(json!(format!("+{}", &seller[1..]))), 1, "offline"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn both_readers_ask_whose_a_key_is() {
    let kept = Kept::of_a_shop().await;
    let neighbour = Neighbour::new();
    kept.write("sealed-by-neighbour.json", &neighbour.seal(&kept));
    kept.write("logged-by-neighbour.tlog-proof", &neighbour.proof(&kept));
    let live = kept.outlets("live");
    let other = json!([named(Hash::ZERO, "live")]);
    let both = |outlets: Option<&Value>| {
        let own = of_outlets(&kept.key(), Some(&live));
        json!({ "keys": [own, of_outlets(&neighbour.key, outlets)] }).to_string()
    };
    let (sealed, logged) = ("sealed-by-neighbour.json", "logged-by-neighbour.tlog-proof");
    let mut rows = vec![
        ("an older list", "receipt.html", kept.list(None), 0, "genuine"),
        ("a neighbour's seal", sealed, both(Some(&other)), 4, "otherSeller"),
        ("a seal of a key of both", sealed, both(Some(&live)), 0, "genuine"),
        ("a seal of a key of whoever", sealed, both(None), 0, "genuine"),
        ("a neighbour's log", logged, both(Some(&other)), 4, "notLogged"),
        ("a log of nobody's key", logged, both(Some(&json!([]))), 4, "notLogged"),
        ("a log of a key of both", logged, both(Some(&live)), 0, "genuine"),
        ("a log of a key of whoever", logged, both(None), 0, "genuine"),
        ("the seller's own log", "own.tlog-proof", both(Some(&other)), 0, "genuine"),
    ];
    rows.extend(owners(&kept).into_iter().map(|(name, outlets, code, verdict)| {
        (name, "receipt.html", kept.list(Some(&outlets)), code, verdict)
    }));
    let mut files = Vec::new();
    for (index, (name, file, list, code, verdict)) in rows.iter().enumerate() {
        let [file, keys] =
            [(*file).to_owned(), format!("list-{index}")].map(|name| kept.path(&name));
        std::fs::write(&keys, list).unwrap();
        let output = stalela(&["--json", "verify", "receipt", &file, "--key", &keys]);
        assert_eq!(output.status.code(), Some(*code), "{name}: {output:?}");
        if *code == 0 {
            let is_test = output_json(&output)["environment"] == "test";
            assert_eq!(is_test, *verdict == "test", "{name}");
        }
        files.push((file, keys));
    }
    let Some(verdicts) = kept.judged_by_page(&files) else { return };
    for ((name, .., expected), verdict) in rows.iter().zip(verdicts) {
        assert_eq!(verdict, *expected, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_verdict_says_whether_it_is_a_test_and_whose_the_key_is() {
    let kept = Kept::of_a_shop().await;
    let other = json!([named(Hash::ZERO, "live")]);
    kept.write("live.json", &kept.list(Some(&kept.outlets("live"))));
    kept.write("test.json", &kept.list(Some(&kept.outlets("test"))));
    kept.write("older.json", &kept.list(None));
    kept.write("other.keys.json", &kept.list(Some(&other)));
    kept.write("malformed.json", &kept.list(Some(&json!({}))));
    for (list, verdict, is_of_seller, environment) in [
        ("live.json", "genuine", json!(true), json!("live")),
        ("test.json", "test", json!(true), json!("test")),
        // As the server answered it: its outlets are registered to test.
        ("published.json", "test", json!(true), json!("test")),
        ("older.json", "genuine", Value::Null, Value::Null),
    ] {
        let (code, told) = kept.verified_by(list);
        assert_eq!((code, &told["verdict"]), (Some(0), &json!(verdict)), "{list}: {told}");
        assert_eq!(told.get("key_is_of_seller"), Some(&is_of_seller), "{list}");
        assert_eq!(told.get("environment"), Some(&environment), "{list}");
    }
    let (code, told) = kept.verified_by("other.keys.json");
    assert_eq!(code, Some(4));
    let why = told["error"].as_str().unwrap();
    assert!(why.contains("not that of the seller and the outlet that it names"), "{why}");
    let (code, told) = kept.verified_by("malformed.json");
    assert_eq!(code, Some(1));
    let why = told["error"].as_str().unwrap();
    assert!(why.contains("malformed.json: a key of the list does not say whose it is"), "{why}");

    let words = |list: &str| {
        let output =
            stalela(&["verify", "receipt", &kept.path("receipt.html"), "--key", &kept.path(list)]);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let [live, test, older] = ["live.json", "test.json", "older.json"].map(words);
    let mut lines = test.lines();
    assert!(
        lines.next().unwrap().starts_with("TEST, NOT AN INVOICE: true seal of KIN01-"),
        "{test}"
    );
    assert!(lines.next().unwrap().contains("the authority has nothing of it"), "{test}");
    assert!(!test.contains("genuine"), "{test}");
    let vouched = "  key       its file does not say whose key it is";
    assert!(older.starts_with("genuine seal of") && older.contains(vouched), "{older}");
    assert!(!live.contains("TEST") && !live.contains(vouched) && !test.contains(vouched), "{live}");
}

/// What a list says of a key counts, and what several say of it together.
#[tokio::test(flavor = "multi_thread")]
async fn several_files_say_together_whose_a_key_is() {
    let kept = Kept::of_a_shop().await;
    let other = json!([named(Hash::ZERO, "live")]);
    let key = kept.key();
    let decode = |member: &str| BASE64URL_NOPAD.decode(key[member].as_str().unwrap().as_bytes());
    let head = HEXLOWER.decode(b"3059301306072a8648ce3d020106082a8648ce3d03010703420004").unwrap();
    let spki = [head, decode("x").unwrap(), decode("y").unwrap()].concat();
    let pem = signing::PublicKey::from_der(&spki).unwrap().to_pem();
    kept.write("outlet.pub.pem", &pem);
    kept.write("older.json", &kept.list(None));
    kept.write("live.json", &kept.list(Some(&kept.outlets("live"))));
    kept.write("test.json", &kept.list(Some(&kept.outlets("test"))));
    kept.write("another.json", &kept.list(Some(&other)));
    kept.write("nobody.json", &kept.list(Some(&json!([]))));
    for (files, environment) in [
        (&["outlet.pub.pem"][..], Some(Value::Null)),
        (&["outlet.pub.pem", "older.json"], Some(Value::Null)),
        (&["outlet.pub.pem", "test.json"], Some("test".into())),
        (&["older.json", "live.json"], Some("live".into())),
        (&["outlet.pub.pem", "another.json"], None),
        (&["another.json", "nobody.json"], None),
        (&["older.json", "nobody.json"], None),
        (&["another.json", "live.json"], Some("live".into())),
        (&["nobody.json", "test.json"], Some("test".into())),
        (&["live.json", "test.json"], Some("test".into())),
    ] {
        let mut paths: Vec<String> = files.iter().map(|name| kept.path(name)).collect();
        for _order in 0..2 {
            let mut words = vec!["--json", "verify", "receipt", &kept.url];
            words.extend(paths.iter().flat_map(|path| ["--key", path]));
            let output = stalela(&words);
            let code = if environment.is_some() { 0 } else { 4 };
            assert_eq!(output.status.code(), Some(code), "{files:?}: {output:?}");
            if let Some(environment) = &environment {
                assert_eq!(output_json(&output)["environment"], *environment, "{files:?}");
            }
            paths.reverse();
        }
    }
}
