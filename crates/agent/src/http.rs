//! The HTTP wire: one line an outlet, one breaker and one pacer an address.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use authorities::{Method, Request, Response};
use fiscal::{Clock, Exchanging, Unanswered, Wire};
use invoice::{Json, Timestamp};
use ledger::Environment;
use reqwest::{Client, Url};

use crate::breaker::Breaker;
use crate::pacer::Pacer;
use crate::secret::SecretError;
use crate::token::{Scheme, Token};

/// Every line of a process: outlets that share an address share its breaker and pace.
pub struct Lines {
    /// To the world, through the proxy of the environment where there is one.
    client: Client,
    /// To this machine, through nobody: a proxy elsewhere would reach another machine.
    local: Client,
    clock: Clock,
    test_hosts: HashSet<String>,
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
    #[error(
        "wire.base_url: test outlets may not reach {0}: if it is a test system, \
         the operator names it with --test-hosts"
    )]
    NotATestHost(String),
    #[error("wire.token: {0}")]
    Token(#[from] SecretError),
    #[error("wire.scheme is `Bearer` or `none`")]
    Scheme,
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
    /// Test outlets reach this machine alone.
    pub fn new(clock: Clock) -> Self {
        let built = "the client is built from constants";
        Self {
            client: client().build().expect(built),
            local: client().no_proxy().build().expect(built),
            clock,
            test_hosts: HashSet::new(),
            addresses: Mutex::default(),
        }
    }

    /// Lets test outlets reach these hosts too: test systems of authorities. Whatever is not
    /// listed may be an authority's production, which a test must never reach.
    #[must_use]
    pub fn with_test_hosts(mut self, hosts: impl IntoIterator<Item = String>) -> Self {
        let hosts = hosts.into_iter().map(|host| host.trim().to_ascii_lowercase());
        self.test_hosts.extend(hosts.filter(|host| !host.is_empty()));
        self
    }

    /// Opens a line from the `wire` object of an outlet's settings: `base_url`, `token` by
    /// reference, `scheme` (`Bearer` unless it says `none`), `requests_per_second`.
    pub fn open(&self, environment: Environment, settings: &Json) -> Result<HttpWire, WireError> {
        let text = |key: &'static str| settings.member(key).and_then(Json::as_str);
        let url = text("base_url").ok_or(WireError::Missing("base_url"))?;
        let base = address(environment, url, &self.test_hosts)?;
        let scheme = match settings.member("scheme").map(Json::as_str) {
            None | Some(Some("Bearer")) => Scheme::Bearer,
            Some(Some("none")) => Scheme::None,
            Some(_) => return Err(WireError::Scheme),
        };
        let reference = text("token").ok_or(WireError::Missing("token"))?;
        let token = Token::open(reference, scheme, self.clock.clone())?;
        let pace = match settings.member("requests_per_second") {
            None => PACE,
            Some(Json::Integer(pace @ 1..=1000)) => *pace,
            Some(_) => return Err(WireError::Pace),
        };
        let client = if is_loopback(&base) { &self.local } else { &self.client };
        Ok(HttpWire {
            client: client.clone(),
            clock: self.clock.clone(),
            address: self.address(&base, pace),
            base,
            token,
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

fn client() -> reqwest::ClientBuilder {
    Client::builder()
        .timeout(EXCHANGE_TIME)
        .connect_timeout(CONNECT_TIME)
        // An authority that sends elsewhere is not the authority that was configured.
        .redirect(reqwest::redirect::Policy::none())
        // A reused connection may be closed by the peer just as a request leaves.
        .pool_idle_timeout(Duration::from_secs(10))
}

/// A test outlet may talk to this machine, where simulators live and nobody listens, and else to
/// the listed test systems alone; a live one to anybody, encrypted.
fn address(
    environment: Environment,
    url: &str,
    test_hosts: &HashSet<String>,
) -> Result<Url, WireError> {
    let bad = |reason: &str| WireError::BadAddress { url: url.to_owned(), reason: reason.into() };
    let with_slash = if url.ends_with('/') { url.to_owned() } else { format!("{url}/") };
    let parsed = Url::parse(&with_slash).map_err(|error| bad(&error.to_string()))?;
    let host = parsed.host_str().ok_or_else(|| bad("it names no host"))?;
    match (parsed.scheme(), environment) {
        ("http" | "https", Environment::Test) if is_loopback(&parsed) => Ok(parsed),
        ("https", Environment::Live) => Ok(parsed),
        ("https", Environment::Test) if test_hosts.contains(host) => Ok(parsed),
        ("https", Environment::Test) => Err(WireError::NotATestHost(host.to_owned())),
        ("http", Environment::Test | Environment::Live) => {
            Err(WireError::NotEncrypted(url.to_owned()))
        }
        (scheme, Environment::Test | Environment::Live) => {
            Err(bad(&format!("{scheme} is not a scheme that is spoken here")))
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The line of one outlet.
pub struct HttpWire {
    client: Client,
    clock: Clock,
    address: Arc<Address>,
    base: Url,
    token: Token,
}

impl HttpWire {
    async fn send(&self, request: &Request) -> Result<Response, Unanswered> {
        self.address.pacer.slot().await;
        let answered = self.attempt(request).await;
        if let Ok(Response { status: 401 | 403, .. }) = &answered {
            // It may have been renewed: whoever asks next bears the new one.
            self.token.read_again().await;
        }
        match &answered {
            // A server that errs is as much in need of rest as one that does not answer.
            Ok(response) if response.status < 500 => self.address.breaker.answered(),
            Ok(_) | Err(_) => self.address.breaker.failed(self.clock.now()),
        }
        answered
    }

    async fn attempt(&self, request: &Request) -> Result<Response, Unanswered> {
        let url = self.base.join(&request.path);
        let url = url.map_err(|error| Unanswered::NotSent(error.to_string()))?;
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
        };
        let mut builder = self
            .client
            .request(method, url)
            .header("Authorization", self.token.authorization().await)
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
            let words = "the reply is larger than any that is expected";
            return Err(Unanswered::Lost(words.to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response { status, body })
}

/// The error with its causes, and without the address, which may hold what a log should not.
///
/// Where no connection came to be, through a proxy or not, no byte of the request has left: names
/// are looked up, sockets opened and TLS agreed on before it is written. Whatever fails later may
/// have arrived.
fn unanswered(error: &reqwest::Error) -> Unanswered {
    let mut words = match error {
        error if error.is_connect() => "no connection".to_owned(),
        error if error.is_timeout() => "no answer in time".to_owned(),
        _ => "the exchange broke off".to_owned(),
    };
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        words = format!("{words}: {cause}");
        source = cause.source();
    }
    if error.is_connect() { Unanswered::NotSent(words) } else { Unanswered::Lost(words) }
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
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

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
            assert_eq!(address(environment, url, &hosts()).is_ok(), right, "{environment:?} {url}");
        }
    }

    #[test]
    fn a_path_of_the_base_is_kept() {
        let base = address(Environment::Live, "https://example.org/edef", &hosts()).unwrap();
        assert_eq!(base.join("api/invoice").unwrap().path(), "/edef/api/invoice");
    }

    /// Answers 401 to each request, and gives back what authorization each bore.
    fn refusing(requests: usize) -> (String, std::thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answering = std::thread::spawn(move || {
            let mut seen = Vec::new();
            for _ in 0..requests {
                let (mut stream, _) = listener.accept().unwrap();
                let mut bytes = [0; 4096];
                let read = stream.read(&mut bytes).unwrap();
                let head = String::from_utf8_lossy(&bytes[..read]).to_lowercase();
                let line = head.lines().find_map(|line| line.strip_prefix("authorization: "));
                seen.push(line.unwrap_or_default().to_owned());
                let answer = "HTTP/1.1 401 x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                stream.write_all(answer.as_bytes()).unwrap();
            }
            seen
        });
        (url, answering)
    }

    fn wire(url: &str, token: &std::path::Path) -> HttpWire {
        let member = |key: &str, value: &str| (key.to_owned(), Json::string(value));
        let token = format!("file:{}", token.display());
        let settings = Json::Object(vec![member("base_url", url), member("token", &token)]);
        let lines = Lines::new(Clock::manual(Timestamp::from_micros(0)));
        lines.open(Environment::Test, &settings).unwrap()
    }

    fn question() -> Request {
        Request {
            operation: "status",
            method: Method::Get,
            path: "api/status".to_owned(),
            content_type: "application/json",
            body: None,
            point_of_no_return: false,
            takes_a_place: false,
        }
    }

    #[tokio::test]
    async fn what_never_left_is_told_from_what_may_have_arrived() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "one").unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let wire = wire(&format!("http://{}", listener.local_addr().unwrap()), &path);
        let hanging_up = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let read = stream.read(&mut [0; 4096]).unwrap();
            assert!(read > 0, "the request arrived");
            // The listener goes with the connection: from here on the port is closed.
        });
        let lost = wire.exchange(&question()).await.unwrap_err();
        assert!(matches!(lost, Unanswered::Lost(_)), "{lost}");
        hanging_up.join().unwrap();
        let refused = wire.exchange(&question()).await.unwrap_err();
        assert!(matches!(refused, Unanswered::NotSent(_)), "{refused}");
        assert!(refused.to_string().starts_with("nothing was sent: no connection"), "{refused}");
    }

    #[tokio::test]
    async fn a_token_that_is_renewed_is_borne_without_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "one").unwrap();
        let (url, answering) = refusing(3);
        let (wire, request) = (wire(&url, &path), question());
        for text in ["two", "two", "two"] {
            let answered = wire.exchange(&request).await.unwrap();
            assert_eq!(answered.status, 401);
            std::fs::write(&path, text).unwrap();
        }
        // It was still the old one when the first refusal made the line read the file again.
        assert_eq!(answering.join().unwrap(), ["bearer one", "bearer one", "bearer two"]);
    }
}
