//! The outlets that a key reaches.

use axum::Json;

use super::view::OutletView;
use crate::call::{Call, OutletsRead};
use crate::examples;
use crate::page::Page;
use crate::problem::Problem;

/// List outlets.
///
/// All that the API key reaches, of its own environment.
#[utoipa::path(
    get,
    path = "/v1/outlets",
    operation_id = "listOutlets",
    tag = "outlets",
    responses((status = 200, description = "The outlets.", body = Page<OutletView>,
        example = json!(examples::outlets())))
)]
pub(crate) async fn list(call: Call<OutletsRead>) -> Result<Json<Page<OutletView>>, Problem> {
    let items = call.outlets().await?.into_iter().map(OutletView::of).collect();
    Ok(Page::whole(items))
}

#[cfg(test)]
mod tests {
    use crate::testing::TestApp;

    #[tokio::test]
    async fn lists_what_the_key_reaches_and_no_secret() {
        let app = TestApp::direct().await;
        let second = app.add_outlet("GOM02").await;
        let all = app.get("/v1/outlets").await;
        all.assert_status(200);
        assert_eq!(all.at("/items").as_array().unwrap().len(), 2);
        assert!(!String::from_utf8_lossy(&all.body).contains("TEST01"), "settings stay inside");
        let narrow = app.get_as(&app.key_for(&second).await, "/v1/outlets").await;
        assert_eq!(narrow.at("/items").as_array().unwrap().len(), 1);
        assert_eq!(narrow.text("/items/0/id"), second.as_str());
        let foreign = app.get_as(&app.stranger, "/v1/outlets").await;
        assert_eq!(foreign.at("/items").as_array().unwrap().len(), 0);
    }
}
