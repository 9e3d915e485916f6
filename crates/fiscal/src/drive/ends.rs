//! How a drive ends, and what the ledger is told of it.

use std::time::Duration;

use authorities::{Event, Outcome, Progress, Question, Refusal, Step};
use invoice::{Json, SecurityElements};
use ledger::{
    Alert, AppendOrder, Entry, FollowUp, LedgerError, ProgressOrder, SubmissionChange,
    SubmissionState,
};

use super::{Drive, Driven, Saying as _, change, said};

impl Drive<'_> {
    pub(super) async fn ask(&mut self, progress: Progress, question: &Question) -> Driven {
        let change = change(SubmissionState::Unanswered, &progress, self.now());
        let said = format!("{} {}", question.text, said(&question.trouble));
        let change = change.saying(said.trim()).released();
        tracing::warn!(invoice.id = %self.underway.id, "a person has to find out: {}", question.text);
        // Asked again after a restart, or with new words: the entry stands already.
        match self.append(FollowUp::Unanswered, None, change.clone()).await {
            Ok(_) => Driven::Asked,
            Err(LedgerError::IllegalTransition { .. }) => match self.save(change).await {
                Ok(()) => Driven::Asked,
                Err(driven) => driven,
            },
            Err(error) => self.lost(&error),
        }
    }

    pub(super) async fn sealed(
        &mut self,
        progress: Progress,
        elements: Option<SecurityElements>,
    ) -> Driven {
        let after = self.take_step(progress, Event::Due);
        let change = match &after {
            Ok((progress, Step::Done(_))) => {
                change(SubmissionState::Acknowledged, progress, self.now()).released()
            }
            Ok((progress, _)) => {
                change(SubmissionState::Submitted, progress, self.now()).released()
            }
            Err(refusal) => return self.refused(refusal).await,
        };
        match self
            .append(FollowUp::Sealed, elements.as_ref().map(SecurityElements::to_bytes), change)
            .await
        {
            Ok(entry) => Driven::Sealed(Box::new(entry)),
            Err(error) => self.lost_elements(elements.as_ref(), &error),
        }
    }

    pub(super) async fn done(&mut self, progress: Progress, outcome: Outcome) -> Driven {
        let change = change(SubmissionState::Acknowledged, &progress, self.now()).released();
        let elements = match outcome {
            Outcome::Acknowledged(elements) => Some(elements),
            Outcome::AsSealed | Outcome::Surveyed(_) => None,
        };
        let bytes = elements.as_ref().map(SecurityElements::to_bytes);
        match self.append(FollowUp::Acknowledged, bytes, change).await {
            Ok(_) => Driven::Acknowledged,
            Err(error) => self.lost_elements(elements.as_ref(), &error),
        }
    }

    pub(super) async fn refused(&mut self, refusal: &Refusal) -> Driven {
        let done = Progress::from_bytes(Vec::new());
        let change = change(SubmissionState::Refused, &done, self.now());
        let change = change.saying(&refusal.to_string()).released();
        match self.append(FollowUp::Refused, Some(refusal_bytes(refusal)), change).await {
            Ok(_) => Driven::Refused,
            Err(error) => self.lost(&error),
        }
    }

    /// Out of the queue, so that it blocks nobody, and a person is told.
    pub(super) async fn set_aside(&mut self, progress: Progress, why: &str) -> Driven {
        let aside = change(SubmissionState::SetAside, &progress, self.now());
        if let Err(driven) = self.save(aside.saying(why).released()).await {
            return driven;
        }
        tracing::error!(invoice.id = %self.underway.id, "set aside: {why}");
        let alert = Alert {
            tenant: self.desk.outlet.tenant.clone(),
            outlet: Some(self.desk.outlet.id.clone()),
            kind: "submission.set_aside".to_owned(),
            key: format!("set_aside/{}", self.underway.id),
            body: Json::Object(vec![
                ("invoice".to_owned(), Json::string(self.underway.id.as_str())),
                ("why".to_owned(), Json::string(why)),
            ])
            .to_text(),
            at: self.now(),
        };
        match self.desk.ledger.raise_alert(alert).await {
            Ok(_) => Driven::SetAside,
            Err(error) => self.lost(&error),
        }
    }

    /// An answer of the authority is not given up while the lease is ours: the disk may be full for
    /// a moment, a backup may hold the file.
    pub(super) async fn append(
        &mut self,
        kind: FollowUp,
        elements: Option<Vec<u8>>,
        change: SubmissionChange,
    ) -> Result<Entry, LedgerError> {
        let mut tries = 0;
        loop {
            let order = self.append_order(kind, elements.clone(), change.clone());
            let error = match self.desk.ledger.append(order).await {
                Ok(entry) => {
                    self.attempt = None;
                    return Ok(entry);
                }
                Err(error) => error,
            };
            tries += 1;
            if is_final(&error) || tries >= APPENDS_MAX {
                return Err(error);
            }
            tracing::warn!(invoice.id = %self.underway.id, "tried again: {error}");
            let pause = self.backoff(tries).unsigned_abs();
            tokio::time::sleep(Duration::from_micros(pause)).await;
        }
    }

    pub(super) fn append_order(
        &self,
        kind: FollowUp,
        elements: Option<Vec<u8>>,
        change: SubmissionChange,
    ) -> AppendOrder {
        let code = elements.as_deref().and_then(SecurityElements::parse);
        AppendOrder {
            tenant: self.desk.outlet.tenant.clone(),
            invoice: self.underway.id.clone(),
            lease: self.underway.lease,
            kind,
            elements,
            authority_code: code.map(|elements| elements.code),
            change,
            attempt: self.attempt.clone(),
            signer: self.desk.signer.clone(),
            now: self.now(),
        }
    }

    pub(super) async fn save(&mut self, change: SubmissionChange) -> Result<(), Driven> {
        let order = ProgressOrder {
            tenant: self.desk.outlet.tenant.clone(),
            invoice: self.underway.id.clone(),
            lease: self.underway.lease,
            extend_until: Some(self.now().max(change.due_at).plus_micros(LEASE_AHEAD)),
            change,
            attempt: self.attempt.take(),
            now: self.now(),
        };
        self.desk.ledger.save_progress(order).await.map_err(|error| self.lost(&error))
    }

    /// The authority's elements are told to the log, whole, before they are lost: they are on its
    /// portal too, but nowhere else.
    pub(super) fn lost_elements(
        &self,
        elements: Option<&SecurityElements>,
        error: &LedgerError,
    ) -> Driven {
        if let Some(elements) = elements {
            let reply = String::from_utf8_lossy(&elements.to_bytes()).into_owned();
            tracing::error!(invoice.id = %self.underway.id, "not recorded: {reply}");
        }
        self.lost(error)
    }

    pub(super) fn lost(&self, error: &LedgerError) -> Driven {
        tracing::warn!(invoice.id = %self.underway.id, "the drive ends early: {error}");
        Driven::Lost
    }
}

/// Whether trying again could only fail again.
fn is_final(error: &LedgerError) -> bool {
    matches!(
        error,
        LedgerError::LeaseLost(_)
            | LedgerError::IllegalTransition { .. }
            | LedgerError::UnknownInvoice(_)
            | LedgerError::TooLong { .. }
            | LedgerError::CodeTaken { .. }
            | LedgerError::Closed
    )
}

/// How far each write of a drive that goes on keeps others off: several times what passes between
/// two of its writes.
const LEASE_AHEAD: i64 = 120 * invoice::SECOND;

/// Times that an answer is tried to be recorded: together about a minute.
const APPENDS_MAX: u64 = 8;

/// What the ledger keeps of a refusal: its kind, and the authority's own code and words.
fn refusal_bytes(refusal: &Refusal) -> Vec<u8> {
    let member = |key: &str, value: &str| (key.to_owned(), Json::string(value));
    Json::Object(vec![
        member("kind", refusal.kind.as_str()),
        member("code", &refusal.code),
        member("words", &refusal.words),
    ])
    .to_canonical_bytes()
}
