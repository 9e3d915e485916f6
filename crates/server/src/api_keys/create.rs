//! Make an API key.

use axum::Json as JsonBody;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use invoice::{OutletId, Timestamp};
use ledger::{ApiKey, Outlet};
use utoipa::ToSchema;

use super::view::{ApiKeyView, NewApiKeyView};
use crate::api_key::{NewApiKey, new_api_key};
use crate::call::{Call, KeysWrite};
use crate::document::Document;
use crate::examples;
use crate::fields::Fields;
use crate::limits::{API_KEYS_MAX, KEY_OUTLETS_MAX};
use crate::problem::{Problem, ProblemView, TOO_MANY_API_KEYS};
use crate::rights::{Operation, Reach};

/// A new API key. It gets the environment of the key that makes it.
#[derive(ToSchema)]
#[schema(title = "ApiKeyOrder")]
#[expect(dead_code, reason = "it is only documented; the body is read strictly by hand")]
pub(crate) struct ApiKeyBody {
    /// What it is used for.
    #[schema(example = "till-1")]
    label: String,
    /// Its rights: some of those of the key that makes it.
    #[schema(example = json!(["invoices:write", "invoices:read"]))]
    operations: Vec<String>,
    /// The outlets that it reaches: some of those of the key that makes it, or all of them without
    /// this.
    #[schema(example = json!(["ou_aeaqcaibaeaqcaib"]))]
    outlets: Option<Vec<String>>,
    /// When it ends by itself: not after the key that makes it.
    #[schema(example = "2027-11-20T09:30:00Z", format = DateTime)]
    expires_at: Option<String>,
}

/// Make an API key.
///
/// A key gives only what it has itself: rights, outlets, environment, time. The text of the new one
/// is in this answer and nowhere else.
///
/// It takes no `Idempotency-Key`, and each request makes another key: to answer with the same text
/// again the server would have to keep it. Where the answer was lost, list the keys and revoke the
/// one that nobody has.
#[utoipa::path(
    post,
    path = "/v1/api-keys",
    operation_id = "createApiKey",
    tag = "api_keys",
    request_body(content = ApiKeyBody, description = "What the key may do.",
        example = json!(examples::new_api_key())),
    responses(
        (status = 201, description = "Made. Keep its text: it is not shown again.",
            body = NewApiKeyView, example = json!(examples::made_api_key())),
        (status = 409, description = "`too_many_api_keys`: revoke some first.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("too_many_api_keys", 409))),
        (status = 422, description = "`invalid_document`: everything that is wrong with it, also \
            what the calling key has not itself.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::invalid_document())),
    )
)]
pub(crate) async fn create(call: Call<KeysWrite>, document: Document) -> Result<Response, Problem> {
    let mut fields = Fields::of(&document.json, &["label", "operations", "outlets", "expires_at"]);
    let outlets = call.outlets().await?;
    let new = NewApiKey {
        tenant: call.caller.tenant.clone(),
        environment: call.caller.environment,
        operations: operations(&call, &mut fields),
        reach: reach(&call, &mut fields, &outlets),
        label: fields.text("label"),
        expires_at: expiry(&call, &mut fields),
    };
    fields.finish()?;
    check_room(&call).await?;
    let (text, row) = new_api_key(new, call.app.desks().chance(), call.app.now());
    call.app.ledger().create_api_key(row.clone()).await?;
    let made = NewApiKeyView { api_key: text, key: ApiKeyView::of(row) };
    Ok((StatusCode::CREATED, JsonBody(made)).into_response())
}

fn operations(call: &Call<KeysWrite>, fields: &mut Fields<'_>) -> Vec<Operation> {
    if fields.member("operations").is_none() {
        fields.missing("operations");
    }
    let words = fields.optional_texts("operations", Operation::ALL.len()).unwrap_or_default();
    let mut given = Vec::new();
    for word in words {
        match Operation::parse(word) {
            Some(operation) if call.caller.operations.contains(&operation) => given.push(operation),
            Some(_) => {
                fields.unusable("operations", &format!("your own key has no right {word:?}"));
            }
            None => fields.unusable("operations", &format!("there is no right {word:?}")),
        }
    }
    given
}

/// An outlet of another tenant or environment is told apart from none by nobody.
fn reach(call: &Call<KeysWrite>, fields: &mut Fields<'_>, outlets: &[Outlet]) -> Reach {
    if fields.member("outlets").is_none() {
        return call.caller.reach.clone();
    }
    let texts = fields.optional_texts("outlets", KEY_OUTLETS_MAX).unwrap_or_default();
    let mut given: Vec<OutletId> = Vec::new();
    for text in texts {
        match outlets.iter().find(|outlet| outlet.id.as_str() == text) {
            Some(outlet) => given.push(outlet.id.clone()),
            None => fields.unusable("outlets", &format!("your own key reaches no {text:?}")),
        }
    }
    Reach::Only(given)
}

/// A key that ends makes none that outlives it.
fn expiry(call: &Call<KeysWrite>, fields: &mut Fields<'_>) -> Option<Timestamp> {
    let own = call.caller.expires_at;
    if fields.member("expires_at").is_none() {
        return own;
    }
    let now = call.app.now();
    fields.parsed("expires_at", |text| match Timestamp::parse(text) {
        None => Err("it is no RFC 3339 time"),
        Some(at) if at <= now => Err("it is past"),
        Some(at) if own.is_some_and(|own| at > own) => Err("your own key ends before it"),
        Some(at) => Ok(at),
    })
}

async fn check_room(call: &Call<KeysWrite>) -> Result<(), Problem> {
    let now = call.app.now();
    let is_in_force = |key: &&ApiKey| {
        key.revoked_at.is_none() && key.expires_at.is_none_or(|expires_at| expires_at > now)
    };
    let keys = call.app.ledger().api_keys(&call.caller.tenant).await?;
    if keys.iter().filter(is_in_force).count() < API_KEYS_MAX {
        return Ok(());
    }
    Err(Problem::new(TOO_MANY_API_KEYS).with("maximum", API_KEYS_MAX))
}

#[cfg(test)]
mod tests {
    use ledger::Environment;
    use serde_json::{Value, json};

    use crate::testing::TestApp;
    use crate::{Operation, Reach};

    fn order() -> Value {
        json!({"label": "till-1", "operations": ["invoices:write", "invoices:read"]})
    }

    #[tokio::test]
    async fn a_new_key_does_what_it_was_given_and_no_more() {
        let app = TestApp::direct().await;
        let mut narrow = order();
        narrow["outlets"] = json!([app.outlet.as_str()]);
        let made = app.post("/v1/api-keys", &narrow).await;
        made.assert_status(201);
        let key = made.text("/api_key");
        assert!(key.starts_with("sk_test_"), "{key}");
        assert_eq!(made.at("/outlets"), &narrow["outlets"]);
        assert_eq!(app.get_as(key, "/v1/invoices").await.status, 200);
        app.get_as(key, "/v1/events").await.assert_problem(403, "operation_not_permitted");
        let again = app.post_as(key, "/v1/api-keys", &order()).await;
        again.assert_problem(403, "operation_not_permitted");
        app.get_as(key, "/v1/api-keys").await.assert_problem(403, "operation_not_permitted");
    }

    #[tokio::test]
    async fn nothing_is_given_that_the_giver_has_not() {
        let app = TestApp::direct().await;
        let other = app.add_outlet("GOM02").await;
        let rights = [Operation::KeysWrite, Operation::InvoicesRead];
        let reach = Reach::Only(vec![app.outlet.clone()]);
        let giver = app.new_key_for(&app.tenant, Environment::Test, reach, &rights).await;
        for (change, pointer) in [
            (json!({"operations": ["invoices:write"]}), "/operations"),
            (json!({"operations": ["all"]}), "/operations"),
            (json!({"operations": "invoices:read"}), "/operations"),
            (json!({"outlets": [other.as_str()]}), "/outlets"),
            (json!({"outlets": ["*"]}), "/outlets"),
            (json!({"outlets": [1]}), "/outlets"),
            (json!({"expires_at": "yesterday"}), "/expires_at"),
            (json!({"expires_at": "2020-01-01T00:00:00Z"}), "/expires_at"),
            (json!({"environment": "live"}), "/environment"),
        ] {
            let mut order = json!({"label": "x", "operations": ["invoices:read"]});
            order.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let refused = app.post_as(&giver, "/v1/api-keys", &order).await;
            refused.assert_problem(422, "invalid_document");
            assert_eq!(refused.text("/faults/0/pointer"), pointer);
        }
        let order = json!({"label": "x", "operations": ["invoices:read"]});
        let made = app.post_as(&giver, "/v1/api-keys", &order).await;
        made.assert_status(201);
        assert_eq!(made.at("/outlets"), &json!([app.outlet.as_str()]), "what the giver reaches");
        app.post("/v1/api-keys", &json!({"label": "x"})).await.assert_status(422);
    }

    #[tokio::test]
    async fn a_key_that_ends_makes_none_that_outlives_it() {
        let app = TestApp::direct().await;
        let mut short = order();
        short["operations"] = json!(["keys:write", "invoices:read"]);
        short["expires_at"] = json!("2026-12-01T00:00:00Z");
        let giver = app.post("/v1/api-keys", &short).await;
        let giver = giver.text("/api_key");
        let mut order = json!({"label": "x", "operations": ["invoices:read"]});
        let made = app.post_as(giver, "/v1/api-keys", &order).await;
        assert_eq!(made.text("/expires_at"), "2026-12-01T00:00:00.000000Z");
        order["expires_at"] = json!("2026-12-02T00:00:00Z");
        let refused = app.post_as(giver, "/v1/api-keys", &order).await;
        refused.assert_problem(422, "invalid_document");
    }
}
