//! An outlet's settings, as its authority and its wire want them.

use std::sync::Arc;

use authorities::{Admission, Authority, Environment, Service, UnknownAuthority, authority_named};
use invoice::Json;
use ledger::Outlet;

use crate::reception::RECEIVING;

/// Opens the authority that an outlet names, under its settings.
pub fn open_authority(
    outlet: &Outlet,
    settings: &Json,
) -> Result<Arc<dyn Authority>, UnknownAuthority> {
    let none = Json::Object(Vec::new());
    let of_authority = settings.member("authority").unwrap_or(&none);
    authority_named(&outlet.authority, of_authority, environment(outlet.environment))
}

/// What an outlet's settings may say.
const MEMBERS: [&str; 7] = [
    "alerts",
    "authority",
    "certificate",
    "receiving",
    "taxpayer_certificate",
    "taxpayer_key",
    "wire",
];
/// What `receiving` may say.
const RECEIVING_MEMBERS: [&str; 2] = ["tokens", "trusted_roots"];

/// What is misspelt in an outlet's settings would be left out in silence: the first such member is
/// told, with those that there are.
pub(crate) fn check_members(settings: &Json) -> Result<(), String> {
    check_object("", settings, &MEMBERS)?;
    match settings.member(RECEIVING) {
        Some(receiving) => check_object("receiving.", receiving, &RECEIVING_MEMBERS),
        None => Ok(()),
    }
}

fn check_object(place: &str, object: &Json, known: &[&str]) -> Result<(), String> {
    let Json::Object(members) = object else {
        return Err(format!("{}: an object is wanted", place.trim_end_matches('.')));
    };
    match members.iter().find(|(name, _)| !known.contains(&name.as_str())) {
        Some((name, _)) => {
            let shown: String = name.chars().take(SHOWN_MAX).collect();
            let known = known.join(", ");
            Err(format!("{place}{shown}: there is no such setting; there are: {known}"))
        }
        None => Ok(()),
    }
}

/// Characters of a caller's name that are shown back: ours have twenty.
const SHOWN_MAX: usize = 40;

/// From when on an outlet's people are told that numbers run out: the `alerts` object of its settings.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct AlertSettings {
    /// `numbers_low`: fewer numbers of a kind than these are little. Without it the platform's own
    /// measure counts, by what the outlet was lent.
    pub numbers_low: Option<u64>,
    /// `numbers_expire_days`: days before the last one of numbers that are left.
    pub numbers_expire_days: Option<u64>,
}

/// Numbers of a kind beyond which nobody is told of every sale: more than any authority gives out.
const NUMBERS_LOW_MAX: u64 = 10_000_000;
/// Characters of an unknown name that the error repeats.
const NAME_SHOWN_MAX: usize = 40;
/// Days before an expiry: numbers live two years.
const EXPIRE_DAYS_MAX: u64 = 730;

impl AlertSettings {
    /// Reads them from an outlet's settings; the error names the member.
    pub fn read(settings: &Json) -> Result<Self, String> {
        let Some(alerts) = settings.member("alerts") else { return Ok(Self::default()) };
        let Json::Object(members) = alerts else {
            return Err("alerts: an object is wanted".to_owned());
        };
        let mut read = Self::default();
        for (name, value) in members {
            let (place, max) = match name.as_str() {
                "numbers_low" => (&mut read.numbers_low, NUMBERS_LOW_MAX),
                "numbers_expire_days" => (&mut read.numbers_expire_days, EXPIRE_DAYS_MAX),
                other => {
                    let shown: String = other.chars().take(NAME_SHOWN_MAX).collect();
                    return Err(format!("alerts.{shown}: there is no such alert setting"));
                }
            };
            let count = match value {
                Json::Integer(count) => u64::try_from(*count).ok().filter(|count| *count <= max),
                _ => None,
            };
            *place = Some(count.ok_or_else(|| format!("alerts.{name}: 0 to {max} is wanted"))?);
        }
        Ok(read)
    }
}

/// Whether what an outlet issues counts, as its authority has it.
pub const fn environment(environment: ledger::Environment) -> Environment {
    match environment {
        ledger::Environment::Test => Environment::Test,
        ledger::Environment::Live => Environment::Live,
    }
}

/// The `wire` object of an outlet's settings, and what its authority has published besides: its
/// addresses, and that it admits by sessions, where it does.
///
/// A `base_url` in the settings stands for all of them: a wire to a simulator must not reach the
/// authority itself by the address of another service.
pub fn wire_settings(authority: &dyn Authority, settings: &Json) -> Json {
    let mut members = match settings.member("wire") {
        Some(Json::Object(members)) => members.clone(),
        // What is no object is the wire's to refuse.
        Some(other) => return other.clone(),
        None => Vec::new(),
    };
    let services = authority.services();
    if !members.iter().any(|(name, _)| name == BASE_URL) {
        publish(services, &mut members);
    }
    members.retain(|(name, _)| name != SESSIONS);
    if services.first().is_some_and(|main| main.admission == Admission::Session) {
        members.push((SESSIONS.to_owned(), Json::Bool(true)));
    }
    Json::Object(members)
}

/// Adds the addresses of services that are the same for everybody, where the settings name none.
fn publish(services: &[Service], members: &mut Vec<(String, Json)>) {
    for Service { name, url, .. } in services {
        match (name, url) {
            (_, None) => {}
            (&"", Some(url)) => members.push((BASE_URL.to_owned(), Json::string(*url))),
            (name, Some(url)) => {
                publish_base(name, url, object_of(members, "bases"));
            }
        }
    }
}

/// A base may be an address, or an object with its address and its token.
fn publish_base(name: &str, url: &str, bases: &mut Json) {
    let Json::Object(bases) = bases else { return };
    match bases.iter_mut().find(|(known, _)| known == name) {
        None => bases.push((name.to_owned(), Json::string(url))),
        Some((_, Json::Object(base))) if !base.iter().any(|(key, _)| key == "url") => {
            base.push(("url".to_owned(), Json::string(url)));
        }
        Some(_) => {}
    }
}

/// The member of that name, which is made where there is none.
fn object_of<'a>(members: &'a mut Vec<(String, Json)>, key: &str) -> &'a mut Json {
    let place = members.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
        members.push((key.to_owned(), Json::Object(Vec::new())));
        members.len() - 1
    });
    &mut members[place].1
}

const BASE_URL: &str = "base_url";
/// How a wire is told that it needs no token of its own.
const SESSIONS: &str = "sessions";

#[cfg(test)]
mod tests {
    use authorities::Admission::{Session, Token};

    use super::*;

    fn published(services: &[Service], wire: &str) -> String {
        let Json::Object(mut members) = Json::parse(wire.as_bytes()).unwrap() else {
            panic!("an object")
        };
        publish(services, &mut members);
        Json::Object(members).to_text()
    }

    #[test]
    fn a_misspelt_setting_is_told_with_those_that_there_are() {
        let check = |text: &str| check_members(&Json::parse(text.as_bytes()).unwrap());
        assert_eq!(check(r#"{"wire":{},"receiving":{"tokens":"optional"}}"#), Ok(()));
        for (text, named, known) in [
            (r#"{"recieving":{}}"#, "recieving:", "receiving"),
            (r#"{"receiving":{"token":"required"}}"#, "receiving.token:", "trusted_roots"),
            (r#"{"receiving":true}"#, "receiving:", "object"),
        ] {
            let error = check(text).unwrap_err();
            assert!(error.starts_with(named) && error.contains(known), "{text}: {error}");
        }
    }

    #[test]
    fn alert_settings_are_read_strictly() {
        let read = |text: &str| AlertSettings::read(&Json::parse(text.as_bytes()).unwrap());
        assert_eq!(read("{}"), Ok(AlertSettings::default()));
        let both = read(r#"{"alerts":{"numbers_low":500,"numbers_expire_days":60}}"#).unwrap();
        assert_eq!((both.numbers_low, both.numbers_expire_days), (Some(500), Some(60)));
        for (text, named) in [
            (r#"{"alerts":7}"#, "alerts"),
            (r#"{"alerts":{"numbers":1}}"#, "alerts.numbers"),
            (r#"{"alerts":{"numbers_low":-1}}"#, "alerts.numbers_low"),
            (r#"{"alerts":{"numbers_expire_days":"60"}}"#, "alerts.numbers_expire_days"),
            (r#"{"alerts":{"numbers_expire_days":731}}"#, "730"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(named), "{text}: {error}");
        }
        let long = format!(r#"{{"alerts":{{"{}":1}}}}"#, "x".repeat(20_000));
        assert!(read(&long).unwrap_err().len() < 200, "a name is not repeated whole");
    }

    #[test]
    fn what_is_published_fills_what_the_settings_leave_out() {
        let service = |name, url| Service { name, url: Some(url), admission: Session };
        let services = [service("", "https://a.example"), service("b", "https://b.example")];
        for (wire, whole) in [
            ("{}", r#"{"base_url":"https://a.example","bases":{"b":"https://b.example"}}"#),
            (
                r#"{"bases":{"b":{"token":"env:B"}}}"#,
                r#"{"base_url":"https://a.example","bases":{"b":{"token":"env:B","url":"https://b.example"}}}"#,
            ),
            (
                r#"{"bases":{"b":"https://c.example"}}"#,
                r#"{"base_url":"https://a.example","bases":{"b":"https://c.example"}}"#,
            ),
        ] {
            assert_eq!(published(&services, wire), whole);
        }
        let unpublished = [Service { name: "", url: None, admission: Token }];
        assert_eq!(published(&unpublished, "{}"), "{}");
    }
}
