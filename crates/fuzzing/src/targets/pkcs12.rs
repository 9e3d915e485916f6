//! Key files with a password.

use std::cell::RefCell;
use std::fs;

use signing::SigningError;
use signing::pkcs12::{Password, open};
use tempfile::NamedTempFile;

use super::told;
use crate::Target;
use crate::material::{PERSON, PKCS12};

pub(super) const TARGET: Target = Target {
    name: "pkcs12",
    read,
    seeds: || PKCS12.iter().map(|file| file.to_vec()).collect(),
    words: &[
        "secret",
        "\u{30}\u{0}",
        "\u{4}\u{0}",
        "\u{2}\u{4}\u{7f}\u{7f}\u{7f}\u{7f}",
        "0\u{1}",
        "\u{24}\u{0}",
    ],
    limit: 64 * 1024,
    rounds: 500,
};

thread_local! {
    /// One file for all, since a reader of key files takes paths.
    static FILE: RefCell<NamedTempFile> =
        RefCell::new(NamedTempFile::new().expect("there is room for a file"));
}

fn read(bytes: &[u8]) {
    FILE.with_borrow(|file| {
        fs::write(file.path(), bytes).expect("there is room for a file");
        match open(file.path(), &Password::new("secret".to_owned())) {
            // No change of ours can make a key that fits another certificate.
            Ok(signer) => {
                let certificate = signer.certificate().expect("it comes with its certificate");
                let own = signing::Certificate::from_der(PERSON).expect("OpenSSL made it");
                let key = own.public_key().expect("its key is RSA");
                assert_eq!(signer.public_key(), &key);
                assert!(certificate.certifies(&key), "the certificate is the key's own");
            }
            Err(error) => {
                told(&error);
                assert!(
                    matches!(error, SigningError::Pkcs12 { .. } | SigningError::FileTooLong { .. }),
                    "{error}"
                );
            }
        }
    });
}
