//! Tokens: one JWT per e-MCF, signed with a key that this run alone knows.

use std::time::Duration;

use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::clock::MICROSECONDS;
use crate::drc_emcf::limits::TOKEN_LIMIT;

/// The claims that public samples show. Issuer and audience of the Congolese tokens are unknown.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    /// `NIF|NIM`.
    unique_name: String,
    role: String,
    nbf: i64,
    exp: i64,
    iat: i64,
}

/// A token whose signature is ours and whose time is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bearer {
    pub(super) nif: String,
    pub(super) nim: String,
    /// When it ends, UTC in microseconds.
    pub(super) expires: i64,
}

/// Makes a token that is good from `now` (microseconds) for `lifetime`.
pub(super) fn issue(
    key: &hmac::Key,
    (nif, nim): (&str, &str),
    now: i64,
    lifetime: Duration,
) -> String {
    let start = now / MICROSECONDS;
    let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(LONGEST).min(LONGEST);
    let claims = Claims {
        unique_name: format!("{nif}|{nim}"),
        role: "Taxpayer".into(),
        nbf: start,
        exp: start + seconds,
        iat: start,
    };
    let claims = serde_json::to_vec(&claims).expect("strings and whole numbers are JSON");
    let head = BASE64URL_NOPAD.encode(HEADER.as_bytes());
    let signed = format!("{head}.{}", BASE64URL_NOPAD.encode(&claims));
    let signature = hmac::sign(key, signed.as_bytes());
    format!("{signed}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
}

/// The bearer of a token, or nothing if it is not ours, not yet good or no longer.
pub(super) fn read(key: &hmac::Key, token: &str, now: i64) -> Option<Bearer> {
    if token.len() > TOKEN_LIMIT {
        return None;
    }
    let (signed, signature) = token.rsplit_once('.')?;
    let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).ok()?;
    hmac::verify(key, signed.as_bytes(), &signature).ok()?;
    let (_, claims) = signed.split_once('.')?;
    let claims = BASE64URL_NOPAD.decode(claims.as_bytes()).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    let second = now / MICROSECONDS;
    let (nif, nim) = claims.unique_name.split_once('|')?;
    (claims.nbf <= second && second < claims.exp).then(|| Bearer {
        nif: nif.into(),
        nim: nim.into(),
        expires: claims.exp * MICROSECONDS,
    })
}

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// A century: whoever asks for more gets this.
const LONGEST: i64 = 100 * 365 * 24 * 60 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_780_000_000 * MICROSECONDS;

    fn key(byte: u8) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &[byte; 32])
    }

    fn token() -> String {
        issue(&key(1), ("A1234567B", "CD01000001-1"), NOW, Duration::from_mins(1))
    }

    #[test]
    fn it_carries_the_taxpayer_and_the_module() {
        let bearer = read(&key(1), &token(), NOW).unwrap();
        assert_eq!((bearer.nif.as_str(), bearer.nim.as_str()), ("A1234567B", "CD01000001-1"));
        assert!(token().starts_with("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."));
        assert!(token().len() > 140, "one public client lost the end of its token at 140");
    }

    #[test]
    fn it_is_good_from_its_first_second_to_before_its_last() {
        assert!(read(&key(1), &token(), NOW - MICROSECONDS).is_none());
        assert!(read(&key(1), &token(), NOW + 59 * MICROSECONDS).is_some());
        assert!(read(&key(1), &token(), NOW + 60 * MICROSECONDS).is_none());
    }

    #[test]
    fn another_key_or_another_letter_is_a_stranger() {
        let token = token();
        assert!(read(&key(2), &token, NOW).is_none());
        let mut claims = token.clone();
        claims.replace_range(45..46, if &token[45..46] == "A" { "B" } else { "A" });
        for wrong in [claims.as_str(), "", "a.b.c", "..", &token[..token.len() - 1]] {
            assert!(read(&key(1), wrong, NOW).is_none(), "{wrong}");
        }
    }
}
