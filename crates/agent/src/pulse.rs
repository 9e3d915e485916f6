//! Whether an agent lives.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// Whether an agent lives, as those who watch it see it: when it last read the queue, and when it was
/// last at work on doing so. Shared with whoever answers them.
#[derive(Debug)]
pub struct Pulse {
    start: Instant,
    pub(crate) turned: AtomicU64,
    pub(crate) read: AtomicU64,
}

/// The loop stands still for as long as the queue takes to answer: at most a minute by the time-outs
/// of the store. An agent that has not turned for longer will not turn again.
const TURN_MAX: Duration = Duration::from_mins(2);
/// An agent that could not read the queue for so long delivers nothing.
const READ_MAX: Duration = Duration::from_secs(15);

impl Default for Pulse {
    fn default() -> Self {
        Self { start: Instant::now(), turned: AtomicU64::new(0), read: AtomicU64::new(0) }
    }
}

impl Pulse {
    pub fn lives(&self) -> bool {
        self.since(&self.turned) < TURN_MAX
    }

    /// Whether it could read the queue of late.
    pub fn reads(&self) -> bool {
        self.read.load(Ordering::Relaxed) > 0 && self.since(&self.read) < READ_MAX
    }

    pub(crate) fn beat(&self, what: &AtomicU64) {
        let millis = self.start.elapsed().as_millis();
        what.store(u64::try_from(millis).unwrap_or(u64::MAX).max(1), Ordering::Relaxed);
    }

    fn since(&self, what: &AtomicU64) -> Duration {
        let at = Duration::from_millis(what.load(Ordering::Relaxed));
        self.start.elapsed().saturating_sub(at)
    }
}
