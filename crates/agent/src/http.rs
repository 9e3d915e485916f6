//! The HTTP wire: one an outlet, over the lines to its addresses.

mod address;
mod leaving;
mod public;
mod settings;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use authorities::{Method, Request, Response, SessionToken, Target};
use fiscal::{Admitting, Clock, Exchanging, Leave, Unanswered, Wire};
use invoice::{Json, Timestamp};
use ledger::{Environment, Ledger};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Url};

use self::address::{Reach, is_loopback};
use self::leaving::{Leaving, TooLate};
use self::public::PublicOnly;
use self::settings::{BaseSettings, WireSettings};
use crate::line::{Line, Pace};
use crate::token::Token;

pub use self::settings::WireError;

/// Every line of a process: outlets that share an address share its breaker and pace.
#[derive(Clone)]
pub struct Lines {
    /// To the world, through the proxy of the environment where there is one.
    client: Client,
    /// To this machine, through nobody: a proxy elsewhere would reach another machine.
    local: Client,
    /// To other taxpayers, through nobody: only who resolves a name himself knows where it leads.
    peers: Client,
    clock: Clock,
    test_hosts: Arc<HashSet<String>>,
    addresses: Arc<Mutex<HashMap<String, Arc<Line>>>>,
    /// The store that other processes work over too.
    shared: Option<Arc<Ledger>>,
    /// Of the lines over all stores, by their addresses.
    paces: Arc<Mutex<HashMap<String, Arc<Pace>>>>,
}

/// From the first byte sent to the last byte read. Integrators wait 15 to 30 seconds.
const EXCHANGE_TIME: Duration = Duration::from_secs(20);
/// To reach the address at all.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// Bytes of a reply: more than the largest that any machine reads.
const REPLY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Bytes of a peer's reply: an acknowledgement of receipt with its signature has five thousand.
const PEER_REPLY_BYTES_MAX: usize = 256 * 1024;
/// Requests that leave for one peer in a second: an issuer is one of many that it serves.
const PEER_PACE: u32 = 5;
/// Addresses that are remembered. Peers are as many as the directory has; beyond, those that nobody
/// is using are forgotten, and with them that they failed.
const ADDRESSES_MAX: usize = 4_096;

impl Lines {
    /// Test outlets reach this machine alone.
    pub fn new(clock: Clock) -> Self {
        let built = "the client is built from constants";
        let peers = client().no_proxy().dns_resolver(Arc::new(PublicOnly));
        Self {
            client: client().build().expect(built),
            local: client().no_proxy().build().expect(built),
            peers: peers.build().expect(built),
            clock,
            test_hosts: Arc::default(),
            addresses: Arc::default(),
            shared: None,
            paces: Arc::default(),
        }
    }

    /// Lines that share turns and rests with all who work over that store; and their pace with those
    /// over other stores that were made of the same lines.
    #[must_use]
    pub fn shared_over(mut self, ledger: Arc<Ledger>) -> Self {
        self.shared = Some(ledger);
        self.addresses = Arc::default();
        self
    }

    /// Lets test outlets reach these hosts too: test systems of authorities. Whatever is not
    /// listed may be an authority's production, which a test must never reach.
    #[must_use]
    pub fn with_test_hosts(mut self, hosts: impl IntoIterator<Item = String>) -> Self {
        let hosts = hosts.into_iter().map(|host| host.trim().to_ascii_lowercase());
        let mut all = HashSet::clone(&self.test_hosts);
        all.extend(hosts.filter(|host| !host.is_empty()));
        self.test_hosts = Arc::new(all);
        self
    }

    /// Opens a line from the `wire` object of an outlet's settings: `base_url`, `token` by
    /// reference, `scheme` (`Bearer` unless it says otherwise), `bases` for services at addresses of
    /// their own, `requests_per_second`.
    pub fn open(&self, environment: Environment, settings: &Json) -> Result<HttpWire, WireError> {
        let WireSettings { main, named, pace } =
            WireSettings::read(environment, settings, &self.test_hosts)?;
        let main = self.service(main, pace)?;
        let mut services = HashMap::new();
        for (name, base) in named {
            services.insert(name, self.service(base, pace)?);
        }
        Ok(HttpWire { lines: self.clone(), environment, main, services })
    }

    fn service(&self, settings: BaseSettings, pace: u32) -> Result<Service, WireError> {
        let BaseSettings { base, token } = settings;
        let token = match token {
            Some((reference, scheme)) => Some(Token::open(&reference, scheme, self.clock.clone())?),
            None => None,
        };
        let client = if is_loopback(&base) { &self.local } else { &self.client };
        Ok(Service { client: client.clone(), address: self.address(&base, pace), base, token })
    }

    fn address(&self, base: &Url, pace: u32) -> Arc<Line> {
        let key = base.origin().ascii_serialization();
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if addresses.len() >= ADDRESSES_MAX {
            addresses.retain(|_, address| Arc::strong_count(address) > 1);
        }
        let new = |key: &String| {
            Arc::new(Line::new(key.clone(), pace, self.shared.clone(), self.pace(key)))
        };
        Arc::clone(addresses.entry(key).or_insert_with_key(new))
    }

    fn pace(&self, key: &str) -> Arc<Pace> {
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        if paces.len() >= ADDRESSES_MAX {
            paces.retain(|_, pace| Arc::strong_count(pace) > 1);
        }
        Arc::clone(paces.entry(key.to_owned()).or_default())
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

/// The line of one outlet.
pub struct HttpWire {
    lines: Lines,
    environment: Environment,
    main: Service,
    services: HashMap<String, Service>,
}

/// A service of the authority, at its address.
struct Service {
    client: Client,
    address: Arc<Line>,
    base: Url,
    token: Option<Token>,
}

/// One way to one address.
struct Way<'a> {
    client: &'a Client,
    address: Arc<Line>,
    base: Url,
    /// What a request bears that is in no session.
    token: Option<&'a Token>,
    reply_bytes_max: usize,
}

impl HttpWire {
    fn way(&self, target: &Target) -> Result<Way<'_>, Unanswered> {
        match target {
            Target::Authority(name) => Ok(self.services.get(*name).unwrap_or(&self.main).way()),
            Target::Peer(url) => self.way_to_peer(url),
        }
    }

    /// No token of ours goes to a peer: only a session that was opened with it.
    fn way_to_peer(&self, url: &str) -> Result<Way<'_>, Unanswered> {
        let lines = &self.lines;
        let (base, reach) = address::peer(self.environment, url, &lines.test_hosts)
            .map_err(|reason| format!("the peer's address is not reached: {reason}"))
            .map_err(Unanswered::NotSent)?;
        let client = match reach {
            Reach::Local => &lines.local,
            Reach::Listed => &lines.client,
            Reach::Public => &lines.peers,
        };
        let address = lines.address(&base, PEER_PACE);
        Ok(Way { client, address, base, token: None, reply_bytes_max: PEER_REPLY_BYTES_MAX })
    }

    async fn send(
        &self,
        request: &Request,
        session: Option<&SessionToken>,
        leave: &Leave,
    ) -> Result<Response, Unanswered> {
        let way = self.way(&request.target)?;
        let body = |bytes| Leaving::new(bytes, leave.clone(), self.lines.clock.clone());
        let answered = way.attempt(request, session, body).await;
        if let (Ok(Response { status: 401 | 403, .. }), None, Some(token)) =
            (&answered, session, way.token)
        {
            // It may have been renewed: whoever asks next bears the new one.
            token.read_again().await;
        }
        match &answered {
            // A server that errs is as much in need of rest as one that does not answer.
            Ok(response) if response.status < 500 => way.address.answered().await,
            Err(Unanswered::TooLate) => {}
            Ok(_) | Err(_) => way.address.failed(self.lines.clock.now()).await,
        }
        answered
    }
}

impl Service {
    fn way(&self) -> Way<'_> {
        Way {
            client: &self.client,
            address: Arc::clone(&self.address),
            base: self.base.clone(),
            token: self.token.as_ref(),
            reply_bytes_max: REPLY_BYTES_MAX,
        }
    }
}

impl Way<'_> {
    async fn attempt(
        &self,
        request: &Request,
        session: Option<&SessionToken>,
        leaving: impl FnOnce(Vec<u8>) -> Leaving,
    ) -> Result<Response, Unanswered> {
        let url = self.base.join(&request.path);
        let url = url.map_err(|error| Unanswered::NotSent(error.to_string()))?;
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
        };
        let mut builder = self.client.request(method, url).header(ACCEPT, request.accept);
        if let Some(authorization) = self.authorization(session).await? {
            builder = builder.header(AUTHORIZATION, authorization);
        }
        if let Some(body) = &request.body {
            let body = reqwest::Body::wrap(leaving(body.clone()));
            builder = builder.header(CONTENT_TYPE, &request.content_type).body(body);
        }
        let reply = builder.send().await.map_err(|error| unanswered(&error))?;
        read(reply, self.reply_bytes_max).await
    }

    /// What admits the request: its session, else the token of the service, if it has one.
    async fn authorization(
        &self,
        session: Option<&SessionToken>,
    ) -> Result<Option<HeaderValue>, Unanswered> {
        let text = match (session, self.token) {
            (Some(session), _) => format!("Bearer {}", session.expose()),
            (None, Some(token)) => token.authorization().await,
            (None, None) => return Ok(None),
        };
        let mut value = HeaderValue::from_str(&text)
            .map_err(|_| Unanswered::NotSent("the token does not fit a header".to_owned()))?;
        value.set_sensitive(true);
        Ok(Some(value))
    }
}

async fn read(mut reply: reqwest::Response, bytes_max: usize) -> Result<Response, Unanswered> {
    let status = reply.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = reply.chunk().await.map_err(|error| unanswered(&error))? {
        if body.len() + chunk.len() > bytes_max {
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
        if cause.is::<TooLate>() {
            return Unanswered::TooLate;
        }
        words = format!("{words}: {cause}");
        source = cause.source();
    }
    if error.is_connect() { Unanswered::NotSent(words) } else { Unanswered::Lost(words) }
}

impl Wire for HttpWire {
    /// An address that is not reached at all is found out by the exchange, which says why.
    fn admit<'a>(&'a self, target: &'a Target, now: Timestamp) -> Admitting<'a> {
        Box::pin(async move {
            match self.way(target) {
                Ok(way) => way.address.admit(now).await,
                Err(_) => Ok(()),
            }
        })
    }

    fn exchange<'a>(
        &'a self,
        request: &'a Request,
        session: Option<&'a SessionToken>,
        leave: &'a Leave,
    ) -> Exchanging<'a> {
        Box::pin(self.send(request, session, leave))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

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

    fn get(target: Target) -> Request {
        Request {
            operation: "status",
            target,
            method: Method::Get,
            path: "api/status".to_owned(),
            content_type: "application/json".to_owned(),
            accept: "application/json",
            body: None,
            session: None,
            point_of_no_return: false,
            takes_a_place: false,
        }
    }

    fn wire(url: &str, token: &std::path::Path) -> HttpWire {
        let member = |key: &str, value: &str| (key.to_owned(), Json::string(value));
        let token = format!("file:{}", token.display());
        let settings = Json::Object(vec![member("base_url", url), member("token", &token)]);
        let lines = Lines::new(Clock::manual(Timestamp::from_micros(0)));
        lines.open(Environment::Test, &settings).unwrap()
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
        let lost =
            wire.exchange(&get(Target::Authority("")), None, &Leave::ALWAYS).await.unwrap_err();
        assert!(matches!(lost, Unanswered::Lost(_)), "{lost}");
        hanging_up.join().unwrap();
        let refused =
            wire.exchange(&get(Target::Authority("")), None, &Leave::ALWAYS).await.unwrap_err();
        assert!(matches!(refused, Unanswered::NotSent(_)), "{refused}");
        assert!(refused.to_string().starts_with("nothing was sent: no connection"), "{refused}");
    }

    #[tokio::test]
    async fn a_token_that_is_renewed_is_borne_without_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "one").unwrap();
        let (url, answering) = refusing(3);
        let (wire, request) = (wire(&url, &path), get(Target::Authority("")));
        for text in ["two", "two", "two"] {
            let answered = wire.exchange(&request, None, &Leave::ALWAYS).await.unwrap();
            assert_eq!(answered.status, 401);
            std::fs::write(&path, text).unwrap();
        }
        // It was still the old one when the first refusal made the line read the file again.
        assert_eq!(answering.join().unwrap(), ["bearer one", "bearer one", "bearer two"]);
    }

    /// What each kind of request bears, and to whom.
    #[tokio::test]
    async fn a_session_goes_before_a_token_and_no_token_goes_to_a_peer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "own").unwrap();
        let (url, answering) = refusing(5);
        let settings = format!(
            r#"{{"base_url": "{url}", "sessions": true, "bases": {{
                "other": {{"token": "file:{}", "scheme": "Apikey"}} }} }}"#,
            path.display()
        );
        let settings = Json::parse(settings.as_bytes()).unwrap();
        let lines = Lines::new(Clock::manual(Timestamp::from_micros(0)));
        let wire = lines.open(Environment::Test, &settings).unwrap();
        let session = SessionToken::parse("session").unwrap();
        let peer = Target::Peer(format!("{url}/101"));
        for (target, session) in [
            (Target::Authority(""), None),
            (Target::Authority(""), Some(&session)),
            (Target::Authority("other"), None),
            (peer.clone(), None),
            (peer, Some(&session)),
        ] {
            assert_eq!(
                wire.exchange(&get(target), session, &Leave::ALWAYS).await.unwrap().status,
                401
            );
        }
        let seen = answering.join().unwrap();
        assert_eq!(seen, ["", "bearer session", "apikey own", "", "bearer session"]);
    }

    #[tokio::test]
    async fn a_peers_address_that_may_not_be_reached_is_not_reached() {
        let settings = br#"{"base_url": "https://example.org", "sessions": true}"#;
        let settings = Json::parse(settings).unwrap();
        let lines = Lines::new(Clock::manual(Timestamp::from_micros(0)));
        let wire = lines.open(Environment::Live, &settings).unwrap();
        // A name that leads home is only found out when it is looked up.
        for url in ["https://127.0.0.1", "http://example.org", "https://localhost"] {
            let request = get(Target::Peer(url.to_owned()));
            let error = wire.exchange(&request, None, &Leave::ALWAYS).await.unwrap_err();
            let Unanswered::NotSent(words) = &error else { panic!("{url}: {error}") };
            assert!(words.contains("reached") || words.contains("public"), "{url}: {error}");
        }
    }
}
