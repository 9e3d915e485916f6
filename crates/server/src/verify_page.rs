//! The page that a receipt's QR opens: it verifies the seal in the browser.
//!
//! What is verified stands in the fragment, which no browser sends: the server learns nothing, and
//! need not be trusted with more than the list of public keys.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::response::IntoResponse;

/// Verify a seal.
///
/// A page for people. The statement and its signature stand in the address behind `#`, as in
/// `verify_url`; they are verified in the browser and never sent to the server.
#[utoipa::path(
    get,
    path = "/v/",
    operation_id = "verifyPage",
    tag = "verification",
    responses((status = 200, description = "The page.", body = String,
        content_type = "text/html", example = json!("<!doctype html>…")))
)]
pub(crate) async fn verify() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "public, max-age=300"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (headers, PAGE)
}

/// One file for the browser, which loads nothing else.
const PAGE: &str = concat!(
    include_str!("pages/verify/head.html"),
    "<script>\n",
    include_str!("pages/verify/judge.js"),
    "\n",
    include_str!("pages/verify/json.js"),
    "\n",
    include_str!("pages/verify/carried.js"),
    "\n",
    include_str!("pages/verify/words.js"),
    "\n",
    include_str!("pages/verify/show.js"),
    "</script>\n</body>\n</html>\n",
);

/// Everything is in the page; it asks this server for the public keys and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[cfg(test)]
#[path = "verify_page_tests.rs"]
mod tests;
