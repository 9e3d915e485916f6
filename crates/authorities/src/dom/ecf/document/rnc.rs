//! The number by which the DGII knows a taxpayer.

use std::fmt;

/// An RNC of nine digits, or the cédula of eleven that a natural person bears instead.
///
/// Only the shape is checked: whether DGII knows the number is DGII's to say, and its own
/// certification sets name taxpayers that nobody registered.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Rnc(String);

/// Why a text is no RNC.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("an RNC has nine digits, a cédula eleven, without hyphens")]
pub struct RncError;

impl Rnc {
    pub fn parse(text: &str) -> Result<Self, RncError> {
        let right = matches!(text.len(), 9 | 11) && text.bytes().all(|byte| byte.is_ascii_digit());
        if right { Ok(Self(text.to_owned())) } else { Err(RncError) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a person's cédula.
    pub fn is_cedula(&self) -> bool {
        self.0.len() == 11
    }
}

impl fmt::Display for Rnc {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_rnc_has_nine_digits_or_eleven() {
        assert!(!Rnc::parse("101000000").unwrap().is_cedula());
        assert!(Rnc::parse("00112345678").unwrap().is_cedula());
        for other in ["", "1234567890", "101-00000-0", "10100000a", "١٠١٠٠٠٠٠٠", " 101000000"]
        {
            assert_eq!(Rnc::parse(other), Err(RncError), "{other}");
        }
    }
}
