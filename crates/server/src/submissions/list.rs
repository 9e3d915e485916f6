//! What is still to be told to authorities, and what was.

use axum::Json;
use ledger::{SubmissionFilter, SubmissionState};
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::SubmissionView;
use crate::call::{Call, SubmissionsRead};
use crate::examples;
use crate::page::{Page, limit};
use crate::parameters::{Parameters, bad_query};
use crate::problem::{Problem, ProblemView};

/// Which submissions to list. Everything that is given must hold.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// In any of these states, separated by commas: `queued`, `submitted`, `acknowledged`,
    /// `refused`, `unanswered`, `set_aside`.
    #[param(example = "queued,unanswered")]
    state: Option<String>,
    /// Of this outlet.
    #[param(example = "ou_aeaqcaibaeaqcaib")]
    outlet: Option<String>,
    /// Rows: 1 to 200, 50 without it.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// List submissions.
///
/// Those that are due first come first. There is no second page: where as many come as were asked
/// for, ask by `outlet` and by `state`. Ask for `state=unanswered` to see where a person has to
/// find out what the authority holds.
#[utoipa::path(
    get,
    path = "/v1/submissions",
    operation_id = "listSubmissions",
    tag = "submissions",
    params(Wanted),
    responses(
        (status = 200, description = "The submissions.", body = Page<SubmissionView>,
            example = json!(examples::submissions())),
        (status = 400, description = "`bad_query`: a parameter is not right.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("bad_query", 400))),
        (status = 404, description = "`outlet_unknown`: the key reaches no such outlet.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("outlet_unknown", 404))),
    )
)]
pub(crate) async fn list(
    call: Call<SubmissionsRead>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<Page<SubmissionView>>, Problem> {
    let limit = limit(wanted.limit)?;
    let states = states(wanted.state.as_deref().unwrap_or(""))?;
    let outlets = call.listed(wanted.outlet.as_deref()).await?;
    let (tenant, now) = (&call.caller.tenant, call.app.now());
    let mut found = Vec::new();
    // One question an outlet: the key may reach some of the tenant's only.
    for outlet in outlets {
        let filter = SubmissionFilter { outlet: Some(outlet.id), states: states.clone() };
        found.extend(call.app.ledger().submissions(tenant, filter, limit).await?);
    }
    found.sort_by_key(|submission| submission.due_at);
    found.truncate(limit as usize);
    let items = found.iter().map(|submission| SubmissionView::of(submission, now)).collect();
    Ok(Page::whole(items))
}

fn states(words: &str) -> Result<Vec<SubmissionState>, Problem> {
    let state = |word: &str| {
        let state = SubmissionState::parse(word);
        state.ok_or_else(|| bad_query(format!("there is no state {word:?}")))
    };
    words.split(',').filter(|word| !word.is_empty()).map(state).collect()
}

#[cfg(test)]
mod tests {
    use crate::testing::{TestApp, draft};

    #[tokio::test]
    async fn lists_what_waits_of_what_the_key_reaches() {
        let app = TestApp::direct().await;
        app.issue("k1", &draft()).await.assert_status(201);
        let second = app.add_outlet("GOM02").await;
        app.issue_at("k2", &second, &draft()).await.assert_status(201);
        let rows = async |path: &str| app.get(path).await.at("/items").as_array().map(Vec::len);
        assert_eq!(rows("/v1/submissions").await, Some(2));
        assert_eq!(rows("/v1/submissions?limit=1").await, Some(1));
        assert_eq!(rows("/v1/submissions?state=queued").await, Some(2));
        assert_eq!(rows("/v1/submissions?state=acknowledged,refused").await, Some(0));
        assert_eq!(rows(&format!("/v1/submissions?outlet={second}")).await, Some(1));
        app.get("/v1/submissions?state=lost").await.assert_problem(400, "bad_query");
        let foreign = app.get_as(&app.stranger, "/v1/submissions").await;
        assert_eq!(foreign.at("/items").as_array().map(Vec::len), Some(0));
    }
}
