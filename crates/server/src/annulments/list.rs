//! The annulments that a key reaches.

use axum::Json;
use ledger::RangeStanding;

use super::view::AnnulmentView;
use crate::call::{Call, OutletsRead};
use crate::examples;
use crate::page::Page;
use crate::problem::Problem;

/// List annulments.
///
/// All numbers that were annulled, of the sequences of the API key's environment.
#[utoipa::path(
    get,
    path = "/v1/annulments",
    operation_id = "listAnnulments",
    tag = "sequences",
    responses((status = 200, description = "The annulments.", body = Page<AnnulmentView>,
        example = json!(examples::annulments())))
)]
pub(crate) async fn list(call: Call<OutletsRead>) -> Result<Json<Page<AnnulmentView>>, Problem> {
    let of_range = |RangeStanding { range, annulled, .. }: RangeStanding| {
        let views = annulled.iter().map(|annulment| AnnulmentView::of(&range, annulment));
        views.collect::<Vec<_>>()
    };
    let items = call.sequences().await?.into_iter().flat_map(of_range).collect();
    Ok(Page::whole(items))
}
