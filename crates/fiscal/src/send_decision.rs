//! Send a decision: the buyer's word, as it was signed, to the authority and to the issuer.

use authorities::{ApprovalWay, Matter, Milestone, Outcome, Progress, SignedApproval};
use invoice::{SECOND, Timestamp};
use ledger::{
    DecisionDelivery, DecisionReceiver, DeliveryState, DocumentWork, InboxDocument, InboxId,
    LedgerError,
};

use crate::desk::Desk;
use crate::errand::{Errand, Keep, Keeping, tell_under};
use crate::in_hand::InHand;

/// How long a decision rests after its first try that failed; then half as long as it has waited.
const REST_MIN: i64 = 10 * SECOND;
const REST_MAX: i64 = 3_600 * SECOND;
/// How long the issuer's system is tried. The authority has the word by then, and the issuer finds
/// it there.
const ISSUER_PATIENCE: i64 = 3 * 24 * REST_MAX;
/// Stands with what is about to leave: whether it arrived is not known until an answer is.
const LEAVING: &str = "under way";

/// Sends what is due of one decision, unless it rests after a try that failed, or somebody else has
/// its document in hand. What was signed when it was given is what goes out; no other is ever signed.
pub async fn send_decision(desk: &Desk, id: &InboxId) -> Result<(), LedgerError> {
    if !is_due(desk, &document(desk, id).await?) {
        return Ok(());
    }
    let Some(hand) = InHand::take(desk, (id, DocumentWork::Decision)).await? else { return Ok(()) };
    let sent = send(desk, &hand).await;
    hand.give_back(desk).await?;
    sent
}

async fn document(desk: &Desk, id: &InboxId) -> Result<InboxDocument, LedgerError> {
    let found = desk.ledger.inbox_document(&desk.outlet.tenant, id).await?;
    found.ok_or(LedgerError::Unknown("document"))
}

/// What was due may have been sent by another before it was in hand: it is read again.
async fn send(desk: &Desk, hand: &InHand) -> Result<(), LedgerError> {
    let found = document(desk, hand.id()).await?;
    let (Some(document), Some(given)) = (&found.decision, &found.summary.decision) else {
        return Ok(());
    };
    if !is_due(desk, &found) {
        return Ok(());
    }
    let sending = Sending { desk, hand, found: &found, given_at: given.at };
    let approval = SignedApproval {
        tax_id: desk.seller.tax_id.clone(),
        issuer_tax_id: found.summary.issuer_tax_id.clone(),
        number: found.summary.number.clone(),
        document: String::from_utf8_lossy(document).into_owned(),
        way: sending.way(),
    };
    sending.send(&approval).await
}

/// Whether somebody is still to know, and it does not rest.
fn is_due(desk: &Desk, found: &InboxDocument) -> bool {
    let Some(given) = &found.summary.decision else { return false };
    let due = found.deliveries.iter().filter(|one| one.state == DeliveryState::ToSend);
    let Some(last) = due.max_by_key(|one| one.at) else { return false };
    let waited = last.at.micros_since(given.at);
    let rest = if last.words.is_empty() { 0 } else { (waited / 2).clamp(REST_MIN, REST_MAX) };
    desk.clock.now().micros_since(last.at) >= rest
}

struct Sending<'a> {
    desk: &'a Desk,
    hand: &'a InHand,
    found: &'a InboxDocument,
    given_at: Timestamp,
}

impl Sending<'_> {
    fn delivery(&self, receiver: DecisionReceiver) -> Option<&DecisionDelivery> {
        self.found.deliveries.iter().find(|delivery| delivery.receiver == receiver)
    }

    fn way(&self) -> ApprovalWay {
        match self.delivery(DecisionReceiver::Authority) {
            Some(one) if one.state == DeliveryState::Sent => ApprovalWay::Taken(one.words.clone()),
            Some(one) if one.words.is_empty() => ApprovalWay::Unsent,
            Some(_) => ApprovalWay::MayHaveLeft,
            None => ApprovalWay::Unsent,
        }
    }

    async fn send(&self, approval: &SignedApproval) -> Result<(), LedgerError> {
        let keep = |progress: Progress| -> Keeping<'_> {
            Box::pin(async move {
                match progress.milestone() {
                    Some(Milestone::Signed(_)) => self.leaves().await,
                    Some(Milestone::Taken(words)) => self.taken(words).await,
                    None => Ok(()),
                }
            })
        };
        let (matter, under) = (Matter::Approval(approval), (&keep as Keep<'_>, self.hand.leave()));
        let errand = tell_under(self.desk, &matter, None, under).await?;
        self.ended(errand).await
    }

    async fn leaves(&self) -> Result<(), LedgerError> {
        self.note(DecisionReceiver::Authority, DeliveryState::ToSend, LEAVING).await
    }

    /// Once: it may be told again at each try of the issuer's system.
    async fn taken(&self, words: &str) -> Result<(), LedgerError> {
        if matches!(self.way(), ApprovalWay::Taken(_)) {
            return Ok(());
        }
        self.note(DecisionReceiver::Authority, DeliveryState::Sent, words).await
    }

    async fn ended(&self, errand: Errand) -> Result<(), LedgerError> {
        let issuer = DecisionReceiver::Issuer;
        match errand {
            Errand::Done(Outcome::Taken(receipt)) => {
                self.taken(&receipt.words).await?;
                match receipt.besides {
                    None => self.note(issuer, DeliveryState::Sent, "").await,
                    Some(words) => self.note(issuer, DeliveryState::Refused, &words).await,
                }
            }
            Errand::Refused(refusal) => {
                let (refused, words) = (DeliveryState::Refused, refusal.to_string());
                self.note(DecisionReceiver::Authority, refused, &words).await?;
                self.note(issuer, refused, "the authority refused it").await
            }
            Errand::Waits { progress, trouble, .. } | Errand::GaveUp { progress, trouble } => {
                self.waits(&progress, &trouble.to_string()).await
            }
            Errand::Done(other) => unreachable!("an approval is taken, and not {other:?}"),
        }
    }

    async fn waits(&self, progress: &Progress, words: &str) -> Result<(), LedgerError> {
        let words = if words.is_empty() { "no answer" } else { words };
        let Some(Milestone::Taken(taken)) = progress.milestone() else {
            return self.note(DecisionReceiver::Authority, DeliveryState::ToSend, words).await;
        };
        self.taken(taken).await?;
        let waited = self.desk.clock.now().micros_since(self.given_at);
        let state =
            if waited < ISSUER_PATIENCE { DeliveryState::ToSend } else { DeliveryState::Refused };
        self.note(DecisionReceiver::Issuer, state, words).await
    }

    async fn note(
        &self,
        receiver: DecisionReceiver,
        state: DeliveryState,
        words: &str,
    ) -> Result<(), LedgerError> {
        let at = self.desk.clock.now();
        let delivery = DecisionDelivery { receiver, state, words: words.to_owned(), at };
        let (tenant, id) = (&self.desk.outlet.tenant, self.hand.id());
        self.desk.ledger.tell_delivery(tenant, id, self.hand.token(), delivery).await
    }
}
