//! The same work on many items, on a few threads that live as long as the work.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Does `work` on each item, and `meanwhile` on this thread, which helps when it is done with it.
///
/// Results come in no particular order. A few items are worked on here: to start a thread and to
/// wait for it costs about as much as two or three signatures.
pub(crate) fn map<T: Sync, R: Send, M>(
    workers: usize,
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
    if items.len() < SHARED_MIN {
        let meant = meanwhile();
        return (share(), meant);
    }
    std::thread::scope(|scope| {
        let threads = workers.min(items.len()).saturating_sub(1).max(1);
        let others: Vec<_> = (0..threads).map(|_| scope.spawn(share)).collect();
        let meant = meanwhile();
        let mut results = share();
        for other in others {
            results.extend(other.join().expect("the work catches the panics of callers"));
        }
        (results, meant)
    })
}

/// Items that are worth a thread.
const SHARED_MIN: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_worked_on_once() {
        for (workers, count) in [(0, 0), (1, 1), (1, 5), (3, 2), (4, 1000)] {
            let items: Vec<usize> = (0..count).collect();
            let (mut results, meant) = map(workers, &items, |item| item * 2, || "meant");
            results.sort_unstable();
            assert_eq!(results, items.iter().map(|item| item * 2).collect::<Vec<_>>());
            assert_eq!(meant, "meant");
        }
    }
}
