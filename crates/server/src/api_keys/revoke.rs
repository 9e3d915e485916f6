//! Revoke an API key.

use axum::Json;
use axum::extract::Path;
use ledger::ApiKey;

use super::view::ApiKeyView;
use crate::call::{Call, KeysWrite};
use crate::examples;
use crate::problem::{API_KEY_UNKNOWN, Problem, ProblemView};

/// Revoke an API key.
///
/// It works no more from this moment on, and within five seconds at other servers on the same
/// ledger. A key revokes what it could have made, itself included. Revoking again changes nothing.
#[utoipa::path(
    delete,
    path = "/v1/api-keys/{id}",
    operation_id = "revokeApiKey",
    tag = "api_keys",
    params(("id" = String, Path, description = "The key's id.", example = "ak_q0l7X2h9m1Yb3Zt4")),
    responses(
        (status = 200, description = "Revoked.", body = ApiKeyView,
            example = json!(examples::revoked_api_key())),
        (status = 404, description = "`api_key_unknown`: the calling key could have made no such \
            key.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("api_key_unknown", 404))),
    )
)]
pub(crate) async fn revoke(
    call: Call<KeysWrite>,
    Path(id): Path<String>,
) -> Result<Json<ApiKeyView>, Problem> {
    let hash = find(&call, &id).await?.hash;
    call.app.ledger().revoke_api_key(&call.caller.tenant, &id, call.app.now()).await?;
    call.app.forget_api_key(&hash);
    Ok(Json(ApiKeyView::of(find(&call, &id).await?)))
}

async fn find(call: &Call<KeysWrite>, id: &str) -> Result<ApiKey, Problem> {
    let keys = call.app.ledger().api_keys(&call.caller.tenant).await?;
    let found = keys.into_iter().find(|key| key.id == id && call.caller.covers(key));
    found.ok_or_else(|| Problem::new(API_KEY_UNKNOWN).with("id", id))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use ledger::Environment;
    use serde_json::json;

    use crate::testing::{Answer, TestApp};
    use crate::{Operation, Reach};

    async fn delete(app: &TestApp, key: &str, id: &str) -> Answer {
        let path = format!("/v1/api-keys/{id}");
        app.send(app.request("DELETE", &path, key, &[]).body(Body::empty()).unwrap()).await
    }

    #[tokio::test]
    async fn a_revoked_key_stops_at_once_although_it_was_just_used() {
        let app = TestApp::direct().await;
        let order = json!({"label": "till-1", "operations": ["invoices:read"]});
        let made = app.post("/v1/api-keys", &order).await;
        let (id, key) = (made.text("/id"), made.text("/api_key"));
        app.get_as(key, "/v1/invoices").await.assert_status(200);
        let revoked = delete(&app, &app.key, id).await;
        revoked.assert_status(200);
        app.get_as(key, "/v1/invoices").await.assert_problem(401, "api_key_revoked");
        app.clock.advance(invoice::SECOND);
        let again = delete(&app, &app.key, id).await;
        assert_eq!(again.at("/revoked_at"), revoked.at("/revoked_at"), "the first time stays");
    }

    #[tokio::test]
    async fn a_key_that_may_do_more_is_out_of_reach() {
        let app = TestApp::direct().await;
        let listed = app.get("/v1/api-keys").await;
        let strong = listed.text("/items/0/id");
        let rights = [Operation::KeysWrite];
        let weak = app.new_key_for(&app.tenant, Environment::Test, Reach::All, &rights).await;
        delete(&app, &weak, strong).await.assert_problem(404, "api_key_unknown");
        delete(&app, &app.stranger, strong).await.assert_problem(404, "api_key_unknown");
        let blind = app.new_key_for(&app.tenant, Environment::Test, Reach::All, &[]).await;
        delete(&app, &blind, strong).await.assert_problem(403, "operation_not_permitted");
        app.get("/v1/invoices").await.assert_status(200);
    }
}
