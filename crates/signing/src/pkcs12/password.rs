//! A password, and the ways in which programs have written it down as bytes.

use std::path::Path;

use zeroize::Zeroizing;

use crate::{SigningError, files};

/// The password of a PKCS#12 file: wiped when it is dropped, and not printable.
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes a password as it was typed. An empty one is a password too.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Reads the one line of a file that its owner alone may touch.
    pub fn read(path: &Path) -> Result<Self, SigningError> {
        let mut bytes = files::read_secret("password file", path, MAX_PASSWORD_BYTES)?;
        while bytes.last().is_some_and(|last| matches!(last, b'\n' | b'\r')) {
            bytes.pop();
        }
        match std::str::from_utf8(&bytes) {
            Ok(text) if !text.contains(['\n', '\r', '\0']) => {
                Ok(Self(Zeroizing::new(text.to_owned())))
            }
            Ok(_) | Err(_) => Err(SigningError::PasswordUnusable { path: path.to_owned() }),
        }
    }

    /// Every spelling in which the password may stand behind a file, the right one first.
    pub(super) fn spellings(&self) -> Vec<Spelling> {
        let text = self.0.as_str();
        let utf8 = || Zeroizing::new(text.as_bytes().to_vec());
        let mut spellings = vec![Spelling { utf16: utf16(text.encode_utf16()), utf8: utf8() }];
        if text.is_empty() {
            // Some programs leave even the terminating zero out.
            spellings.push(Spelling { utf16: Zeroizing::default(), utf8: utf8() });
        } else if !text.is_ascii() {
            // OpenSSL before 1.1.0 took each byte of the terminal's encoding for a letter.
            let bytes = text.bytes().map(u16::from);
            spellings.push(Spelling { utf16: utf16(bytes), utf8: utf8() });
        }
        spellings
    }
}

/// A password as the two generations of schemes take it.
pub(super) struct Spelling {
    /// UTF-16, big-endian, with a terminating zero (RFC 7292, B.1).
    pub(super) utf16: Zeroizing<Vec<u8>>,
    /// As PBES2 takes it (RFC 8018).
    pub(super) utf8: Zeroizing<Vec<u8>>,
}

fn utf16(units: impl Iterator<Item = u16>) -> Zeroizing<Vec<u8>> {
    // Room for all at once: a vector that grows leaves copies of a secret behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * MAX_PASSWORD_BYTES + 2));
    units.chain([0]).for_each(|unit| bytes.extend(unit.to_be_bytes()));
    bytes
}

/// Longer than any that a person types.
const MAX_PASSWORD_BYTES: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(password: &str) -> Vec<Vec<u8>> {
        let spellings = Password::new(password.to_owned()).spellings();
        spellings.iter().map(|spelling| spelling.utf16.to_vec()).collect()
    }

    #[test]
    fn a_plain_password_has_one_spelling_and_others_two() {
        assert_eq!(spelled("ab"), [b"\0a\0b\0\0"]);
        assert_eq!(spelled("ñ"), [b"\0\xf1\0\0".to_vec(), b"\0\xc3\0\xb1\0\0".to_vec()]);
        assert_eq!(spelled("\u{1f511}")[0], b"\xd8\x3d\xdd\x11\0\0");
        assert_eq!(spelled(""), [b"\0\0".to_vec(), Vec::new()]);
    }
}
