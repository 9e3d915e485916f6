//! Lend numbers of a sequence to an outlet.

use axum::Json;
use axum::extract::Path;
use fiscal::NumbersOfRange;
use utoipa::ToSchema;

use super::view::SequenceView;
use crate::call::{Call, OutletsWrite};
use crate::document::Document;
use crate::examples;
use crate::fields::Fields;
use crate::problem::{NO_SUCH_RESOURCE, Problem, ProblemView};
use crate::rights::Reach;

/// Numbers for an outlet.
#[derive(ToSchema)]
#[schema(title = "NewSequenceShare")]
#[expect(dead_code, reason = "it is only documented; the body is read strictly by hand")]
pub(crate) struct NewShareBody {
    /// The outlet that gets them, of the sequence's taxpayer.
    #[schema(example = "ou_aeaqcaibaeaqcaib")]
    outlet: String,
    /// The first number, as printed.
    #[schema(example = json!(examples::NUMBER_OF_RANGE))]
    first: String,
    /// The last number, as printed.
    #[schema(example = json!(examples::LAST_OF_RANGE))]
    last: String,
}

/// Lend numbers of a sequence.
///
/// For good: what an outlet has is taken by no other. Only a key that reaches all outlets lends: what
/// is not lent is there for all of them.
///
/// It takes no `Idempotency-Key`: the numbers are one. Repeating a request lends nothing twice.
#[utoipa::path(
    post,
    path = "/v1/sequences/{id}/shares",
    operation_id = "shareSequence",
    tag = "sequences",
    params(("id" = String, Path, description = "The sequence's id.",
        example = "ra_aeaqcaibaeaqcaib")),
    request_body(content = NewShareBody, description = "The outlet and its numbers.",
        example = json!(examples::new_share())),
    responses(
        (status = 200, description = "The outlet has them.", body = SequenceView,
            example = json!(examples::sequence())),
        (status = 404, description = "`not_found`, `outlet_unknown`: the key reaches no such \
            sequence or outlet, or not all outlets.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("not_found", 404))),
        (status = 409, description = "`conflict`: the outlet is another taxpayer's.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("conflict", 409))),
        (status = 422, description = "`invalid_document`: everything that is wrong with it.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::invalid_document())),
    )
)]
pub(crate) async fn share(
    call: Call<OutletsWrite>,
    Path(id): Path<String>,
    document: Document,
) -> Result<Json<SequenceView>, Problem> {
    let mut fields = Fields::of(&document.json, &["outlet", "first", "last"]);
    let outlet = fields.text("outlet");
    let (first, last) = (fields.text("first"), fields.text("last"));
    fields.finish()?;
    let range = call.sequence(&id).await?.range.id;
    if call.caller.reach != Reach::All {
        return Err(Problem::new(NO_SUCH_RESOURCE));
    }
    let outlet = call.outlet(&outlet).await?;
    let desk = call.desk(&outlet.id).await?;
    fiscal::share_range(&desk, NumbersOfRange { range, first, last }).await?;
    Ok(Json(SequenceView::of(call.sequence(&id).await?)))
}
