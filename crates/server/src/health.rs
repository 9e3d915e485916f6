//! Whether the process lives, and whether it can serve.

use axum::extract::State;
use ledger::Ledger;

use crate::app::App;
use crate::examples;
use crate::limits::READY_TIME;
use crate::problem::{DRAINING, LEDGER_UNAVAILABLE, Problem, ProblemView};

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
/// It is ready when the ledger answers within two seconds, with the schema that this program knows,
/// and takes writes, and when the server has not been told to stop. Send it no requests otherwise.
///
/// Over several stores it is ready as long as one of them is; each other is named on a line of its own,
/// `store_unavailable NAME`, and what its tenants ask is answered with `ledger_unavailable`.
///
/// Outlets whose entries the store has lost are named on lines of their own: they refuse until an
/// operator recovers them, and the server serves all others.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "ready",
    tag = "operation",
    responses(
        (status = 200, description = "The ledger answers and takes writes.", body = String,
            content_type = "text/plain", example = json!("ready")),
        (status = 503, description = "`ledger_unavailable`: the ledger does not answer. `draining`: \
            the server is about to stop.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("ledger_unavailable", 503))),
    )
)]
pub(crate) async fn ready(State(app): State<App>) -> Result<String, Problem> {
    if app.is_draining() {
        return Err(Problem::new(DRAINING));
    }
    if is_ready(app.ledger()).await {
        return Ok(format!("ready{}", lines(app.ledger())));
    }
    Err(Problem::new(LEDGER_UNAVAILABLE))
}

/// Whether a ledger answers in time, has our schema and takes writes; logged where it does not.
pub(crate) async fn is_ready(ledger: &Ledger) -> bool {
    match tokio::time::timeout(READY_TIME, ledger.ready()).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!("not ready: {error}");
            false
        }
        Err(_) => {
            tracing::warn!("not ready: the ledger does not answer in time");
            false
        }
    }
}

/// A line for each outlet that refuses, or that is not there at all though anchors speak of it.
pub(crate) fn lines(ledger: &Ledger) -> String {
    let refusing = ledger.refusing();
    let refusing = refusing.iter().map(|lost| format!("\nstore_rolled_back {}", lost.outlet));
    let missing = ledger.missing();
    let missing = missing.iter().map(|(outlet, _)| format!("\noutlet_missing {outlet}"));
    refusing.chain(missing).collect::<Vec<_>>().concat()
}

/// The line of a store, of several, that does not answer.
pub(crate) fn lost(store: &str) -> String {
    format!("\nstore_unavailable {store}")
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
    async fn is_not_ready_once_it_was_told_to_stop_and_serves_all_the_same() {
        let app = TestApp::direct().await;
        app.app.begin_draining();
        app.get_as("", "/readyz").await.assert_problem(503, "draining");
        app.get_as("", "/healthz").await.assert_status(200);
        app.issue("k1", &crate::testing::draft()).await.assert_status(201);
    }

    #[tokio::test]
    async fn is_not_ready_without_its_ledger() {
        let app = TestApp::direct().await;
        app.ledger().close().await;
        app.get_as("", "/healthz").await.assert_status(200);
        app.get_as("", "/readyz").await.assert_problem(503, "ledger_unavailable");
        let refused = app.issue("k1", &crate::testing::draft()).await;
        refused.assert_problem(503, "ledger_unavailable");
    }
}
