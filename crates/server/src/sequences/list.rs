//! The sequences that a key reaches.

use axum::Json;

use super::view::SequenceView;
use crate::call::{Call, OutletsRead};
use crate::examples;
use crate::page::Page;
use crate::problem::Problem;

/// List sequences.
///
/// All ranges of numbers of the API key's environment, with what each outlet has left of them.
#[utoipa::path(
    get,
    path = "/v1/sequences",
    operation_id = "listSequences",
    tag = "sequences",
    responses((status = 200, description = "The sequences.", body = Page<SequenceView>,
        example = json!(examples::sequences())))
)]
pub(crate) async fn list(call: Call<OutletsRead>) -> Result<Json<Page<SequenceView>>, Problem> {
    let items = call.sequences().await?.into_iter().map(SequenceView::of).collect();
    Ok(Page::whole(items))
}
