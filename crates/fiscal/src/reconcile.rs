//! Reconcile: tell a machine what a person found out where the channel could not say.

use authorities::{Answer, Event};
use invoice::{InvoiceId, SECOND};
use ledger::{LedgerError, NewLease, SubmissionState};

use crate::desk::Desk;
use crate::drive::{Driven, Patience, drive_with};

/// Why an answer was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    #[error("nobody asked about this invoice: its submission is {}", .0.as_str())]
    NotAsked(SubmissionState),
    #[error(
        "the authority was asked {seconds} seconds ago and may still come to hold the invoice; \
             wait until {until_seconds} seconds have passed before saying that it does not"
    )]
    TooEarly { seconds: i64, until_seconds: i64 },
    #[error("the answer cannot be true of this invoice: {0}")]
    NotBelieved(String),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Seconds after which a request that was not registered can no longer come to be: a pending
/// request lives two minutes (e-MCF API, life cycle), and a line may hold one back for another.
const SETTLED_SECONDS: i64 = 180;

/// Takes the answer, and drives on from it.
pub async fn reconcile(
    desk: &Desk,
    invoice: &InvoiceId,
    answer: Answer,
    patience: Patience,
) -> Result<Driven, ReconcileError> {
    refuse_anothers_code(desk, invoice, &answer).await?;
    let now = desk.clock.now();
    let lease = NewLease { owner: "reconcile".to_owned(), until: now.plus_micros(120 * SECOND) };
    let leased = desk.ledger.lease(&desk.outlet.tenant, invoice, lease, now).await?;
    let submission = &leased.submission;
    let seconds = now.micros_since(submission.state_since) / SECOND;
    let refused = if submission.state != SubmissionState::Unanswered {
        Some(ReconcileError::NotAsked(submission.state))
    } else if answer == Answer::NotRegistered && seconds < SETTLED_SECONDS {
        Some(ReconcileError::TooEarly { seconds, until_seconds: SETTLED_SECONDS })
    } else {
        None
    };
    if let Some(error) = refused {
        desk.ledger.release(&desk.outlet.tenant, invoice, leased.lease.token).await?;
        return Err(error);
    }
    match drive_with(desk, leased, Event::Told(answer), patience).await {
        // The machine asks again: what it was told does not fit.
        Driven::Asked => Err(ReconcileError::NotBelieved(last_words(desk, invoice).await?)),
        driven => Ok(driven),
    }
}

/// A code stands for one invoice: a person who reads the wrong row is told so before anything is
/// written.
async fn refuse_anothers_code(
    desk: &Desk,
    invoice: &InvoiceId,
    answer: &Answer,
) -> Result<(), ReconcileError> {
    let Answer::Registered { elements, .. } = answer else { return Ok(()) };
    let tenant = &desk.outlet.tenant;
    let known = desk.ledger.invoices_by_authority_code(tenant, &elements.code).await?;
    match known.iter().find(|known| known.invoice != *invoice) {
        None => Ok(()),
        Some(other) => Err(ReconcileError::NotBelieved(format!(
            "the code {} is that of invoice {}",
            elements.code, other.number
        ))),
    }
}

async fn last_words(desk: &Desk, invoice: &InvoiceId) -> Result<String, LedgerError> {
    let record = desk.ledger.invoice(&desk.outlet.tenant, invoice).await?;
    let submission = record.and_then(|record| record.submission);
    Ok(submission.and_then(|submission| submission.last_answer).unwrap_or_default())
}
