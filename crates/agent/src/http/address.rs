//! Which addresses an outlet may reach: those that its operator configured, and those of peers,
//! which come out of an authority's directory.

use std::collections::HashSet;
use std::net::IpAddr;

use ledger::Environment;
use reqwest::Url;

use super::public::is_public;
use super::settings::WireError;

/// A test outlet may talk to this machine, where simulators live and nobody listens, and else to
/// the listed test systems alone; a live one to anybody, encrypted.
pub(crate) fn configured(
    environment: Environment,
    (member, url): (&str, &str),
    test_hosts: &HashSet<String>,
) -> Result<Url, WireError> {
    let member = shown(member);
    let bad = |reason: &str| WireError::BadAddress {
        member: member.clone(),
        url: shown(url),
        reason: shown(reason),
    };
    let parsed = parse(url).map_err(|reason| bad(&reason))?;
    let host = parsed.host_str().ok_or_else(|| bad("it names no host"))?;
    match (parsed.scheme(), environment) {
        ("http" | "https", Environment::Test) if is_loopback(&parsed) => Ok(parsed),
        ("https", Environment::Live) => Ok(parsed),
        ("https", Environment::Test) if test_hosts.contains(host) => Ok(parsed),
        ("https", Environment::Test) => Err(WireError::NotATestHost { member, host: shown(host) }),
        ("http", Environment::Test | Environment::Live) => {
            Err(WireError::NotEncrypted { member, url: shown(url) })
        }
        (scheme, Environment::Test | Environment::Live) => {
            Err(bad(&format!("{scheme} is not a scheme that is spoken here")))
        }
    }
}

/// As much of what was configured as an error repeats.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(SHOWN_MAX).collect()
}

/// Longer than any address that somebody has written by hand.
const SHOWN_MAX: usize = 200;

/// How a peer is reached.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reach {
    /// This machine: a test's simulator.
    Local,
    /// A host that the operator listed, wherever it is.
    Listed,
    /// Somewhere in the world, and only there.
    Public,
}

/// The address of a peer, if it may be reached. It is foreign data: whoever wrote it into the
/// directory must not have us knock at doors of our own network.
pub(crate) fn peer(
    environment: Environment,
    url: &str,
    test_hosts: &HashSet<String>,
) -> Result<(Url, Reach), String> {
    let parsed = parse(url)?;
    let host = parsed.host_str().ok_or("it names no host")?;
    let is_plain = parsed.username().is_empty()
        && parsed.password().is_none()
        && parsed.query().is_none()
        && parsed.fragment().is_none();
    if !is_plain {
        return Err("it has more than a host and a path".to_owned());
    }
    match (parsed.scheme(), environment) {
        ("http" | "https", Environment::Test) if is_loopback(&parsed) => Ok((parsed, Reach::Local)),
        ("https", _) if test_hosts.contains(host) => Ok((parsed, Reach::Listed)),
        (_, Environment::Test) => Err("a test outlet may not reach it".to_owned()),
        ("https", Environment::Live) if parsed.port().is_some() => {
            Err("it has a port of its own".to_owned())
        }
        ("https", Environment::Live) => match ip(host) {
            Some(ip) if !is_public(ip) => Err("it is not a public address".to_owned()),
            Some(_) | None => Ok((parsed, Reach::Public)),
        },
        (_, Environment::Live) => Err("it is not https".to_owned()),
    }
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == "localhost" || ip(host).is_some_and(|ip| ip.is_loopback())
}

fn ip(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// With a slash at its end, so that paths are added to it and replace nothing.
fn parse(url: &str) -> Result<Url, String> {
    let with_slash = if url.ends_with('/') { url.to_owned() } else { format!("{url}/") };
    Url::parse(&with_slash).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> HashSet<String> {
        HashSet::from(["test.example.org".to_owned()])
    }

    #[test]
    fn a_test_outlet_reaches_this_machine_and_listed_test_systems_and_nothing_else() {
        use Environment::{Live, Test};
        for (environment, url, right) in [
            (Test, "http://127.0.0.1:8080", true),
            (Test, "http://[::1]:8080/edef", true),
            (Test, "http://localhost:1", true),
            (Live, "http://127.0.0.1:8080", false),
            (Test, "http://example.org", false),
            (Test, "http://test.example.org", false),
            (Test, "http://127.0.0.1.example.org", false),
            (Test, "https://test.example.org/edef", true),
            (Test, "https://TEST.example.org", true),
            (Test, "https://example.org/edef", false),
            (Test, "https://test.example.org.evil.example", false),
            (Test, "https://test.example.org@example.org", false),
            (Live, "https://example.org/edef", true),
            (Live, "ftp://example.org", false),
            (Live, "example.org", false),
        ] {
            let found = configured(environment, ("base_url", url), &hosts());
            assert_eq!(found.is_ok(), right, "{environment:?} {url}");
        }
    }

    #[test]
    fn a_path_of_the_base_is_kept() {
        let url = ("base_url", "https://example.org/edef");
        let base = configured(Environment::Live, url, &hosts()).unwrap();
        assert_eq!(base.join("api/invoice").unwrap().path(), "/edef/api/invoice");
    }

    #[test]
    fn a_peer_is_somewhere_in_the_world_and_not_in_our_own_network() {
        use Environment::{Live, Test};
        for (environment, url, reach) in [
            (Test, "http://127.0.0.1:8080/101", Some(Reach::Local)),
            (Test, "https://test.example.org/testecf", Some(Reach::Listed)),
            (Test, "https://example.org", None),
            (Test, "http://example.org", None),
            (Live, "https://example.org", Some(Reach::Public)),
            (Live, "https://example.org/131880681/", Some(Reach::Public)),
            (Live, "https://example.org:443", Some(Reach::Public)),
            (Live, "https://8.8.8.8", Some(Reach::Public)),
            (Live, "https://test.example.org:8443", Some(Reach::Listed)),
            (Live, "https://example.org:8443", None),
            (Live, "https://example.org:22", None),
            (Live, "http://example.org", None),
            (Live, "https://127.0.0.1", None),
            (Live, "https://[::1]", None),
            (Live, "https://[::ffff:10.0.0.1]", None),
            (Live, "https://169.254.169.254/latest", None),
            (Live, "https://192.168.1.1", None),
            (Live, "https://2130706433", None),
            (Live, "https://user@example.org", None),
            (Live, "https://user:pass@example.org", None),
            (Live, "https://example.org/?x=", None),
            (Live, "https://example.org/#x", None),
            (Live, "file:///etc/passwd", None),
            (Live, "", None),
            (Live, "example.org", None),
        ] {
            let found = peer(environment, url, &hosts()).ok().map(|(_, reach)| reach);
            assert_eq!(found, reach, "{environment:?} {url}");
        }
    }
}
