//! Tokens: JWT of an hour, signed with keys that this run alone knows.

use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use super::limits::{TOKEN_LIFE, TOKEN_LIMIT};
use super::route::Environment;
use crate::clock::MICROSECONDS;

/// Whom a seed or a token is for. One audience's token means nothing to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Audience {
    Dgii(Environment),
    /// DGII's counterpart, which plays a taxpayer.
    Counterpart,
}

/// The claims of a real token.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    #[serde(rename = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name")]
    name: String,
    jti: String,
    nbf: i64,
    exp: i64,
    iss: String,
    aud: String,
}

/// A token and its two times, UTC in microseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) from: i64,
    pub(super) until: i64,
}

/// The keys of all audiences.
#[derive(Debug)]
pub(super) struct TokenKeys {
    environments: [hmac::Key; 3],
    counterpart: hmac::Key,
}

impl TokenKeys {
    pub(super) fn new(environments: [hmac::Key; 3], counterpart: hmac::Key) -> Self {
        Self { environments, counterpart }
    }

    /// A token for the holder of a certificate, good for an hour from `now` (microseconds).
    pub(super) fn issue(&self, audience: Audience, holder: &str, jti: String, now: i64) -> Token {
        let start = now / MICROSECONDS;
        let claims = Claims {
            name: holder.to_owned(),
            jti,
            nbf: start,
            exp: start + TOKEN_LIFE,
            iss: "DGII.FE".to_owned(),
            aud: "USUARIOS.DGII.FE".to_owned(),
        };
        let claims = serde_json::to_vec(&claims).expect("strings and whole numbers are JSON");
        let head = BASE64URL_NOPAD.encode(HEADER.as_bytes());
        let signed = format!("{head}.{}", BASE64URL_NOPAD.encode(&claims));
        let signature = hmac::sign(self.key(audience), signed.as_bytes());
        let text = format!("{signed}.{}", BASE64URL_NOPAD.encode(signature.as_ref()));
        let (from, until) = (start * MICROSECONDS, (start + TOKEN_LIFE) * MICROSECONDS);
        Token { text, from, until }
    }

    /// The holder behind an `Authorization` header, or nothing if it is none of ours, for somebody
    /// else, not yet good or no longer. The scheme may be in any case.
    pub(super) fn holder(
        &self,
        audience: Audience,
        authorization: Option<&str>,
        now: i64,
    ) -> Option<String> {
        let (scheme, token) = authorization?.trim().split_once(' ')?;
        let token = token.trim();
        if !scheme.eq_ignore_ascii_case("bearer") || token.len() > TOKEN_LIMIT {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).ok()?;
        hmac::verify(self.key(audience), signed.as_bytes(), &signature).ok()?;
        let (_, claims) = signed.split_once('.')?;
        let claims = BASE64URL_NOPAD.decode(claims.as_bytes()).ok()?;
        let claims: Claims = serde_json::from_slice(&claims).ok()?;
        let second = now / MICROSECONDS;
        (claims.nbf <= second && second < claims.exp).then_some(claims.name)
    }

    fn key(&self, audience: Audience) -> &hmac::Key {
        match audience {
            Audience::Dgii(environment) => &self.environments[environment.index()],
            Audience::Counterpart => &self.counterpart,
        }
    }
}

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_790_000_000 * MICROSECONDS;
    const TEST: Audience = Audience::Dgii(Environment::Test);

    fn keys() -> TokenKeys {
        let key = |byte: u8| hmac::Key::new(hmac::HMAC_SHA256, &[byte; 32]);
        TokenKeys::new([1, 2, 3].map(key), key(4))
    }

    fn token() -> Token {
        keys().issue(TEST, "00100000001", "6f1d0a0c-7d2a-4cbb-9c59-0a2c3b2d1e0f".into(), NOW)
    }

    #[test]
    fn it_looks_like_a_real_one_and_lives_an_hour() {
        let token = token();
        assert!((330..360).contains(&token.text.len()), "{}", token.text.len());
        let header = format!("bEaReR {}", token.text);
        let holder =
            |seconds: i64| keys().holder(TEST, Some(&header), NOW + seconds * MICROSECONDS);
        assert_eq!(holder(0).as_deref(), Some("00100000001"));
        assert_eq!(holder(3_599).as_deref(), Some("00100000001"));
        assert_eq!(holder(3_600), None);
        assert_eq!(holder(-1), None);
    }

    #[test]
    fn it_is_for_one_audience() {
        let header = format!("Bearer {}", token().text);
        for other in [
            Audience::Dgii(Environment::Certification),
            Audience::Dgii(Environment::Production),
            Audience::Counterpart,
        ] {
            assert_eq!(keys().holder(other, Some(&header), NOW), None);
        }
        let basic = header.replace("Bearer", "Basic");
        let cut = &header[..header.len() - 1];
        for wrong in [None, Some(""), Some("Bearer"), Some("Bearer a.b.c"), Some(&basic), Some(cut)]
        {
            assert_eq!(keys().holder(TEST, wrong, NOW), None, "{wrong:?}");
        }
    }
}
