//! The counterpart's own requests, to this machine only: a simulator never reaches another one.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Method, Request, Uri, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Bytes,
}

/// One request; the error is for people.
#[derive(Clone, Debug)]
pub(super) struct Asking<'a> {
    pub(super) method: Method,
    pub(super) url: &'a str,
    pub(super) token: Option<&'a str>,
    pub(super) accept: &'a str,
    pub(super) media_type: Option<String>,
    pub(super) body: Vec<u8>,
}

impl Asking<'_> {
    /// Sends it and reads the answer, or gives up.
    pub(super) async fn send(self) -> Result<Answer, String> {
        let url = self.url.to_owned();
        let answered = tokio::time::timeout(PATIENCE, self.converse()).await;
        answered.unwrap_or_else(|_| Err(format!("{url} no respondió a tiempo.")))
    }

    async fn converse(self) -> Result<Answer, String> {
        let uri: Uri = self.url.parse().map_err(|_| format!("{} no es una URL.", self.url))?;
        let address = loopback(&uri)?;
        let failed = |error: &dyn std::error::Error| format!("{uri} no responde: {error}.");
        let stream = TcpStream::connect(address).await.map_err(|error| failed(&error))?;
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(|error| failed(&error))?;
        let request = self.request(&uri)?;
        let talk = async move {
            let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
            let status = response.status().as_u16();
            let body = to_bytes(Body::new(response.into_body()), ANSWER_LIMIT).await;
            body.map(|body| Answer { status, body }).map_err(|error| error.to_string())
        };
        let (answer, _ended) = tokio::join!(talk, connection);
        answer.map_err(|error| format!("{uri} no respondió: {error}."))
    }

    fn request(self, uri: &Uri) -> Result<Request<Body>, String> {
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let host = uri.authority().map_or("", |authority| authority.as_str()).to_owned();
        let mut request = Request::builder()
            .method(self.method)
            .uri(path)
            .header(header::HOST, host)
            .header(header::ACCEPT, self.accept)
            .header(header::CONNECTION, "close");
        if let Some(token) = self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(media_type) = self.media_type {
            request = request
                .header(header::CONTENT_TYPE, media_type)
                .header(header::CONTENT_LENGTH, self.body.len());
        }
        request.body(Body::from(self.body)).map_err(|error| error.to_string())
    }
}

/// The address behind a URL, if it is this machine's own.
fn loopback(uri: &Uri) -> Result<SocketAddr, String> {
    let refused = || format!("{uri} no es una dirección http de esta máquina.");
    if uri.scheme_str() != Some("http") {
        return Err(refused());
    }
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let host = if host.eq_ignore_ascii_case("localhost") { "127.0.0.1" } else { host };
    let address =
        SocketAddr::new(host.parse().map_err(|_| refused())?, uri.port_u16().unwrap_or(80));
    if address.ip().is_loopback() { Ok(address) } else { Err(refused()) }
}

/// How long a receiver may take altogether.
const PATIENCE: Duration = Duration::from_secs(20);

/// Bytes of an answer: an acknowledgement has three thousand.
const ANSWER_LIMIT: usize = 1_048_576;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_reached() {
        let of = |url: &str| loopback(&url.parse().unwrap());
        assert_eq!(of("http://127.0.0.1:81/a").unwrap().to_string(), "127.0.0.1:81");
        assert_eq!(of("http://localhost/a").unwrap().to_string(), "127.0.0.1:80");
        assert_eq!(of("http://[::1]:9/").unwrap().to_string(), "[::1]:9");
        for url in ["https://127.0.0.1/", "http://10.0.0.1/", "http://ecf.dgii.gov.do/", "/a"] {
            assert!(of(url).is_err(), "{url}");
        }
    }
}
