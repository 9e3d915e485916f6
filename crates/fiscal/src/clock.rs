//! The one place that asks what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use invoice::Timestamp;

/// The clock that a process was given.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's.
    System,
    /// One that only moves when it is told, in microseconds since the epoch.
    Manual(Arc<AtomicI64>),
    /// One that nobody waits for: who sleeps moves it on by as long. For simulations.
    Paced(Arc<AtomicI64>),
}

impl Clock {
    pub fn manual(start: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(start.micros())))
    }

    pub fn paced(start: Timestamp) -> Self {
        Self::Paced(Arc::new(AtomicI64::new(start.micros())))
    }

    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => {
                #[expect(clippy::disallowed_methods, reason = "this is the clock")]
                let now = jiff::Timestamp::now();
                Timestamp::from_micros(now.as_microsecond())
            }
            Self::Manual(micros) | Self::Paced(micros) => {
                Timestamp::from_micros(micros.load(Ordering::SeqCst))
            }
        }
    }

    /// Moves a clock that is ours; the system's is not.
    pub fn advance(&self, micros: i64) {
        if let Self::Manual(now) | Self::Paced(now) = self {
            now.fetch_add(micros, Ordering::SeqCst);
        }
    }

    /// Waits for so many microseconds.
    pub async fn sleep(&self, micros: u64) {
        if let Self::Paced(_) = self {
            self.advance(i64::try_from(micros).unwrap_or(i64::MAX));
            tokio::task::yield_now().await;
        } else {
            tokio::time::sleep(Duration::from_micros(micros)).await;
        }
    }

    /// What comes of it within so many microseconds; nothing if it takes longer.
    pub async fn within<T>(&self, micros: u64, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = work => Some(done),
            () = self.sleep(micros) => None,
        }
    }
}
