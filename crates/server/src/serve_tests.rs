//! Over a real socket: what hyper and the loop do, and that an end loses nothing.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::serve;
use crate::Settings;
use crate::testing::{Script, TestApp, draft};

struct Served {
    test: TestApp,
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
}

async fn served(authority: &'static str, script: Script) -> Served {
    let test = TestApp::with(authority, script, Settings::default()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let app = test.app.clone();
    let serving = tokio::spawn(async move {
        serve(listener, app, async { stopped.await.unwrap_or_default() }).await
    });
    Served { test, address, stop, serving }
}

impl Served {
    async fn send_issue(&self, key: &str, extra: &str) -> TcpStream {
        let mut body = draft();
        body["outlet"] = serde_json::json!(self.test.outlet.as_str());
        let body = body.to_string();
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let head = format!(
            "POST /v1/invoices HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
             idempotency-key: {key}\r\ncontent-type: application/json\r\n{extra}\
             content-length: {}\r\n\r\n{body}",
            self.test.key,
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }
}

async fn read(mut stream: TcpStream) -> String {
    let mut text = String::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_string(&mut text));
    read.await.expect("an answer in time").unwrap();
    text
}

#[tokio::test]
async fn an_invoice_is_issued_over_a_socket() {
    let served = served("drc/cloud", Script::Silent).await;
    let answer = read(served.send_issue("k1", "connection: close\r\n").await).await;
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
    assert!(answer.contains("\r\nrequest-id: rq_"), "{answer}");
    served.stop.send(()).unwrap();
    served.serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_request_under_way_is_answered_after_the_end_was_called() {
    let served = served("drc/emcf", Script::Stuck).await;
    let stream = served.send_issue("k1", "prefer: wait=1\r\n").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    served.stop.send(()).unwrap();
    let answer = read(stream).await;
    assert!(answer.starts_with("HTTP/1.1 202 Accepted\r\n"), "{answer}");
    // The exchange itself takes five seconds, and its task is waited for as well.
    served.serving.await.unwrap().unwrap();
    let attempts = served.test.get("/v1/submissions?state=submitted").await;
    assert_eq!(attempts.at("/items").as_array().unwrap().len(), 1, "the attempt is recorded");
    assert!(TcpStream::connect(served.address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn bytes_that_are_no_request_end_the_connection_only() {
    let served = served("drc/cloud", Script::Silent).await;
    for bytes in [&b"\x16\x03\x01\x02\x00"[..], b"GET\r\n\r\n", b"POST / HTTP/9.9\r\n\r\n"] {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"), "{answer:?}");
    }
    let answer = read(served.send_issue("k1", "connection: close\r\n").await).await;
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
}
