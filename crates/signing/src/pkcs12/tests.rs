//! Files taken apart and put together: what no program writes on demand, and what nobody should.

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use aws_lc_rs::hmac;
use proptest::prelude::*;

use super::identity::Identity;
use super::work::Work;
use super::{Password, Pkcs12Fault, kdf};
use crate::Certificate;
use crate::der::{self, CONTEXT_0, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE};

/// Two keys with their certificates, as `openssl` makes them.
struct Material {
    keys: [Vec<u8>; 2],
    certificates: [Vec<u8>; 2],
    /// Encrypted and checked, with the first key.
    checked: Vec<u8>,
    /// Encrypted without a check.
    unchecked: Vec<u8>,
}

static MATERIAL: LazyLock<Material> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let [(key, certificate), (other_key, other_certificate)] =
        ["a", "b"].map(|name| person(folder, name));
    let export = |extra: &[&str]| {
        let files = ["pkcs12", "-export", "-inkey", "a.key", "-in", "a.pem"];
        let rest = ["-passout", "pass:secret", "-iter", "3", "-macalg", "sha1"];
        openssl(folder, &[&files[..], &rest, extra].concat())
    };
    Material {
        keys: [key, other_key],
        certificates: [certificate, other_certificate],
        checked: export(&[]),
        unchecked: export(&["-nomac"]),
    }
});

/// A key in PKCS#8 and a certificate for it.
fn person(folder: &Path, name: &str) -> (Vec<u8>, Vec<u8>) {
    let (key, certificate) = (format!("{name}.key"), format!("{name}.pem"));
    let new = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Person"];
    openssl(folder, &[&new[..], &["-keyout", &key, "-out", &certificate]].concat());
    let pkcs8 = ["pkcs8", "-topk8", "-nocrypt", "-in", &key, "-outform", "DER"];
    let der = ["x509", "-in", &certificate, "-outform", "DER"];
    (openssl(folder, &pkcs8), openssl(folder, &der))
}

fn openssl(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn read(file: &[u8], password: &str) -> Result<Certificate, Pkcs12Fault> {
    let identity = Identity::read(file, &Password::new(password.to_owned()));
    identity.map(|identity| identity.certificate)
}

/// A file without encryption and without a check.
fn plain(bags: &[Vec<u8>]) -> Vec<u8> {
    let contents = der::element(SEQUENCE, &bags.concat());
    pfx(&[content(DATA, &der::element(OCTET_STRING, &contents))])
}

fn pfx(parts: &[Vec<u8>]) -> Vec<u8> {
    let safe = der::element(SEQUENCE, &parts.concat());
    let version = der::element(INTEGER, &[3]);
    let safe = content(DATA, &der::element(OCTET_STRING, &safe));
    der::element(SEQUENCE, &[version, safe].concat())
}

fn content(kind: u8, value: &[u8]) -> Vec<u8> {
    let kind = [&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7][..], &[kind]].concat();
    tagged(&kind, value)
}

fn bag(kind: u8, value: &[u8]) -> Vec<u8> {
    let kind = [&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 0x0c, 0x0a, 1][..], &[kind]].concat();
    tagged(&kind, value)
}

fn tagged(kind: &[u8], value: &[u8]) -> Vec<u8> {
    let kind = der::element(OBJECT_IDENTIFIER, kind);
    der::element(SEQUENCE, &[kind, der::element(CONTEXT_0, value)].concat())
}

fn certificate_bag(certificate: &[u8]) -> Vec<u8> {
    let kind = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 0x16, 1];
    bag(CERTIFICATE, &tagged(&kind, &der::element(OCTET_STRING, certificate)))
}

const DATA: u8 = 1;
const ENVELOPED: u8 = 3;
const KEY: u8 = 1;
const CERTIFICATE: u8 = 3;
const NESTED: u8 = 6;

#[test]
fn the_certificate_is_the_one_of_the_key_wherever_it_stands() {
    let Material { keys, certificates: [first, second], .. } = &*MATERIAL;
    let garbage = certificate_bag(b"not a certificate");
    let bags = [
        certificate_bag(second),
        garbage,
        bag(KEY, &keys[0]),
        certificate_bag(first),
        certificate_bag(second),
    ];
    assert_eq!(read(&plain(&bags), "").unwrap().to_der(), first);
    let nested = [bag(NESTED, &der::element(SEQUENCE, &bags.concat()))];
    assert_eq!(read(&plain(&nested), "any").unwrap().to_der(), first);
}

#[test]
fn of_two_certificates_of_one_key_the_later_one_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("a.key"), pem(&MATERIAL.keys[0])).unwrap();
    let issue = |days| {
        let issue = ["req", "-x509", "-key", "a.key", "-subj", "/CN=Person", "-outform", "DER"];
        openssl(folder, &[&issue[..], &["-days", days]].concat())
    };
    let (shorter, longer) = (issue("10"), issue("700"));
    for order in [[&shorter, &longer], [&longer, &shorter]] {
        let certificates = order.map(|certificate| certificate_bag(certificate));
        let bags = [&[bag(KEY, &MATERIAL.keys[0])], &certificates[..]].concat();
        assert_eq!(read(&plain(&bags), "").unwrap().to_der(), longer);
    }
}

fn pem(pkcs8: &[u8]) -> String {
    crate::pem::encode(pkcs8, "PRIVATE KEY").to_string()
}

#[test]
fn one_key_is_wanted_and_its_certificate() {
    let Material { keys, certificates, .. } = &*MATERIAL;
    let [first, second] = [&keys[0], &keys[1]].map(|key| bag(KEY, key));
    let [own, other] = [&certificates[0], &certificates[1]].map(|der| certificate_bag(der));
    let refusal = |bags: &[&Vec<u8>]| {
        let bags: Vec<Vec<u8>> = bags.iter().map(|bag| (*bag).clone()).collect();
        read(&plain(&bags), "").unwrap_err()
    };
    assert_eq!(refusal(&[]), Pkcs12Fault::NoKey);
    assert_eq!(refusal(&[&own]), Pkcs12Fault::NoKey);
    assert_eq!(refusal(&[&first]), Pkcs12Fault::NoCertificate { count: 0 });
    assert_eq!(refusal(&[&first, &other]), Pkcs12Fault::NoCertificate { count: 1 });
    let two = refusal(&[&first, &second, &own, &other]);
    assert_eq!(two, Pkcs12Fault::SeveralKeys { count: 2 });
    assert!(two.to_string().contains("-srcalias"), "{two}");
    let twice = plain(&[first.clone(), own.clone(), first.clone()]);
    assert!(read(&twice, "").is_ok(), "the same key twice is one key");
}

#[test]
fn keys_of_other_kinds_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let new = ["genpkey", "-outform", "DER", "-algorithm", "ED25519"];
    let key = openssl(folder.path(), &new);
    let refusal = read(&plain(&[bag(KEY, &key)]), "").unwrap_err();
    assert_eq!(refusal, Pkcs12Fault::KeyType { found: "an Ed25519 key".to_owned() });
    let damaged = read(&plain(&[bag(KEY, &der::element(SEQUENCE, b""))]), "").unwrap_err();
    assert_eq!(damaged, Pkcs12Fault::KeyDamaged);
}

#[test]
fn a_wrong_password_is_told_from_a_broken_file() {
    let Material { checked, unchecked, .. } = &*MATERIAL;
    assert_eq!(read(checked, "secret").unwrap().to_der(), MATERIAL.certificates[0]);
    assert_eq!(read(unchecked, "secret").unwrap().to_der(), MATERIAL.certificates[0]);
    for wrong in ["", "Secret", "secret ", "señal"] {
        assert_eq!(read(checked, wrong), Err(Pkcs12Fault::WrongPassword), "{wrong}");
        assert_eq!(read(unchecked, wrong), Err(Pkcs12Fault::WrongPasswordOrDamaged), "{wrong}");
    }
    let pem = pem(&MATERIAL.keys[0]).into_bytes();
    let beginnings = [&b""[..], b"PK\x03\x04", &pem, &checked[..checked.len() / 2]];
    for broken in beginnings {
        let refusal = read(broken, "secret").unwrap_err();
        assert!(matches!(refusal, Pkcs12Fault::Malformed { .. }), "{refusal}");
    }
    let mut other_version = checked.clone();
    let version = other_version.windows(3).position(|three| three == [INTEGER, 1, 3]).unwrap();
    other_version[version + 2] = 4;
    assert!(matches!(read(&other_version, "secret"), Err(Pkcs12Fault::Malformed { .. })));
}

/// Java can give the key a password of its own.
#[test]
fn a_second_password_inside_is_told_from_a_wrong_one() {
    let mut outer = der::Reader::new(&MATERIAL.unchecked).enter(SEQUENCE).unwrap();
    let (version, safe) = (outer.whole(INTEGER).unwrap(), outer.whole(SEQUENCE).unwrap());
    let mut info = der::Reader::new(safe).enter(SEQUENCE).unwrap();
    info.whole(OBJECT_IDENTIFIER).unwrap();
    let parts = info.enter(CONTEXT_0).unwrap().contents(OCTET_STRING).unwrap();
    let mac = check_of(parts, "outside");
    let file = der::element(SEQUENCE, &[version, safe, &mac].concat());
    assert_eq!(read(&file, "outside"), Err(Pkcs12Fault::OtherPasswordInside));
    assert_eq!(read(&file, "secret"), Err(Pkcs12Fault::WrongPassword));
}

/// `MacData` with SHA-1, one iteration (left out, as its default) and a salt.
fn check_of(parts: &[u8], password: &str) -> Vec<u8> {
    let hash = &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY;
    let spelling = Password::new(password.to_owned()).spellings().swap_remove(0);
    let rounds = kdf::Rounds { salt: b"salt", iterations: 1 };
    let purpose = kdf::Purpose::Mac;
    let key = kdf::derive(hash, purpose, &spelling.utf16, &rounds, 20, &mut Work::new()).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let tag = hmac::sign(&key, parts);
    let sha1 = der::element(SEQUENCE, &[OBJECT_IDENTIFIER, 5, 0x2b, 0x0e, 3, 2, 0x1a]);
    let info = [sha1, der::element(OCTET_STRING, tag.as_ref())].concat();
    let salt = der::element(OCTET_STRING, b"salt");
    der::element(SEQUENCE, &[der::element(SEQUENCE, &info), salt].concat())
}

#[test]
fn what_is_not_protected_by_a_password_is_named() {
    let for_a_certificate = pfx(&[content(ENVELOPED, &der::element(SEQUENCE, b""))]);
    let refusal = read(&for_a_certificate, "").unwrap_err();
    assert!(matches!(&refusal, Pkcs12Fault::Unsupported { .. }), "{refusal}");
    assert!(refusal.to_string().contains("a certificate instead of a password"), "{refusal}");
    // The number of hmacWithSHA256 becomes one of the future.
    let mut future = MATERIAL.unchecked.clone();
    let hmac = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 9];
    let position = future.windows(8).position(|bytes| bytes == hmac).unwrap();
    future[position + 7] = 0x63;
    let refusal = read(&future, "secret").unwrap_err().to_string();
    assert!(refusal.contains("key derivation 1.2.840.113549.2.99"), "{refusal}");
}

/// A file may demand any number of rounds; nobody waits for more than a few seconds.
#[test]
fn a_file_that_demands_too_much_work_is_refused_at_once() {
    let iterations = |count: &[u8]| {
        let mut file = MATERIAL.checked.clone();
        let stated = file.windows(3).rposition(|three| three == [INTEGER, 1, 3]).unwrap();
        assert_eq!(stated + 3, file.len(), "the check stands at the end");
        file.truncate(stated);
        file.extend(der::element(INTEGER, count));
        // The check and the whole have become longer.
        let mut outer = der::Reader::new(&file[4..]);
        let (version, safe) = (outer.whole(INTEGER).unwrap(), outer.whole(SEQUENCE).unwrap());
        let mac = &file[4 + version.len() + safe.len() + 2..];
        der::element(SEQUENCE, &[version, safe, &der::element(SEQUENCE, mac)].concat())
    };
    assert!(read(&iterations(&[3]), "secret").is_ok());
    for many in [&[0x7f, 0xff, 0xff][..], &[0x7f, 0xff, 0xff, 0xff], &[0, 0xff, 0xff, 0xff, 0xff]] {
        let refusal = read(&iterations(many), "secret").unwrap_err();
        assert!(matches!(refusal, Pkcs12Fault::TooMuchWork { .. }), "{many:?}: {refusal}");
    }
    for none in [&[0][..], &[0xff], &[1, 0, 0, 0, 0]] {
        let refusal = read(&iterations(none), "secret").unwrap_err();
        assert!(matches!(refusal, Pkcs12Fault::Malformed { .. }), "{none:?}: {refusal}");
    }
    let parts = vec![bag(KEY, &MATERIAL.keys[0]); 20];
    assert!(read(&plain(&parts), "").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes, "secret");
        let _ = read(&pfx(std::slice::from_ref(&bytes)), "secret");
        let _ = read(&plain(&[bytes]), "secret");
    }

    #[test]
    fn no_change_to_a_file_makes_it_panic(
        which in 0_usize..3,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
        whole: bool,
    ) {
        let Material { keys, certificates, checked, unchecked } = &*MATERIAL;
        let bags = [bag(KEY, &keys[0]), certificate_bag(&certificates[0])];
        let mut file = vec![checked.clone(), unchecked.clone(), plain(&bags)].swap_remove(which);
        for (position, byte) in changes {
            let position = position.index(file.len());
            file[position] = byte;
        }
        if !whole {
            file.truncate(cut.index(file.len()));
        }
        let _ = read(&file, "secret");
    }

    #[test]
    fn no_password_makes_it_panic(password in "\\PC{0,40}") {
        let _ = read(&MATERIAL.checked, &password);
    }
}
