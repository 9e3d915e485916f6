//! When a request may leave, and how long a drive waits before it tries again.

use std::sync::Arc;

use authorities::{Event, Progress, Request, SessionToken};
use invoice::{SECOND, Timestamp};
use ledger::SubmissionState;

use super::{Drive, Driven, Patience, Saying as _, Stepped, change, standing_of_original};

impl Drive<'_> {
    /// The channel holds so many invoices pending and no more. A till stands in line for a place; the
    /// agent comes back, so that those who recover, and need none, are not kept waiting by others.
    pub(super) async fn take_a_place(&mut self) -> Result<(), Timestamp> {
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
                let taken = self.desk.clock.within(left, places.acquire_owned());
                let taken = taken.await.ok_or(later)?;
                Some(taken.expect("places are never closed"))
            }
        };
        Ok(())
    }

    /// The token of the session that the request wants, if it may leave.
    pub(super) async fn may_leave(
        &mut self,
        request: &Request,
    ) -> Result<Option<SessionToken>, (Timestamp, String)> {
        if request.takes_a_place {
            let taken = self.take_a_place().await;
            taken.map_err(|until| {
                (until, "nothing was sent: the authority's places are all taken".to_owned())
            })?;
        }
        let admitted = self.desk.wire.admit(&request.target, self.now()).await;
        admitted.map_err(|until| {
            (until, "nothing was sent: the line rests after repeated failures".to_owned())
        })?;
        let token = self.desk.token_for(request).await;
        token.map_err(|no| (no.until, format!("nothing was sent: no session: {}", no.trouble)))
    }

    /// The line could not be opened: nothing has left, so that the machine goes back to where it
    /// was before, and asks nobody what became of it. Then it is a line that failed.
    pub(super) async fn not_sent(&mut self, progress: Progress, why: &str) -> Stepped {
        let (progress, _) = self.step(progress, Event::HeldBack).await?;
        let until = self.now().plus_micros(self.backoff(self.pauses));
        self.wait(progress, until, why).await
    }

    /// Sits a short pause out: a line that failed once mostly serves the next time, and the queue
    /// behind would wait no less. A long one, or one too many, goes back to the queue.
    pub(super) async fn wait(
        &mut self,
        progress: Progress,
        until: Timestamp,
        why: &str,
    ) -> Stepped {
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
        self.desk.clock.sleep(micros).await;
        // What it waited for may have come about meanwhile. What cannot be read is as it was.
        let original = standing_of_original(self.desk, &self.underway.invoice).await;
        self.underway.original = original.unwrap_or(self.underway.original);
        self.step(progress, Event::Due).await
    }

    pub(super) async fn go_back(
        &mut self,
        progress: Progress,
        until: Timestamp,
        why: &str,
    ) -> Stepped {
        let change = change(SubmissionState::Submitted, &progress, until);
        self.save(change.saying(why).released()).await?;
        Err(Driven::Waiting)
    }

    /// Doubles with each pause of a drive, less a random half, so that a thousand tills do not come
    /// back at once. A line that stays dead is the breaker's, which rests it for all of them.
    pub(super) fn backoff(&self, pauses: u64) -> i64 {
        let longest = BACKOFF_FIRST << pauses.min(BACKOFF_DOUBLINGS_MAX);
        longest - self.desk.chance.below(longest.unsigned_abs() / 2).cast_signed()
    }

    /// Up to a quarter of the wait besides.
    pub(super) fn jitter(&self, until: Timestamp) -> i64 {
        let wait = until.micros_since(self.now()).max(0).unsigned_abs();
        self.desk.chance.below(wait / 4).cast_signed()
    }
}

/// How soon the agent looks for a free place again.
const PLACE_WAIT: i64 = SECOND;
/// Half of the first pause after a failure.
const BACKOFF_FIRST: i64 = SECOND / 5;
/// Pauses of one drive that nobody waits for: together some six seconds.
const PAUSES_IN_PLACE: u64 = 4;
/// The longest of them.
const PAUSE_IN_PLACE_MAX: i64 = 6 * SECOND;
/// Seven doublings make half a minute: about as long as a broken exchange takes to be noticed.
const BACKOFF_DOUBLINGS_MAX: u64 = 7;
