//! What is read back from paper, links and rows: canonical invoices, statements, elements, and the
//! address in the QR of our seal.

use invoice::{
    Amount, Decimal, EntryKind, Hash, Invoice, OutletId, SecurityElements, Statement,
    authentication_code, normalise, parse_verify_url,
};

use super::world::{AUTHORITIES, now, priced};
use super::{seeds, told};
use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "stored",
    read,
    seeds: all_seeds,
    words: WORDS,
    limit: 256 * 1024,
    rounds: 1_500,
};

fn read(bytes: &[u8]) {
    match Invoice::from_canonical(bytes) {
        Ok(invoice) => assert_eq!(invoice.canonical_bytes(), bytes, "one invoice, one spelling"),
        Err(error) => told(error),
    }
    statement(bytes);
    if let Some(elements) = SecurityElements::parse(bytes) {
        let again = SecurityElements::parse(&elements.to_bytes());
        assert_eq!(again, Some(elements), "elements are read as they were written");
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        address(text);
        small(text);
    }
}

fn statement(bytes: &[u8]) {
    match Statement::parse(bytes) {
        Ok(statement) => assert_eq!(statement.to_bytes(), bytes, "one statement, one spelling"),
        Err(error) => told(error),
    }
}

fn address(text: &str) {
    let Some((bytes, signature)) = parse_verify_url(text) else { return };
    assert_eq!(authentication_code(&signature).len(), "AAAA-".len() * 6 - 1);
    statement(&bytes);
}

fn small(text: &str) {
    decimal::<0>(text);
    decimal::<2>(text);
    decimal::<4>(text);
    if let Ok(normal) = normalise(text) {
        assert_eq!(normalise(&normal).as_ref(), Ok(&normal), "what is normal stays");
    }
    if let Some(instant) = invoice::Timestamp::parse(text) {
        assert_eq!(invoice::Timestamp::parse(&instant.to_string()), Some(instant));
    }
}

fn decimal<const SCALE: u32>(text: &str) {
    let Ok(decimal) = Decimal::<SCALE>::parse(text) else { return };
    for written in [decimal.to_string(), decimal.to_text(), decimal.to_short_string()] {
        assert_eq!(Decimal::parse(&written), Ok(decimal), "{written}");
    }
}

fn all_seeds() -> Vec<Vec<u8>> {
    let canonical = |draft: &Vec<u8>| {
        let mut priced = AUTHORITIES.iter().filter_map(|one| priced(one.as_ref(), draft));
        priced.next().map(|invoice| invoice.canonical_bytes())
    };
    let mut all: Vec<Vec<u8>> = seeds::drafts().iter().filter_map(canonical).collect();
    let statement = statement_seed().to_bytes();
    let encode = |bytes: &[u8]| data_encoding::BASE64URL_NOPAD.encode(bytes);
    let url = format!("https://s.example/v/#{}.{}", encode(&statement), encode(&[7; 64]));
    all.extend([statement, url.into_bytes(), elements_seed().to_bytes()]);
    all.extend([b"-12.50".to_vec(), b"2026-02-28T17:05:06.568Z".to_vec(), "Á é".into()]);
    all
}

fn statement_seed() -> Statement {
    Statement {
        taxpayer: "A1234567B".to_owned(),
        outlet: OutletId::from_random([3; 10]),
        sequence: 7,
        kind: EntryKind::Sealed,
        number: "KIN01-2026-000007".to_owned(),
        total: Amount::parse("11600.00").ok(),
        currency: "CDF".to_owned(),
        sealed_at: now(),
        regime: AUTHORITIES[0].regime().version.to_owned(),
        payload_hash: Hash([1; 32]),
        previous: Hash([2; 32]),
        key_id: "00".repeat(32),
        elements_hash: Some(Hash([4; 32])),
    }
}

fn elements_seed() -> SecurityElements {
    SecurityElements {
        code: "TESTFACTHQBAX2F3K22NMDYR".to_owned(),
        qr: Some("RDCDEF01;CD01000001-1;TESTFACTHQBAX2F3K22NMDYR;A1234567B;20260320".to_owned()),
        details: vec![("counters".to_owned(), "3/9 FV".to_owned())],
        reply: "{}".to_owned(),
        document: Some("<ECF/>".to_owned()),
    }
}

const WORDS: &[&str] = &[
    "stalela/entry/1",
    "stalela.invoice/1",
    "/v/#",
    ".",
    "#",
    "-",
    "\"lines\":[",
    "{\"",
    "\\u",
    "\"do\":{",
    "\"amount\":\"",
    "sealed",
    "Z",
    "T00:00:00Z",
    "[UTC]",
    "\u{0}\u{f}",
    "0",
    "[[[",
];
