//! What happened, in the order in which it was committed.

use axum::Json;
use invoice::OutletId;
use ledger::Event;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use crate::call::{Call, EventsRead};
use crate::examples;
use crate::limits::PAGES_READ_MAX;
use crate::page::{Page, limit, read_place, write_place};
use crate::parameters::Parameters;
use crate::problem::{Problem, ProblemView};
use crate::rights::Reach;

/// From where to list events.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// The `next_cursor` of the page before; from the beginning without it.
    #[param(example = "NDI")]
    cursor: Option<String>,
    /// Rows of the page: 1 to 200, 50 without it.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Something that happened.
#[derive(Serialize, ToSchema)]
#[schema(title = "Event", as = Event)]
pub(crate) struct EventView {
    /// Increases from each event of the tenant to its next, and may leave gaps.
    #[schema(example = 42)]
    pub id: u64,
    /// `invoice.` or `outlet.` and what happened to it, or the name of an alert.
    #[schema(example = "invoice.sealed")]
    pub kind: String,
    /// The outlet.
    #[schema(example = "ou_aeaqcaibaeaqcaib")]
    pub outlet: Option<String>,
    /// The invoice.
    #[schema(example = "in_aeaqcaibaeaqcaibaebagbafaydqqcik")]
    pub invoice: Option<String>,
    /// When it happened.
    #[schema(example = "2026-11-20T09:30:00.000000Z", format = DateTime)]
    pub at: String,
    /// What belongs to this kind of event.
    #[schema(value_type = Object)]
    pub body: Box<RawValue>,
}

/// List events.
///
/// Those of the key's tenant, the oldest first, in the order of its commits. The last page has a cursor too: keep it, and ask
/// again with it for what has happened since.
#[utoipa::path(
    get,
    path = "/v1/events",
    operation_id = "listEvents",
    tag = "events",
    params(Wanted),
    responses(
        (status = 200, description = "A page of events.", body = Page<EventView>,
            example = json!(examples::events())),
        (status = 400, description = "`bad_query`, `bad_cursor`: a parameter is not right.",
            body = ProblemView, content_type = "application/problem+json",
            example = json!(examples::problem("bad_cursor", 400))),
    )
)]
pub(crate) async fn list(
    call: Call<EventsRead>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<Page<EventView>>, Problem> {
    let limit = limit(wanted.limit)?;
    let mut after = wanted.cursor.as_deref().map(read_place).transpose()?.unwrap_or(0);
    let outlets: Vec<OutletId> =
        call.outlets().await?.into_iter().map(|outlet| outlet.id).collect();
    let mut items = Vec::new();
    'reading: for _ in 0..PAGES_READ_MAX {
        let read = call.app.ledger().events(&call.caller.tenant, after, limit).await?;
        let is_last = read.len() < limit as usize;
        for event in read {
            after = event.id;
            if is_reached(&call, &outlets, &event) {
                items.push(EventView::of(event));
            }
            if items.len() == limit as usize {
                break 'reading;
            }
        }
        if is_last {
            break;
        }
    }
    Ok(Json(Page { items, next_cursor: Some(write_place(after)) }))
}

/// What concerns no outlet is for keys that reach all of them.
fn is_reached(call: &Call<EventsRead>, outlets: &[OutletId], event: &Event) -> bool {
    match &event.outlet {
        Some(outlet) => outlets.contains(outlet),
        None => call.caller.reach == Reach::All,
    }
}

impl EventView {
    fn of(event: Event) -> Self {
        let body = RawValue::from_string(event.body);
        Self {
            id: event.id,
            kind: event.kind,
            outlet: event.outlet.map(|outlet| outlet.to_string()),
            invoice: event.invoice.map(|invoice| invoice.to_string()),
            at: event.at.to_string(),
            // A body that is no JSON would make the whole page unreadable.
            body: body.unwrap_or_else(|_| RawValue::NULL.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{TestApp, draft};

    #[tokio::test]
    async fn a_reader_with_a_cursor_misses_nothing_and_sees_nothing_twice() {
        let app = TestApp::direct().await;
        for index in 0..3 {
            app.issue(&format!("k{index}"), &draft()).await.assert_status(201);
        }
        let first = app.get("/v1/events?limit=2").await;
        first.assert_status(200);
        assert_eq!(first.at("/items").as_array().unwrap().len(), 2);
        assert_eq!(first.text("/items/0/kind"), "invoice.sealed");
        let next = format!("/v1/events?limit=2&cursor={}", first.text("/next_cursor"));
        let second = app.get(&next).await;
        assert_eq!(second.at("/items").as_array().unwrap().len(), 1);
        let last = format!("/v1/events?cursor={}", second.text("/next_cursor"));
        assert_eq!(app.get(&last).await.at("/items").as_array().unwrap().len(), 0);
        app.issue("k9", &draft()).await.assert_status(201);
        assert_eq!(app.get(&last).await.at("/items").as_array().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_key_sees_only_the_events_of_what_it_reaches() {
        let app = TestApp::direct().await;
        app.issue("k1", &draft()).await.assert_status(201);
        let second = app.add_outlet("GOM02").await;
        let narrow = app.key_for(&second).await;
        assert_eq!(app.get_as(&narrow, "/v1/events").await.at("/items"), &serde_json::json!([]));
        let foreign = app.get_as(&app.stranger, "/v1/events").await;
        assert_eq!(foreign.at("/items"), &serde_json::json!([]));
        app.get("/v1/events?cursor=%21").await.assert_problem(400, "bad_cursor");
    }
}
