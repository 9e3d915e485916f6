//! The simulator's time: somebody else's clock, plus an offset that the management port moves.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

/// UTC in microseconds since 1970, plus an offset. Clones share the offset.
#[derive(Clone)]
pub struct Clock {
    source: Arc<dyn Fn() -> i64 + Send + Sync>,
    offset: Arc<AtomicI64>,
}

impl Clock {
    /// A clock that asks `source` for UTC in microseconds since 1970 each time it is read.
    pub fn of(source: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self { source: Arc::new(source), offset: Arc::new(AtomicI64::new(0)) }
    }

    /// A clock that shows `microseconds` (UTC since 1970) now and runs on at the pace of this
    /// machine.
    pub fn starting_at(microseconds: i64) -> Self {
        let start = Instant::now();
        Self::of(move || {
            let passed = i64::try_from(start.elapsed().as_micros()).unwrap_or(i64::MAX);
            microseconds.saturating_add(passed)
        })
    }

    /// A clock that stands at `microseconds` (UTC since 1970) until it is moved.
    pub fn standing_at(microseconds: i64) -> Self {
        Self::of(move || microseconds)
    }

    /// UTC in microseconds since 1970, held between 1970 and 2200.
    pub fn now(&self) -> i64 {
        let shown = (self.source)().saturating_add(self.offset.load(Ordering::SeqCst));
        shown.clamp(0, LATEST)
    }

    /// Moves the clock by `seconds`, backwards if negative.
    pub fn advance(&self, seconds: i64) {
        let step = seconds.saturating_mul(MICROSECONDS);
        let moved = self.offset.load(Ordering::SeqCst).saturating_add(step);
        self.offset.store(moved.clamp(-LATEST, LATEST), Ordering::SeqCst);
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Clock").field("now", &self.now()).finish_non_exhaustive()
    }
}

/// Microseconds in a second.
pub(crate) const MICROSECONDS: i64 = 1_000_000;

/// 2200-01-01T00:00:00Z: every calendar function still works there, and no token lives so long.
const LATEST: i64 = 7_258_118_400 * MICROSECONDS;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_moves_both_ways_and_its_clones_with_it() {
        let clock = Clock::standing_at(1_000 * MICROSECONDS);
        let other = clock.clone();
        clock.advance(120);
        assert_eq!(other.now(), 1_120 * MICROSECONDS);
        other.advance(-20);
        assert_eq!(clock.now(), 1_100 * MICROSECONDS);
    }

    #[test]
    fn it_stays_in_the_calendar() {
        let clock = Clock::standing_at(0);
        clock.advance(i64::MAX);
        assert_eq!(clock.now(), LATEST);
        clock.advance(i64::MIN);
        assert_eq!(clock.now(), 0);
    }
}
