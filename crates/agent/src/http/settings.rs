//! The `wire` object of an outlet's settings.

use std::collections::HashSet;

use invoice::Json;
use ledger::Environment;
use reqwest::Url;

use super::address::{configured, shown};
use crate::secret::SecretError;
use crate::token::Scheme;

/// Why a line cannot be opened: what is wrong in the outlet's settings.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    #[error("wire.{0} is missing")]
    Missing(&'static str),
    #[error("wire.{member} {url:?} is not an address: {reason}")]
    BadAddress { member: String, url: String, reason: String },
    #[error("wire.{member} {url:?} is not https: a token would travel in the clear")]
    NotEncrypted { member: String, url: String },
    #[error(
        "wire.{member}: test outlets may not reach {host}: if it is a test system, \
         the operator names it with --test-hosts"
    )]
    NotATestHost { member: String, host: String },
    #[error("wire.token: {0}")]
    Token(#[from] SecretError),
    #[error("wire.scheme is `Bearer`, `Apikey` or `none`")]
    Scheme,
    #[error("wire.bases is an object of addresses, or of objects with url, token and scheme: {0}")]
    Bases(String),
    #[error("wire.requests_per_second is a whole number from 1 to 100000")]
    Pace,
}

/// What the settings say of one line.
#[derive(Debug)]
pub(crate) struct WireSettings {
    pub(crate) main: BaseSettings,
    /// Services at addresses of their own, by name.
    pub(crate) named: Vec<(String, BaseSettings)>,
    pub(crate) pace: u32,
}

/// One address, and the token that it wants, by reference.
#[derive(Debug)]
pub(crate) struct BaseSettings {
    pub(crate) base: Url,
    pub(crate) token: Option<(String, Scheme)>,
}

/// Requests that leave for one address in a second, where the settings do not say.
const PACE: u32 = 200;
/// A country of 10^9 invoices a day sends some 23,000 a second to one address, and peaks above that.
const PACE_MAX: i64 = 100_000;

impl WireSettings {
    /// Reads `base_url`, `token` by reference, `scheme` (`Bearer` unless it says otherwise),
    /// `bases`, `requests_per_second`. Where the authority admits by sessions (`sessions`), no token
    /// is wanted.
    pub(crate) fn read(
        environment: Environment,
        settings: &Json,
        test_hosts: &HashSet<String>,
    ) -> Result<Self, WireError> {
        let text = |key: &'static str| settings.member(key).and_then(Json::as_str);
        let url = text("base_url").ok_or(WireError::Missing("base_url"))?;
        let base = configured(environment, ("base_url", url), test_hosts)?;
        let token = token(settings)?;
        if token.is_none() && settings.member("sessions") != Some(&Json::Bool(true)) {
            return Err(WireError::Missing("token"));
        }
        let pace = match settings.member("requests_per_second") {
            None => PACE,
            Some(Json::Integer(pace @ 1..=PACE_MAX)) => {
                u32::try_from(*pace).map_err(|_| WireError::Pace)?
            }
            Some(_) => return Err(WireError::Pace),
        };
        let read = |named: &(String, Json)| named_base(environment, named, (&base, test_hosts));
        let named = match settings.member("bases") {
            None => Vec::new(),
            Some(Json::Object(members)) => members.iter().map(read).collect::<Result<_, _>>()?,
            Some(_) => return Err(WireError::Bases("it is no object".to_owned())),
        };
        Ok(Self { main: BaseSettings { base, token }, named, pace })
    }
}

/// A service's own address, or that of the main one where only its token is told.
fn named_base(
    environment: Environment,
    (name, settings): &(String, Json),
    (main, test_hosts): (&Url, &HashSet<String>),
) -> Result<(String, BaseSettings), WireError> {
    let member = format!("bases.{name}");
    let at = |url: &str| configured(environment, (&member, url), test_hosts);
    let settings = match settings {
        Json::String(url) => BaseSettings { base: at(url)?, token: None },
        Json::Object(_) => {
            let url = settings.member("url").and_then(Json::as_str);
            let base = url.map_or_else(|| Ok(main.clone()), at)?;
            BaseSettings { base, token: token(settings)? }
        }
        _ => return Err(WireError::Bases(shown(name))),
    };
    Ok((name.clone(), settings))
}

fn token(settings: &Json) -> Result<Option<(String, Scheme)>, WireError> {
    let scheme = match settings.member("scheme").map(Json::as_str) {
        None | Some(Some("Bearer")) => Scheme::Bearer,
        Some(Some("Apikey")) => Scheme::ApiKey,
        Some(Some("none")) => Scheme::None,
        Some(_) => return Err(WireError::Scheme),
    };
    let reference = settings.member("token").and_then(Json::as_str);
    Ok(reference.map(|reference| (reference.to_owned(), scheme)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &str) -> Result<WireSettings, String> {
        let settings = Json::parse(settings.as_bytes()).unwrap();
        WireSettings::read(Environment::Live, &settings, &HashSet::new())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_token_is_wanted_unless_sessions_admit() {
        let error = read(r#"{"base_url": "https://a.example"}"#).unwrap_err();
        assert_eq!(error, "wire.token is missing");
        let wire = read(r#"{"base_url": "https://a.example", "sessions": true}"#).unwrap();
        assert!(wire.main.token.is_none() && wire.named.is_empty());
    }

    #[test]
    fn services_have_addresses_and_tokens_of_their_own() {
        let wire = read(
            r#"{"base_url": "https://a.example", "sessions": true, "bases": {
                "fc": "https://b.example",
                "status": {"url": "https://c.example/x", "token": "env:T", "scheme": "Apikey"},
                "same": {"token": "env:T"}
            }}"#,
        );
        let wire = wire.unwrap();
        let shown: Vec<_> = wire
            .named
            .iter()
            .map(|(name, base)| (name.as_str(), base.base.as_str(), base.token.is_some()))
            .collect();
        assert_eq!(
            shown,
            [
                ("fc", "https://b.example/", false),
                ("status", "https://c.example/x/", true),
                ("same", "https://a.example/", true),
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (wrong, words) in [
            (r#""base_url": 1"#, "wire.base_url is missing"),
            (r#""base_url": "http://a.example""#, "wire.base_url"),
            (r#""base_url": "https://a.example", "bases": 1"#, "wire.bases"),
            (r#""base_url": "https://a.example", "bases": {"fc": 1}"#, "fc"),
            (r#""base_url": "https://a.example", "bases": {"fc": "http://b.example"}"#, "bases.fc"),
            (r#""base_url": "https://a.example", "bases": {"fc": {"url": "b"}}"#, "bases.fc"),
            (r#""base_url": "https://a.example", "scheme": "bearer""#, "wire.scheme"),
            (r#""base_url": "https://a.example", "requests_per_second": 0"#, "requests_per_second"),
        ] {
            let error = read(&format!("{{\"sessions\": true, {wrong}}}")).unwrap_err();
            assert!(error.contains(words), "{wrong}: {error}");
        }
    }
}
