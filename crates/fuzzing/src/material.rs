//! People who do not exist, with keys and certificates that OpenSSL made for these tests.

use std::sync::LazyLock;

use authorities::dom::dsig::prepare;
use authorities::dom::xml::Document;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use data_encoding::BASE64;

/// A person's certificate (DER), issued by [`AUTHORITY`].
pub const PERSON: &[u8] = include_bytes!("../material/person.cer");
/// An authority's own certificate (DER).
pub const AUTHORITY: &[u8] = include_bytes!("../material/authority.cer");
/// The person's key in PKCS#8.
pub const PERSON_KEY: &[u8] = include_bytes!("../material/person.pkcs8");
/// Files with the person's key: as OpenSSL 3 writes them, as everybody did before, without a check
/// of the password, and without encryption. The password is `secret`.
pub const PKCS12: [&[u8]; 4] = [
    include_bytes!("../material/new.p12"),
    include_bytes!("../material/old.p12"),
    include_bytes!("../material/unchecked.p12"),
    include_bytes!("../material/plain.p12"),
];

/// The taxpayer who issues what the seeds tell of, and the one who receives it.
pub const ISSUER: &str = "131000002";
pub const BUYER: &str = "101000001";

static KEY: LazyLock<RsaKeyPair> = LazyLock::new(|| {
    RsaKeyPair::from_pkcs8(PERSON_KEY).expect("the key is the one that OpenSSL made")
});

/// The person's signature (PKCS#1 v1.5 with SHA-256), the same at each time.
pub fn signature(message: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; KEY.public_modulus_len()];
    KEY.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
        .expect("a key of 2048 bits signs");
    signature
}

/// A document with the person's signature in it.
pub fn signed(xml: &str) -> Vec<u8> {
    let document = Document::parse(xml.as_bytes()).expect("a seed is well-formed");
    let prepared = prepare(document).expect("a seed can be signed");
    let signature = signature(prepared.bytes());
    prepared.finish(&signature, PERSON).expect("RSA signs").bytes
}

pub fn pem(label: &str, der: &[u8]) -> String {
    let base64 = BASE64.encode(der);
    let lines: Vec<_> = base64.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// An element of DER, with the shortest length.
pub fn der(tag: u8, contents: &[u8]) -> Vec<u8> {
    let bytes = contents.len().to_be_bytes();
    let digits = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
    let count = 0x80 | u8::try_from(digits.len()).expect("a length has eight bytes at most");
    match digits {
        [] => vec![tag, 0],
        [short @ ..0x80] => [&[tag, *short], contents].concat(),
        long => [&[tag, count], long, contents].concat(),
    }
}
