//! A person with a certificate, who signs as "Firmado de e-CF" asks. It is written for these tests:
//! the documents here have no white space between elements and escape what canonical XML escapes,
//! so that what is written is already canonical.

use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use data_encoding::BASE64;

/// A natural person, by the eleven digits of the cédula.
pub(crate) struct Person {
    key: RsaKeyPair,
    /// The certificate in base64, on one line.
    pub(crate) certificate: String,
}

impl Person {
    /// Certified from 2020 to 2049.
    pub(crate) fn new(cedula: &str) -> Self {
        Self::certified(cedula, "200101000000Z", "491231235959Z")
    }

    pub(crate) fn certified(cedula: &str, from: &str, until: &str) -> Self {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let certificate = BASE64.encode(&certificate(&key, cedula, from, until));
        Self { key, certificate }
    }

    /// The key for other signers, in PEM (PKCS#8).
    pub(crate) fn key_pem(&self) -> String {
        let der: Pkcs8V1Der = self.key.as_der().unwrap();
        pem("PRIVATE KEY", &BASE64.encode(der.as_ref()))
    }

    pub(crate) fn certificate_pem(&self) -> String {
        pem("CERTIFICATE", &self.certificate)
    }

    /// Signs a document: `declaration` is what comes before the root, `root` the root in canonical
    /// form, and `scope` the namespace declarations that the root makes, as canonical XML sorts
    /// them.
    pub(crate) fn sign_within(&self, declaration: &str, root: &str, scope: &str) -> String {
        let digest = BASE64.encode(digest::digest(&digest::SHA256, root.as_bytes()).as_ref());
        let information = INFORMATION.replace("{digest}", &digest);
        let start = format!("<SignedInfo xmlns=\"{DSIG}\"{scope}>");
        let canonical = information.replacen("<SignedInfo>", &start, 1);
        let value = BASE64.encode(&sign(&self.key, canonical.as_bytes()));
        let end = root.rfind("</").unwrap();
        format!(
            "{declaration}{}<Signature xmlns=\"{DSIG}\">{information}<SignatureValue>{value}\
             </SignatureValue><KeyInfo><X509Data><X509Certificate>{}</X509Certificate></X509Data>\
             </KeyInfo></Signature>{}",
            &root[..end],
            self.certificate,
            &root[end..]
        )
    }

    /// Signs a document without namespaces.
    pub(crate) fn sign(&self, root: &str) -> String {
        self.sign_within("<?xml version=\"1.0\" encoding=\"utf-8\"?>", root, "")
    }

    /// Signs a seed as it came: the white space between its elements is dropped.
    pub(crate) fn sign_seed(&self, seed: &str) -> String {
        let value = between(seed, "<valor>", "</valor>");
        let date = between(seed, "<fecha>", "</fecha>");
        let scope = " xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
                     xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
        let root = format!(
            "<SemillaModel{scope}><valor>{value}</valor><fecha>{date}</fecha></SemillaModel>"
        );
        self.sign_within("", &root, scope)
    }
}

/// Base64 in lines of sixty-four characters (RFC 7468).
fn pem(label: &str, base64: &str) -> String {
    let lines: Vec<_> = base64.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// What stands between two texts.
pub(crate) fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("{start} is not in {text}"));
    rest.split_once(end).unwrap_or_else(|| panic!("{end} is not in {text}")).0
}

/// The first six characters of the signature's value.
pub(crate) fn security_code(signed: &str) -> String {
    between(signed, "<SignatureValue>", "</SignatureValue>")[..6].to_owned()
}

fn sign(key: &RsaKeyPair, message: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
    signature
}

fn certificate(key: &RsaKeyPair, cedula: &str, from: &str, until: &str) -> Vec<u8> {
    let sha256_rsa = sequence(&[tlv(6, &[42, 134, 72, 134, 247, 13, 1, 1, 11]), tlv(5, &[])]);
    let rsa = sequence(&[tlv(6, &[42, 134, 72, 134, 247, 13, 1, 1, 1]), tlv(5, &[])]);
    let part = |place: u8, tag: u8, text: &str| {
        tlv(0x31, &sequence(&[tlv(6, &[85, 4, place]), tlv(tag, text.as_bytes())]))
    };
    let name = sequence(&[
        part(6, 19, "DO"),
        part(3, 12, "PERSONA DE PRUEBA"),
        part(5, 19, &format!("IDCDO-{cedula}")),
    ]);
    let bits = |bytes: &[u8]| tlv(3, &[&[0], bytes].concat());
    let body = sequence(&[
        tlv(0xA0, &tlv(2, &[2])),
        tlv(2, &[1]),
        sha256_rsa.clone(),
        name.clone(),
        sequence(&[tlv(23, from.as_bytes()), tlv(23, until.as_bytes())]),
        name,
        sequence(&[rsa, bits(key.public_key().as_ref())]),
    ]);
    let signature = bits(&sign(key, &body));
    sequence(&[body, sha256_rsa, signature])
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut head = vec![tag];
    match length {
        0..=0x7F => head.push(u8::try_from(length).unwrap()),
        0x80..=0xFF => head.extend([0x81, u8::try_from(length).unwrap()]),
        _ => {
            head.push(0x82);
            head.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
    }
    [head, content.to_vec()].concat()
}

const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

const INFORMATION: &str = concat!(
    "<SignedInfo><CanonicalizationMethod Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\">",
    "</CanonicalizationMethod><SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\">",
    "</SignatureMethod><Reference URI=\"\"><Transforms><Transform ",
    "Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></Transform></Transforms>",
    "<DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></DigestMethod>",
    "<DigestValue>{digest}</DigestValue></Reference></SignedInfo>",
);
