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
    /// Another process said that it rests; whoever gets an answer tells that it serves again.
    knows_of_rest: bool,
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

    /// The same, where the store says whose request is the trial.
    pub fn rests(&self, now: Timestamp) -> Result<(), Timestamp> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.rests_until {
            Some(until) if now < until => Err(until),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether nobody knows that the line serves.
    pub fn is_in_doubt(&self) -> bool {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures >= FAILURES_MAX || state.knows_of_rest
    }

    /// Whether anybody may believe that the line rests.
    pub fn answered(&self) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let State { failures, knows_of_rest, .. } = std::mem::take(&mut *state);
        failures >= FAILURES_MAX || knows_of_rest
    }

    /// Until when the line rests from now on, if it does.
    pub fn failed(&self, now: Timestamp) -> Option<Timestamp> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures = state.failures.saturating_add(1);
        if state.failures < FAILURES_MAX {
            return None;
        }
        state.rests_until = Some(now.plus_micros(rest(state.failures)));
        state.rests_until
    }

    /// Another process found that the line serves nobody.
    pub fn rest_until(&self, until: Timestamp) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.knows_of_rest = true;
        state.rests_until = Some(state.rests_until.map_or(until, |known| known.max(until)));
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
        assert!(breaker.answered(), "others may believe that it rests");
        assert_eq!(breaker.admit(at(6)), Ok(()));
        assert!(!breaker.answered());
    }

    #[test]
    fn another_process_s_rest_is_kept_and_its_end_told() {
        let breaker = Breaker::default();
        let at = |seconds: i64| Timestamp::from_micros(seconds * SECOND);
        breaker.rest_until(at(9));
        breaker.rest_until(at(5));
        assert_eq!(breaker.rests(at(8)), Err(at(9)), "the longer one");
        for _ in 0..2 {
            assert_eq!(breaker.rests(at(9)), Ok(()), "whose trial it is, the store says");
        }
        assert!(breaker.is_in_doubt() && breaker.answered());
        assert!(!breaker.is_in_doubt());
    }

    #[test]
    fn an_answer_in_between_starts_the_count_anew() {
        let breaker = Breaker::default();
        let now = Timestamp::from_micros(0);
        for _ in 0..100 {
            assert_eq!(breaker.failed(now), None);
            breaker.answered();
        }
        assert_eq!(breaker.admit(now), Ok(()));
    }
}
