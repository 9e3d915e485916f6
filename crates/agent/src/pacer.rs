//! Pacing: requests to one address leave no closer together than it can take.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// Gives each request its slot; whoever comes early waits.
#[derive(Debug)]
pub(crate) struct Pacer {
    gap: Duration,
    next: Mutex<Instant>,
}

impl Pacer {
    pub(crate) fn per_second(requests: u32) -> Self {
        let gap = Duration::from_secs(1) / requests.max(1);
        Self { gap, next: Mutex::new(Instant::now()) }
    }

    pub(crate) async fn slot(&self) {
        let slot = {
            let mut next = self.next.lock().await;
            let slot = (*next).max(Instant::now());
            *next = slot + self.gap;
            slot
        };
        tokio::time::sleep_until(slot).await;
    }
}
