//! The address of a server, understood once: whoever calls it only adds a path.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use reqwest::Url;

/// `http://…` or `https://…`, with whatever path leads to the server, and without its last slash.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ServerUrl {
    text: String,
    is_local: bool,
}

impl ServerUrl {
    /// Of a server that listens there.
    pub(crate) fn of(address: SocketAddr) -> Self {
        Self { text: format!("http://{address}"), is_local: address.ip().is_loopback() }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the server runs on this machine.
    pub(crate) fn is_local(&self) -> bool {
        self.is_local
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl FromStr for ServerUrl {
    type Err = NotAServer;

    fn from_str(text: &str) -> Result<Self, NotAServer> {
        let text = text.trim();
        let url = Url::parse(text).map_err(|_| NotAServer)?;
        let is_one = matches!(url.scheme(), "http" | "https");
        let ends_here = url.query().is_none() && url.fragment().is_none();
        // Who is asked knows whoever asks by a key; a password here would be told on with every error.
        let is_nobody = url.username().is_empty() && url.password().is_none();
        let host = url.host_str().filter(|_| is_one && ends_here && is_nobody).ok_or(NotAServer)?;
        let is_local = is_loopback(host);
        Ok(Self { text: text.trim_end_matches('/').to_owned(), is_local })
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// What was given is not the address of a server.
#[derive(Debug, thiserror::Error)]
#[error(
    "give the address of a server as http://HOST:PORT or https://HOST, in --url or, where the command \
     takes it, in STALELA_URL"
)]
pub(crate) struct NotAServer;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_of_a_server_and_its_last_slash_is_nothing() {
        for (given, taken, is_local) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080", true),
            ("http://localhost:8080/", "http://localhost:8080", true),
            (" http://[::1]:8080// ", "http://[::1]:8080", true),
            (
                "https://invoices.example.org/stalela/",
                "https://invoices.example.org/stalela",
                false,
            ),
        ] {
            let url: ServerUrl = given.parse().unwrap();
            assert_eq!((url.as_str(), url.is_local()), (taken, is_local), "{given}");
        }
        let address = SocketAddr::from(([127, 0, 0, 1], 8080));
        assert_eq!(ServerUrl::of(address), "http://127.0.0.1:8080/".parse().unwrap());
    }

    #[test]
    fn anything_else_is_told_how_an_address_looks() {
        let (without, with) =
            (["", "127.0.0.1:8080", "localhost:8080"], ["file:///x", "http://", "http://a/?b"]);
        for given in without.into_iter().chain(with).chain(["http://u:pw@a", "http://u@a"]) {
            let refused = given.parse::<ServerUrl>().unwrap_err().to_string();
            assert!(refused.contains("http://") && refused.contains("STALELA_URL"), "{given}");
        }
    }
}
