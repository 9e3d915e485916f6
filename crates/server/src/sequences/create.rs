//! Record numbers that an authority gave out.

use axum::Json;
use axum::http::StatusCode;
use fiscal::NewRange;
use utoipa::ToSchema;

use super::view::SequenceView;
use crate::call::{Call, OutletsWrite};
use crate::document::Document;
use crate::examples;
use crate::fields::Fields;
use crate::problem::{Problem, ProblemView};

/// Numbers as the authority's portal shows them.
#[derive(ToSchema)]
#[schema(title = "NewSequence")]
#[expect(dead_code, reason = "it is only documented; the body is read strictly by hand")]
pub(crate) struct NewSequenceBody {
    /// The outlet that gets the first numbers. Its taxpayer is the one they were given to.
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
    /// The last day on which they may be used; left out where numbers of the kind do not expire.
    #[schema(example = "2027-12-31", format = Date)]
    expires_on: Option<String>,
    /// The authority's own reference of its authorisation.
    #[schema(example = "5020003728")]
    reference: Option<String>,
    /// The last number that the outlet gets; all of them without it.
    #[schema(example = json!(examples::LAST_OF_RANGE))]
    lend_to: Option<String>,
}

/// Record a sequence.
///
/// Numbers of one kind of document, as the authority gave them out to the outlet's taxpayer. The
/// outlet gets the first of them; the rest is lent by `POST /v1/sequences/{id}/shares`. An outlet
/// uses first what expires first.
///
/// It takes no `Idempotency-Key`: its numbers are one. Repeating a request gives the sequence that
/// it made, with 200; the same numbers with anything else are a fault.
#[utoipa::path(
    post,
    path = "/v1/sequences",
    operation_id = "createSequence",
    tag = "sequences",
    request_body(content = NewSequenceBody, description = "The sequence.",
        example = json!(examples::new_sequence())),
    responses(
        (status = 200, description = "The same request recorded it before. Nothing was written.",
            body = SequenceView, example = json!(examples::sequence())),
        (status = 201, description = "Recorded.", body = SequenceView,
            example = json!(examples::sequence())),
        (status = 404, description = "`outlet_unknown`: the key reaches no such outlet.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("outlet_unknown", 404))),
        (status = 422, description = "`invalid_document`: everything that is wrong with it.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::invalid_document())),
    )
)]
pub(crate) async fn create(
    call: Call<OutletsWrite>,
    document: Document,
) -> Result<(StatusCode, Json<SequenceView>), Problem> {
    let mut fields = Fields::of(&document.json, FIELDS);
    let outlet = fields.text("outlet");
    let expires_on = match fields.member("expires_on") {
        Some(_) => fields.parsed("expires_on", |text| text.parse().map_err(|_| "no date")),
        None => None,
    };
    let new = NewRange {
        kind: fields.text("kind"),
        first: fields.text("first"),
        last: fields.text("last"),
        expires_on,
        reference: fields.optional_text("reference"),
        lend_to: fields.optional_text("lend_to"),
    };
    fields.finish()?;
    let outlet = call.outlet(&outlet).await?;
    let desk = call.desk(&outlet.id).await?;
    let (id, is_new) = fiscal::authorise_range(&desk, new).await?;
    let standing = call.sequence(id.as_str()).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(SequenceView::of(standing))))
}

const FIELDS: &[&str] = &["outlet", "kind", "first", "last", "expires_on", "reference", "lend_to"];

#[cfg(test)]
mod tests {
    use invoice::OutletId;
    use serde_json::{Value, json};

    use crate::app::Settings;
    use crate::testing::{Script, TestApp, draft};

    async fn app_with_ranges() -> (TestApp, OutletId) {
        let app = TestApp::with("dom/ecf", Script::Silent, Settings::default()).await;
        let outlet = app.add_outlet_with("SDQ01", "{}").await;
        (app, outlet)
    }

    fn sequence(outlet: &OutletId) -> Value {
        json!({
            "outlet": outlet.as_str(), "kind": "31", "first": "E310000000001",
            "last": "E310000000100", "expires_on": "2027-12-31", "reference": "5020003728",
            "lend_to": "E310000000010",
        })
    }

    fn with(document: &Value, member: &str, value: Value) -> Value {
        let mut document = document.clone();
        document[member] = value;
        document
    }

    #[tokio::test]
    async fn records_a_sequence_once_and_lends_the_rest_of_it() {
        let (app, outlet) = app_with_ranges().await;
        let document = sequence(&outlet);
        let made = app.post("/v1/sequences", &document).await;
        made.assert_status(201);
        assert_eq!(made.text("/first"), "E310000000001");
        assert_eq!(made.at("/shares/0/left"), &json!(10));
        assert_eq!(made.at("/unlent"), &json!(90));
        let again = app.post("/v1/sequences", &document).await;
        again.assert_status(200);
        assert_eq!(again.json, made.json);

        let second = app.add_outlet_with("SDQ02", "{}").await;
        let path = format!("/v1/sequences/{}/shares", made.text("/id"));
        let share = json!({
            "outlet": second.as_str(), "first": "E310000000011", "last": "E310000000100",
        });
        // What is not lent is there for all outlets: none of them helps itself.
        for own in [&outlet, &second] {
            let narrow = app.key_for(own).await;
            app.post_as(&narrow, &path, &share).await.assert_problem(404, "not_found");
        }
        for _ in 0..2 {
            let lent = app.post(&path, &share).await;
            lent.assert_status(200);
            assert_eq!(lent.at("/shares/1/outlet"), &json!(second.as_str()));
            assert_eq!(lent.at("/unlent"), &json!(0));
        }
        let taken = with(&share, "outlet", json!(outlet.as_str()));
        app.post(&path, &taken).await.assert_problem(422, "invalid_document");
        let outside = with(&share, "last", json!("E310000000101"));
        let outside = app.post(&path, &outside).await;
        assert_eq!(outside.text("/faults/0/code"), "numbers_outside");

        let all = app.get("/v1/sequences").await;
        assert_eq!(all.at("/items/0/shares").as_array().unwrap().len(), 2);
        let narrow = app.get_as(&app.key_for(&second).await, "/v1/sequences").await;
        assert_eq!(narrow.at("/items/0/shares").as_array().unwrap().len(), 1);
        for stranger in [app.stranger.clone(), app.live_key().await] {
            let foreign = app.get_as(&stranger, "/v1/sequences").await;
            assert_eq!(foreign.at("/items"), &json!([]));
            app.post_as(&stranger, &path, &share).await.assert_problem(404, "not_found");
        }
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_sequence_is_named_and_nothing_is_recorded() {
        let (app, outlet) = app_with_ranges().await;
        let right = sequence(&outlet);
        for (member, value, code, pointer) in [
            ("kind", json!("30"), "range_kind_unknown", "/kind"),
            ("kind", json!("32"), "number_of_another_kind", "/first"),
            ("first", json!("B0100000001"), "number_of_another_kind", "/first"),
            ("first", json!("E310000000101"), "range_empty", "/last"),
            ("expires_on", json!("2026-11-19"), "range_expired", "/expires_on"),
            ("expires_on", json!("soon"), "value_unusable", "/expires_on"),
            ("lend_to", json!("E310000000101"), "numbers_outside", "/first"),
            ("lend_to", json!("E320000000001"), "number_of_another_kind", "/lend_to"),
        ] {
            let refused = app.post("/v1/sequences", &with(&right, member, value)).await;
            refused.assert_problem(422, "invalid_document");
            assert_eq!(refused.text("/faults/0/code"), code, "{}", refused.json);
            assert_eq!(refused.text("/faults/0/pointer"), pointer, "{}", refused.json);
        }
        assert_eq!(app.get("/v1/sequences").await.at("/items"), &json!([]));
        app.post("/v1/sequences", &right).await.assert_status(201);
        let overlapping = with(&right, "first", json!("E310000000100"));
        let refused =
            app.post("/v1/sequences", &with(&overlapping, "lend_to", json!("E310000000100"))).await;
        assert_eq!(refused.text("/faults/0/code"), "numbers_held");
    }

    #[tokio::test]
    async fn an_authority_without_ranges_has_no_kinds() {
        let app = TestApp::direct().await;
        app.issue("k1", &draft()).await.assert_status(201);
        let refused = app.post("/v1/sequences", &sequence(&app.outlet)).await;
        assert_eq!(refused.text("/faults/0/code"), "range_kind_unknown");
        let words = refused.text("/faults/0/message");
        assert!(words.contains("makes its own"), "there is no kind to name: {words}");
    }
}
