//! An HTTP/1.1 connection that issues one invoice after another, and costs little itself: what a
//! general client does for each request would be measured as the server's time.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::bench::fixture::DRAFT;
use crate::client::Answer;
use crate::failure::Failure;

pub(super) struct Connection {
    stream: TcpStream,
    /// The request up to the idempotency key.
    head: String,
    /// What has come of an answer.
    received: Vec<u8>,
}

impl Connection {
    pub(super) fn open(address: SocketAddr, api_key: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let head = format!(
            "POST /v1/invoices HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {api_key}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nIdempotency-Key: ",
            DRAFT.len()
        );
        Ok(Self { stream, head, received: Vec::new() })
    }

    pub(super) fn issue(&mut self, key: &str) -> Result<Answer, Failure> {
        let request = [self.head.as_str(), key, "\r\n\r\n", DRAFT].concat();
        self.stream.write_all(request.as_bytes())?;
        self.received.clear();
        let body = loop {
            if let Some(end) = self.received.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            self.receive()?;
        };
        let head = read_head(&self.received[..body]);
        let (status, length) = head.ok_or_else(|| Failure::unusable(NOT_READ))?;
        while self.received.len() < body + length {
            self.receive()?;
        }
        Ok(Answer { status, body: self.received[body..body + length].to_vec() })
    }

    fn receive(&mut self) -> Result<(), Failure> {
        let mut some = [0; 16 * 1024];
        let count = self.stream.read(&mut some)?;
        if count == 0 {
            return Err(Failure::unusable("the server hung up"));
        }
        self.received.extend_from_slice(&some[..count]);
        Ok(())
    }
}

/// The status, and how long the body is.
fn read_head(head: &[u8]) -> Option<(u16, usize)> {
    let mut lines = std::str::from_utf8(head).ok()?.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then_some(value.trim())
    });
    Some((status, length?.parse().ok()?))
}

const NOT_READ: &str = "the answer is not HTTP/1.1 with a length";
/// Far longer than a seal takes on a busy disk.
const PATIENCE: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Answers one request with these pieces, and hangs up.
    fn issue_at(pieces: &'static [&'static str]) -> Result<Answer, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(DRAFT.as_bytes()) {
                let mut some = [0; 1024];
                let count = stream.read(&mut some).unwrap();
                request.extend_from_slice(&some[..count]);
            }
            for piece in pieces {
                stream.write_all(piece.as_bytes()).unwrap();
                stream.flush().unwrap();
                thread::yield_now();
            }
            String::from_utf8(request).unwrap()
        });
        let answer = Connection::open(address, "sk_test_x").unwrap().issue("order-1");
        let request = server.join().unwrap();
        assert!(request.starts_with("POST /v1/invoices HTTP/1.1\r\nHost: 127.0.0.1:"), "{request}");
        assert!(request.contains("\r\nIdempotency-Key: order-1\r\n\r\n{"), "{request}");
        answer
    }

    #[test]
    fn an_answer_may_come_in_pieces() {
        let pieces = &["HTTP/1.1 201 Created\r\ncontent-", "length: 4\r\n\r", "\n{\"", "a\""];
        let answer = issue_at(pieces).unwrap();
        assert_eq!((answer.status, answer.body), (201, b"{\"a\"".to_vec()));
    }

    #[test]
    fn what_is_no_answer_is_a_failure() {
        for pieces in [&["HTTP/1.1 201 Created\r\n\r\n"], &["SSH-2.0\r\n\r\n"], &["HTTP/1.1 201"]] {
            assert!(matches!(issue_at(pieces), Err(Failure::Unusable(_))));
        }
        let short = &["HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\n{}"];
        assert!(matches!(issue_at(short), Err(Failure::Unusable(_))));
    }
}
