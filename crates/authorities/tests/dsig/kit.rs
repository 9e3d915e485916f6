//! A holder of a key and a certificate, made for the test, who signs as a key's holder does.

use std::sync::LazyLock;

use authorities::dom::dsig::{self, Signed};
use authorities::dom::xml::Document;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use data_encoding::BASE64;

/// The cédula of a person who does not exist.
pub(crate) const CEDULA: &str = "00100000019";

pub(crate) struct Holder {
    key: RsaKeyPair,
    pub(crate) certificate: Vec<u8>,
}

impl Holder {
    /// With a new key, and a certificate of its own making for the years 2026 and 2027.
    pub(crate) fn new(common_name: &str) -> Self {
        Self::of(RsaKeyPair::generate(KeySize::Rsa2048).unwrap(), common_name)
    }

    fn of(key: RsaKeyPair, common_name: &str) -> Self {
        let spki: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
        let serial_number = format!("IDCDO-{CEDULA}");
        let names = [(COMMON_NAME, common_name.as_bytes()), (SERIAL, serial_number.as_bytes())];
        let names = names.map(|(oid, value)| relative_name(oid, UTF8_STRING, value));
        let contents = to_be_certified(&names, spki.as_ref());
        let signature = sign(&key, &contents);
        Self { key, certificate: certified(contents, &signature) }
    }

    pub(crate) fn spki(&self) -> Vec<u8> {
        let spki: PublicKeyX509Der<'_> = self.key.public_key().as_der().unwrap();
        spki.as_ref().to_vec()
    }

    /// With a key and a certificate in PEM.
    pub(crate) fn from_pem(key: &str, certificate: &str) -> Self {
        let key = RsaKeyPair::from_pkcs8(&pem_contents(key)).unwrap();
        Self { key, certificate: pem_contents(certificate) }
    }

    pub(crate) fn sign_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        sign(&self.key, bytes)
    }

    pub(crate) fn sign(&self, document: Document) -> Signed {
        let prepared = dsig::prepare(document).unwrap();
        let signature = self.sign_bytes(prepared.bytes());
        prepared.finish(&signature, &self.certificate).unwrap()
    }

    pub(crate) fn sign_text(&self, xml: &str) -> String {
        let document = Document::parse(xml.as_bytes()).unwrap();
        String::from_utf8(self.sign(document).bytes).unwrap()
    }

    pub(crate) fn key_pem(&self) -> String {
        let der: Pkcs8V1Der<'_> = self.key.as_der().unwrap();
        pem("PRIVATE KEY", der.as_ref())
    }

    pub(crate) fn certificate_pem(&self) -> String {
        pem("CERTIFICATE", &self.certificate)
    }
}

/// One holder for the tests of a process, since keys take their time.
pub(crate) static HOLDER: LazyLock<Holder> = LazyLock::new(|| Holder::new("María Ñúñez"));

fn sign(key: &RsaKeyPair, bytes: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), bytes, &mut signature).unwrap();
    signature
}

fn pem(label: &str, der: &[u8]) -> String {
    let base64 = BASE64.encode(der);
    let lines: Vec<_> = base64.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn pem_contents(text: &str) -> Vec<u8> {
    let lines = text.lines().filter(|line| !line.starts_with("-----"));
    BASE64.decode(lines.collect::<String>().as_bytes()).unwrap()
}

/// A certificate for any key and any names, which nobody has signed.
pub(crate) fn unsigned_certificate(names: &[Vec<u8>], spki: &[u8]) -> Vec<u8> {
    certified(to_be_certified(names, spki), &[0; 256])
}

fn certified(contents: Vec<u8>, signature: &[u8]) -> Vec<u8> {
    sequence(&[contents, sequence(&[RSA_WITH_SHA256.to_vec()]), bits(signature)])
}

/// `TBSCertificate` of version 3 without extensions (RFC 5280, 4.1).
fn to_be_certified(names: &[Vec<u8>], spki: &[u8]) -> Vec<u8> {
    let validity = [element(0x17, b"260101000000Z"), element(0x17, b"271231235959Z")];
    sequence(&[
        element(0xa0, &element(0x02, &[2])),
        element(0x02, &[1, 2, 3]),
        sequence(&[RSA_WITH_SHA256.to_vec()]),
        sequence(names),
        sequence(&validity),
        sequence(names),
        spki.to_vec(),
    ])
}

/// One `RelativeDistinguishedName`, its value a string of a type.
pub(crate) fn relative_name(oid: &[u8], string: u8, value: &[u8]) -> Vec<u8> {
    element(0x31, &sequence(&[element(0x06, oid), element(string, value)]))
}

pub(crate) fn bits(bytes: &[u8]) -> Vec<u8> {
    element(0x03, &[&[0], bytes].concat())
}

pub(crate) fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    element(0x30, &parts.concat())
}

pub(crate) fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u16::try_from(contents.len()).unwrap().to_be_bytes();
    let header = match length {
        [0, short @ 0..0x80] => vec![tag, short],
        [0, long] => vec![tag, 0x81, long],
        [high, low] => vec![tag, 0x82, high, low],
    };
    [header, contents.to_vec()].concat()
}

/// `sha256WithRSAEncryption` and its NULL.
const RSA_WITH_SHA256: [u8; 13] =
    [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00];

pub(crate) const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
pub(crate) const SERIAL: &[u8] = &[0x55, 0x04, 0x05];
pub(crate) const UTF8_STRING: u8 = 0x0c;
