//! A submission as it is answered.

use invoice::{SECOND, Timestamp};
use ledger::Submission;
use serde::Serialize;
use utoipa::ToSchema;

/// The duty to tell the authority of one invoice.
#[derive(Serialize, ToSchema)]
#[schema(title = "Submission", as = Submission)]
pub(crate) struct SubmissionView {
    /// The invoice.
    #[schema(example = "in_aeaqcaibaeaqcaibaebagbafaydqqcik")]
    pub invoice: String,
    /// Its outlet.
    #[schema(example = "ou_aeaqcaibaeaqcaib")]
    pub outlet: String,
    /// In this order: `queued` (nothing was tried), `submitted` (under way, or waiting for another
    /// attempt), and at last `acknowledged` (the authority has the invoice), `refused`, or
    /// `unanswered` (only a person can find out). `set_aside`: out of the queue until it is taken up
    /// again.
    #[schema(example = "queued")]
    pub state: &'static str,
    /// Since when it has been in this state.
    #[schema(example = "2026-11-20T09:30:00.000000Z", format = DateTime)]
    pub state_since: String,
    /// For how many seconds it has been in this state.
    #[schema(example = 42)]
    pub seconds_in_state: i64,
    /// Exchanges with the authority so far.
    #[schema(example = 3)]
    pub attempts: u64,
    /// What the authority or the line said last.
    #[schema(example = "503 …")]
    pub last_answer: Option<String>,
    /// When it is taken up next.
    #[schema(example = "2026-11-20T09:31:00.000000Z", format = DateTime)]
    pub due_at: String,
    /// When the authority must have it at the latest, where its law sets a time for the way in which
    /// it was issued.
    #[schema(example = "2026-11-23T09:30:00.000000Z", format = DateTime)]
    pub send_by: Option<String>,
    /// While this one waits, no later one of the outlet is sent.
    #[schema(example = true)]
    pub ordered: bool,
}

impl SubmissionView {
    pub(crate) fn of(submission: &Submission, now: Timestamp) -> Self {
        Self {
            invoice: submission.invoice.to_string(),
            outlet: submission.outlet.to_string(),
            state: submission.state.as_str(),
            state_since: submission.state_since.to_string(),
            seconds_in_state: (now.micros_since(submission.state_since) / SECOND).max(0),
            attempts: submission.attempts,
            last_answer: submission.last_answer.clone(),
            due_at: submission.due_at.to_string(),
            send_by: submission.send_by.map(|by| by.to_string()),
            ordered: submission.ordered,
        }
    }
}
