//! A raw HTTP client, because a lost reply is seen best where nothing retries it; and a running
//! simulator with a person who may act.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use simulators::Clock;
use simulators::dom_ecf::{self, Options, Running};

use crate::signer::Person;

/// 2026-11-20T14:50:14Z, in microseconds: 10:50:14 in Santo Domingo.
pub(crate) const NOON: i64 = 1_795_186_214_000_000;

/// The person of most tests.
pub(crate) const CEDULA: &str = "00100000001";

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) media_type: String,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }
}

/// Sends a request with these header lines and reads the reply; none if the connection closed
/// without a byte of one.
pub(crate) fn ask(method: &str, url: &str, headers: &[&str], body: &[u8]) -> Option<Answer> {
    let (address, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let headers = headers.iter().flat_map(|line| [*line, "\r\n"]).collect::<String>();
    let head = format!(
        "{method} /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n"
    );
    // Whoever hangs up early breaks the upload, too; what it said is read all the same.
    let _sent = stream.write_all(&[head.as_bytes(), body].concat());
    let mut reply = Vec::new();
    match stream.read_to_end(&mut reply) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}"),
    }
    if reply.is_empty() {
        return None;
    }
    let reply = String::from_utf8(reply).unwrap();
    let (head, text) = reply.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let media_type = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-type").then(|| value.trim().to_owned())
    });
    Some(Answer { status, media_type: media_type.unwrap_or_default(), text: text.to_owned() })
}

/// A form with one file.
pub(crate) fn form(field: &str, file_name: &str, content: &[u8]) -> (Vec<String>, Vec<u8>) {
    let boundary = "----prueba0123456789";
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"; \
         filename=\"{file_name}\"\r\nContent-Type: text/xml\r\n\r\n"
    );
    let tail = format!("\r\n--{boundary}--\r\n");
    let body = [head.as_bytes(), content, tail.as_bytes()].concat();
    let headers = vec![
        format!("Content-Type: multipart/form-data; boundary={boundary}"),
        format!("Content-Length: {}", body.len()),
    ];
    (headers, body)
}

/// A simulator, and a person with a token for one environment.
pub(crate) struct Office {
    pub(crate) running: Running,
    pub(crate) person: Person,
    pub(crate) environment: &'static str,
    pub(crate) bearer: String,
}

impl Office {
    pub(crate) async fn open(options: Options, environment: &'static str) -> Self {
        let running = dom_ecf::start(options).await.unwrap();
        let person = Person::new(CEDULA);
        let mut office = Self { running, person, environment, bearer: String::new() };
        office.sign_in();
        office
    }

    /// Calm, in pre-certification, and the clock stands still.
    pub(crate) async fn calm() -> Self {
        Self::open(calm_options(), "testecf").await
    }

    /// Gets a token, as many times as the faults of the simulator want it.
    pub(crate) fn sign_in(&mut self) {
        for _ in 0..20 {
            if let Some(token) = self.try_sign_in() {
                self.bearer = format!("Authorization: Bearer {token}");
                return;
            }
        }
        panic!("twenty attempts at a token failed");
    }

    fn try_sign_in(&self) -> Option<String> {
        let seed = self.try_get("autenticacion/api/autenticacion/semilla")?;
        if seed.status != 200 {
            return None;
        }
        let signed = self.person.sign_seed(&seed.text);
        let path = "autenticacion/api/autenticacion/validarsemilla";
        let reply = self.try_upload(path, signed.as_bytes())?;
        (reply.status == 200).then(|| reply.json()["token"].as_str().unwrap().to_owned())
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/{}/{path}", self.running.url, self.environment)
    }

    pub(crate) fn try_get(&self, path: &str) -> Option<Answer> {
        ask(
            "GET",
            &self.url(path),
            &[&self.bearer, "Accept: application/json"][usize::from(self.bearer.is_empty())..],
            &[],
        )
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.try_get(path).expect("a reply")
    }

    /// Uploads a file in the field `xml`.
    pub(crate) fn try_upload(&self, path: &str, file: &[u8]) -> Option<Answer> {
        let (headers, body) = form("xml", "signed.xml", file);
        let mut headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        if !self.bearer.is_empty() {
            headers.push(&self.bearer);
        }
        ask("POST", &self.url(path), &headers, &body)
    }

    pub(crate) fn upload(&self, path: &str, file: &[u8]) -> Answer {
        self.try_upload(path, file).expect("a reply")
    }

    /// Sends a signed e-CF and gives its trackId.
    pub(crate) fn send(&self, signed: &str) -> String {
        let reply = self.upload("recepcion/api/facturaselectronicas", signed.as_bytes());
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()["trackId"].as_str().unwrap().to_owned()
    }

    /// The result of a trackId, once it is out.
    pub(crate) fn result(&self, track_id: &str) -> Value {
        for _ in 0..10 {
            let path = format!("consultaresultado/api/consultas/estado?trackId={track_id}");
            let result = self.get(&path).json();
            if result["estado"] != "En Proceso" {
                return result;
            }
        }
        panic!("{track_id} is in process for ever");
    }

    /// Signs and sends, and gives the result.
    pub(crate) fn judge(&self, root: &str) -> Value {
        self.result(&self.send(&self.person.sign(root)))
    }

    /// Signs and sends a summary, and gives the answer.
    pub(crate) fn summarise(&self, root: &str) -> Value {
        let signed = self.person.sign(root);
        self.upload("recepcionfc/api/recepcion/ecf", signed.as_bytes()).json()
    }

    pub(crate) fn look(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.running.management_url);
        ask("GET", &url, &[], &[]).unwrap().json()
    }

    pub(crate) fn manage(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.running.management_url);
        let body = body.to_string();
        let length = format!("Content-Length: {}", body.len());
        let headers = ["Content-Type: application/json", &length];
        let reply = ask("POST", &url, &headers, body.as_bytes()).unwrap();
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        reply.json()
    }

    pub(crate) fn arm(&self, operation: &str, kind: &str) {
        self.manage("/faults", &json!({"operation": operation, "kind": kind, "count": 1}));
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.manage("/clock", &json!({ "advance_seconds": seconds }));
    }

    /// How many of a list the management port shows.
    pub(crate) fn count(&self, path: &str) -> usize {
        self.look(path).as_array().unwrap().len()
    }
}

pub(crate) fn calm_options() -> Options {
    Options::new(Clock::standing_at(NOON), 1).calm()
}

/// The codes of a result's messages.
pub(crate) fn codes(result: &Value) -> Vec<u64> {
    let messages = result["mensajes"].as_array().unwrap();
    let code = |message: &Value| match &message["codigo"] {
        Value::String(code) => code.parse().unwrap(),
        code => code.as_u64().unwrap(),
    };
    messages.iter().map(code).collect()
}
