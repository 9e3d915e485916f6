//! The buyer's word is given.

use authorities::Decision;
use axum::Json;
use fiscal::{DecisionError, ReceptionError, decide};

use super::show::unknown;
use super::view::DetailsView;
use crate::call::{Call, InboxWrite};
use crate::problem::{
    DOCUMENT_DECIDED, DOCUMENT_UNREADABLE, NOT_APPROVABLE, Problem, RECEPTION_UNAVAILABLE,
    SIGNING_FAILED,
};

pub(super) async fn give(
    call: &Call<InboxWrite>,
    id: &str,
    decision: Decision,
) -> Result<Json<DetailsView>, Problem> {
    let (outlet, found) = call.place(id).await?;
    let by = (call.caller.key_id.clone(), call.app.now());
    let decided = decide(call.app.ledger(), outlet, (&found, decision), by).await;
    Ok(Json(DetailsView::of(decided.map_err(|error| told(id, error))?)))
}

fn told(id: &str, error: DecisionError) -> Problem {
    match error {
        DecisionError::Unknown => unknown(id),
        DecisionError::Given => Problem::new(DOCUMENT_DECIDED).with("document", id),
        DecisionError::NotApprovable => Problem::new(NOT_APPROVABLE),
        DecisionError::NotRead(error) => Problem::new(DOCUMENT_UNREADABLE).with("reason", error.0),
        DecisionError::Signature(error) => {
            tracing::error!("a decision cannot be signed: {error}");
            Problem::new(SIGNING_FAILED)
        }
        DecisionError::Reception(ReceptionError::Desk(error)) => error.into(),
        DecisionError::Reception(ReceptionError::Ledger(error)) | DecisionError::Ledger(error) => {
            error.into()
        }
        DecisionError::Reception(
            ReceptionError::Nobody | ReceptionError::Several(_) | ReceptionError::Settings { .. },
        ) => Problem::new(RECEPTION_UNAVAILABLE),
    }
}
