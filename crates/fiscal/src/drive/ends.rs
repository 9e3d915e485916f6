//! How a drive ends, and what the ledger is told of it.

use authorities::{Event, NumberFate, Outcome, Progress, Question, Refusal, Step, Trouble};
use invoice::{Json, SecurityElements};
use ledger::{
    Alert, AppendOrder, Entry, FollowUp, LedgerError, ProgressOrder, SubmissionChange,
    SubmissionState,
};

use super::{Drive, Driven, Saying as _, Stepped, change};
use crate::leases::LEASE;

impl Drive<'_> {
    pub(super) async fn ask(&mut self, progress: Progress, question: &Question) -> Driven {
        let change = change(SubmissionState::Unanswered, &progress, self.now());
        let said = format!("{} {}", question.text, question.trouble);
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
                // What was in the way before is over.
                change(SubmissionState::Submitted, progress, self.now()).saying("").released()
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

    /// The authority has it: recorded at once, whatever comes of the rest.
    pub(super) async fn acknowledged(
        &mut self,
        progress: Progress,
        elements: &SecurityElements,
    ) -> Stepped {
        let change = change(SubmissionState::Submitted, &progress, self.now()).saying("");
        match self.append(FollowUp::Acknowledged, Some(elements.to_bytes()), change).await {
            Ok(_) => self.step(progress, Event::Due).await,
            Err(error) => Err(self.lost_elements(Some(elements), &error)),
        }
    }

    pub(super) async fn done(&mut self, progress: Progress, outcome: Outcome) -> Driven {
        let change = change(SubmissionState::Acknowledged, &progress, self.now()).released();
        let elements = match outcome {
            Outcome::Acknowledged(elements) => Some(elements),
            Outcome::AsSealed => None,
            Outcome::Closed(trouble) => return self.closed(change, trouble).await,
            Outcome::Surveyed(_)
            | Outcome::SessionOpened(_)
            | Outcome::Taken(_)
            | Outcome::Found(_) => {
                unreachable!("an invoice ends as one")
            }
        };
        let bytes = elements.as_ref().map(SecurityElements::to_bytes);
        match self.append(FollowUp::Acknowledged, bytes, change).await {
            Ok(_) => Driven::Acknowledged,
            Err(error) => self.lost_elements(elements.as_ref(), &error),
        }
    }

    /// Nothing more is recorded of it. What could not be done besides, a person is told.
    async fn closed(&mut self, change: SubmissionChange, trouble: Option<Trouble>) -> Driven {
        let why = trouble.as_ref().map(ToString::to_string);
        let change = match &why {
            Some(why) => change.saying(why),
            None => change,
        };
        if let Err(driven) = self.save(change).await {
            return driven;
        }
        let Some(why) = why else { return Driven::Acknowledged };
        match self.tell("submission.not_delivered", "not_delivered", &why).await {
            Ok(()) => Driven::Acknowledged,
            Err(error) => self.lost(&error),
        }
    }

    pub(super) async fn refused(&mut self, refusal: &Refusal) -> Driven {
        let done = Progress::from_bytes(Vec::new());
        let change = change(SubmissionState::Refused, &done, self.now());
        let change = change.saying(&refusal.to_string()).released();
        let bytes = refusal_bytes(refusal, self.underway.is_sealed);
        let order = AppendOrder {
            frees_number: refusal.number == NumberFate::Unused,
            ..self.append_order(FollowUp::Refused, Some(bytes), change)
        };
        match self.append_as(order).await {
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
        match self.tell("submission.set_aside", "set_aside", why).await {
            Ok(()) => Driven::SetAside,
            Err(error) => self.lost(&error),
        }
    }

    /// Tells people, once.
    async fn tell(&self, kind: &str, key: &str, why: &str) -> Result<(), LedgerError> {
        let alert = Alert {
            tenant: self.desk.outlet.tenant.clone(),
            outlet: Some(self.desk.outlet.id.clone()),
            kind: kind.to_owned(),
            key: format!("{key}/{}", self.underway.id),
            body: Json::Object(vec![
                ("invoice".to_owned(), Json::string(self.underway.id.as_str())),
                ("why".to_owned(), Json::string(why)),
            ])
            .to_text(),
            at: self.now(),
        };
        self.desk.ledger.raise_alert(alert).await.map(drop)
    }

    /// An answer of the authority is not given up while the lease is ours: the disk may be full for
    /// a moment, a backup may hold the file.
    pub(super) async fn append(
        &mut self,
        kind: FollowUp,
        elements: Option<Vec<u8>>,
        change: SubmissionChange,
    ) -> Result<Entry, LedgerError> {
        let order = self.append_order(kind, elements, change);
        self.append_as(order).await
    }

    async fn append_as(&mut self, order: AppendOrder) -> Result<Entry, LedgerError> {
        let mut tries = 0;
        loop {
            let again = AppendOrder { now: self.now(), ..order.clone() };
            let error = match self.desk.ledger.append(again).await {
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
            self.desk.clock.sleep(pause).await;
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
            lease: self.underway.lease.token,
            kind,
            elements,
            authority_code: code.map(|elements| elements.code),
            frees_number: false,
            change,
            attempt: self.attempt.clone(),
            signer: self.desk.signer.clone(),
            now: self.now(),
        }
    }

    pub(super) async fn save(&mut self, change: SubmissionChange) -> Result<(), Driven> {
        let lasts_until = self.now().max(change.due_at).plus_micros(LEASE);
        let order = ProgressOrder {
            tenant: self.desk.outlet.tenant.clone(),
            invoice: self.underway.id.clone(),
            lease: self.underway.lease.token,
            extend_until: Some(lasts_until),
            change,
            attempt: self.attempt.take(),
            now: self.now(),
        };
        self.desk.ledger.save_progress(order).await.map_err(|error| self.lost(&error))?;
        self.hold.lasts_until(lasts_until);
        Ok(())
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

/// Times that an answer is tried to be recorded: together about a minute.
const APPENDS_MAX: u64 = 8;

/// What the ledger keeps of a refusal: its kind, and the authority's own code and words; and what
/// becomes of the number, where that is not what becomes of it mostly: one that was never sealed is
/// free again, and one that stands on a receipt is used.
fn refusal_bytes(refusal: &Refusal, is_sealed: bool) -> Vec<u8> {
    let member = |key: &str, value: &str| (key.to_owned(), Json::string(value));
    let mut members = vec![
        member("kind", refusal.kind.as_str()),
        member("code", &refusal.code),
        member("words", &refusal.words),
    ];
    if is_sealed == (refusal.number == NumberFate::Unused) {
        members.push(member("number", refusal.number.as_str()));
    }
    Json::Object(members).to_canonical_bytes()
}
