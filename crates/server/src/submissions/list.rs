//! What is still to be told to authorities, and what was.

use axum::Json;
use ledger::{Submission, SubmissionFilter, SubmissionPlace, SubmissionState};
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::SubmissionView;
use crate::call::{Call, SubmissionsRead};
use crate::examples;
use crate::page::{Page, entry, limit, read_cursor, write_cursor};
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
    /// The `next_cursor` of the page before.
    #[param(example = "MTc4MDAwMDAwMDAwMDAwMA")]
    cursor: Option<String>,
    /// Rows of the page: 1 to 200, 50 without it.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// List submissions.
///
/// Those that are due first come first. One that is tried, answered or put back while you turn the
/// pages stands elsewhere: it may come twice, or not at all. Ask for `state=unanswered` to see where a
/// person has to find out what the authority holds.
#[utoipa::path(
    get,
    path = "/v1/submissions",
    operation_id = "listSubmissions",
    tag = "submissions",
    params(Wanted),
    responses(
        (status = 200, description = "A page of submissions.", body = Page<SubmissionView>,
            example = json!(examples::submissions())),
        (status = 400, description = "`bad_query`, `bad_cursor`: a parameter is not right.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("bad_cursor", 400))),
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
    let after = wanted.cursor.as_deref().map(place).transpose()?;
    let states = states(wanted.state.as_deref().unwrap_or(""))?;
    let outlets = call.listed(wanted.outlet.as_deref()).await?;
    let (tenant, now) = (&call.caller.tenant, call.app.now());
    // The key may reach some of the tenant's outlets only, or none: all stand for a filter of none.
    let found = if outlets.is_empty() {
        Vec::new()
    } else {
        let outlets = outlets.into_iter().map(|outlet| outlet.id).collect();
        let filter = SubmissionFilter { outlets, states, after };
        call.app.ledger().submissions(tenant, filter, limit).await?
    };
    Ok(Page::of(found, limit, cursor, |submission| SubmissionView::of(&submission, now)))
}

fn cursor(last: &Submission) -> String {
    write_cursor(last.due_at, format_args!("{}.{}", last.outlet, last.sequence))
}

fn place(cursor: &str) -> Result<SubmissionPlace, Problem> {
    let (due_at, (outlet, sequence)) = read_cursor(cursor, entry)?;
    Ok(SubmissionPlace { due_at, outlet, sequence })
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
    async fn every_submission_stands_on_exactly_one_page_due_first() {
        let app = TestApp::direct().await;
        let second = app.add_outlet("GOM02").await;
        // Some of both outlets are due at one moment.
        for index in 0..6 {
            let outlet = if index % 2 == 0 { &app.outlet } else { &second };
            app.issue_at(&format!("k{index}"), outlet, &draft()).await.assert_status(201);
            app.clock.advance(i64::from(index % 3 == 0));
        }
        let all = app.get("/v1/submissions").await.at("/items").as_array().unwrap().clone();
        assert_eq!(all.len(), 6);
        for (limit, filter) in [(1, ""), (4, ""), (6, ""), (2, "&state=queued")] {
            let (mut found, mut cursor) = (Vec::new(), String::new());
            for _ in 0..=6 {
                let path = format!("/v1/submissions?limit={limit}{filter}{cursor}");
                let page = app.get(&path).await;
                page.assert_status(200);
                found.extend(page.at("/items").as_array().unwrap().clone());
                match page.json.get("next_cursor") {
                    Some(next) => cursor = format!("&cursor={}", next.as_str().unwrap()),
                    None => break,
                }
            }
            assert_eq!(found, all, "{limit}{filter}");
        }
        // A key that reaches one outlet goes on behind a place of the other.
        let first = app.get("/v1/submissions?limit=1").await;
        let narrow = app.key_for(&second).await;
        let path = format!("/v1/submissions?cursor={}", first.text("/next_cursor"));
        let behind = app.get_as(&narrow, &path).await;
        let of_second: Vec<_> =
            all[1..].iter().filter(|item| item["outlet"] == second.as_str()).cloned().collect();
        assert_eq!(behind.at("/items").as_array().unwrap(), &of_second);
        app.get("/v1/submissions?cursor=abc").await.assert_problem(400, "bad_cursor");
    }

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
