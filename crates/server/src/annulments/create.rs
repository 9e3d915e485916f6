//! Annul numbers.

use authorities::{Refusal, coded};
use axum::Json;
use axum::http::StatusCode;
use fiscal::{AnnulmentTold, NumbersOfRange, NumbersToAnnul};
use ledger::RangeStanding;
use utoipa::ToSchema;

use super::view::AnnulmentView;
use crate::call::{Call, OutletsWrite};
use crate::document::Document;
use crate::examples;
use crate::fields::Fields;
use crate::problem::{NO_SUCH_RESOURCE, Problem, ProblemView};
use crate::rights::Reach;

/// Numbers that will never be used.
#[derive(ToSchema)]
#[schema(title = "NewAnnulment")]
#[expect(dead_code, reason = "it is only documented; the body is read strictly by hand")]
pub(crate) struct NewAnnulmentBody {
    /// An outlet of the taxpayer that has the numbers: its line and its keys tell the authority.
    #[schema(example = "ou_aeaqcaibaeaqcaib")]
    outlet: String,
    /// The authority's own code of the kind of document.
    #[schema(example = "31")]
    kind: String,
    /// The first number, as printed.
    #[schema(example = json!(examples::NUMBER_OF_RANGE))]
    first: String,
    /// The last number, as printed.
    #[schema(example = json!(examples::LAST_OF_RANGE))]
    last: String,
}

/// Annul numbers.
///
/// Numbers that no document bears, from the first to the last of one kind and of one sequence. They
/// are out of use at once and for good; the authority is told with a signed document. Where it does
/// not answer, the state is `recorded` and it is told again later.
///
/// A key that does not reach all outlets annuls only what an outlet that it reaches was lent.
///
/// It takes no `Idempotency-Key`: the numbers are one. Repeating a request annuls nothing twice, and
/// tells the authority again only as long as it has not answered.
#[utoipa::path(
    post,
    path = "/v1/annulments",
    operation_id = "createAnnulment",
    tag = "sequences",
    request_body(content = NewAnnulmentBody, description = "The numbers.",
        example = json!(examples::new_annulment())),
    responses(
        (status = 200, description = "The authority has answered: `taken`, `refused`.",
            body = AnnulmentView, example = json!(examples::annulment())),
        (status = 202, description = "`recorded`: the authority has not answered yet.",
            body = AnnulmentView, example = json!(examples::annulment())),
        (status = 404, description = "`not_found`, `outlet_unknown`: the key reaches no such \
            outlet, or not these numbers.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("outlet_unknown", 404))),
        (status = 409, description = "`annulment_not_taken`: the authority takes no annulments of \
            this outlet; nothing was recorded.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("annulment_not_taken", 409))),
        (status = 422, description = "`invalid_document`: everything that is wrong with it.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::invalid_document())),
    )
)]
pub(crate) async fn create(
    call: Call<OutletsWrite>,
    document: Document,
) -> Result<(StatusCode, Json<AnnulmentView>), Problem> {
    let mut fields = Fields::of(&document.json, &["outlet", "kind", "first", "last"]);
    let outlet = fields.text("outlet");
    let (kind, first, last) = (fields.text("kind"), fields.text("first"), fields.text("last"));
    fields.finish()?;
    let outlet = call.outlet(&outlet).await?;
    let desk = call.desk(&outlet.id).await?;
    let numbers = NumbersToAnnul { kind, first, last };
    let range = fiscal::range_of(&desk, &numbers).await?;
    let standing = call.sequence(range.as_str()).await?;
    if call.caller.reach != Reach::All && !is_lent(&standing, &numbers) {
        return Err(Problem::new(NO_SUCH_RESOURCE));
    }
    let NumbersToAnnul { first, last, .. } = numbers;
    let annulled = fiscal::annul_numbers(&desk, NumbersOfRange { range, first, last }).await?;
    let place = (standing.range.id, annulled.first);
    // A task of its own: a client that goes away leaves no errand half done.
    let told = tokio::spawn(async move {
        let (range, first) = &place;
        fiscal::tell_annulment(&desk, (range, *first)).await.map(|told| (told, place))
    });
    let (told, (range, first)) = told.await.expect("telling does not panic")?;
    let standing = call.sequence(range.as_str()).await?;
    let found = standing.annulled.iter().find(|annulment| annulment.first == first);
    let found = found.ok_or_else(|| Problem::new(NO_SUCH_RESOURCE))?;
    let status = if told.is_answered() { StatusCode::OK } else { StatusCode::ACCEPTED };
    let view = AnnulmentView { words: words(told), ..AnnulmentView::of(&standing.range, found) };
    Ok((status, Json(view)))
}

fn words(told: AnnulmentTold) -> Option<String> {
    let words = match told {
        AnnulmentTold::Answered => return None,
        AnnulmentTold::Waits(trouble) => trouble.to_string(),
        AnnulmentTold::Refused(Refusal { code, words, .. }) => coded(&code, &words),
    };
    Some(words).filter(|words| !words.is_empty())
}

/// Whether one share has all of them. They are of one kind and one length, so that their order as
/// text is that of the numbers.
fn is_lent(standing: &RangeStanding, numbers: &NumbersToAnnul) -> bool {
    standing.shares.iter().any(|share| {
        let (first, last) = (share.share.first, share.share.last);
        standing.range.write(first) <= numbers.first && numbers.last <= standing.range.write(last)
    })
}
