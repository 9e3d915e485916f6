//! An RSA key that lives as long as the bench, and a certificate that it gives itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use signing::{Certificate, Signer};

use crate::failure::Failure;

pub(super) struct TestSigner {
    /// As the platform opens it.
    signer: Arc<dyn Signer>,
    /// The same key, bare.
    raw: KeyPair,
    random: SystemRandom,
    certificate: Vec<u8>,
    folder: PathBuf,
}

impl TestSigner {
    /// Writes the key and its certificate into a folder, as files that other programs read too.
    pub(super) fn new(folder: &Path) -> Result<Self, Failure> {
        let no_key = |_| Failure::unusable("no key could be made");
        let raw = KeyPair::generate(KeySize::Rsa2048).map_err(no_key)?;
        let der: Pkcs8V1Der<'_> = raw.as_der().map_err(no_key)?;
        let key = folder.join(KEY);
        std::fs::write(&key, pem(der.as_ref()))?;
        std::fs::set_permissions(&key, owner_only())?;
        let signer = signing::open(&format!("file:{}", key.display()).parse()?, None)?;
        let certificate = self_signed(signer.as_ref())?;
        let text = Certificate::from_der(&certificate).map_err(Failure::unusable)?.to_pem();
        std::fs::write(folder.join(CERTIFICATE), text)?;
        let random = SystemRandom::new();
        Ok(Self { signer, raw, random, certificate, folder: folder.to_owned() })
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Failure> {
        Ok(self.signer.sign(message)?.as_bytes().to_vec())
    }

    /// The signature and nothing about it.
    pub(super) fn sign_raw(&self, message: &[u8]) -> Result<(), Failure> {
        let mut signature = [0; MODULUS_BYTES];
        self.raw
            .sign(&RSA_PKCS1_SHA256, &self.random, message, &mut signature)
            .map_err(|_| Failure::unusable("the key does not sign"))
    }

    /// In DER.
    pub(super) fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    pub(super) fn key_file(&self) -> PathBuf {
        self.folder.join(KEY)
    }

    pub(super) fn certificate_file(&self) -> PathBuf {
        self.folder.join(CERTIFICATE)
    }
}

fn owner_only() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o600)
}

fn pem(der: &[u8]) -> String {
    let text = data_encoding::BASE64.encode(der);
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| line(&text, at)).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

fn line(text: &str, at: usize) -> &str {
    &text[at..text.len().min(at + 64)]
}

/// The least that X.509 asks for (RFC 5280, 4.1): version 1, one name for both sides.
fn self_signed(signer: &dyn Signer) -> Result<Vec<u8>, Failure> {
    let common_name = [element(OBJECT_IDENTIFIER, COMMON_NAME), element(UTF8, b"BENCH")].concat();
    let name = element(SEQUENCE, &element(SET, &element(SEQUENCE, &common_name)));
    let days = [element(UTC_TIME, b"260101000000Z"), element(UTC_TIME, b"360101000000Z")].concat();
    let algorithm = [element(OBJECT_IDENTIFIER, SHA256_WITH_RSA), element(NULL, b"")].concat();
    let algorithm = element(SEQUENCE, &algorithm);
    let contents = [
        element(INTEGER, &[1]),
        algorithm.clone(),
        name.clone(),
        element(SEQUENCE, &days),
        name,
        signer.public_key().to_der().to_vec(),
    ];
    let contents = element(SEQUENCE, &contents.concat());
    let signature = signer.sign(&contents)?;
    let signature = element(BIT_STRING, &[&[0], signature.as_bytes()].concat());
    Ok(element(SEQUENCE, &[contents, algorithm, signature].concat()))
}

/// One element in DER, of at most 65,535 bytes.
fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let [.., high, low] = contents.len().to_be_bytes();
    let mut bytes = vec![tag];
    match (high, low) {
        (0, 0..=0x7f) => bytes.push(low),
        (0, _) => bytes.extend([0x81, low]),
        _ => bytes.extend([0x82, high, low]),
    }
    bytes.extend_from_slice(contents);
    bytes
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const NULL: u8 = 0x05;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTF8: u8 = 0x0c;
const UTC_TIME: u8 = 0x17;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// 2.5.4.3 (X.520).
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// 1.2.840.113549.1.1.11 (RFC 8017, appendix C).
const SHA256_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];

const KEY: &str = "key.pem";
const CERTIFICATE: &str = "certificate.pem";
/// Of an RSA key of 2048 bits.
const MODULUS_BYTES: usize = 256;
