//! What many operations took: their rate, and how long one waited.

use std::time::Duration;

/// Operations that were timed one by one.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub elapsed: Duration,
    sorted: Vec<Duration>,
}

impl Measured {
    pub(crate) fn new(elapsed: Duration, mut each: Vec<Duration>) -> Self {
        each.sort_unstable();
        Self { elapsed, sorted: each }
    }

    pub(crate) fn count(&self) -> u64 {
        self.sorted.len() as u64
    }

    /// Operations in a second.
    pub(crate) fn rate(&self) -> u64 {
        per_second(self.sorted.len(), self.elapsed)
    }

    /// The wait that `per_mille` of a thousand operations did not pass.
    pub(crate) fn wait(&self, per_mille: usize) -> Duration {
        let index =
            (self.sorted.len() * per_mille / 1_000).min(self.sorted.len().saturating_sub(1));
        self.sorted.get(index).copied().unwrap_or_default()
    }
}

pub(crate) fn per_second(operations: usize, elapsed: Duration) -> u64 {
    let micros = elapsed.as_micros().max(1);
    u64::try_from(operations as u128 * 1_000_000 / micros).unwrap_or(u64::MAX)
}
