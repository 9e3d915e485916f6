//! The certificate of a signer: whose it is, from when to when, and its RSA key.
//!
//! Whether it comes from an authority accredited by INDOTEL is for those who hold the roots.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaParameters};
use invoice::Hash;
use jiff::Timestamp;
use x509_cert::Certificate as X509;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{Decode, Tag, Tagged};
use x509_cert::name::Name;
use x509_cert::time::Time;

/// An X.509 certificate with an RSA key of 2,048 to 8,192 bits.
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    common_name: Option<String>,
    serial_number: Option<String>,
    not_before: Timestamp,
    not_after: Timestamp,
    key: ParsedPublicKey,
}

impl Certificate {
    /// Reads DER (RFC 5280, 4.1), whole and with nothing behind it.
    pub fn parse(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > MAX_CERTIFICATE_BYTES {
            return Err(CertificateError::TooLong { limit: MAX_CERTIFICATE_BYTES });
        }
        let certificate = X509::from_der(der).map_err(|_| CertificateError::Malformed)?;
        let contents = certificate.tbs_certificate();
        let validity = contents.validity();
        Ok(Self {
            der: der.to_vec(),
            common_name: attribute(contents.subject(), COMMON_NAME),
            serial_number: attribute(contents.subject(), SERIAL_NUMBER),
            not_before: instant(validity.not_before)?,
            not_after: instant(validity.not_after)?,
            key: rsa_key(&certificate)?,
        })
    }

    /// The bytes it was read from.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The SHA-256 of its DER.
    pub fn fingerprint(&self) -> Hash {
        let digest = digest(&SHA256, &self.der);
        Hash::from_slice(digest.as_ref()).expect("a SHA-256 has 32 bytes")
    }

    /// The subject's `commonName`: the name of the natural person.
    pub fn common_name(&self) -> Option<&str> {
        self.common_name.as_deref()
    }

    /// The subject's `serialNumber` as it stands: `IDCDO-` and the cédula, or a passport's form.
    /// Not the certificate's own number.
    pub fn serial_number(&self) -> Option<&str> {
        self.serial_number.as_deref()
    }

    /// The eleven digits of the cédula or the nine of the RNC in the subject's `serialNumber`, with
    /// or without what announces them (ETSI EN 319 412-1, 5.1.3); none for a passport.
    pub fn taxpayer_number(&self) -> Option<&str> {
        let serial_number = self.serial_number()?;
        let announced = serial_number.split_once('-').filter(|(kind, _)| is_dominican(kind));
        let digits = announced.map_or(serial_number, |(_, digits)| digits);
        let is_number =
            matches!(digits.len(), 9 | 11) && digits.bytes().all(|b| b.is_ascii_digit());
        is_number.then_some(digits)
    }

    /// The first second in which it is valid.
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// The last second in which it is valid.
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// Whether it is valid at a time: the time of signing for a document, now for a seed.
    pub fn check_valid_at(&self, time: Timestamp) -> Result<(), OutsideValidity> {
        let time = Timestamp::from_second(time.as_second()).unwrap_or(time);
        if time < self.not_before {
            Err(OutsideValidity::NotYet { from: self.not_before })
        } else if time > self.not_after {
            Err(OutsideValidity::Expired { since: self.not_after })
        } else {
            Ok(())
        }
    }

    /// Whether a signature over a message, RSA PKCS#1 v1.5 with SHA-256, was made with its key.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.key.verify_sig(message, signature).is_ok()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Certificate")
            .field("common_name", &self.common_name)
            .field("serial_number", &self.serial_number)
            .field("not_before", &self.not_before)
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}

/// Why a certificate cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    #[error("it is longer than {limit} bytes")]
    TooLong { limit: usize },
    #[error("it is no X.509 certificate in DER")]
    Malformed,
    #[error("its key is not of RSA: the DGII takes no other")]
    NotRsa,
    #[error("its RSA key has {bits} bits, where 2048 to 8192 are accepted")]
    KeySize { bits: u32 },
}

/// The certificate is not valid at the time that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OutsideValidity {
    #[error("the certificate is valid from {from} only")]
    NotYet { from: Timestamp },
    #[error("the certificate expired on {since}: have a new one issued")]
    Expired { since: Timestamp },
}

fn is_dominican(kind: &str) -> bool {
    kind.len() == 5 && kind.ends_with("DO") && !kind.starts_with("PAS")
}

fn instant(time: Time) -> Result<Timestamp, CertificateError> {
    let seconds = i64::try_from(time.to_unix_duration().as_secs());
    seconds
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or(CertificateError::Malformed)
}

fn rsa_key(certificate: &X509) -> Result<ParsedPublicKey, CertificateError> {
    let info = certificate.tbs_certificate().subject_public_key_info();
    if info.algorithm.oid != RSA_ENCRYPTION {
        return Err(CertificateError::NotRsa);
    }
    let key = info.subject_public_key.as_bytes().ok_or(CertificateError::Malformed)?;
    let bits = RsaParameters::public_modulus_len(key).map_err(|_| CertificateError::Malformed)?;
    let sizes =
        RSA_PKCS1_2048_8192_SHA256.min_modulus_len()..=RSA_PKCS1_2048_8192_SHA256.max_modulus_len();
    if !sizes.contains(&bits) {
        return Err(CertificateError::KeySize { bits });
    }
    ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).map_err(|_| CertificateError::Malformed)
}

fn attribute(name: &Name, wanted: ObjectIdentifier) -> Option<String> {
    let found = name.iter().find(|attribute| attribute.oid == wanted)?;
    let bytes = found.value.value();
    match found.value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => {
            String::from_utf8(bytes.to_vec()).ok()
        }
        // T.61 in name, Latin-1 in practice.
        Tag::TeletexString => Some(bytes.iter().map(|byte| char::from(*byte)).collect()),
        Tag::BmpString => {
            let (units, rest) = bytes.as_chunks::<2>();
            let units: Vec<u16> = units.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
            if rest.is_empty() { String::from_utf16(&units).ok() } else { None }
        }
        _ => None,
    }
}

/// X.520.
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
/// RFC 8017, appendix A.1.
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// Those of the accredited authorities take some 2 KB.
const MAX_CERTIFICATE_BYTES: usize = 16 * 1024;
