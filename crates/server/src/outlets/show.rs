//! One outlet, whether it can work, and the end of its chain.

use axum::Json;
use axum::extract::Path;

use super::view::OutletView;
use crate::call::{Call, OutletsRead};
use crate::examples;
use crate::problem::{Problem, ProblemView};

/// Show an outlet.
///
/// With whether it is ready to issue, and if not, why.
#[utoipa::path(
    get,
    path = "/v1/outlets/{id}",
    operation_id = "showOutlet",
    tag = "outlets",
    params(("id" = String, Path, description = "The outlet's id.",
        example = "ou_aeaqcaibaeaqcaib")),
    responses(
        (status = 200, description = "The outlet.", body = OutletView,
            example = json!(examples::outlet())),
        (status = 404, description = "`outlet_unknown`: the key reaches no such outlet.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("outlet_unknown", 404))),
    )
)]
pub(crate) async fn show(
    call: Call<OutletsRead>,
    Path(id): Path<String>,
) -> Result<Json<OutletView>, Problem> {
    let outlet = call.outlet(&id).await?;
    Ok(Json(OutletView::in_full(&call.app, outlet).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{TestApp, draft};

    #[tokio::test]
    async fn shows_that_it_is_ready_and_where_its_chain_ends() {
        let app = TestApp::direct().await;
        app.issue("k1", &draft()).await.assert_status(201);
        let shown = app.get(&format!("/v1/outlets/{}", app.outlet)).await;
        shown.assert_status(200);
        assert_eq!(shown.at("/ready"), &json!(true));
        assert_eq!(shown.at("/head/sequence"), &json!(1));
    }

    #[tokio::test]
    async fn a_broken_outlet_says_so_and_the_others_go_on() {
        let app = TestApp::direct().await;
        let settings = r#"{"authority":{"isf":"TEST01"},"wire":{"broken":"file:/secret"}}"#;
        let broken = app.add_outlet_with("GOM02", settings).await;
        let refused = app.issue_at("k1", &broken, &draft()).await;
        refused.assert_problem(503, "outlet_unusable");
        let shown = app.get(&format!("/v1/outlets/{broken}")).await;
        assert_eq!(shown.at("/ready"), &json!(false));
        assert!(shown.text("/trouble").contains("settings are not right"));
        for answer in [refused, shown] {
            assert!(!String::from_utf8_lossy(&answer.body).contains("/secret"));
        }
        app.issue("k2", &draft()).await.assert_status(201);
    }

    #[tokio::test]
    async fn an_outlet_of_another_tenant_or_environment_is_not_shown() {
        let app = TestApp::direct().await;
        let path = format!("/v1/outlets/{}", app.outlet);
        app.get_as(&app.stranger, &path).await.assert_problem(404, "outlet_unknown");
        app.get("/v1/outlets/x").await.assert_problem(404, "outlet_unknown");
        app.get_as(&app.live_key().await, &path).await.assert_problem(403, "wrong_environment");
    }
}
