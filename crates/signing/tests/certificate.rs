//! What a certificate says, with `openssl` to say the same.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, at the line that says why")]

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use proptest::prelude::*;
use signing::{Certificate, ExpiryStage, Timestamp, Validity};

fn openssl(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn issue(folder: &Path, subject: &str, options: &[&str]) -> Certificate {
    let new = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-utf8", "-keyout", "key.pem"];
    openssl(folder, &[&new[..], &["-subj", subject, "-out", "c.pem"], options].concat());
    Certificate::from_pem(&std::fs::read_to_string(folder.join("c.pem")).unwrap()).unwrap()
}

/// `notAfter=2026-11-20 09:30:00Z` as an instant.
fn instant(line: &str) -> Timestamp {
    line.trim().split_once('=').unwrap().1.parse().unwrap()
}

#[test]
fn openssl_reads_the_same_names_dates_and_key() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let subject = "/C=DO/O=CAÑA S.R.L./organizationIdentifier=VATDO-000000000\
                   /CN=PERSONA DE PRUEBA/title=GERENTE/serialNumber=IDCDO-00000000000";
    let certificate = issue(folder, subject, &["-days", "61"]);
    let name = certificate.subject();
    assert_eq!(name.common_name(), Some("PERSONA DE PRUEBA"));
    assert_eq!(name.organization(), Some("CAÑA S.R.L."));
    assert_eq!(name.serial_number(), Some("IDCDO-00000000000"));
    assert_eq!(name.organization_identifier(), Some("VATDO-000000000"));
    let numbers: Vec<&str> = name.identifiers().map(|identifier| identifier.number).collect();
    assert_eq!(numbers, ["00000000000", "000000000"]);
    let shown = openssl(
        folder,
        &[
            "x509",
            "-in",
            "c.pem",
            "-noout",
            "-subject",
            "-nameopt",
            "sname,utf8,sep_comma_plus_space",
        ],
    );
    assert_eq!(shown.trim(), format!("subject={name}"));
    assert_eq!(certificate.issuer(), name, "it is its own issuer");

    let date = |which| {
        let show = ["x509", "-in", "c.pem", "-noout", which, "-dateopt", "iso_8601"];
        instant(&openssl(folder, &show))
    };
    assert_eq!(certificate.not_before(), date("-startdate"));
    assert_eq!(certificate.not_after(), date("-enddate"));
    let key = openssl(folder, &["x509", "-in", "c.pem", "-noout", "-pubkey"]);
    assert_eq!(certificate.public_key().unwrap().to_pem(), key);
    assert!(certificate.certifies(&certificate.public_key().unwrap()));
}

#[test]
fn its_end_comes_nearer() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = issue(folder.path(), "/CN=A", &["-days", "61"]);
    let start = certificate.not_before();
    let stage = |days: i64| {
        let now = start + jiff::SignedDuration::from_hours(days * 24);
        (certificate.validity(now), certificate.expires_within(now).map(ExpiryStage::days))
    };
    assert_eq!(stage(-1), (Validity::NotYet, None));
    assert_eq!(stage(0), (Validity::Current, None));
    assert_eq!(stage(1), (Validity::Current, Some(60)));
    assert_eq!(stage(31), (Validity::Current, Some(30)));
    assert_eq!(stage(54), (Validity::Current, Some(7)));
    assert_eq!(stage(62), (Validity::Expired, None));
}

#[test]
fn a_certificate_without_a_name_or_of_an_old_form_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(issue(folder, "/", &[]).subject().to_string(), "");
    // Beyond the year 2049, times are written with four digits.
    let distant = issue(folder, "/CN=A/CN=B", &["-days", "30000"]);
    assert_eq!(distant.subject().common_name(), Some("A"));
    assert!(distant.not_after() > "2100-01-01T00:00:00Z".parse().unwrap());
}

#[test]
fn what_follows_a_certificate_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = issue(folder.path(), "/CN=A", &[]);
    assert_eq!(Certificate::from_der(certificate.to_der()).as_ref(), Ok(&certificate));
    assert_eq!(Certificate::from_pem(&certificate.to_pem()).as_ref(), Ok(&certificate));
    let longer = [certificate.to_der(), &[0]].concat();
    assert!(Certificate::from_der(&longer).is_err());
    let endless = vec![0x30; 64 * 1024 + 1];
    assert!(Certificate::from_der(&endless).unwrap_err().to_string().contains("64 KiB"));
}

static CERTIFICATE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    issue(folder.path(), "/C=DO/CN=PERSONA/serialNumber=IDCDO-00000000000", &[]).to_der().to_vec()
});

proptest! {
    #[test]
    fn no_change_to_a_certificate_makes_it_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut der = CERTIFICATE.clone();
        for (position, byte) in changes {
            let position = position.index(der.len());
            der[position] = byte;
        }
        if let Ok(certificate) = Certificate::from_der(&der) {
            prop_assert_eq!(certificate.to_der(), der);
            let _ = (certificate.public_key(), certificate.subject().to_string());
            let _ = certificate.expires_within(Timestamp::UNIX_EPOCH);
        }
    }
}
