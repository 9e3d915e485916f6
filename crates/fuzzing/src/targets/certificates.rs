//! Certificates and public keys, in DER and in PEM, and the chains of them.

use authorities::{Roots, dom::dsig};
use signing::{Certificate, PublicKey};

use super::told;
use super::world::now;
use crate::Target;
use crate::material::{AUTHORITY, PERSON, pem};
use crate::target::{joined, parts};

pub(super) const TARGET: Target =
    Target { name: "certificates", read, seeds, words: WORDS, limit: 256 * 1024, rounds: 2_000 };

fn read(bytes: &[u8]) {
    for part in parts(bytes) {
        certificate(part);
        key(part);
    }
    let parts = parts(bytes);
    match Roots::parse_pem(parts[0]) {
        Err(why) => told(why),
        Ok(roots) => {
            let besides: Vec<Vec<u8>> = parts.iter().skip(2).map(|der| der.to_vec()).collect();
            for signer in [parts.get(1).copied().unwrap_or(PERSON), PERSON] {
                if let Err(why) = roots.check(signer, &besides, now()) {
                    told(why);
                }
            }
        }
    }
}

fn certificate(bytes: &[u8]) {
    match Certificate::from_der(bytes) {
        Ok(certificate) => {
            // The reading is of the very bytes, and its PEM of the reading.
            assert_eq!(certificate.to_der(), bytes);
            let again = Certificate::from_pem(&certificate.to_pem()).expect("it was written so");
            assert_eq!(again, certificate);
            certificate.subject().identifiers().for_each(drop);
        }
        Err(why) => told(why),
    }
    match dsig::Certificate::parse(bytes) {
        Ok(certificate) => {
            assert_eq!(certificate.der(), bytes);
            let _ = (certificate.common_name(), certificate.taxpayer_number());
            assert!(!certificate.verifies(b"a message", &[0; 256]), "nobody signed it");
            let _ = certificate.check_valid_at(jiff::Timestamp::UNIX_EPOCH);
        }
        Err(why) => told(why),
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Err(why) = Certificate::from_pem(text)
    {
        told(why);
    }
}

fn key(bytes: &[u8]) {
    match PublicKey::from_der(bytes) {
        Ok(key) => {
            let again = PublicKey::from_pem(&key.to_pem()).expect("it was written so");
            assert_eq!(again, key);
        }
        Err(why) => told(why),
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Err(why) = PublicKey::from_pem(text)
    {
        told(why);
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let bundle = pem("CERTIFICATE", AUTHORITY).into_bytes();
    let own = Certificate::from_der(PERSON).expect("OpenSSL made it");
    let own = own.public_key().expect("its key is RSA");
    let text = pem("CERTIFICATE", PERSON);
    let ed25519 = [&ED25519[..], &[7; 32]].concat();
    vec![
        PERSON.to_vec(),
        AUTHORITY.to_vec(),
        joined(&[&bundle[..], PERSON]),
        joined(&[&[&bundle[..], text.as_bytes()].concat()[..], PERSON, AUTHORITY]),
        text.into_bytes(),
        own.to_der().to_vec(),
        own.to_pem().into_bytes(),
        ed25519,
        P256.to_vec(),
    ]
}

/// What stands before an Ed25519 key (RFC 8410).
const ED25519: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
/// The generator of P-256 (FIPS 186-4, D.1.2.3) as a public key (RFC 5480).
const P256: [u8; 91] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1,
    0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d,
    0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe,
    0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b,
    0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
];

const WORDS: &[&str] = &[
    "-----BEGIN CERTIFICATE-----\n",
    "-----END CERTIFICATE-----\n",
    "-----BEGIN PUBLIC KEY-----\n",
    "-----BEGIN ",
    "-----",
    "\n",
    "\r\n",
    "=",
    "AAAA",
    "0\u{1}",
    "\u{30}\u{0}",
    "\u{17}\r",
    "\u{18}\u{f}",
    "99991231235959Z",
    "000101000000Z",
    "IDCDO-",
    "\u{6}\u{3}U\u{4}\u{3}",
];
