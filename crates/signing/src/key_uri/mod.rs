//! The name of a private key: where it lives, and how to reach it there.
//!
//! ```text
//! file:keys/outlet.pem
//! pkcs11:token=stalela;object=outlet-1?module-path=/usr/lib/hsm.so&pin-source=file:/etc/pin
//! ```
//!
//! A name never holds a secret, so that it can stand in a configuration, a log and a message. For
//! the same reason no error here repeats a value: what was meant as a secret may be in it.

mod file;
mod percent;
mod pkcs11;

use std::fmt;
use std::str::FromStr;

pub use file::FileUri;
pub use pkcs11::Pkcs11Uri;

/// Where a private key lives.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum KeyUri {
    /// `file:path`, a file in PEM: PKCS#8, or PKCS#1 of RSA.
    File(FileUri),
    /// `pkcs11:…`, a key inside a token (RFC 7512).
    Pkcs11(Pkcs11Uri),
}

impl FromStr for KeyUri {
    type Err = KeyUriError;

    fn from_str(text: &str) -> Result<Self, KeyUriError> {
        if text.len() > MAX_URI_BYTES {
            return Err(KeyUriError::TooLong);
        }
        let (scheme, rest) = text.split_once(':').ok_or(KeyUriError::NoScheme)?;
        match scheme.to_ascii_lowercase().as_str() {
            "file" => FileUri::parse(text, rest).map(Self::File),
            "pkcs11" => Pkcs11Uri::parse(text, rest).map(Self::Pkcs11),
            _ => Err(KeyUriError::UnknownScheme { scheme: shortened(scheme) }),
        }
    }
}

impl fmt::Display for KeyUri {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(uri) => uri.fmt(out),
            Self::Pkcs11(uri) => uri.fmt(out),
        }
    }
}

/// What is wrong with the name of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyUriError {
    #[error("the key URI is longer than {MAX_URI_BYTES} bytes: shorten its names or its paths")]
    TooLong,
    #[error("the key URI has no scheme: write `file:path/to/key.pem` or `pkcs11:token=…`")]
    NoScheme,
    #[error("unknown key URI scheme `{scheme}`: the known ones are `file:` and `pkcs11:`")]
    UnknownScheme { scheme: String },
    #[error("the file URI names a host: write `file:path` or `file:///path`, for a local file")]
    RemoteFile,
    #[error("the file URI has a `?` or a `#`: in a path write `%3F` or `%23`")]
    FileQuery,
    #[error("the file URI names no file: write `file:path/to/key.pem`")]
    NoPath,
    #[error("`%` in {part} of the key URI is not followed by two hexadecimal digits: write `%25`")]
    BadPercent { part: String },
    #[error("{part} of the key URI holds a control character: remove it")]
    ControlCharacter { part: String },
    #[error("{part} of the key URI is not UTF-8: check its percent-encoding")]
    NotUtf8 { part: String },
    #[error("attribute {position} of the pkcs11 URI has no `=`: write `name=value`")]
    NoValue { position: usize },
    #[error("`{name}` of the pkcs11 URI is empty: give it a value or leave it out")]
    EmptyValue { name: String },
    #[error("`{name}` stands twice in the pkcs11 URI: keep one")]
    Twice { name: String },
    #[error(
        "unknown attribute `{name}` in the pkcs11 URI: known are `token`, `object` and `id` before \
         the `?`, `module-path` and `pin-source` after it, with `&` between them"
    )]
    UnknownAttribute { name: String },
    #[error(
        "`pin-value` is refused, because a PIN must not stand in a configuration: write the PIN to \
         a file of mode 0600 and name it with `pin-source=file:/path/to/pin`"
    )]
    PinValue,
    #[error("`pin-source` of the pkcs11 URI must be a local file: write `file:/path/to/pin`")]
    PinSource,
    #[error("the pkcs11 URI names no token: add `token=LABEL`")]
    NoToken,
    #[error("the pkcs11 URI names no key: add `object=LABEL` or `id=%01%02`")]
    NoKey,
    #[error("the pkcs11 URI names no module: add `?module-path=/path/to/module.so`")]
    NoModule,
    #[error(
        "`module-path` of the pkcs11 URI is relative: write the absolute path, so that no other \
         library of that name can be loaded instead"
    )]
    RelativeModule,
}

/// A name of the caller's, cut to what an error message can bear.
fn shortened(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_control()).take(MAX_NAME_SHOWN).collect()
}

/// Three file names of a usual length and two labels of a token (32 bytes each), percent-encoded.
const MAX_URI_BYTES: usize = 2048;
/// The longest known name has 11 letters; more would only fill the message.
const MAX_NAME_SHOWN: usize = 32;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(super) fn refusal(text: &str) -> KeyUriError {
        text.parse::<KeyUri>().unwrap_err()
    }

    #[test]
    fn a_scheme_is_needed_and_must_be_known() {
        assert_eq!(refusal("keys/outlet.pem"), KeyUriError::NoScheme);
        let remote = refusal("remote:https://example.com/key");
        let expected = "unknown key URI scheme `remote`: the known ones are `file:` and `pkcs11:`";
        assert_eq!(remote.to_string(), expected);
        let long = format!("{}:x", "s".repeat(100));
        assert_eq!(refusal(&long), KeyUriError::UnknownScheme { scheme: "s".repeat(32) });
        assert_eq!(refusal(&format!("file:{}", "x".repeat(2048))), KeyUriError::TooLong);
    }

    #[test]
    fn a_uri_is_shown_as_it_was_written() {
        for text in ["file:keys/a%20b.pem", "PKCS11:token=t;id=%01?module-path=/m.so"] {
            assert_eq!(text.parse::<KeyUri>().unwrap().to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(file:|pkcs11:)?[a-z%;&?=:/0-9é\u{0}-]{0,80}") {
            let _ = text.parse::<KeyUri>();
        }
    }
}
