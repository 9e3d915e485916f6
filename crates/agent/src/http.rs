//! The HTTP wire: one line an outlet, one breaker and one pacer an address.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use authorities::{Method, Request, Response};
use fiscal::{Clock, Exchanging, Unanswered, Wire};
use invoice::{Json, Timestamp};
use ledger::Environment;
use reqwest::{Client, Url};

use crate::breaker::Breaker;
use crate::pacer::Pacer;
use crate::secret::{Secret, SecretError};

/// Every line of a process: outlets that share an address share its breaker and pace.
pub struct Lines {
    client: Client,
    clock: Clock,
    addresses: Mutex<HashMap<String, Arc<Address>>>,
}

struct Address {
    breaker: Breaker,
    pacer: Pacer,
}

/// Why a line cannot be opened: what is wrong in the outlet's settings.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    #[error("wire.{0} is missing")]
    Missing(&'static str),
    #[error("wire.base_url {url:?} is not an address: {reason}")]
    BadAddress { url: String, reason: String },
    #[error("wire.base_url {0:?} is not https: a token would travel in the clear")]
    NotEncrypted(String),
    #[error("wire.token: {0}")]
    Token(#[from] SecretError),
    #[error("wire.requests_per_second is a whole number from 1 to 1000")]
    Pace,
}

/// From the first byte sent to the last byte read. Integrators wait 15 to 30 seconds.
const EXCHANGE_TIME: Duration = Duration::from_secs(20);
/// To reach the address at all.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// Bytes of a reply: more than the largest that any machine reads.
const REPLY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Requests that leave for one address in a second, where the settings do not say.
const PACE: i64 = 200;

impl Lines {
    pub fn new(clock: Clock) -> Self {
        let client = Client::builder()
            .timeout(EXCHANGE_TIME)
            .connect_timeout(CONNECT_TIME)
            // An authority that sends elsewhere is not the authority that was configured.
            .redirect(reqwest::redirect::Policy::none())
            // A reused connection may be closed by the peer just as a request leaves.
            .pool_idle_timeout(Duration::from_secs(10))
            .build()
            .expect("the client is built from constants");
        Self { client, clock, addresses: Mutex::default() }
    }

    /// Opens a line from the `wire` object of an outlet's settings: `base_url`, `token` by
    /// reference, `scheme` (`Bearer` unless it says `none`), `requests_per_second`.
    pub fn open(&self, environment: Environment, settings: &Json) -> Result<HttpWire, WireError> {
        let text = |key: &'static str| settings.member(key).and_then(Json::as_str);
        let base = address(environment, text("base_url").ok_or(WireError::Missing("base_url"))?)?;
        let token = Secret::resolve(text("token").ok_or(WireError::Missing("token"))?)?;
        let authorization = match text("scheme") {
            Some("none") => token.expose().to_owned(),
            _ => format!("Bearer {}", token.expose()),
        };
        let pace = match settings.member("requests_per_second") {
            None => PACE,
            Some(Json::Integer(pace @ 1..=1000)) => *pace,
            Some(_) => return Err(WireError::Pace),
        };
        Ok(HttpWire {
            client: self.client.clone(),
            clock: self.clock.clone(),
            address: self.address(&base, pace),
            base,
            authorization,
        })
    }

    fn address(&self, base: &Url, pace: i64) -> Arc<Address> {
        let key = base.origin().ascii_serialization();
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Address {
            breaker: Breaker::default(),
            pacer: Pacer::per_second(u32::try_from(pace).unwrap_or(1)),
        };
        Arc::clone(addresses.entry(key).or_insert_with(|| Arc::new(new())))
    }
}

/// A test outlet may talk in the clear to this machine, where simulators live; nothing else may.
fn address(environment: Environment, url: &str) -> Result<Url, WireError> {
    let bad = |reason: &str| WireError::BadAddress { url: url.to_owned(), reason: reason.into() };
    let with_slash = if url.ends_with('/') { url.to_owned() } else { format!("{url}/") };
    let parsed = Url::parse(&with_slash).map_err(|error| bad(&error.to_string()))?;
    let loopback = match parsed.host() {
        Some(host) => is_loopback(&host.to_string()),
        None => return Err(bad("it names no host")),
    };
    match (parsed.scheme(), environment) {
        ("https", _) => Ok(parsed),
        ("http", Environment::Test) if loopback => Ok(parsed),
        ("http", Environment::Test | Environment::Live) => {
            Err(WireError::NotEncrypted(url.to_owned()))
        }
        (scheme, Environment::Test | Environment::Live) => {
            Err(bad(&format!("{scheme} is not a scheme that is spoken here")))
        }
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The line of one outlet.
pub struct HttpWire {
    client: Client,
    clock: Clock,
    address: Arc<Address>,
    base: Url,
    authorization: String,
}

impl HttpWire {
    async fn send(&self, request: &Request) -> Result<Response, Unanswered> {
        self.address.pacer.slot().await;
        let answered = self.attempt(request).await;
        match &answered {
            // A server that errs is as much in need of rest as one that does not answer.
            Ok(response) if response.status < 500 => self.address.breaker.answered(),
            Ok(_) | Err(_) => self.address.breaker.failed(self.clock.now()),
        }
        answered
    }

    async fn attempt(&self, request: &Request) -> Result<Response, Unanswered> {
        let url = self.base.join(&request.path).map_err(|error| Unanswered(error.to_string()))?;
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
        };
        let mut builder = self
            .client
            .request(method, url)
            .header("Authorization", &self.authorization)
            .header("Accept", request.content_type);
        if let Some(body) = &request.body {
            builder = builder.header("Content-Type", request.content_type).body(body.clone());
        }
        let reply = builder.send().await.map_err(|error| unanswered(&error))?;
        read(reply).await
    }
}

async fn read(mut reply: reqwest::Response) -> Result<Response, Unanswered> {
    let status = reply.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = reply.chunk().await.map_err(|error| unanswered(&error))? {
        if body.len() + chunk.len() > REPLY_BYTES_MAX {
            return Err(Unanswered("the reply is larger than any that is expected".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response { status, body })
}

/// The error with its causes, and without the address, which may hold what a log should not.
fn unanswered(error: &reqwest::Error) -> Unanswered {
    let mut words = match error {
        error if error.is_timeout() => "no answer in time".to_owned(),
        error if error.is_connect() => "no connection".to_owned(),
        _ => "the exchange broke off".to_owned(),
    };
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        words = format!("{words}: {cause}");
        source = cause.source();
    }
    Unanswered(words)
}

impl Wire for HttpWire {
    fn admit(&self, now: Timestamp) -> Result<(), Timestamp> {
        self.address.breaker.admit(now)
    }

    fn exchange<'a>(&'a self, request: &'a Request) -> Exchanging<'a> {
        Box::pin(self.send(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_test_outlet_talks_in_the_clear_and_only_to_this_machine() {
        use Environment::{Live, Test};
        for (environment, url, right) in [
            (Test, "http://127.0.0.1:8080", true),
            (Test, "http://[::1]:8080/edef", true),
            (Test, "http://localhost:1", true),
            (Live, "http://127.0.0.1:8080", false),
            (Test, "http://example.org", false),
            (Test, "http://127.0.0.1.example.org", false),
            (Live, "https://example.org/edef", true),
            (Live, "ftp://example.org", false),
            (Live, "example.org", false),
        ] {
            assert_eq!(address(environment, url).is_ok(), right, "{url}");
        }
    }

    #[test]
    fn a_path_of_the_base_is_kept() {
        let base = address(Environment::Live, "https://example.org/edef").unwrap();
        assert_eq!(base.join("api/invoice").unwrap().path(), "/edef/api/invoice");
    }
}
