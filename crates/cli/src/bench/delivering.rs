//! An agent at work in this process, and what it leaves of the queue.

use std::sync::Arc;

use agent::Agent;
use fiscal::Desks;
use ledger::SubmissionState;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::failure::Failure;

/// An agent at work.
pub(super) struct Delivering {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    wake: Arc<Notify>,
}

impl Delivering {
    pub(super) fn start(desks: &Arc<Desks>, settings: agent::Settings) -> Self {
        let (stop, stopped) = watch::channel(false);
        let wake = Arc::new(Notify::new());
        let agent = Agent::new(Arc::clone(desks), settings, Arc::clone(&wake));
        Self { stop, task: tokio::spawn(agent.run(stopped)), wake }
    }

    /// Tells it that something was sealed, as a server does.
    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }

    pub(super) async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

/// Submissions that are not done.
pub(super) async fn waiting(desks: &Desks) -> Result<u64, Failure> {
    use SubmissionState::{Queued, Submitted, Unanswered};
    count(desks, |state| [Queued, Submitted, Unanswered].contains(&state)).await
}

pub(super) async fn acknowledged(desks: &Desks) -> Result<u64, Failure> {
    count(desks, |state| state == SubmissionState::Acknowledged).await
}

/// Submissions that came to a bad end, or to none.
pub(super) async fn refused(desks: &Desks) -> Result<u64, Failure> {
    let bad = [SubmissionState::Refused, SubmissionState::SetAside];
    count(desks, |state| bad.contains(&state)).await
}

async fn count(desks: &Desks, of: impl Fn(SubmissionState) -> bool) -> Result<u64, Failure> {
    let mut counted = 0;
    for tenant in desks.ledger().tenants().await? {
        let counts = desks.ledger().counts(&tenant.id).await?;
        counted +=
            counts.submissions.iter().filter(|(state, _)| of(*state)).map(|(_, n)| n).sum::<u64>();
    }
    Ok(counted)
}
