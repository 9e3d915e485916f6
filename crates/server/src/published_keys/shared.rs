//! One reading of the list for all who wait for it: anybody may ask, and a list may be long.

use std::sync::Arc;

use axum::body::Bytes;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::problem::{INTERNAL, Problem};

/// The list as it was put together last.
///
/// Whoever asks gets one that was begun after they asked, for a receipt may be by a key of this very
/// moment; and one at a time is put together, which all get who came while the one before was.
#[derive(Default)]
pub(crate) struct Shared(Arc<Mutex<Option<Made>>>);

struct Made {
    begun: Instant,
    list: Result<Bytes, Problem>,
}

impl Shared {
    /// Its bytes, put together by `make` where nobody did since `asked`. What was begun goes on to its
    /// end, whoever hangs up: the store reads on all the same.
    pub(super) async fn get<F>(
        &self,
        asked: Instant,
        make: impl FnOnce() -> F,
    ) -> Result<Bytes, Problem>
    where
        F: Future<Output = Result<Bytes, Problem>> + Send + 'static,
    {
        let mut last = Arc::clone(&self.0).lock_owned().await;
        if let Some(made) = last.as_ref().filter(|made| made.begun > asked) {
            return made.list.clone();
        }
        let (begun, making) = (Instant::now(), make());
        let made = tokio::spawn(async move {
            let list = making.await;
            *last = Some(Made { begun, list: list.clone() });
            list
        });
        made.await.unwrap_or_else(|panic| {
            tracing::error!("the list of keys was not put together: {panic}");
            Err(Problem::new(INTERNAL))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU8, Ordering};

    use axum::body::Bytes;
    use tokio::sync::Semaphore;
    use tokio::task::{JoinHandle, yield_now};
    use tokio::time::Instant;

    use super::Shared;
    use crate::problem::{LEDGER_UNAVAILABLE, Problem};

    /// Lists that say the how-manyth they are, each put together once it is let.
    struct Lists {
        shared: Shared,
        begun: AtomicU8,
        gate: Semaphore,
    }

    impl Lists {
        fn ask(self: &Arc<Self>) -> JoinHandle<Result<Bytes, Problem>> {
            let (lists, asked) = (Arc::clone(self), Instant::now());
            tokio::spawn(async move {
                let making = Arc::clone(&lists);
                lists.shared.get(asked, || async move { making.make().await }).await
            })
        }

        async fn make(&self) -> Result<Bytes, Problem> {
            let which = self.begun.fetch_add(1, Ordering::Relaxed) + 1;
            self.gate.acquire().await.unwrap().forget();
            Ok(Bytes::copy_from_slice(&[which]))
        }
    }

    /// The first makes its own; the nine who come meanwhile, the second one; the last, a third.
    #[tokio::test]
    async fn who_waits_shares_the_next_list_and_nobody_gets_one_from_before() {
        let (shared, begun, gate) = (Shared::default(), AtomicU8::new(0), Semaphore::new(0));
        let lists = Arc::new(Lists { shared, begun, gate });
        let first = lists.ask();
        yield_now().await;
        assert_eq!(lists.begun.load(Ordering::Relaxed), 1, "it is at work");
        let others: Vec<_> = (0..9).map(|_| lists.ask()).collect();
        lists.gate.add_permits(3);
        assert_eq!(first.await.unwrap().unwrap(), [1][..]);
        for other in others {
            assert_eq!(other.await.unwrap().unwrap(), [2][..]);
        }
        assert_eq!(lists.ask().await.unwrap().unwrap(), [3][..]);
    }

    /// Nothing is begun beside what goes on for somebody who hung up.
    #[tokio::test]
    async fn who_hangs_up_leaves_it_to_its_end() {
        let (shared, begun, gate) = (Shared::default(), AtomicU8::new(0), Semaphore::new(0));
        let lists = Arc::new(Lists { shared, begun, gate });
        let first = lists.ask();
        yield_now().await;
        let next = lists.ask();
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        assert_eq!(lists.begun.load(Ordering::Relaxed), 1, "it is at work all the same");
        lists.gate.add_permits(2);
        assert_eq!(next.await.unwrap().unwrap(), [2][..]);
    }

    #[tokio::test]
    async fn a_failure_is_told_and_not_kept() {
        let shared = Shared::default();
        let fails = || async { Err(Problem::new(LEDGER_UNAVAILABLE)) };
        assert!(shared.get(Instant::now(), fails).await.is_err());
        let list = shared.get(Instant::now(), || async { Ok(Bytes::from_static(b"list")) }).await;
        assert_eq!(list.unwrap(), "list");
    }
}
