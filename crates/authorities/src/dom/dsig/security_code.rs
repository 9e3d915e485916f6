//! The security code (código de seguridad).

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64;

/// The first six characters of the base64 of the signature value of the whole e-CF (Informe Técnico
/// e-CF). Their case counts, and `+` and `/` are among them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SecurityCode(String);

impl SecurityCode {
    /// Of a signature's bytes; none if they are too few.
    pub(super) fn of_signature(signature: &[u8]) -> Option<Self> {
        let significant = signature.get(..BYTES)?;
        let mut code = BASE64.encode(significant);
        code.truncate(CHARACTERS);
        Some(Self(code))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecurityCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl FromStr for SecurityCode {
    type Err = NoSecurityCode;

    fn from_str(text: &str) -> Result<Self, NoSecurityCode> {
        let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        if text.len() == CHARACTERS && text.bytes().all(is_base64) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NoSecurityCode)
        }
    }
}

/// A text is no security code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a security code is six characters of base64: copy it from the e-CF's signature value")]
pub struct NoSecurityCode;

const CHARACTERS: usize = 6;
/// Enough for six characters, and a multiple of three lest there be padding among them.
const BYTES: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_beginning_of_the_base64() {
        let code = SecurityCode::of_signature(b"\xfb\xff\xbf\x00\x10\x83\x10").unwrap();
        assert_eq!(code.as_str(), "+/+/AB");
        assert_eq!(code.to_string().parse(), Ok(code));
        assert_eq!(SecurityCode::of_signature(b"12345"), None);
    }

    #[test]
    fn other_texts_are_none() {
        for text in ["", "ABCDE", "ABCDEFG", "ABC DE", "ABCDE=", "ABCDÑ"] {
            assert_eq!(text.parse::<SecurityCode>(), Err(NoSecurityCode), "{text}");
        }
    }
}
