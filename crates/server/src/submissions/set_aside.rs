//! Take a submission out of the queue, so that it blocks nobody.

use axum::Json;
use axum::extract::Path;

use super::view::SubmissionView;
use crate::call::{Call, SubmissionsWrite};
use crate::examples;
use crate::problem::{Problem, ProblemView};

/// Set a submission aside.
///
/// Nobody drives it any more until it is taken up again, and later ones of the outlet may pass it.
/// The invoice stays sealed, and the duty to tell the authority stays.
///
/// It takes no `Idempotency-Key`: one that is set aside already stays as it is, and that is the
/// answer. What has ended, or waits for a person, is a `submission_in_another_state`.
#[utoipa::path(
    post,
    path = "/v1/submissions/{id}/set-aside",
    operation_id = "setSubmissionAside",
    tag = "submissions",
    params(("id" = String, Path, description = "The invoice's id.",
        example = "in_aeaqcaibaeaqcaibaebagbafaydqqcik")),
    responses(
        (status = 200, description = "It is set aside.", body = SubmissionView,
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
pub(crate) async fn set_aside(
    call: Call<SubmissionsWrite>,
    Path(id): Path<String>,
) -> Result<Json<SubmissionView>, Problem> {
    let submission = fiscal::set_aside(call.app.ledger(), call.hand(&id).await?).await?;
    // Later ones may pass it now.
    call.app.wake_agent();
    Ok(Json(SubmissionView::of(&submission, call.app.now())))
}

#[cfg(test)]
mod tests {
    use ledger::{SubmissionFilter, SubmissionState};

    use crate::testing::{TestApp, draft};

    #[tokio::test]
    async fn its_progress_is_not_touched() {
        let app = TestApp::direct().await;
        let issued = app.issue("k1", &draft()).await;
        let all = || app.ledger().submissions(&app.tenant, SubmissionFilter::default(), 10);
        let before = all().await.unwrap();
        let path = format!("/v1/submissions/{}/set-aside", issued.text("/id"));
        app.post_empty(&path).await.assert_status(200);
        let after = all().await.unwrap();
        assert_eq!(after[0].state, SubmissionState::SetAside);
        assert_eq!(after[0].progress, before[0].progress);
        assert_eq!(after[0].lease_until, None);
    }

    #[tokio::test]
    async fn what_is_set_aside_already_stays_as_it_is() {
        let app = TestApp::direct().await;
        let issued = app.issue("k1", &draft()).await;
        let path = format!("/v1/submissions/{}/set-aside", issued.text("/id"));
        let first = app.post_empty(&path).await;
        app.clock.advance(invoice::SECOND);
        let again = app.post_empty(&path).await;
        again.assert_status(200);
        assert_eq!(again.text("/state"), "set_aside");
        assert_eq!(again.at("/state_since"), first.at("/state_since"));
    }
}
