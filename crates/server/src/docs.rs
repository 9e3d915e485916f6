//! The documentation: OpenAPI for machines, a page for people.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;

use crate::app::App;
use crate::openapi::document_text;

/// Get this documentation.
///
/// The OpenAPI 3.1 document that clients are generated from.
#[utoipa::path(
    get,
    path = "/v1/openapi.json",
    operation_id = "getOpenApi",
    tag = "operation",
    responses((status = 200, description = "The OpenAPI document.", body = Object,
        content_type = "application/json", example = json!({"openapi": "3.1.0"})))
)]
pub(crate) async fn openapi() -> impl IntoResponse {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "public, max-age=300")];
    (headers, document_text())
}

/// Pages for people, which no client is generated for.
pub(crate) fn pages() -> Router<App> {
    Router::new()
        // Whoever opens the bare address wants to know what lives here.
        .route("/", get(|| async { Redirect::to("/docs") }))
        .route("/docs", get(page))
        .route("/v", get(|| async { Redirect::permanent("/v/") }))
}

async fn page() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "public, max-age=300"),
    ];
    (headers, PAGE)
}

const PAGE: &str = include_str!("pages/docs.html");

const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[cfg(test)]
mod tests {
    use crate::testing::TestApp;

    #[tokio::test]
    async fn the_bare_address_leads_to_the_documentation() {
        let app = TestApp::direct().await;
        let answer = app.get_as("", "/").await;
        answer.assert_status(303);
        assert_eq!(answer.header("location"), Some("/docs"));
    }

    #[tokio::test]
    async fn the_pages_load_nothing_from_anywhere_else() {
        let app = TestApp::direct().await;
        for path in ["/docs", "/v/"] {
            let page = app.get_as("", path).await;
            page.assert_status(200);
            let text = String::from_utf8(page.body.clone()).unwrap();
            for foreign in ["src=\"http", "href=\"http", "@import", ": url(", ":url("] {
                assert!(!text.contains(foreign), "{path} holds {foreign}");
            }
            assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
        }
    }
}
