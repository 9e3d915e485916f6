//! A circuit breaker: after failures in a row, a line rests, and one request tries it again.
//!
//! Pure: the time is told.

use std::sync::{Mutex, PoisonError};

use invoice::{SECOND, Timestamp};

/// The breaker of one authority's address, shared by every outlet that uses it.
#[derive(Debug, Default)]
pub struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    rests_until: Option<Timestamp>,
}

/// Failures in a row before the line rests. Fewer would let one bad exchange in twenty, which is
/// an ordinary day, stop a shop.
const FAILURES_MAX: u32 = 8;
/// The first rest; each failed trial doubles it.
const REST_FIRST: i64 = 2 * SECOND;
/// The longest rest: a line that came back is noticed within it.
const REST_MAX: i64 = 60 * SECOND;

impl Breaker {
    /// Whether a request may leave; if not, until when the line rests.
    pub fn admit(&self, now: Timestamp) -> Result<(), Timestamp> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.rests_until {
            Some(until) if now < until => Err(until),
            Some(_) => {
                // One request goes through as the trial; the others wait for its outcome.
                state.rests_until = Some(now.plus_micros(rest(state.failures)));
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub fn answered(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }

    pub fn failed(&self, now: Timestamp) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES_MAX {
            state.rests_until = Some(now.plus_micros(rest(state.failures)));
        }
    }
}

fn rest(failures: u32) -> i64 {
    let doublings = failures.saturating_sub(FAILURES_MAX).min(10);
    (REST_FIRST << doublings).min(REST_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_after_failures_in_a_row_and_lets_one_trial_through() {
        let breaker = Breaker::default();
        let at = |seconds: i64| Timestamp::from_micros(seconds * SECOND);
        for _ in 0..FAILURES_MAX {
            assert_eq!(breaker.admit(at(0)), Ok(()));
            breaker.failed(at(0));
        }
        assert_eq!(breaker.admit(at(1)), Err(at(2)));
        assert_eq!(breaker.admit(at(2)), Ok(()), "the trial");
        assert_eq!(breaker.admit(at(2)), Err(at(4)), "the others wait for it");
        breaker.failed(at(2));
        assert_eq!(breaker.admit(at(5)), Err(at(6)), "and longer, since it failed");
        assert_eq!(breaker.admit(at(6)), Ok(()));
        breaker.answered();
        assert_eq!(breaker.admit(at(6)), Ok(()));
    }

    #[test]
    fn an_answer_in_between_starts_the_count_anew() {
        let breaker = Breaker::default();
        let now = Timestamp::from_micros(0);
        for _ in 0..100 {
            breaker.failed(now);
            breaker.answered();
        }
        assert_eq!(breaker.admit(now), Ok(()));
    }
}
