//! The same work on many items, on threads that live as long as the ledger.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rayon::{ThreadPool, ThreadPoolBuilder};

/// Threads that prepare and sign beside the writer.
pub(crate) struct Workers {
    pool: ThreadPool,
    beside: usize,
}

impl Workers {
    /// `count` at work at once, the writer's own thread among them where it has as much to do; and at
    /// least one beside it.
    pub(crate) fn new(count: usize) -> Result<Self, std::io::Error> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(count.max(1))
            .thread_name(|index| format!("ledger-{index}"))
            .build()
            .map_err(std::io::Error::other)?;
        Ok(Self { pool, beside: count.saturating_sub(1).max(1) })
    }

    /// How many share the processor with the writer's own, which does the same.
    pub(crate) fn beside(&self) -> usize {
        self.beside
    }

    /// How many wait for a device, in which the writer's own has no part.
    pub(crate) fn all(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Does `work` on one of them, as soon as one is free.
    pub(crate) fn spawn(&self, work: impl FnOnce() + Send + 'static) {
        self.pool.spawn(work);
    }

    /// Does `work` on each item, and `meanwhile` on this thread, which helps when it is done.
    ///
    /// Results come in no particular order. The first item is worked on here, and its time tells
    /// whether the others are worth a thread: to wake one and to wait for it costs as much as a few
    /// signatures.
    pub(crate) fn map<T: Sync, R: Send, M>(
        &self,
        items: &[T],
        work: impl Fn(&T) -> R + Sync,
        meanwhile: impl FnOnce() -> M,
    ) -> (Vec<R>, M) {
        let next = AtomicUsize::new(0);
        let share = || {
            let mut results = Vec::new();
            while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                results.push(work(item));
            }
            results
        };
        let start = Instant::now();
        let mut first = Vec::with_capacity(items.len());
        first.extend(items.get(next.fetch_add(1, Ordering::Relaxed)).map(&work));
        let rest = u32::try_from(items.len().saturating_sub(1)).unwrap_or(u32::MAX);
        if start.elapsed() * rest < WORTH_A_THREAD {
            let meant = meanwhile();
            first.extend(share());
            return (first, meant);
        }
        let gathered = Mutex::new(first);
        let gather = |results: Vec<R>| {
            gathered.lock().unwrap_or_else(PoisonError::into_inner).extend(results);
        };
        // The scope ends when all its work has, so what is borrowed here outlives it.
        let meant = self.pool.in_place_scope(|scope| {
            for _ in 0..self.beside.min(items.len() - 1) {
                scope.spawn(|_| gather(share()));
            }
            let meant = meanwhile();
            gather(share());
            meant
        });
        (gathered.into_inner().unwrap_or_else(PoisonError::into_inner), meant)
    }
}

/// Work that is worth a thread: twice what its waking and the waiting take on a busy machine.
const WORTH_A_THREAD: Duration = Duration::from_micros(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_worked_on_once() {
        for (workers, count) in [(0, 0), (1, 1), (1, 5), (3, 2), (4, 1000)] {
            let items: Vec<usize> = (0..count).collect();
            let workers = Workers::new(workers).unwrap();
            let (mut results, meant) = workers.map(&items, |item| item * 2, || "meant");
            results.sort_unstable();
            assert_eq!(results, items.iter().map(|item| item * 2).collect::<Vec<_>>());
            assert_eq!(meant, "meant");
        }
    }
}
