//! What an X.509 certificate says (RFC 5280, 4.1): whose key it is, who vouches for that, and from
//! when until when. Whether the issuer is to be believed is for those who receive the certificate.

mod name;
mod time;
mod validity;

use std::fmt;
use std::path::Path;

use jiff::Timestamp;

use crate::der::{CONTEXT_0, INTEGER, Reader, SEQUENCE};
use crate::{PublicKey, SigningError, files, pem};

pub(crate) use name::dotted;
pub use name::{Identifier, Name};
pub use validity::{ExpiryStage, Validity};

/// A certificate that was read, not one that is trusted: no signature was verified.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Box<[u8]>,
    spki: Box<[u8]>,
    subject: Name,
    issuer: Name,
    not_before: Timestamp,
    not_after: Timestamp,
}

impl Certificate {
    /// Reads one certificate in DER, of at most 64 KiB, with nothing behind it.
    pub fn from_der(der: &[u8]) -> Result<Self, BadCertificate> {
        if der.len() > MAX_CERTIFICATE_BYTES {
            return Err(BadCertificate("it is longer than 64 KiB"));
        }
        parse(der).ok_or(BadCertificate("its contents are not an X.509 certificate"))
    }

    /// Reads the first certificate of a PEM text (`-----BEGIN CERTIFICATE-----`).
    pub fn from_pem(text: &str) -> Result<Self, BadCertificate> {
        let der = pem::decode(text, PEM_LABEL)
            .map_err(|_| BadCertificate("it has no intact PEM block `CERTIFICATE`"))?;
        Self::from_der(&der)
    }

    /// The certificate as it was issued, byte for byte.
    pub fn to_der(&self) -> &[u8] {
        &self.der
    }

    /// The same in PEM, ending with a line feed.
    pub fn to_pem(&self) -> String {
        pem::encode(&self.der, PEM_LABEL).to_string()
    }

    /// Whose key it certifies.
    pub fn subject(&self) -> &Name {
        &self.subject
    }

    /// Who issued it.
    pub fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// The first instant at which it is valid.
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// The last second in which it is valid (RFC 5280, 4.1.2.5: inclusive).
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// The key that it certifies, where that is of a kind that can be used here.
    pub fn public_key(&self) -> Result<PublicKey, SigningError> {
        PublicKey::from_der(&self.spki)
    }

    /// Whether this is the certificate of `key`.
    pub fn certifies(&self, key: &PublicKey) -> bool {
        *self.spki == *key.to_der()
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Certificate({}, until {})", self.subject, self.not_after)
    }
}

/// The bytes are not a certificate that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the certificate cannot be read: {0}")]
pub struct BadCertificate(pub(crate) &'static str);

/// The first certificate in a PEM file.
pub(crate) fn read(path: &Path) -> Result<Certificate, SigningError> {
    let unusable = |reason| SigningError::CertificateUnusable { path: path.to_owned(), reason };
    let bytes = files::read("certificate", path, MAX_CERTIFICATE_BYTES)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| unusable("it is not text"))?;
    Certificate::from_pem(text).map_err(|bad| unusable(bad.0))
}

/// RFC 5280, 4.1: `Certificate` and `TBSCertificate`.
fn parse(der: &[u8]) -> Option<Certificate> {
    let mut outside = Reader::new(der);
    let mut fields = outside.enter(SEQUENCE)?.enter(SEQUENCE)?;
    fields.skip_optional(CONTEXT_0);
    fields.whole(INTEGER)?;
    fields.whole(SEQUENCE)?;
    let issuer = Name::read(fields.enter(SEQUENCE)?)?;
    let (not_before, not_after) = time::read_period(fields.enter(SEQUENCE)?)?;
    let subject = Name::read(fields.enter(SEQUENCE)?)?;
    let spki = fields.whole(SEQUENCE)?.into();
    outside.is_at_end().then(|| Certificate {
        der: der.into(),
        spki,
        subject,
        issuer,
        not_before,
        not_after,
    })
}

const PEM_LABEL: &str = "CERTIFICATE";
/// A chain of certificates with long names takes some 10 KB.
const MAX_CERTIFICATE_BYTES: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Certificate::from_der(&bytes);
            let nested = [&[SEQUENCE, 0x81, 0xc8, SEQUENCE, 0x81, 0xc5][..], &bytes].concat();
            let _ = Certificate::from_der(&nested);
        }
    }
}
