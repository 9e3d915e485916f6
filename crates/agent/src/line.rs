//! The line to one address: requests leave no closer together than it can take, and none while it
//! rests. Outlets that share the address share it, and so do processes that share a database.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use invoice::Timestamp;
use ledger::{Ledger, LedgerError, LineTurn};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::breaker::Breaker;

pub(crate) struct Line {
    address: String,
    gap: Duration,
    breaker: Breaker,
    turns: Mutex<Turns>,
    /// Where other processes take turns too, if they do.
    shared: Option<Arc<Ledger>>,
    /// Of all lines of this process to the address.
    pace: Arc<Pace>,
}

/// When the next request of this process may leave for an address: a process over several stores has a
/// line to it for each, and turns that one store gives say nothing of the others'.
#[derive(Debug, Default)]
pub(crate) struct Pace(std::sync::Mutex<Option<Instant>>);

impl Pace {
    /// The turn of a request whose own line lets it leave then: no earlier, and behind the others.
    fn turn(&self, own: Instant, gap: Duration) -> Instant {
        let mut next = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = next.map_or(own, |next| next.max(own));
        *next = Some(turn + gap);
        turn
    }
}

/// Turns that are this process's: the next one, and how many follow it.
struct Turns {
    next: Instant,
    left: u32,
}

/// Turns are taken for so long at once: seldom enough that the database is not asked for each request,
/// and so few that another process waits no longer for them, though they be not used.
const TAKEN_AT_ONCE: Duration = Duration::from_millis(100);

impl Line {
    pub(crate) fn new(
        address: String,
        per_second: u32,
        shared: Option<Arc<Ledger>>,
        pace: Arc<Pace>,
    ) -> Self {
        let gap = Duration::from_secs(1) / per_second.max(1);
        let turns = Mutex::new(Turns { next: Instant::now(), left: 0 });
        Self { address, gap, breaker: Breaker::default(), turns, shared, pace }
    }

    /// Waits for the turn of one request; or says until when the line rests.
    pub(crate) async fn admit(&self, now: Timestamp) -> Result<(), Timestamp> {
        match self.shared {
            None => self.breaker.admit(now)?,
            Some(_) => self.breaker.rests(now)?,
        }
        let turn = {
            let mut turns = self.turns.lock().await;
            if turns.left == 0 || turns.next + TAKEN_AT_ONCE < Instant::now() {
                self.take_turns(&mut turns, now).await?;
            }
            let turn = turns.next;
            turns.next += self.gap;
            turns.left = turns.left.saturating_sub(1);
            turn
        };
        let turn = self.pace.turn(turn, self.gap);
        // A timer ends with the next millisecond at the earliest, also one whose time has come.
        if turn > Instant::now() {
            tokio::time::sleep_until(turn).await;
        }
        Ok(())
    }

    /// Some turns, behind those that others took. Where nobody can be asked, those of a process that
    /// is alone.
    async fn take_turns(&self, turns: &mut Turns, now: Timestamp) -> Result<(), Timestamp> {
        let count = u32::try_from(TAKEN_AT_ONCE.as_micros() / self.gap.as_micros().max(1));
        // Of a line that is in doubt one is the trial.
        let count = if self.breaker.is_in_doubt() { 1 } else { count.unwrap_or(u32::MAX).max(1) };
        match self.ask(self.gap * count).await {
            Ok(Some(LineTurn::Rests(micros))) => {
                let until = now.plus_micros(micros.cast_signed());
                self.breaker.rest_until(until);
                return Err(until);
            }
            Ok(Some(LineTurn::In(micros))) => {
                *turns =
                    Turns { next: Instant::now() + Duration::from_micros(micros), left: count };
                return Ok(());
            }
            Ok(None) => {}
            Err(error) => tracing::warn!("turns at {} are not shared: {error}", self.address),
        }
        *turns = Turns { next: turns.next.max(Instant::now()), left: 1 };
        Ok(())
    }

    async fn ask(&self, turns: Duration) -> Result<Option<LineTurn>, LedgerError> {
        let Some(ledger) = &self.shared else { return Ok(None) };
        ledger.take_turn(&self.address, u64::try_from(turns.as_micros()).unwrap_or(u64::MAX)).await
    }

    pub(crate) async fn answered(&self) {
        if self.breaker.answered() {
            self.tell(None).await;
        }
    }

    pub(crate) async fn failed(&self, now: Timestamp) {
        if let Some(until) = self.breaker.failed(now) {
            self.tell(Some(until.micros_since(now).unsigned_abs())).await;
        }
    }

    /// Tells the other processes that the line rests, or that it serves again.
    async fn tell(&self, rests: Option<u64>) {
        let Some(ledger) = &self.shared else { return };
        let told = match rests {
            Some(micros) => ledger.rest_line(&self.address, micros).await,
            None => ledger.wake_line(&self.address).await,
        };
        if let Err(error) = told {
            tracing::warn!("that {} rests or serves is not shared: {error}", self.address);
        }
    }
}

#[cfg(test)]
mod tests {
    use authorities::Target;
    use fiscal::{Clock, Wire as _};
    use invoice::Json;
    use ledger::Environment;

    use super::*;
    use crate::http::{HttpWire, Lines};

    #[tokio::test]
    async fn requests_of_a_process_that_is_alone_leave_one_gap_apart() {
        let line = Line::new("x".to_owned(), 50, None, Arc::default());
        let (start, now) = (Instant::now(), Timestamp::from_micros(0));
        for number in 0..5 {
            line.admit(now).await.unwrap();
            assert!(start.elapsed() >= Duration::from_millis(20) * number);
        }
    }

    /// Where there is no timer, waiting would panic.
    #[test]
    fn a_turn_that_has_come_is_taken_without_a_timer() {
        let line = Line::new("x".to_owned(), 1, None, Arc::default());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(runtime.block_on(line.admit(Timestamp::from_micros(0))), Ok(()));
    }

    #[test]
    fn turns_of_several_lines_to_an_address_come_one_after_the_other() {
        let (pace, start, gap) = (Pace::default(), Instant::now(), Duration::from_millis(20));
        let at = |gaps: u32| start + gap * gaps;
        // Of two lines, each of which has its turns one gap apart; then of one that waited.
        let turns = [0, 0, 1, 1, 2, 2].map(|own| pace.turn(at(own), gap));
        assert_eq!(turns, [0, 1, 2, 3, 4, 5].map(at));
        assert_eq!(pace.turn(at(50), gap), at(50));
        assert_eq!(pace.turn(at(50), 3 * gap), at(51), "each line has the gap of its settings");
        assert_eq!(pace.turn(at(51), gap), at(54));
    }

    /// Each store has a line of its own to the address, and none counts the turns of the others.
    #[tokio::test]
    async fn lines_over_several_stores_leave_at_one_pace() {
        let stores = [crate::testing::Store::new().await, crate::testing::Store::new().await];
        let lines = Lines::new(Clock::manual(Timestamp::from_micros(0)));
        let settings = br#"{"base_url": "http://127.0.0.1:1", "sessions": true,
            "requests_per_second": 50}"#;
        let settings = Json::parse(settings).unwrap();
        let wires = stores.each_ref().map(|store| {
            let lines = lines.clone().shared_over(Arc::clone(store.desks.ledger()));
            lines.open(Environment::Test, &settings).unwrap()
        });
        let start = tokio::time::Instant::now();
        let leave = async |wire: &HttpWire| {
            for _ in 0..10 {
                let admitted = wire.admit(&Target::Authority(""), Timestamp::from_micros(0));
                admitted.await.unwrap();
            }
        };
        tokio::join!(leave(&wires[0]), leave(&wires[1]));
        assert!(start.elapsed() >= Duration::from_millis(20) * 19, "{:?}", start.elapsed());
    }

    #[tokio::test]
    async fn a_line_that_rests_admits_one_trial() {
        let line = Line::new("x".to_owned(), 1_000, None, Arc::default());
        let at = |seconds: i64| Timestamp::from_micros(seconds * invoice::SECOND);
        while line.admit(at(0)).await.is_ok() {
            line.failed(at(0)).await;
        }
        assert_eq!(line.admit(at(2)).await, Ok(()), "the trial");
        assert!(line.admit(at(2)).await.is_err());
        line.answered().await;
        assert_eq!(line.admit(at(2)).await, Ok(()));
    }
}
