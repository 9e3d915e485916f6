//! Ask the authority about a document that came from another taxpayer, until it says its last word.

use authorities::{Found, FoundState, Inquiry, Matter, Outcome};
use invoice::{SECOND, Timestamp};
use ledger::{AuthorityState, DocumentWork, InboxDocument, InboxId, LedgerError, NewStanding};

use crate::desk::Desk;
use crate::errand::{Errand, ask};
use crate::in_hand::InHand;

/// How long a document rests until it is asked about again: as long as it has been here, so that
/// each wait is twice the one before. Some issuers deliver to their buyers before the authority has
/// judged, which takes it seconds.
const REST_MIN: i64 = 5 * SECOND;
const REST_MAX: i64 = 24 * 3_600 * SECOND;
/// How long it is asked about. An issuer in contingency has days to send its documents; after a
/// month nobody will have heard of this one.
const PATIENCE: i64 = 30 * REST_MAX;

/// Asks once, and keeps what was said and when to ask again; nothing where somebody else has the
/// document in hand.
pub async fn ask_standing(desk: &Desk, id: &InboxId) -> Result<(), LedgerError> {
    let Some(hand) = InHand::take(desk, (id, DocumentWork::Inquiry)).await? else { return Ok(()) };
    let asked = ask_in_hand(desk, &hand).await;
    hand.give_back(desk).await?;
    asked
}

async fn ask_in_hand(desk: &Desk, hand: &InHand) -> Result<(), LedgerError> {
    let tenant = &desk.outlet.tenant;
    let found = desk.ledger.inbox_document(tenant, hand.id()).await?;
    let found = found.ok_or(LedgerError::Unknown("document"))?;
    if found.summary.authority.state.is_final() {
        return Ok(());
    }
    let inquiry = inquiry(desk, &found);
    let errand = ask(desk, &Matter::Inquiry(&inquiry)).await?;
    let now = desk.clock.now();
    let standing = standing(errand, (found.summary.received_at, now));
    desk.ledger.tell_standing(tenant, hand.id(), hand.token(), standing).await
}

fn inquiry(desk: &Desk, found: &InboxDocument) -> Inquiry {
    Inquiry {
        tax_id: desk.seller.tax_id.clone(),
        issuer_tax_id: found.summary.issuer_tax_id.clone(),
        number: found.summary.number.clone(),
        code: found.inquiry_code.clone(),
        total: found.summary.total,
    }
}

/// What came of asking. What was not answered changes no state, and its words are kept.
fn standing(errand: Errand, (received_at, now): (Timestamp, Timestamp)) -> NewStanding {
    let (state, words, no_earlier) = match errand {
        Errand::Done(Outcome::Found(Found { state, words })) => (Some(known(state)), words, now),
        Errand::Refused(refusal) => (None, refusal.to_string(), now),
        Errand::Waits { trouble, until, .. } => (None, trouble.to_string(), until),
        Errand::GaveUp { trouble, .. } => (None, trouble.to_string(), now),
        Errand::Done(other) => unreachable!("an inquiry finds something, and not {other:?}"),
    };
    let is_final = state.is_some_and(AuthorityState::is_final);
    let ask_at = next(received_at, now).filter(|_| !is_final).map(|at| at.max(no_earlier));
    NewStanding { state, words, at: now, ask_at }
}

fn next(received_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let waited = now.micros_since(received_at);
    (waited < PATIENCE).then(|| now.plus_micros(waited.clamp(REST_MIN, REST_MAX)))
}

fn known(state: FoundState) -> AuthorityState {
    match state {
        FoundState::NotFound => AuthorityState::NotFound,
        FoundState::InProcess => AuthorityState::InProcess,
        FoundState::Accepted => AuthorityState::Accepted,
        FoundState::AcceptedConditionally => AuthorityState::AcceptedConditionally,
        FoundState::Rejected => AuthorityState::Rejected,
        FoundState::Differs => AuthorityState::Differs,
        FoundState::Untold => AuthorityState::Untold,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_asked_ever_more_seldom_and_not_for_ever() {
        let received = Timestamp::from_micros(0);
        let mut now = received;
        let mut asked = 1;
        while let Some(at) = next(received, now) {
            assert!(at.micros_since(now) >= REST_MIN && at.micros_since(now) <= REST_MAX);
            now = at;
            asked += 1;
        }
        assert!(now.micros_since(received) >= PATIENCE);
        assert!((30..60).contains(&asked), "{asked}");
    }
}
