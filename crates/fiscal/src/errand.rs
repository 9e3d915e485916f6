//! Errands: matters that are no invoices, driven to their end or to their first wait.

use std::future::Future;
use std::pin::Pin;

use authorities::{Event, Matter, Outcome, Progress, Refusal, Step, Trouble};
use invoice::{SECOND, Timestamp};
use ledger::LedgerError;

use crate::desk::Desk;
use crate::leases::Leave;
use crate::session::NoSession;
use crate::wire::Unanswered;

/// Where an errand ended.
#[derive(Debug)]
pub enum Errand {
    Done(Outcome),
    Refused(Refusal),
    /// It goes on from here, and no earlier.
    Waits {
        progress: Progress,
        until: Timestamp,
        trouble: Trouble,
        /// The authority will have no session with us: a person has to put that right.
        login_refused: bool,
    },
    /// Only a person can say how it goes on.
    GaveUp {
        progress: Progress,
        trouble: Trouble,
    },
}

/// Makes progress durable before a request leaves that must not be repeated blindly.
pub type Keep<'a> = &'a (dyn Fn(Progress) -> Keeping<'a> + Send + Sync);

/// Progress on its way to the disk.
pub type Keeping<'a> = Pin<Box<dyn Future<Output = Result<(), LedgerError>> + Send + 'a>>;

const KEEP_NOTHING: Keep<'static> = &|_| Box::pin(async { Ok(()) });

/// Steps of one errand: a survey asks a dozen questions.
const STEPS_MAX: usize = 60;
/// How long an errand rests whose line could not be opened. A line that stays dead is the breaker's.
const NOT_SENT_REST: i64 = SECOND;

/// Tells an authority of a matter that is no invoice: from its beginning, or from the progress that
/// an earlier run left. Nobody else may be at it meanwhile.
pub async fn tell(
    desk: &Desk,
    matter: &Matter<'_>,
    progress: Option<Progress>,
    keep: Keep<'_>,
) -> Result<Errand, LedgerError> {
    tell_under(desk, matter, progress, (keep, &Leave::ALWAYS)).await
}

/// The same of what is in hand under a lease.
pub(crate) async fn tell_under(
    desk: &Desk,
    matter: &Matter<'_>,
    progress: Option<Progress>,
    (keep, leave): (Keep<'_>, &Leave),
) -> Result<Errand, LedgerError> {
    let runner = Runner { desk, matter: *matter, keep, leave };
    let stepped = match progress {
        None => runner.step(desk.authority.begin(matter), Event::Started),
        Some(progress) => runner.step(progress, Event::Due),
    };
    runner.run(stepped).await
}

/// One that leaves nothing behind.
pub(crate) async fn ask(desk: &Desk, matter: &Matter<'_>) -> Result<Errand, LedgerError> {
    tell(desk, matter, None, KEEP_NOTHING).await
}

struct Runner<'a, 'k> {
    desk: &'a Desk,
    matter: Matter<'a>,
    keep: Keep<'k>,
    leave: &'a Leave,
}

type Stepped = Result<(Progress, Step), Refusal>;

impl Runner<'_, '_> {
    async fn run(&self, mut stepped: Stepped) -> Result<Errand, LedgerError> {
        for _ in 0..STEPS_MAX {
            let (progress, step) = match stepped {
                Ok(stepped) => stepped,
                Err(refusal) => return Ok(Errand::Refused(refusal)),
            };
            stepped = match step {
                Step::Send(request) => match self.send(progress, &request).await? {
                    Ok(stepped) => stepped,
                    Err(waits) => return Ok(waits),
                },
                Step::Sign(bytes, role) => match self.desk.sign(bytes, role).await {
                    Ok(signed) => self.step(progress, Event::Signed(signed)),
                    Err(error) => return Ok(gave_up(progress, error.to_string())),
                },
                Step::Wait { until, trouble, .. } => {
                    return Ok(Errand::Waits { progress, until, trouble, login_refused: false });
                }
                Step::GiveUp(trouble) => return Ok(Errand::GaveUp { progress, trouble }),
                Step::Ask(question) => return Ok(gave_up(progress, question.text)),
                Step::Done(outcome) => return Ok(Errand::Done(outcome)),
                Step::Sealed(_) | Step::Acknowledged(_) => {
                    unreachable!("only an invoice is sealed and acknowledged")
                }
            };
        }
        let words = "its machine turns in a circle".to_owned();
        Ok(gave_up(self.desk.authority.begin(&self.matter), words))
    }

    fn step(&self, progress: Progress, event: Event) -> Stepped {
        let now = self.desk.clock.now();
        self.desk.authority.step(&self.matter, progress, event, now)
    }

    async fn send(
        &self,
        progress: Progress,
        request: &authorities::Request,
    ) -> Result<Result<Stepped, Errand>, LedgerError> {
        let now = self.desk.clock.now();
        if let Err(until) = self.desk.wire.admit(&request.target, now).await {
            let trouble = Trouble::new("", "the line rests after repeated failures");
            return Ok(Err(self.held_back(progress, until, trouble, false)));
        }
        let token = match self.desk.token_for(request).await {
            Ok(token) => token,
            Err(NoSession { until, trouble, is_refused }) => {
                return Ok(Err(self.held_back(progress, until, trouble, is_refused)));
            }
        };
        if request.point_of_no_return {
            (self.keep)(progress.clone()).await?;
        }
        let event = match self.desk.exchange(request, token, self.leave).await {
            Ok(response) => Event::Replied(response),
            // Nobody has to find out what became of what never left.
            Err(error @ Unanswered::TooLate) => {
                let trouble = Trouble::new("", error.to_string());
                return Ok(Err(self.held_back(progress, self.desk.clock.now(), trouble, false)));
            }
            Err(error @ Unanswered::NotSent(_)) if request.point_of_no_return => {
                let until = self.desk.clock.now().plus_micros(NOT_SENT_REST);
                let trouble = Trouble::new("", error.to_string());
                return Ok(Err(self.held_back(progress, until, trouble, false)));
            }
            Err(error) => Event::Unanswered(error.to_string()),
        };
        Ok(Ok(self.step(progress, event)))
    }

    /// Nothing has left: the machine takes that back, and its own wait is overruled.
    fn held_back(
        &self,
        progress: Progress,
        until: Timestamp,
        trouble: Trouble,
        login_refused: bool,
    ) -> Errand {
        match self.step(progress, Event::HeldBack) {
            Ok((progress, _)) => Errand::Waits { progress, until, trouble, login_refused },
            Err(refusal) => Errand::Refused(refusal),
        }
    }
}

fn gave_up(progress: Progress, words: String) -> Errand {
    Errand::GaveUp { progress, trouble: Trouble::new("", words) }
}
