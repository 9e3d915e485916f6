//! Whether the process lives, and whether it can serve.

use axum::extract::State;

use crate::app::App;
use crate::examples;
use crate::problem::{Problem, ProblemView};

/// Tell that the process lives.
///
/// Asks nothing of anybody: restart the process if this does not answer.
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "live",
    tag = "operation",
    responses((status = 200, description = "The process lives.", body = String,
        content_type = "text/plain", example = json!("live")))
)]
pub(crate) async fn live() -> &'static str {
    "live"
}

/// Tell whether the server is ready.
///
/// It is ready when the ledger answers: send it no requests while it does not.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "ready",
    tag = "operation",
    responses(
        (status = 200, description = "The ledger answers.", body = String,
            content_type = "text/plain", example = json!("ready")),
        (status = 503, description = "`ledger_unavailable`: the ledger does not answer.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("ledger_unavailable", 503))),
    )
)]
pub(crate) async fn ready(State(app): State<App>) -> Result<&'static str, Problem> {
    // The cheapest question of all: no key has this hash.
    app.ledger().api_key_by_hash(&[0; 32]).await?;
    Ok("ready")
}

#[cfg(test)]
mod tests {
    use crate::testing::TestApp;

    #[tokio::test]
    async fn anybody_may_ask() {
        let app = TestApp::direct().await;
        for (path, words) in [("/healthz", "live"), ("/readyz", "ready")] {
            let answer = app.get_as("", path).await;
            answer.assert_status(200);
            assert_eq!(answer.body, words.as_bytes());
        }
    }

    #[tokio::test]
    async fn is_not_ready_without_its_ledger() {
        let app = TestApp::direct().await;
        app.ledger().close().await;
        app.get_as("", "/healthz").await.assert_status(200);
        let refused = app.issue("k1", &crate::testing::draft()).await;
        refused.assert_problem(503, "ledger_unavailable");
    }
}
