//! Requests to the server, one after the other, by the real router over a real ledger: a method and
//! a target on the first line, headers on those after it, an empty line, the body.

use std::cell::LazyCell;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderName, HeaderValue, Method, Request, Response, Uri};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt as _;

use self::shop::Shop;
use super::{matters, seeds as files};
use crate::Target;
use crate::material::{BUYER, signed};
use crate::target::{joined, parts};

mod shop;

pub(super) const TARGET: Target =
    Target { name: "requests", read, seeds, words: WORDS, limit: 1024 * 1024, rounds: 400 };

thread_local! {
    static WORLD: LazyCell<(Runtime, Shop)> = LazyCell::new(|| {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime of one thread");
        let shop = runtime.block_on(Shop::new());
        (runtime, shop)
    });
}

fn read(bytes: &[u8]) {
    WORLD.with(|world| {
        let (runtime, shop) = &**world;
        for part in parts(bytes).into_iter().take(REQUESTS_MAX) {
            if let Some(request) = request(part, shop) {
                runtime.block_on(send(shop, request));
            }
        }
    });
}

async fn send(shop: &Shop, request: Request<Body>) {
    let told = format!("{} {}", request.method(), request.uri());
    let is_head = request.method() == Method::HEAD;
    let of_taxpayers = request.uri().path().starts_with("/receive/");
    let answer = shop.router().oneshot(request).await.expect("the router answers everything");
    let status = answer.status().as_u16();
    assert!(status < 500 || status == 503, "{told}: {status}");
    if status >= 400 && !is_head && !of_taxpayers {
        problem(&told, answer).await;
    } else {
        let read = to_bytes(answer.into_body(), ANSWER_BYTES_MAX).await;
        assert!(read.is_ok(), "{told}: an answer without end");
    }
}

/// A refusal has a code, and says no more than a person reads.
async fn problem(told: &str, answer: Response<Body>) {
    let kind = answer.headers().get("content-type").cloned();
    let body = to_bytes(answer.into_body(), PROBLEM_BYTES_MAX).await;
    let body =
        body.unwrap_or_else(|_| panic!("{told}: a refusal of more than {PROBLEM_BYTES_MAX}"));
    assert_eq!(
        kind.as_ref().map(HeaderValue::as_bytes),
        Some(&b"application/problem+json"[..]),
        "{told}"
    );
    let problem: Value = serde_json::from_slice(&body).expect("a problem is JSON");
    for member in ["type", "title", "detail", "code", "request_id"] {
        assert!(problem[member].is_string(), "{told}: no {member} in {problem}");
    }
}

/// Nothing where the wire itself would refuse it.
fn request(part: &[u8], shop: &Shop) -> Option<Request<Body>> {
    let end = part.windows(2).position(|two| two == b"\n\n").unwrap_or(part.len());
    let (head, body) = part.split_at(end);
    let mut lines = head.split(|byte| *byte == b'\n');
    let mut first = lines.next()?.splitn(2, |byte| *byte == b' ');
    let method = Method::from_bytes(first.next()?).ok()?;
    let target = shop.filled_in(std::str::from_utf8(first.next()?).ok()?);
    let target: Uri = target.parse().ok().filter(|uri: &Uri| uri.path().starts_with('/'))?;
    let mut request = Request::builder().method(method).uri(target);
    for line in lines {
        let mut pair = line.splitn(2, |byte| *byte == b':');
        let name = HeaderName::from_bytes(pair.next()?.trim_ascii()).ok()?;
        let value = pair.next()?.trim_ascii();
        let value = match value {
            b"KEY" => HeaderValue::from_str(shop.bearer()).ok()?,
            other => HeaderValue::from_bytes(other).ok()?,
        };
        request = request.header(name, value);
    }
    let body = body.get(2..).unwrap_or_default();
    let body = match std::str::from_utf8(body) {
        Ok(text) => shop.filled_in(text).into_bytes(),
        Err(_) => body.to_vec(),
    };
    request.body(Body::from(body)).ok()
}

fn seeds() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = GETS.iter().map(|target| get(target)).collect();
    let issued = |draft: &Vec<u8>| {
        let outlet = b"{\"outlet\":\"OUTLET\",";
        let rest = draft.iter().position(|byte| *byte == b'{').map_or(0, |place| place + 1);
        post("/v1/invoices", &[&outlet[..], &draft[rest..]].concat())
    };
    all.extend(files::drafts().iter().map(issued));
    all.extend(POSTS.iter().map(|(target, body)| post(target, body.as_bytes())));
    let first = issued(&files::drafts()[1]);
    all.push(joined(&[&first, &first, &get("/v1/invoices?outlet=OUTLET&limit=1")]));
    all.push(joined(&[upload(
        "autenticacion/api/validacioncertificado",
        &signed(&matters::seed()),
    )]));
    all.push(upload("recepcion/api/ecf", &signed(&matters::document("31", 1))));
    all.push(upload("aprobacioncomercial/api/ecf", &signed(&matters::approval())));
    all.push(format!("GET /receive/test/{BUYER}/fe/autenticacion/api/semilla\n\n").into_bytes());
    all
}

fn get(target: &str) -> Vec<u8> {
    format!("GET {target}\nauthorization: KEY\naccept-language: es-DO, fr;q=0.5\n\n").into_bytes()
}

fn post(target: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {target}\nauthorization: KEY\ncontent-type: application/json\n\
         idempotency-key: k-1\nprefer: wait=0\n\n"
    );
    [head.as_bytes(), body].concat()
}

/// A file as taxpayers send one another.
fn upload(service: &str, file: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /receive/test/{BUYER}/fe/{service}\nauthorization: Bearer t\n\
         content-type: multipart/form-data; boundary=b\n\n--b\r\n\
         Content-Disposition: form-data; name=\"xml\"; filename=\"a.xml\"\r\n\
         Content-Type: text/xml\r\n\r\n"
    );
    [head.as_bytes(), file, b"\r\n--b--\r\n"].concat()
}

const GETS: &[&str] = &[
    "/v1/invoices?outlet=OUTLET&limit=2",
    "/v1/invoices?outlet=OUTLET&cursor=AAAAAAAAAAA&number=1",
    "/v1/invoices/INVOICE",
    "/v1/invoices/INVOICE/receipt?format=text&width=32",
    "/v1/invoices/INVOICE/proof",
    "/v1/invoices/INVOICE/attempts",
    "/v1/outlets",
    "/v1/outlets/OUTLET",
    "/v1/outlets/OUTLET/log/checkpoint",
    "/v1/outlets/OUTLET/log/consistency?old=1&new=1",
    "/v1/outlets/OUTLET/log/tile/0/000.p/1",
    "/v1/outlets/OUTLET/log/tile/entries/000.p/1",
    "/v1/submissions?outlet=OUTLET&state=waiting&limit=5",
    "/v1/events?after=0&limit=10",
    "/v1/inbox?limit=2",
    "/v1/paper-receipts?outlet=OUTLET",
    "/v1/sequences",
    "/v1/api-keys",
    "/v1/tax-groups?outlet=OUTLET",
    "/v1/openapi.json",
    "/.well-known/stalela-keys.json",
    "/readyz",
];
const POSTS: &[(&str, &str)] = &[
    ("/v1/invoices/INVOICE/answer", r#"{"registered":false}"#),
    ("/v1/submissions/INVOICE/retry", "{}"),
    ("/v1/submissions/INVOICE/set-aside", r#"{"reason":"x"}"#),
    ("/v1/outlets/OUTLET/clock", r#"{"reason":"x"}"#),
    ("/v1/outlets/OUTLET/log/cosignatures", "\u{2014} w.example AAAAAAAA\n"),
    ("/v1/outlets", r#"{"code":"A1","name":"A","authority":"drc/cloud","settings":{}}"#),
    ("/v1/api-keys", r#"{"label":"x","operations":["invoices.read"],"outlets":["OUTLET"]}"#),
    ("/v1/sequences", r#"{"kind":"31","first":"1","last":"100","expires_on":"2027-12-31"}"#),
    ("/v1/annulments", r#"{"outlet":"OUTLET","kind":"31","first":"5","last":"9"}"#),
    (
        "/v1/paper-receipts",
        r#"{"outlet":"OUTLET","number":"B0100000001","issued_on":"2026-11-20"}"#,
    ),
    ("/v1/inbox/in_x/reject", r#"{"reason":"no"}"#),
];

/// Requests of one input.
const REQUESTS_MAX: usize = 4;
/// The longest answer: a receipt, or the document of the API.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;
/// A hundred faults in three languages.
const PROBLEM_BYTES_MAX: usize = 256 * 1024;

const WORDS: &[&str] = &[
    "\n%%\n",
    "GET ",
    "POST ",
    "PUT ",
    "HEAD ",
    "OPTIONS ",
    "?",
    "&",
    "=",
    "%",
    "%00",
    "%2F",
    "..",
    "//",
    "OUTLET",
    "INVOICE",
    "limit=0",
    "limit=-1",
    "limit=4294967296",
    "cursor=",
    "outlet=",
    "after=",
    "state=",
    "format=pdf",
    "format=escpos",
    "width=1",
    "lang=xx",
    "idempotency-key: ",
    "idempotency-key: a\n",
    "content-length: 5\n",
    "content-type: text/plain\n",
    "content-type: multipart/form-data; boundary=\"\"\n",
    "transfer-encoding: chunked\n",
    "prefer: wait=18446744073709551616\n",
    "accept-language: *;q=0,\n",
    "accept: application/pdf\n",
    "authorization: Bearer sk_test_\n",
    "x-forwarded-for: ::1\n",
    "request-id: \n",
    "tile/7/x999/999",
    "old=18446744073709551615",
    "new=1",
    "--b",
    "--b--\r\n",
    "\r\n\r\n",
    "boundary=b",
    "filename*=utf-8''x",
    "{",
    "[",
    "null",
    "\"reason\":",
    "\u{2014} ",
    "/receive/live/",
    "/fe/",
];
