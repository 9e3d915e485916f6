//! The public key inside an X.509 certificate (RFC 5280, 4.1), and no more of it: chains and dates
//! are for those who receive the certificate.

use std::path::Path;

use crate::der::{CONTEXT_0, INTEGER, Reader, SEQUENCE};
use crate::{SigningError, files, pem};

/// The `SubjectPublicKeyInfo` of the first certificate in a PEM file.
pub(crate) fn public_key_of(path: &Path) -> Result<Vec<u8>, SigningError> {
    let unusable = |reason| SigningError::CertificateUnusable { path: path.to_owned(), reason };
    let bytes = files::read("certificate", path, MAX_CERTIFICATE_BYTES)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| unusable("it is not text"))?;
    let certificate = pem::decode(text, "CERTIFICATE")
        .map_err(|_| unusable("it has no intact PEM block `CERTIFICATE`"))?;
    let spki = subject_public_key_info(&certificate);
    spki.map(<[u8]>::to_vec).ok_or_else(|| unusable("its contents are not an X.509 certificate"))
}

fn subject_public_key_info(certificate: &[u8]) -> Option<&[u8]> {
    let mut to_be_signed = Reader::new(certificate).enter(SEQUENCE)?.enter(SEQUENCE)?;
    to_be_signed.skip_optional(CONTEXT_0);
    to_be_signed.whole(INTEGER)?;
    for _signature_issuer_validity_subject in 0..4 {
        to_be_signed.whole(SEQUENCE)?;
    }
    to_be_signed.whole(SEQUENCE)
}

/// A chain of certificates with long names takes some 10 KB.
const MAX_CERTIFICATE_BYTES: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = subject_public_key_info(&bytes);
            let nested = [&[SEQUENCE, 0x81, 0xc8, SEQUENCE, 0x81, 0xc5][..], &bytes].concat();
            let _ = subject_public_key_info(&nested);
        }
    }
}
