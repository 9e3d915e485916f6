//! Drive a submission: obey its machine until it is done, waits, or asks a person.
//!
//! The same function serves the request handler, right after a *requested* entry, and the agent,
//! later. Progress is durable before a point of no return leaves, so that a crash resumes with a
//! question and never with a repeat.

use std::sync::Arc;
use std::time::Duration;

use authorities::{
    Event, Matter, Outcome, Pause, Progress, Question, Refusal, Request, Step, Trouble,
};
use invoice::{Invoice, InvoiceId, Json, SECOND, SecurityElements, Timestamp};
use ledger::{
    AppendOrder, Attempt, Entry, FollowUp, LeaseToken, Leased, LedgerError, ProgressOrder,
    SubmissionChange, SubmissionState,
};

use tokio::sync::OwnedSemaphorePermit;

use crate::desk::Desk;
use crate::read::invoice_of;

/// How long whoever drives is ready to wait for the machine.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Patience {
    /// A till waits: short waits are sat out, up to this instant.
    Until(Timestamp),
    /// Nobody waits: at the first wait, the submission goes back to the queue.
    None,
}

/// Where a drive ended.
#[derive(Debug)]
pub enum Driven {
    /// Sealed and acknowledged at once: the entry.
    Sealed(Box<Entry>),
    /// The authority has acknowledged what we had sealed.
    Acknowledged,
    Refused,
    /// Back in the queue, due later.
    Waiting,
    /// A person has to find out.
    Asked,
    /// Somebody else drives it, or the ledger failed; whoever comes next resumes from what is
    /// stored.
    Lost,
}

/// A submission that is leased to us.
pub(crate) struct Underway {
    pub id: InvoiceId,
    pub invoice: Arc<Invoice>,
    pub number: String,
    pub lease: LeaseToken,
    /// What earlier drives tried in vain: how far the pauses have grown.
    pub failures: u64,
}

/// Takes up a leased submission where its stored progress stands.
pub async fn drive(desk: &Desk, leased: Leased, patience: Patience) -> Driven {
    drive_with(desk, leased, Event::Due, patience).await
}

/// The same, with news.
pub(crate) async fn drive_with(
    desk: &Desk,
    leased: Leased,
    event: Event,
    patience: Patience,
) -> Driven {
    let underway = match underway(desk, &leased).await {
        Ok(underway) => underway,
        Err(driven) => return driven,
    };
    let mut drive =
        Drive { desk, underway, patience, pauses: 0, before: None, place: None, attempt: None };
    let progress = Progress::from_bytes(leased.submission.progress);
    let stepped = drive.step(progress, event).await;
    drive.run(stepped).await
}

/// The invoice of a lease, from its stored bytes.
async fn underway(desk: &Desk, leased: &Leased) -> Result<Underway, Driven> {
    let id = leased.submission.invoice.clone();
    let record = match desk.ledger.invoice(&desk.outlet.tenant, &id).await {
        Ok(record) => record.expect("a submission is born with its invoice"),
        Err(error) => {
            tracing::warn!(invoice.id = %id, "it cannot be read: {error}");
            return Err(Driven::Lost);
        }
    };
    let invoice = invoice_of(&record).expect("what the ledger holds is what was written");
    Ok(Underway {
        id,
        invoice: Arc::new(invoice),
        number: record.invoice.number,
        lease: leased.lease.token,
        failures: leased.submission.attempts / EXCHANGES_OF_A_DRIVE,
    })
}

/// Goes on from a step that was already taken.
pub(crate) async fn drive_on(
    desk: &Desk,
    underway: Underway,
    progress: Progress,
    step: Step,
    patience: Patience,
) -> Driven {
    let mut drive =
        Drive { desk, underway, patience, pauses: 0, before: None, place: None, attempt: None };
    drive.run(Ok((progress, step))).await
}

struct Drive<'a> {
    desk: &'a Desk,
    underway: Underway,
    patience: Patience,
    pauses: u64,
    /// The state before the step that is being taken.
    before: Option<Progress>,
    /// Held from the first request that takes one to the end of the drive.
    place: Option<OwnedSemaphorePermit>,
    /// An exchange that the next write records.
    attempt: Option<Attempt>,
}

/// A machine's next step, or the end of the drive.
type Stepped = Result<(Progress, Step), Driven>;

/// Steps of one drive. The longest sequence of a machine is a dozen; a machine that turns in a
/// circle goes back to the queue and shows in its attempts.
const STEPS_MAX: usize = 100;

impl Drive<'_> {
    async fn run(&mut self, mut stepped: Stepped) -> Driven {
        for _ in 0..STEPS_MAX {
            let (progress, step) = match stepped {
                Ok(stepped) => stepped,
                Err(driven) => return driven,
            };
            stepped = match step {
                Step::Sign(bytes, role) => match self.desk.sign(&bytes, role) {
                    Ok(signature) => self.step(progress, Event::Signed(signature)).await,
                    Err(error) => self.wait(progress, self.soon(), &error.to_string()).await,
                },
                Step::Send(request) => self.send(progress, &request).await,
                Step::Wait { until, pause: Pause::LineFailed, trouble } => {
                    let until = until.max(self.now().plus_micros(self.backoff(self.pauses)));
                    self.wait(progress, until, &said(&trouble)).await
                }
                Step::Wait { until, pause: Pause::NotNow, trouble } => {
                    let until = until.plus_micros(self.jitter(until));
                    self.wait(progress, until, &said(&trouble)).await
                }
                Step::Ask(question) => Err(self.ask(progress, &question).await),
                Step::Sealed(elements) => Err(self.sealed(progress, elements).await),
                Step::Done(outcome) => Err(self.done(progress, outcome).await),
            };
        }
        self.turned_in_a_circle()
    }

    async fn step(&mut self, progress: Progress, event: Event) -> Stepped {
        self.before = Some(progress.clone());
        match self.take_step(progress, event) {
            Ok(stepped) => Ok(stepped),
            Err(refusal) => Err(self.refused(&refusal).await),
        }
    }

    fn take_step(&self, progress: Progress, event: Event) -> Result<(Progress, Step), Refusal> {
        let Underway { invoice, number, .. } = &self.underway;
        let matter = Matter::Invoice { invoice, number };
        self.desk.authority.step(&matter, progress, event, self.now())
    }

    /// The channel holds so many invoices pending and no more. A till stands in line for a place; the
    /// agent comes back, so that those who recover, and need none, are not kept waiting by others.
    async fn take_a_place(&mut self) -> Result<(), Timestamp> {
        if self.place.is_some() {
            return Ok(());
        }
        let places = Arc::clone(&self.desk.places);
        let later = self.now().plus_micros(PLACE_WAIT);
        let later = later.plus_micros(self.jitter(later));
        self.place = match self.patience {
            Patience::None => Some(places.try_acquire_owned().map_err(|_| later)?),
            Patience::Until(deadline) => {
                let left = deadline.micros_since(self.now()).max(0).unsigned_abs();
                let taken =
                    tokio::time::timeout(Duration::from_micros(left), places.acquire_owned());
                let taken = taken.await.map_err(|_| later)?;
                Some(taken.expect("places are never closed"))
            }
        };
        Ok(())
    }

    /// Sends, unless the breaker is open or the write before the point of no return fails.
    async fn send(&mut self, progress: Progress, request: &Request) -> Stepped {
        if let Err((until, why)) = self.may_leave(request).await {
            // Nothing has left: the state before this step stands.
            let before = self.before.take().unwrap_or(progress);
            return match self.patience {
                Patience::None => self.go_back(before, until, why).await,
                Patience::Until(_) => self.wait(before, until, why).await,
            };
        }
        if request.point_of_no_return || self.attempt.is_some() {
            let change = change(SubmissionState::Submitted, &progress, self.now());
            self.save(change).await?;
        }
        let event = self.exchange(request).await;
        self.step(progress, event).await
    }

    async fn may_leave(&mut self, request: &Request) -> Result<(), (Timestamp, &'static str)> {
        if request.takes_a_place {
            let taken = self.take_a_place().await;
            taken.map_err(|until| (until, "the authority's places are all taken"))?;
        }
        let admitted = self.desk.wire.admit(self.now());
        admitted.map_err(|until| (until, "the line rests after repeated failures"))
    }

    async fn exchange(&mut self, request: &Request) -> Event {
        let at = self.now();
        let answered = self.desk.wire.exchange(request).await;
        let duration = self.now().micros_since(at).try_into().unwrap_or(0);
        let (answer, outcome, event) = match answered {
            Ok(reply) => {
                let words: String =
                    String::from_utf8_lossy(&reply.body).chars().take(ANSWER_MAX).collect();
                (format!("{} {words}", reply.status), "answered", Event::Replied(reply))
            }
            Err(error) => (error.0.clone(), "unanswered", Event::Unanswered(error.0)),
        };
        self.attempt = Some(Attempt {
            at,
            asked: format!("{} {}", request.operation, request.path),
            answer,
            duration_micros: duration,
            outcome: outcome.to_owned(),
        });
        event
    }

    /// Sits a short pause out: a line that failed once mostly serves the next time, and the queue
    /// behind would wait no less. A long one, or one too many, goes back to the queue.
    async fn wait(&mut self, progress: Progress, until: Timestamp, why: &str) -> Stepped {
        self.pauses += 1;
        let now = self.now();
        let in_place = match self.patience {
            Patience::Until(deadline) => until < deadline,
            Patience::None => {
                self.pauses <= PAUSES_IN_PLACE && until.micros_since(now) <= PAUSE_IN_PLACE_MAX
            }
        };
        if !in_place {
            return self.go_back(progress, until, why).await;
        }
        self.save(change(SubmissionState::Submitted, &progress, until).saying(why)).await?;
        let micros = u64::try_from(until.micros_since(now)).unwrap_or(0);
        tokio::time::sleep(Duration::from_micros(micros)).await;
        self.step(progress, Event::Due).await
    }

    async fn go_back(&mut self, progress: Progress, until: Timestamp, why: &str) -> Stepped {
        let change = change(SubmissionState::Submitted, &progress, until);
        self.save(change.saying(why).released()).await?;
        Err(Driven::Waiting)
    }

    async fn ask(&mut self, progress: Progress, question: &Question) -> Driven {
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

    async fn sealed(&mut self, progress: Progress, elements: Option<SecurityElements>) -> Driven {
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
        match self.append(FollowUp::Sealed, elements.as_ref(), change).await {
            Ok(entry) => Driven::Sealed(Box::new(entry)),
            Err(error) => self.lost(&error),
        }
    }

    async fn done(&mut self, progress: Progress, outcome: Outcome) -> Driven {
        let change = change(SubmissionState::Acknowledged, &progress, self.now()).released();
        let written = match outcome {
            Outcome::Acknowledged(elements) => {
                self.append(FollowUp::Acknowledged, Some(&elements), change).await.map(drop)
            }
            Outcome::AsSealed | Outcome::Surveyed(_) => {
                self.append(FollowUp::Acknowledged, None, change).await.map(drop)
            }
        };
        match written {
            Ok(()) => Driven::Acknowledged,
            Err(error) => self.lost(&error),
        }
    }

    async fn refused(&mut self, refusal: &Refusal) -> Driven {
        let done = Progress::from_bytes(Vec::new());
        let change = change(SubmissionState::Refused, &done, self.now());
        let change = change.saying(&refusal.to_string()).released();
        let order = AppendOrder {
            elements: Some(refusal_bytes(refusal)),
            ..self.append_order(FollowUp::Refused, None, change)
        };
        match self.desk.ledger.append(order).await {
            Ok(_) => Driven::Refused,
            Err(error) => self.lost(&error),
        }
    }

    async fn append(
        &mut self,
        kind: FollowUp,
        elements: Option<&SecurityElements>,
        change: SubmissionChange,
    ) -> Result<Entry, LedgerError> {
        let order = self.append_order(kind, elements, change);
        self.desk.ledger.append(order).await
    }

    fn append_order(
        &mut self,
        kind: FollowUp,
        elements: Option<&SecurityElements>,
        change: SubmissionChange,
    ) -> AppendOrder {
        AppendOrder {
            tenant: self.desk.outlet.tenant.clone(),
            invoice: self.underway.id.clone(),
            lease: self.underway.lease,
            kind,
            elements: elements.map(SecurityElements::to_bytes),
            authority_code: elements.map(|elements| elements.code.clone()),
            change,
            attempt: self.attempt.take(),
            signer: self.desk.signer.clone(),
            now: self.now(),
        }
    }

    async fn save(&mut self, change: SubmissionChange) -> Result<(), Driven> {
        let order = ProgressOrder {
            tenant: self.desk.outlet.tenant.clone(),
            invoice: self.underway.id.clone(),
            lease: self.underway.lease,
            change,
            attempt: self.attempt.take(),
            now: self.now(),
        };
        self.desk.ledger.save_progress(order).await.map_err(|error| self.lost(&error))
    }

    fn lost(&self, error: &LedgerError) -> Driven {
        tracing::warn!(invoice.id = %self.underway.id, "the drive ends early: {error}");
        Driven::Lost
    }

    fn turned_in_a_circle(&self) -> Driven {
        tracing::error!(invoice.id = %self.underway.id, "more than {STEPS_MAX} steps");
        Driven::Lost
    }

    /// Doubles each time up to a quarter of an hour, less a random half, so that a thousand tills do
    /// not come back at once. A submission that went back to the queue goes on from where it was.
    fn backoff(&self, pauses: u64) -> i64 {
        let times = pauses.max(self.underway.failures).min(BACKOFF_DOUBLINGS_MAX);
        let longest = (BACKOFF_FIRST << times).min(BACKOFF_MAX);
        longest - self.desk.chance.below(longest.unsigned_abs() / 2).cast_signed()
    }

    /// Up to a quarter of the wait besides.
    fn jitter(&self, until: Timestamp) -> i64 {
        let wait = until.micros_since(self.now()).max(0).unsigned_abs();
        self.desk.chance.below(wait / 4).cast_signed()
    }

    fn soon(&self) -> Timestamp {
        self.now().plus_micros(BACKOFF_FIRST)
    }

    fn now(&self) -> Timestamp {
        self.desk.clock.now()
    }
}

/// Exchanges of a drive that ends without success, about: two or three that serve and the pauses in
/// place.
const EXCHANGES_OF_A_DRIVE: u64 = 8;
/// How soon the agent looks for a free place again.
const PLACE_WAIT: i64 = SECOND;
/// Half of the first pause after a failure.
const BACKOFF_FIRST: i64 = SECOND / 5;
/// Pauses of one drive that nobody waits for: together some six seconds.
const PAUSES_IN_PLACE: u64 = 4;
/// The longest of them.
const PAUSE_IN_PLACE_MAX: i64 = 6 * SECOND;
/// The longest: a till that waits for the line to come back does not wait longer than this.
const BACKOFF_MAX: i64 = 15 * 60 * SECOND;
/// Beyond this the longest is reached anyway, and the shift stays in range.
const BACKOFF_DOUBLINGS_MAX: u64 = 16;
/// Characters of an answer that the log of attempts keeps.
const ANSWER_MAX: usize = 300;

fn said(trouble: &Trouble) -> String {
    format!("{} {}", trouble.code, trouble.words).trim().to_owned()
}

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

fn change(state: SubmissionState, progress: &Progress, due_at: Timestamp) -> SubmissionChange {
    SubmissionChange {
        state,
        progress: progress.as_bytes().to_vec(),
        due_at,
        last_answer: None,
        release: false,
    }
}

/// How a change of a submission is written down at the call.
trait Saying {
    fn saying(self, words: &str) -> Self;
    fn released(self) -> Self;
}

impl Saying for SubmissionChange {
    fn saying(self, words: &str) -> Self {
        Self { last_answer: Some(words.to_owned()), ..self }
    }

    fn released(self) -> Self {
        Self { release: true, ..self }
    }
}
