//! Take a submission out of the queue, so that it blocks nobody.

use axum::Json;
use axum::extract::Path;
use ledger::SubmissionState;

use super::turn::turn;
use super::view::SubmissionView;
use crate::call::{Call, SubmissionsWrite};
use crate::examples;
use crate::problem::{Problem, ProblemView};

/// Set a submission aside.
///
/// Nobody drives it any more until it is taken up again, and later ones of the outlet may pass it.
/// The invoice stays sealed, and the duty to tell the authority stays.
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
    Ok(Json(turn(&call, &id, SubmissionState::SetAside, may_be_set_aside).await?))
}

/// Not one that is unanswered: it waits for a person, in nobody's way, and only from there can a
/// person tell what the authority holds.
fn may_be_set_aside(state: SubmissionState) -> bool {
    match state {
        SubmissionState::Queued | SubmissionState::Submitted => true,
        SubmissionState::SetAside
        | SubmissionState::Unanswered
        | SubmissionState::Acknowledged
        | SubmissionState::Refused => false,
    }
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
}
