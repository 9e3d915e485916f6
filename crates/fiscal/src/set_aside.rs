//! Set aside: take a submission out of the queue, so that it blocks nobody.

use ledger::{Ledger, Submission, SubmissionState};

use crate::turn::{Hand, Turn, TurnError, turned};

/// Nobody drives the submission any more until it is taken up again, and later ones of its outlet
/// may pass it. One that is set aside already stays as it is.
pub async fn set_aside(ledger: &Ledger, hand: Hand) -> Result<Submission, TurnError> {
    turned(ledger, &hand, turn).await
}

/// Not one that is unanswered: it waits for a person, in nobody's way, and only from there can a
/// person tell what the authority holds.
fn turn(state: SubmissionState) -> Turn {
    match state {
        SubmissionState::Queued | SubmissionState::Submitted => Turn::To(SubmissionState::SetAside),
        SubmissionState::SetAside => Turn::There,
        SubmissionState::Unanswered | SubmissionState::Acknowledged | SubmissionState::Refused => {
            Turn::Never
        }
    }
}
