//! The API keys that a key could have made.

use axum::Json;
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::ApiKeyView;
use crate::call::{Call, KeysWrite};
use crate::examples;
use crate::page::{Page, limit, read_place, write_place};
use crate::parameters::Parameters;
use crate::problem::{Problem, ProblemView};

/// Which page of API keys.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// The `next_cursor` of the page before.
    #[param(example = "NDI")]
    cursor: Option<String>,
    /// Rows of the page: 1 to 200, 50 without it.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// List API keys.
///
/// The oldest first, revoked ones too: all of the tenant's that may do no more than the calling
/// key, which is among them.
#[utoipa::path(
    get,
    path = "/v1/api-keys",
    operation_id = "listApiKeys",
    tag = "api_keys",
    params(Wanted),
    responses(
        (status = 200, description = "A page of keys.", body = Page<ApiKeyView>,
            example = json!(examples::api_keys())),
        (status = 400, description = "`bad_query`, `bad_cursor`: a parameter is not right.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("bad_cursor", 400))),
    )
)]
pub(crate) async fn list(
    call: Call<KeysWrite>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<Page<ApiKeyView>>, Problem> {
    let limit = limit(wanted.limit)? as usize;
    let done = wanted.cursor.as_deref().map(read_place).transpose()?.unwrap_or(0);
    let keys = call.app.ledger().api_keys(&call.caller.tenant).await?;
    // No key is ever deleted, so that a place in the list stays.
    let mut rest = keys
        .into_iter()
        .zip(1_u64..)
        .filter(|(key, place)| *place > done && call.caller.covers(key));
    let page: Vec<_> = rest.by_ref().take(limit).collect();
    let more = rest.next().is_some();
    let last = page.last().filter(|_| more).map(|(_, place)| write_place(*place));
    let items = page.into_iter().map(|(key, _)| ApiKeyView::of(key)).collect();
    Ok(Json(Page { items, next_cursor: last }))
}

#[cfg(test)]
mod tests {
    use ledger::Environment;

    use crate::testing::TestApp;
    use crate::{Operation, Reach};

    #[tokio::test]
    async fn a_key_sees_what_it_could_have_made_and_no_text() {
        let app = TestApp::direct().await;
        app.live_key().await;
        let rights = [Operation::KeysWrite];
        let reach = Reach::Only(vec![app.outlet.clone()]);
        let narrow = app.new_key_for(&app.tenant, Environment::Test, reach, &rights).await;
        let all = app.get("/v1/api-keys").await;
        all.assert_status(200);
        assert_eq!(all.at("/items").as_array().unwrap().len(), 2, "the live one is not there");
        let words = String::from_utf8_lossy(&all.body).into_owned();
        assert!(!words.contains("sk_test_") && !words.contains("hash"), "{words}");
        let few = app.get_as(&narrow, "/v1/api-keys").await;
        assert_eq!(few.at("/items").as_array().unwrap().len(), 1, "itself alone");
        let foreign = app.get_as(&app.stranger, "/v1/api-keys").await;
        assert_eq!(foreign.at("/items").as_array().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn pages_hold_each_key_once() {
        let app = TestApp::direct().await;
        for _ in 0..4 {
            app.key_for(&app.outlet).await;
        }
        let (mut path, mut ids) = ("/v1/api-keys?limit=2".to_owned(), Vec::new());
        loop {
            let page = app.get(&path).await;
            page.assert_status(200);
            let items = page.at("/items").as_array().unwrap();
            ids.extend(items.iter().map(|key| key["id"].to_string()));
            match page.json["next_cursor"].as_str() {
                Some(cursor) => path = format!("/v1/api-keys?limit=2&cursor={cursor}"),
                None => break,
            }
        }
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 5);
        app.get("/v1/api-keys?cursor=x").await.assert_problem(400, "bad_cursor");
    }
}
