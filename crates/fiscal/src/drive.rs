//! Drive a submission: obey its machine until it is done, waits, or asks a person.
//!
//! The same function serves the request handler, right after a *requested* entry, and the agent,
//! later. Progress is durable before a point of no return leaves, so that a crash resumes with a
//! question and never with a repeat.

mod ends;
mod pauses;

use std::sync::Arc;

use authorities::{
    Event, Matter, Numbered, Pause, Progress, Refusal, Request, Response, SessionToken, Standing,
    Step,
};
use invoice::{Invoice, InvoiceId, SecurityElements, Timestamp};
use ledger::{
    Attempt, Entry, Held, InvoiceRecord, Lease, Leased, LedgerError, Stage, SubmissionChange,
    SubmissionState,
};

use tokio::sync::OwnedSemaphorePermit;

use crate::desk::Desk;
use crate::leases::Hold;
use crate::read::{invoice_of, sealed_elements};
use crate::wire::Unanswered;

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
    /// Out of the queue until a person puts it back: it could not get through, and nothing of it
    /// can be registered.
    SetAside,
    /// Somebody else drives it, or the ledger failed; whoever comes next resumes from what is
    /// stored.
    Lost,
}

/// A submission that is leased to us.
pub(crate) struct Underway {
    pub id: InvoiceId,
    pub invoice: Arc<Invoice>,
    pub number: String,
    /// What was sealed, where it was sealed with elements.
    pub elements: Option<SecurityElements>,
    /// The customer may hold a receipt with its number.
    pub is_sealed: bool,
    /// Where the invoice that this one corrects stands.
    pub original: Option<Standing>,
    pub lease: Lease,
}

impl Underway {
    /// One that was just requested: nothing of it is sealed.
    pub(crate) fn requested(
        id: &InvoiceId,
        invoice: &Arc<Invoice>,
        number: String,
        lease: Lease,
    ) -> Self {
        Self {
            id: id.clone(),
            invoice: Arc::clone(invoice),
            number,
            elements: None,
            is_sealed: false,
            original: None,
            lease,
        }
    }
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
    let mut drive = Drive::new(desk, underway, patience);
    let progress = Progress::from_bytes(leased.submission.progress);
    let stepped = drive.step(progress, event).await;
    drive.run(stepped).await
}

/// The invoice of a lease, from its stored bytes.
async fn underway(desk: &Desk, leased: &Leased) -> Result<Underway, Driven> {
    let id = leased.submission.invoice.clone();
    // What would be sent is older than what the authority has been told.
    if desk.ledger.refusing().iter().any(|lost| lost.outlet == desk.outlet.id) {
        tracing::warn!(invoice.id = %id, "its outlet is to be recovered first");
        return Err(Driven::Lost);
    }
    let unreadable = |error: LedgerError| {
        tracing::warn!(invoice.id = %id, "it cannot be read: {error}");
        Driven::Lost
    };
    let record = desk.ledger.invoice(&desk.outlet.tenant, &id).await.map_err(unreadable)?;
    let record = record.expect("a submission is born with its invoice");
    let invoice = invoice_of(&record).expect("what the ledger holds is what was written");
    let original = standing_of_original(desk, &invoice).await.map_err(unreadable)?;
    Ok(Underway {
        id: id.clone(),
        invoice: Arc::new(invoice),
        elements: sealed_elements(&record),
        is_sealed: record.invoice.stage.is_sealed(),
        original,
        number: record.invoice.number,
        lease: leased.lease.clone(),
    })
}

/// Where the invoice that this one corrects stands. An authority that is told in order knows it.
async fn standing_of_original(
    desk: &Desk,
    invoice: &Invoice,
) -> Result<Option<Standing>, LedgerError> {
    let original = invoice.credit().and_then(|credit| credit.original.as_ref());
    let Some(original) = original.filter(|_| !desk.authority.keeps_order()) else {
        return Ok(None);
    };
    let record = desk.ledger.invoice(&desk.outlet.tenant, &original.id).await?;
    Ok(record.as_ref().map(standing))
}

fn standing(record: &InvoiceRecord) -> Standing {
    let state = record.submission.as_ref().map(|submission| submission.state);
    match record.invoice.stage {
        Stage::Acknowledged => Standing::Acknowledged,
        Stage::Refused | Stage::SealedRefused => Standing::Refused,
        // The authority was asked first, and its answer sealed.
        Stage::Sealed if state == Some(SubmissionState::Acknowledged) => Standing::Acknowledged,
        Stage::Requested | Stage::Unanswered | Stage::Sealed | Stage::SealedUnanswered => {
            Standing::Pending
        }
    }
}

/// Takes up what was just begun.
pub(crate) async fn drive_on(
    desk: &Desk,
    underway: Underway,
    progress: Progress,
    patience: Patience,
) -> Driven {
    let mut drive = Drive::new(desk, underway, patience);
    let stepped = drive.step(progress, Event::Due).await;
    drive.run(stepped).await
}

struct Drive<'a> {
    desk: &'a Desk,
    underway: Underway,
    /// The lease, which lasts while this goes on.
    hold: Hold,
    patience: Patience,
    pauses: u64,
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

impl<'a> Drive<'a> {
    fn new(desk: &'a Desk, underway: Underway, patience: Patience) -> Self {
        let Lease { token, until } = underway.lease;
        let hold = desk.leases.hold(Held::Submission(underway.id.clone(), token), until);
        Self { desk, underway, hold, patience, pauses: 0, place: None, attempt: None }
    }
}

impl Drive<'_> {
    async fn run(&mut self, mut stepped: Stepped) -> Driven {
        for taken in 0.. {
            let (progress, step) = match stepped {
                Ok(stepped) => stepped,
                Err(driven) => return driven,
            };
            if taken >= STEPS_MAX {
                return self.set_aside(progress, "its machine turns in a circle").await;
            }
            stepped = match step {
                Step::Sign(bytes, role) => match self.desk.sign(bytes, role).await {
                    Ok(signed) => self.step(progress, Event::Signed(signed)).await,
                    Err(error) => {
                        let later = self.now().plus_micros(KEY_WAIT);
                        self.wait(progress, later, &error.to_string()).await
                    }
                },
                Step::Send(request) => self.send(progress, &request).await,
                Step::Wait { until, pause: Pause::LineFailed, trouble } => {
                    let until = until.max(self.now().plus_micros(self.backoff(self.pauses)));
                    self.wait(progress, until, &trouble.to_string()).await
                }
                Step::Wait { until, pause: Pause::NotNow, trouble } => {
                    let until = until.plus_micros(self.jitter(until));
                    self.wait(progress, until, &trouble.to_string()).await
                }
                Step::Ask(question) => Err(self.ask(progress, &question).await),
                Step::GiveUp(trouble) => Err(self.set_aside(progress, &trouble.to_string()).await),
                Step::Sealed(elements) => Err(self.sealed(progress, elements).await),
                Step::Acknowledged(elements) => self.acknowledged(progress, &elements).await,
                Step::Done(outcome) => Err(self.done(progress, outcome).await),
            };
        }
        unreachable!("a drive ends, or is ended")
    }

    async fn step(&mut self, progress: Progress, event: Event) -> Stepped {
        match self.take_step(progress, event) {
            Ok(stepped) => Ok(stepped),
            Err(refusal) => Err(self.refused(&refusal).await),
        }
    }

    fn take_step(&self, progress: Progress, event: Event) -> Result<(Progress, Step), Refusal> {
        let Underway { invoice, number, elements, original, .. } = &self.underway;
        let matter = Matter::Invoice(Numbered {
            elements: elements.as_ref(),
            original: *original,
            ..Numbered::new(invoice, number)
        });
        self.desk.authority.step(&matter, progress, event, self.now())
    }

    /// Sends, unless the breaker is open, there is no session, or the write before the point of no
    /// return fails.
    async fn send(&mut self, progress: Progress, request: &Request) -> Stepped {
        let token = match self.may_leave(request).await {
            Ok(token) => token,
            Err((until, why)) => {
                let (progress, _) = self.step(progress, Event::HeldBack).await?;
                return match self.patience {
                    Patience::None => self.go_back(progress, until, &why).await,
                    Patience::Until(_) => self.wait(progress, until, &why).await,
                };
            }
        };
        if request.point_of_no_return || request.takes_a_place || self.attempt.is_some() {
            let change = change(SubmissionState::Submitted, &progress, self.now());
            self.save(change).await?;
        }
        // A process that was paused finds here that others have gone on with it.
        if !self.hold.is_safe_at(self.now()) {
            return Err(self.too_late());
        }
        match self.exchange(request, token).await {
            Ok(reply) => self.step(progress, Event::Replied(reply)).await,
            Err(Unanswered::TooLate) => Err(self.too_late()),
            Err(Unanswered::Lost(why)) => self.step(progress, Event::Unanswered(why)).await,
            Err(not_sent @ Unanswered::NotSent(_)) => {
                self.not_sent(progress, &not_sent.to_string()).await
            }
        }
    }

    /// Whoever has it now resumes from what is stored.
    fn too_late(&self) -> Driven {
        self.lost(&LedgerError::LeaseLost(self.underway.id.clone()))
    }

    async fn exchange(
        &mut self,
        request: &Request,
        token: Option<SessionToken>,
    ) -> Result<Response, Unanswered> {
        let at = self.now();
        let answered = self.desk.exchange(request, token, self.hold.leave()).await;
        let duration = self.now().micros_since(at).try_into().unwrap_or(0);
        let (answer, outcome) = match &answered {
            Ok(reply) => {
                let words: String =
                    String::from_utf8_lossy(&reply.body).chars().take(ANSWER_MAX).collect();
                (format!("{} {words}", reply.status), "answered")
            }
            Err(Unanswered::Lost(why)) => (why.clone(), "unanswered"),
            Err(Unanswered::NotSent(why)) => (why.clone(), "not_sent"),
            Err(late @ Unanswered::TooLate) => (late.to_string(), "not_sent"),
        };
        self.attempt = Some(Attempt {
            at,
            asked: format!("{} {}", request.operation, request.path),
            answer,
            duration_micros: duration,
            outcome: outcome.to_owned(),
        });
        answered
    }

    fn now(&self) -> Timestamp {
        self.desk.clock.now()
    }
}

/// How long a key that cannot sign is not asked again: a person has to put it right.
const KEY_WAIT: i64 = 60 * invoice::SECOND;

/// Characters of an answer that the log of attempts keeps.
const ANSWER_MAX: usize = 300;

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
