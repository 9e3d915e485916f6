//! A raw HTTP client, because a lost reply is seen best where nothing retries it; and a running
//! simulator.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use simulators::Clock;
use simulators::drc_emcf::{self, Options, Running};

/// 2026-06-08T15:04:42Z, in microseconds: 16:04:42 in Kinshasa.
pub(crate) const NOON: i64 = 1_780_931_082_000_000;

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }
}

/// Sends a request and reads the reply; none if the connection closed without a byte of one.
pub(crate) fn ask(
    method: &str,
    url: &str,
    authorization: Option<&str>,
    body: &str,
) -> Option<Answer> {
    let (address, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let authorization =
        authorization.map_or(String::new(), |value| format!("Authorization: {value}\r\n"));
    let request = format!(
        "{method} /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{authorization}\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    // Whoever hangs up early breaks the upload, too; what it said is read all the same.
    let _sent = stream.write_all(request.as_bytes());
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
    Some(Answer { status, text: text.to_owned() })
}

/// A simulator with a shop's token.
pub(crate) struct Shop {
    pub(crate) running: Running,
    pub(crate) bearer: String,
}

impl Shop {
    pub(crate) async fn open(options: Options) -> Self {
        let running = drc_emcf::start(options).await.unwrap();
        let bearer = format!("Bearer {}", running.tokens[0].token);
        Self { running, bearer }
    }

    /// Calm, and the clock stands still.
    pub(crate) async fn calm() -> Self {
        Self::open(calm_options()).await
    }

    /// Another shop of the same simulator's taxpayer.
    pub(crate) fn bearer_of(&self, place: usize) -> String {
        format!("Bearer {}", self.running.tokens[place].token)
    }

    pub(crate) fn try_ask(&self, method: &str, path: &str, body: &str) -> Option<Answer> {
        let url = format!("{}{path}", self.running.url);
        ask(method, &url, Some(&self.bearer), body)
    }

    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        self.try_ask(method, path, body).expect("a reply")
    }

    pub(crate) fn post(&self, invoice: &Value) -> Value {
        self.ask("POST", "/api/invoice", &invoice.to_string()).json()
    }

    pub(crate) fn confirm(&self, totals: &Value) -> Value {
        let path = format!("/api/invoice/{}/confirm", totals["uid"].as_str().unwrap());
        self.ask("PUT", &path, &confirmation(totals)).json()
    }

    /// Posts and confirms, and gives the reply of the confirm.
    pub(crate) fn register(&self, invoice: &Value) -> Value {
        let totals = self.post(invoice);
        assert!(totals.get("errorCode").is_none(), "{totals}");
        let confirmed = self.confirm(&totals);
        assert!(confirmed.get("errorCode").is_none(), "{confirmed}");
        confirmed
    }

    pub(crate) fn look(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.running.management_url);
        ask("GET", &url, None, "").unwrap().json()
    }

    pub(crate) fn manage(&self, path: &str, body: &Value) -> Answer {
        let url = format!("{}{path}", self.running.management_url);
        ask("POST", &url, None, &body.to_string()).unwrap()
    }

    pub(crate) fn arm(&self, operation: &str, kind: &str) {
        let armed =
            self.manage("/faults", &json!({"operation": operation, "kind": kind, "count": 1}));
        assert_eq!(armed.status, 200, "{}", armed.text);
    }

    pub(crate) fn pass(&self, seconds: i64) {
        let moved = self.manage("/clock", &json!({ "advance_seconds": seconds }));
        assert_eq!(moved.status, 200, "{}", moved.text);
    }

    /// How many of a list the management port shows.
    pub(crate) fn count(&self, path: &str) -> usize {
        self.look(path).as_array().unwrap().len()
    }
}

pub(crate) fn calm_options() -> Options {
    Options::new(Clock::standing_at(NOON), 1).calm()
}

/// The body of a confirm, with the digits of the totals as they came.
pub(crate) fn confirmation(totals: &Value) -> String {
    json!({"total": totals["total"], "vtotal": totals["vtotal"]}).to_string()
}

/// One litre of milk, 464 francs with VAT.
pub(crate) fn milk(rn: &str) -> Value {
    json!({
        "nif": "A1234567B", "rn": rn, "mode": "ttc", "isf": "SFEABC001", "type": "FV",
        "items": [{"code": "002", "type": "BIE", "name": "LAIT GR", "price": 464, "quantity": 1,
                   "taxGroup": "B"}],
        "operator": {"name": "JACQUES"}
    })
}

/// The same with members changed.
pub(crate) fn with(mut invoice: Value, changes: &Value) -> Value {
    for (key, value) in changes.as_object().unwrap() {
        invoice[key] = value.clone();
    }
    invoice
}
