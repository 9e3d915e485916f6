//! Send a decision: the buyer's word, as it was signed, to the authority and to the issuer.

use authorities::{ApprovalWay, Matter, Milestone, Outcome, Progress, SignedApproval};
use invoice::{SECOND, Timestamp};
use ledger::{
    DecisionDelivery, DecisionReceiver, DeliveryState, InboxDocument, InboxId, LedgerError,
};

use crate::desk::Desk;
use crate::errand::{Errand, Keeping, tell};

/// How long a decision rests after its first try that failed; then half as long as it has waited.
const REST_MIN: i64 = 10 * SECOND;
const REST_MAX: i64 = 3_600 * SECOND;
/// How long the issuer's system is tried. The authority has the word by then, and the issuer finds
/// it there.
const ISSUER_PATIENCE: i64 = 3 * 24 * REST_MAX;
/// Stands with what is about to leave: whether it arrived is not known until an answer is.
const LEAVING: &str = "under way";

/// Sends what is due of one decision, unless it rests after a try that failed. What was signed when
/// it was given is what goes out; no other is ever signed.
pub async fn send_decision(desk: &Desk, id: &InboxId) -> Result<(), LedgerError> {
    let found = desk.ledger.inbox_document(&desk.outlet.tenant, id).await?;
    let found = found.ok_or(LedgerError::Unknown("document"))?;
    let now = desk.clock.now();
    let (Some(document), Some(given)) = (&found.decision, &found.summary.decision) else {
        return Ok(());
    };
    let sending = Sending { desk, id, found: &found, given_at: given.at };
    if !sending.is_due(now) {
        return Ok(());
    }
    let approval = SignedApproval {
        tax_id: desk.seller.tax_id.clone(),
        issuer_tax_id: found.summary.issuer_tax_id.clone(),
        number: found.summary.number.clone(),
        document: String::from_utf8_lossy(document).into_owned(),
        way: sending.way(),
    };
    sending.send(&approval).await
}

struct Sending<'a> {
    desk: &'a Desk,
    id: &'a InboxId,
    found: &'a InboxDocument,
    given_at: Timestamp,
}

impl Sending<'_> {
    fn delivery(&self, receiver: DecisionReceiver) -> Option<&DecisionDelivery> {
        self.found.deliveries.iter().find(|delivery| delivery.receiver == receiver)
    }

    fn is_due(&self, now: Timestamp) -> bool {
        let due = self.found.deliveries.iter().filter(|one| one.state == DeliveryState::ToSend);
        let Some(last) = due.max_by_key(|one| one.at) else { return false };
        let waited = last.at.micros_since(self.given_at);
        let rest = if last.words.is_empty() { 0 } else { (waited / 2).clamp(REST_MIN, REST_MAX) };
        now.micros_since(last.at) >= rest
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
        let errand = tell(self.desk, &Matter::Approval(approval), None, &keep).await?;
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
        self.desk.ledger.tell_delivery(&self.desk.outlet.tenant, self.id, delivery).await
    }
}
