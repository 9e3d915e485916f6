//! `vectors/`: what every language must reproduce. The files are compared with what the crates say
//! now, and written anew with `STALELA_UPDATE_VECTORS=1`; a script of another language, with nothing
//! of ours, recomputes all of it.

mod common;
mod stored;

use std::process::Command;

use common::{emcf, facts, price};
use invoice::{
    Amount, DecimalError, EntryKind, Hash, Invoice, InvoiceId, Json, Original, OriginalInvoice,
    OutletId, Price, PricingFacts, Quantity, SealedInvoice, SecurityElements, Statement, TextError,
    Timestamp, normalise, parse_verify_url, signed_message,
};
use serde_json::{Value, json};
use stored::{stands, vectors};

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

fn unhex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).expect("hexadecimal digits")
}

fn example(name: &str) -> Value {
    let path = vectors().join(format!("../examples/{name}.json"));
    serde_json::from_slice(&std::fs::read(path).expect("an example")).expect("JSON")
}

fn priced(document: &Value, facts: &PricingFacts) -> Invoice {
    let invoice = price(document, &emcf(&json!({})), facts);
    invoice.unwrap_or_else(|faults| panic!("{document}: {faults:?}"))
}

fn invoices() -> Vec<(&'static str, Invoice)> {
    let mut odd = example("supermarket_sale");
    odd["operator"]["name"] = json!("\"Zoé\" \\ / E\u{301} 漢字 😀 ﬁ");
    odd["comments"] = json!(["Œuvre à 10 % — «prix net»", "𝒜"]);
    let mut invoices: Vec<_> = [
        "supermarket_sale",
        "company_invoice",
        "specific_tax",
        "usd_payment",
        "export_sale",
        "advance",
        "credit_note_rebate",
        "embassy_exempt",
        "fuel",
        "discount",
        "reduced_rates",
    ]
    .map(|name| (name, priced(&example(name), &facts())))
    .into();
    let outlet = OutletId::from_random([1; 10]);
    let names = Original {
        id: InvoiceId::of(&outlet, [2; 15]),
        number: "KIN01-2026-000001".to_owned(),
        entry_hash: statements()[0].1.entry_hash(),
        code: Some(CODE.to_owned()),
    };
    let original = Some(OriginalInvoice { names, invoice: invoices[0].1.clone() });
    let replaces = Some(InvoiceId::of(&outlet, [3; 15]));
    let facts = PricingFacts { original, replaces, ..facts() };
    invoices.push(("credit_note_return", priced(&example("credit_note_return"), &facts)));
    invoices.push(("odd_characters", priced(&odd, &common::facts())));
    invoices
}

#[test]
fn invoices_have_these_bytes_and_hashes() {
    let rows: Vec<Value> = invoices()
        .into_iter()
        .map(|(name, invoice)| {
            let bytes = invoice.canonical_bytes();
            assert_eq!(Invoice::from_canonical(&bytes), Ok(invoice), "{name}");
            let tree: Value = serde_json::from_slice(&bytes).unwrap();
            let hash = Hash::of_invoice(&bytes).to_hex();
            let text = String::from_utf8(bytes).unwrap();
            json!({"name": name, "invoice": tree, "canonical": text, "payload_hash": hash})
        })
        .collect();
    stands("invoices.json", &Value::Array(rows));
}

/// Trees that tell a canonicaliser from a plain serializer.
#[test]
fn trees_have_these_canonical_bytes() {
    let trees = [
        ("nothing", json!({})),
        ("scalars", json!([null, true, false, 0, -1, 9_007_199_254_740_991_i64, ""])),
        ("sorting", json!({"b": 1, "a": 2, "B": 3, "": 4, "aa": 5, "é": 6})),
        ("sorting by UTF-16", json!({"\u{FB33}": 1, "\u{1F600}": 2, "\u{20AC}": 3, "\r": 4})),
        ("short escapes", json!("\u{8}\t\n\u{c}\r\"\\/")),
        ("other controls", json!("\u{0}\u{1}\u{b}\u{1f}\u{7f}\u{80}")),
        ("not escaped", json!("<é漢😀\u{2028}\u{2029}>")),
        ("nesting", json!({"z": [{"b": [], "a": {}}], "y": {"n": null}})),
    ];
    let rows = trees.map(|(name, tree)| {
        let json = Json::parse(tree.to_string().as_bytes()).unwrap();
        let text = String::from_utf8(json.to_canonical_bytes()).unwrap();
        json!({"name": name, "tree": tree, "canonical": text})
    });
    stands("canonical.json", &json!(rows));
}

#[test]
fn texts_are_normalised_so() {
    let texts = [
        "Café",
        "Cafe\u{301}",
        "  deux  mots ",
        "\u{a0}x\u{2003}",
        "ﬁ",
        "Å",
        "각",
        "\u{958}",
        "",
        " \t ",
        "a\tb",
        "a\u{1b}[2J",
        "\u{202E}0001",
        "a\u{200B}b",
        "\u{FEFF}x",
        "\u{E000}",
        "\u{61C}1",
        "a\u{E0041}",
        "\u{10FFFD}",
        "👩‍🍳",
    ];
    let mut rows: Vec<Value> = texts.iter().map(|raw| text_row(raw)).collect();
    rows.extend([text_row(&"é".repeat(255)), text_row(&"é".repeat(256))]);
    stands("texts.json", &Value::Array(rows));
}

fn text_row(raw: &str) -> Value {
    match normalise(raw) {
        Ok(text) => json!({"raw": raw, "text": text}),
        Err(TextError::Empty) => json!({"raw": raw, "error": "empty"}),
        Err(TextError::TooLong) => json!({"raw": raw, "error": "too_long"}),
        Err(TextError::Forbidden(_)) => json!({"raw": raw, "error": "forbidden"}),
    }
}

#[test]
fn decimals_are_written_so() {
    let texts = [
        "0",
        "4064",
        "4064.5",
        "-0.01",
        "-0",
        "007.10",
        "1.50000",
        "99999999999999.99",
        "0.0000",
        "100000000000000",
        "0.001",
        "0.0001",
        "0.00001",
        "",
        "-",
        ".5",
        "5.",
        "+5",
        "1e3",
        "1,5",
        " 1",
        "1 ",
        "1.2.3",
        "NaN",
        "١",
        "--1",
    ];
    let error = |error| match error {
        DecimalError::Malformed => "malformed",
        DecimalError::TooPrecise => "too_precise",
        DecimalError::TooLarge => "too_large",
    };
    let row = |text: &str| {
        json!({
            "text": text,
            "amount": Amount::parse(text).map_or_else(error_json(error), |d| json!(d.to_string())),
            "quantity":
                Quantity::parse(text).map_or_else(error_json(error), |d| json!(d.to_string())),
            "price": Price::parse(text).map_or_else(error_json(error), |d| json!(d.to_string())),
        })
    };
    stands("decimals.json", &texts.into_iter().map(row).collect());
}

fn error_json(name: fn(DecimalError) -> &'static str) -> impl Fn(DecimalError) -> Value {
    move |error| json!({"error": name(error)})
}

const CODE: &str = "TESTFACTHQBAX2F3K22NMDYR";

fn elements() -> SecurityElements {
    SecurityElements {
        code: CODE.to_owned(),
        qr: Some(format!("RDCDEF01;XX01710090-1;{CODE};A1234567B;20260320110000")),
        details: [("nim", "XX01710090-1"), ("counters", "3/9 FV"), ("time", "20/03/2026 11:00:00")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        reply: "{\"codeDEFDGI\":\"TEST-FACT-HQBA-X2F3-K22N-MDYR\"}".to_owned(),
        document: None,
    }
}

/// A chain of three: a request, its seal with the authority's elements, an operator's word.
fn statements() -> Vec<(&'static str, Statement)> {
    let sale = priced(&example("supermarket_sale"), &facts());
    let requested = Statement {
        taxpayer: "A1234567B".to_owned(),
        outlet: OutletId::from_random([1; 10]),
        sequence: 1,
        kind: EntryKind::Requested,
        number: "KIN01-2026-000001".to_owned(),
        total: Some(sale.totals().total),
        currency: "CDF".to_owned(),
        sealed_at: Timestamp::from_micros(1_774_000_800_000_001),
        regime: "cd/2026-02".to_owned(),
        payload_hash: Hash::of_invoice(&sale.canonical_bytes()),
        previous: Hash::ZERO,
        key_id: "0123456789abcdef".to_owned(),
        elements_hash: None,
    };
    let sealed = Statement {
        sequence: 2,
        kind: EntryKind::Sealed,
        sealed_at: Timestamp::from_micros(1_774_000_801_250_000),
        previous: requested.entry_hash(),
        elements_hash: Some(Hash::of_elements(&elements().to_bytes())),
        ..requested.clone()
    };
    let accepted = Statement {
        sequence: 3,
        kind: EntryKind::ClockAccepted,
        number: String::new(),
        total: None,
        currency: String::new(),
        regime: String::new(),
        sealed_at: Timestamp::from_micros(1_774_000_801_250_001),
        payload_hash: Hash::of_note("l'horloge était en avance".as_bytes()),
        previous: sealed.entry_hash(),
        elements_hash: None,
        ..requested.clone()
    };
    vec![("requested", requested), ("sealed", sealed), ("clock_accepted", accepted)]
}

/// Made once over each `0x00 ‖ statement` with the key of RFC 6979, A.2.5, whose private half is
/// published there.
const SIGNATURES: [&str; 3] = [
    concat!(
        "c5ec8e25e3d648f61335faa6c736939fcc81fea945251add67ea8785e876e489",
        "facc4e7a228818e11424eeffab319ecd8be3ac3ad792432ee0705c80c5886121",
    ),
    concat!(
        "0f2ecf060afd05d586192b9557e82c3febf0d57698a1ba9c9cac1c706d90f9e4",
        "1e7b73eb0db2c31c3615d10c90c478cedb7578fdfd9cdd5e98b0f1c0395d6c3a",
    ),
    concat!(
        "0e090530f4d558e7b6110fee9633cff33edb67b111c170d540e01b0aa105eb86",
        "9ff26c88e90c681ee8820e69c61d9f1e2fce82c0e9db3d1412c1f6b998731f96",
    ),
];
const PUBLIC_KEY: [&str; 2] = [
    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
];
const BASE: &str = "https://verify.example";

#[test]
fn statements_have_these_bytes_hashes_and_codes() {
    let entries: Vec<Value> =
        statements().iter().zip(SIGNATURES).map(|((name, s), sig)| entry(name, s, sig)).collect();
    let bytes = elements().to_bytes();
    let read_back = SecurityElements::parse(&bytes).expect("what was just written");
    assert_eq!(read_back.to_bytes(), bytes);
    let row = json!({
        "public_key": {"curve": "P-256", "x": PUBLIC_KEY[0], "y": PUBLIC_KEY[1]},
        "elements": {
            "canonical": String::from_utf8(bytes.clone()).unwrap(),
            "hash": Hash::of_elements(&bytes).to_hex(),
        },
        "note": {"text": "l'horloge était en avance",
                 "hash": Hash::of_note("l'horloge était en avance".as_bytes()).to_hex()},
        "verify_base": BASE,
        "entries": entries,
    });
    stands("statements.json", &row);
}

fn entry(name: &str, statement: &Statement, signature: &str) -> Value {
    let bytes = statement.to_bytes();
    assert_eq!(Statement::parse(&bytes).as_ref(), Ok(statement));
    let signature: [u8; 64] = unhex(signature).try_into().expect("64 bytes");
    let sealed = SealedInvoice {
        id: InvoiceId::of(&statement.outlet, [2; 15]),
        invoice: priced(&example("supermarket_sale"), &facts()),
        statement: statement.clone(),
        signature,
        elements: None,
    };
    let url = sealed.verify_url(BASE);
    assert_eq!(parse_verify_url(&url), Some((bytes.clone(), signature)));
    json!({
        "name": name,
        "fields": {
            "taxpayer": statement.taxpayer,
            "outlet": statement.outlet.as_str(),
            "sequence": statement.sequence,
            "kind": statement.kind.as_str(),
            "number": statement.number,
            "total": statement.total.map(|total| total.to_string()).unwrap_or_default(),
            "currency": statement.currency,
            "sealed_at": statement.sealed_at.to_string(),
            "sealed_at_micros": statement.sealed_at.micros(),
            "regime": statement.regime,
            "payload_hash": statement.payload_hash.to_hex(),
            "previous": statement.previous.to_hex(),
            "key_id": statement.key_id,
            "elements_hash": statement.elements_hash.map(Hash::to_hex).unwrap_or_default(),
        },
        "statement": hex(&bytes),
        "signed_message": hex(&signed_message(&bytes)),
        "entry_hash": statement.entry_hash().to_hex(),
        "signature": hex(&signature),
        "authentication_code": sealed.authentication_code(),
        "verify_url": url,
    })
}

/// The independent judge: Python's standard library.
#[test]
fn another_language_agrees() {
    match Command::new("python3").arg(vectors().join("check.py")).output() {
        Err(error) => println!("skipped: no python3 ({error})"),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout);
            let erred = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{said}{erred}");
            println!("{said}");
        }
    }
}
