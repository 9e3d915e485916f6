//! Retry: take a submission up again that was set aside, or that waits.

use ledger::{Ledger, Submission, SubmissionState};

use crate::turn::{Hand, Turn, TurnError, turned};

/// The submission is due at once, and resumes where it stood: what may have reached the authority is
/// asked about, never repeated. One that is due already stays due.
pub async fn retry(ledger: &Ledger, hand: Hand) -> Result<Submission, TurnError> {
    turned(ledger, &hand, turn).await
}

fn turn(state: SubmissionState) -> Turn {
    match state {
        SubmissionState::SetAside | SubmissionState::Queued | SubmissionState::Submitted => {
            Turn::To(SubmissionState::Queued)
        }
        SubmissionState::Acknowledged | SubmissionState::Refused | SubmissionState::Unanswered => {
            Turn::Never
        }
    }
}
