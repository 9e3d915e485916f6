//! Who signed: what the certificate says of its holder, and until when.

use authorities::dom::dsig::{Certificate, OutsideValidity, verify};
use jiff::Timestamp;

use crate::kit::{
    CEDULA, COMMON_NAME, HOLDER, SERIAL, UTF8_STRING, relative_name, unsigned_certificate,
};

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

#[test]
fn a_verified_document_names_its_signer() {
    let signed = HOLDER.sign_text("<ECF><Version>1.0</Version></ECF>");
    let verified = verify(signed.as_bytes()).unwrap();
    let certificate = verified.certificate();
    assert_eq!(certificate.common_name(), Some("María Ñúñez"));
    assert_eq!(certificate.serial_number(), Some("IDCDO-00100000019"));
    assert_eq!(certificate.taxpayer_number(), Some(CEDULA));
    assert_eq!(certificate.not_before(), at("2026-01-01T00:00:00Z"));
    assert_eq!(certificate.not_after(), at("2027-12-31T23:59:59Z"));
    let value = signed.split_once("<SignatureValue>").unwrap().1;
    assert_eq!(verified.security_code().as_str(), &value[..6]);
    assert!(verified.document().root().child("Signature").is_none(), "it is not what was signed");
}

#[test]
fn validity_is_of_whole_seconds_and_includes_its_ends() {
    let certificate = Certificate::parse(&HOLDER.certificate).unwrap();
    let from = at("2026-01-01T00:00:00Z");
    let since = at("2027-12-31T23:59:59Z");
    for valid in [from, at("2026-11-20T12:00:00Z"), since, at("2027-12-31T23:59:59.999Z")] {
        assert_eq!(certificate.check_valid_at(valid), Ok(()));
    }
    let early = certificate.check_valid_at(at("2025-12-31T23:59:59.999Z"));
    assert_eq!(early, Err(OutsideValidity::NotYet { from }));
    let late = certificate.check_valid_at(at("2028-01-01T00:00:00Z"));
    assert_eq!(late, Err(OutsideValidity::Expired { since }));
}

#[test]
fn the_taxpayer_number_is_read_in_the_forms_that_certificates_have() {
    for (serial_number, expected) in [
        ("IDCDO-00100000019", Some("00100000019")),
        ("TINDO-101000000", Some("101000000")),
        ("VATDO-101000000", Some("101000000")),
        ("00100000019", Some("00100000019")),
        ("101000000", Some("101000000")),
        ("PASDO-00100000019", None),
        ("PASUS-123456789", None),
        ("IDCES-12345678901", None),
        ("IDCDO-0010000001", None),
        ("IDCDO-0010000001X", None),
        ("IDCDO-", None),
        ("", None),
    ] {
        let names = [relative_name(SERIAL, UTF8_STRING, serial_number.as_bytes())];
        let der = unsigned_certificate(&names, &HOLDER.spki());
        let certificate = Certificate::parse(&der).unwrap();
        assert_eq!(certificate.taxpayer_number(), expected, "{serial_number}");
        assert_eq!(certificate.common_name(), None);
    }
}

#[test]
fn names_are_read_in_the_string_types_that_authorities_use() {
    let utf16 = [0x00, 0x4d, 0x00, 0xd1];
    for (string, bytes, expected) in [
        (UTF8_STRING, "MÑ".as_bytes(), Some("MÑ")),
        (0x13, b"MN", Some("MN")),
        (0x14, &[0x4d, 0xd1], Some("MÑ")),
        (0x1e, &utf16, Some("MÑ")),
        (0x1e, &utf16[..3], None),
        (0x1e, &[0xd8, 0x00], None),
        (UTF8_STRING, &[0x4d, 0xd1], None),
        (0x04, b"MN", None),
    ] {
        let names = [relative_name(COMMON_NAME, string, bytes)];
        let der = unsigned_certificate(&names, &HOLDER.spki());
        // Some of these are no strings at all, and then the whole may be refused too.
        let name =
            Certificate::parse(&der).ok().and_then(|one| one.common_name().map(String::from));
        assert_eq!(name.as_deref(), expected, "{string:#x} {bytes:?}");
    }
}
