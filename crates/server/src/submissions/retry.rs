//! Take a submission up again that was set aside, or that waits.

use axum::Json;
use axum::extract::Path;

use super::view::SubmissionView;
use crate::call::{Call, SubmissionsWrite};
use crate::examples;
use crate::problem::{Problem, ProblemView};

/// Take a submission up again.
///
/// One that was set aside goes back to the queue, and one that waits for its next attempt is due
/// at once. It resumes where it stood: what may have reached the authority is asked about, never
/// repeated.
///
/// It takes no `Idempotency-Key`: one that is due stays due, however often this is asked for. What
/// has ended meanwhile is a `submission_in_another_state`.
#[utoipa::path(
    post,
    path = "/v1/submissions/{id}/retry",
    operation_id = "retrySubmission",
    tag = "submissions",
    params(("id" = String, Path, description = "The invoice's id.",
        example = "in_aeaqcaibaeaqcaibaebagbafaydqqcik")),
    responses(
        (status = 200, description = "It is due now.", body = SubmissionView,
            example = json!(examples::submission())),
        (status = 404, description = "`invoice_unknown`: the key reaches no such invoice.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("invoice_unknown", 404))),
        (status = 409, description = "`submission_in_another_state`, `submission_busy`, \
            `no_submission`.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("submission_in_another_state", 409))),
    )
)]
pub(crate) async fn retry(
    call: Call<SubmissionsWrite>,
    Path(id): Path<String>,
) -> Result<Json<SubmissionView>, Problem> {
    let submission = fiscal::retry(call.app.ledger(), call.hand(&id).await?).await?;
    call.app.wake_agent();
    Ok(Json(SubmissionView::of(&submission, call.app.now())))
}

#[cfg(test)]
mod tests {
    use crate::testing::{TestApp, draft};

    #[tokio::test]
    async fn what_was_set_aside_is_taken_up_again() {
        let app = TestApp::direct().await;
        let issued = app.issue("k1", &draft()).await;
        let id = issued.text("/id");
        let aside = app.post_empty(&format!("/v1/submissions/{id}/set-aside")).await;
        aside.assert_status(200);
        assert_eq!(aside.text("/state"), "set_aside");
        for _ in 0..2 {
            let retried = app.post_empty(&format!("/v1/submissions/{id}/retry")).await;
            retried.assert_status(200);
            assert_eq!(retried.text("/state"), "queued");
            assert_eq!(retried.text("/due_at"), app.clock.now().to_string());
        }
    }

    #[tokio::test]
    async fn what_has_ended_is_not_taken_up() {
        let app = TestApp::asking().await;
        let refused = app.issue("k1", &draft()).await;
        let id = refused.text("/invoice/id");
        for verb in ["retry", "set-aside"] {
            let answer = app.post_empty(&format!("/v1/submissions/{id}/{verb}")).await;
            answer.assert_problem(409, "submission_in_another_state");
            let path = format!("/v1/submissions/{id}/{verb}");
            app.post_empty_as(&app.stranger, &path).await.assert_problem(404, "invoice_unknown");
        }
    }
}
