//! The body of a request, which leaves while it may and not later.
//!
//! Between a look at the lease and the socket lie the lookup of a name, a connection, TLS, and any sleep
//! of the process. So the last look is here: the connection asks for the body when it is open and takes
//! requests, and puts its first bytes behind the head that it has not written yet. If there is none, it
//! writes nothing and closes. What is left is the time from here to the socket's own write, in which
//! nothing is waited for: some microseconds, unless the process is stopped just there.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use fiscal::{Clock, Leave};
use http_body::{Body, Frame, SizeHint};

pub(super) struct Leaving {
    bytes: Bytes,
    leave: Leave,
    clock: Clock,
}

/// It was no longer ours to send.
#[derive(Debug, thiserror::Error)]
#[error("somebody else may have it in hand by now")]
pub(super) struct TooLate;

impl Leaving {
    pub(super) fn new(bytes: Vec<u8>, leave: Leave, clock: Clock) -> Self {
        Self { bytes: bytes.into(), leave, clock }
    }
}

impl Body for Leaving {
    type Data = Bytes;
    type Error = TooLate;

    /// All of it at once.
    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TooLate>>> {
        let bytes = std::mem::take(&mut self.bytes);
        if bytes.is_empty() {
            return Poll::Ready(None);
        }
        let is_given = self.leave.is_given_at(self.clock.now());
        Poll::Ready(Some(if is_given { Ok(Frame::data(bytes)) } else { Err(TooLate) }))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use authorities::{Method, Request, Target};
    use fiscal::{Unanswered, Wire as _};
    use invoice::{Json, Timestamp};
    use ledger::Environment;

    use super::*;
    use crate::http::Lines;

    /// Reads all that comes over each of so many connections, one after the other.
    fn reading(connections: usize) -> (String, std::thread::JoinHandle<Vec<Vec<u8>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let reading = std::thread::spawn(move || {
            let connection = |_| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut all = Vec::new();
                let answer = "HTTP/1.1 200 x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                // What has no body to come is answered; else the other end hangs up.
                while !all.ends_with(b"<last/>") {
                    let mut bytes = [0; 4096];
                    match stream.read(&mut bytes) {
                        Ok(read @ 1..) => all.extend_from_slice(&bytes[..read]),
                        _ => return all,
                    }
                }
                stream.write_all(answer.as_bytes()).unwrap();
                all
            };
            (0..connections).map(connection).collect()
        });
        (url, reading)
    }

    /// The clock goes on while the connection is made: by then another may have taken it over.
    #[tokio::test]
    async fn what_is_no_longer_ours_does_not_leave_though_the_connection_is_open() {
        // More than the failures after which a line rests: it is not to blame.
        const LATE: usize = 10;
        let (url, reading) = reading(1 + LATE + 1);
        let clock = Clock::manual(Timestamp::from_micros(1_000));
        let settings = format!(r#"{{"base_url": "{url}", "sessions": true}}"#);
        let settings = Json::parse(settings.as_bytes()).unwrap();
        let lines = Lines::new(clock.clone());
        let wire = lines.open(Environment::Test, &settings).unwrap();
        let request = Request {
            operation: "upload",
            target: Target::Authority(""),
            method: Method::Post,
            path: "api/upload".to_owned(),
            content_type: "text/xml".to_owned(),
            accept: "application/xml",
            body: Some(b"<first/><last/>".to_vec()),
            session: None,
            point_of_no_return: true,
            takes_a_place: false,
        };
        let leave = Leave::until(Timestamp::from_micros(2_000));
        assert_eq!(wire.exchange(&request, None, &leave).await.unwrap().status, 200);
        clock.advance(1_000);
        for _ in 0..LATE {
            wire.admit(&request.target, clock.now()).await.unwrap();
            let late = wire.exchange(&request, None, &leave).await;
            assert_eq!(late.unwrap_err(), Unanswered::TooLate);
        }
        wire.admit(&request.target, clock.now()).await.unwrap();
        assert_eq!(wire.exchange(&request, None, &Leave::ALWAYS).await.unwrap().status, 200);
        let read = reading.join().unwrap();
        let texts: Vec<_> = read.iter().map(|bytes| String::from_utf8_lossy(bytes)).collect();
        assert!(texts[0].contains("content-length: 15\r\n"), "{}", texts[0]);
        assert!(texts[0].ends_with("\r\n\r\n<first/><last/>"), "{}", texts[0]);
        assert!(texts[1..=LATE].iter().all(|text| text.is_empty()), "not a byte of it: {texts:?}");
        assert_eq!(texts[LATE + 1], texts[0]);
    }
}
