//! Accept that the clock of an outlet went back.

use axum::Json;
use axum::extract::Path;
use serde::Serialize;
use utoipa::ToSchema;

use crate::call::{Call, OutletsWrite};
use crate::document::Document;
use crate::examples;
use crate::fields::Fields;
use crate::problem::{Problem, ProblemView};

/// Why the clock is right now.
#[derive(ToSchema)]
#[schema(title = "ClockAcceptance")]
#[expect(dead_code, reason = "it is only documented; the body is read strictly by hand")]
pub(crate) struct ClockBody {
    /// What happened, for whoever audits the chain.
    #[schema(example = "The machine came up with the date of its battery.")]
    reason: String,
}

/// The entry that records it.
#[derive(Serialize, ToSchema)]
#[schema(title = "ClockEntry")]
pub(crate) struct ClockView {
    /// The entry's place in the outlet's chain.
    #[schema(example = 18)]
    pub sequence: u64,
    /// The time from which the chain goes on.
    #[schema(example = "2026-11-20T09:30:00.000000Z", format = DateTime)]
    pub at: String,
    /// The entry's hash.
    #[schema(example = "5b1c…")]
    pub entry_hash: String,
}

/// Accept a clock that went back.
///
/// An outlet whose clock went back by two seconds or more seals nothing until the clock is right
/// or an operator accepts it here. The reason is signed into the outlet's chain for ever.
///
/// It takes no `Idempotency-Key`: once it is accepted there is nothing more to accept, so that a
/// repeated request is a `clock_not_behind` and records nothing.
#[utoipa::path(
    post,
    path = "/v1/outlets/{id}/clock",
    operation_id = "acceptClock",
    tag = "outlets",
    params(("id" = String, Path, description = "The outlet's id.",
        example = "ou_aeaqcaibaeaqcaib")),
    request_body(content = ClockBody, description = "The reason.",
        example = json!({"reason": "The machine came up with the date of its battery."})),
    responses(
        (status = 200, description = "Recorded: the outlet seals again.", body = ClockView,
            example = json!(examples::clock())),
        (status = 404, description = "`outlet_unknown`: the key reaches no such outlet.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("outlet_unknown", 404))),
        (status = 409, description = "`clock_not_behind`: the clock did not go back, or that is \
            accepted already.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("clock_not_behind", 409))),
        (status = 422, description = "`invalid_document`: there is no reason.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::invalid_document())),
    )
)]
pub(crate) async fn accept_clock(
    call: Call<OutletsWrite>,
    Path(id): Path<String>,
    document: Document,
) -> Result<Json<ClockView>, Problem> {
    let mut fields = Fields::of(&document.json, &["reason"]);
    let reason = fields.text("reason");
    fields.finish()?;
    let outlet = call.outlet(&id).await?;
    let desk = call.desk(&outlet.id).await?;
    let operator = format!("{} {}", call.caller.key_id, call.caller.label).trim().to_owned();
    let entry = fiscal::accept_clock(&desk, operator, reason).await?;
    Ok(Json(ClockView {
        sequence: entry.sequence,
        at: entry.at.to_string(),
        entry_hash: entry.hash.to_hex(),
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{TestApp, draft};

    #[tokio::test]
    async fn an_outlet_whose_clock_went_back_seals_again_once_it_is_accepted() {
        let app = TestApp::direct().await;
        app.issue("k1", &draft()).await.assert_status(201);
        let path = format!("/v1/outlets/{}/clock", app.outlet);
        let reason = json!({"reason": "the battery was flat"});
        app.post(&path, &reason).await.assert_problem(409, "clock_not_behind");
        app.clock.advance(-60 * invoice::SECOND);
        app.issue("k2", &draft()).await.assert_problem(409, "clock_went_back");
        app.post(&path, &json!({})).await.assert_problem(422, "invalid_document");
        app.post(&path, &json!({"reason": " "})).await.assert_problem(422, "invalid_document");
        app.post_as(&app.stranger, &path, &reason).await.assert_problem(404, "outlet_unknown");
        let accepted = app.post(&path, &reason).await;
        accepted.assert_status(200);
        assert_eq!(accepted.at("/sequence"), &json!(2));
        app.post(&path, &reason).await.assert_problem(409, "clock_not_behind");
        assert_eq!(app.head().await, 2, "nothing is recorded twice");
        app.issue("k2", &draft()).await.assert_status(201);
    }
}
