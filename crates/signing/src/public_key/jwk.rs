//! The part of a JSON Web Key that differs from one kind of key to the next.

use data_encoding::BASE64URL_NOPAD;

use super::p256;

/// The members of a JSON Web Key that hold the key itself, in base64url without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Jwk {
    /// `"kty": "EC", "crv": "P-256"` (RFC 7518, 6.2.1): the coordinates of the point, 32 bytes
    /// each.
    Ec {
        /// The member `x`.
        x: String,
        /// The member `y`.
        y: String,
    },
    /// `"kty": "RSA"` (RFC 7518, 6.3.1): two numbers, big-endian, without leading zeros.
    Rsa {
        /// The modulus.
        n: String,
        /// The public exponent.
        e: String,
    },
}

impl Jwk {
    pub(super) fn of_point(point: &[u8]) -> Self {
        let (x, y) = p256::coordinates(point);
        Self::Ec { x: BASE64URL_NOPAD.encode(x), y: BASE64URL_NOPAD.encode(y) }
    }

    pub(super) fn of_rsa((modulus, exponent): (&[u8], &[u8])) -> Self {
        Self::Rsa { n: BASE64URL_NOPAD.encode(modulus), e: BASE64URL_NOPAD.encode(exponent) }
    }
}
