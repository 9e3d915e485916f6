//! The loop: lease what is due, drive it, come back.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fiscal::{Desks, Driven, LEASE, Patience};
use ledger::{Leased, LedgerError, NewLease, ProgressOrder, SubmissionChange, SubmissionState};
use tokio::sync::{Notify, watch};
use tokio::task::{Id, JoinError, JoinHandle, JoinSet};
use tokio::time::Instant;

use crate::annulments;
use crate::decisions;
use crate::outlets;
use crate::watch::look;

/// How an agent works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Stands in leases, so that people can tell whose they are.
    pub name: String,
    /// Submissions driven at once. They wait for the authority most of the time.
    pub at_once: usize,
    /// How often the queue is looked at when nobody wakes the agent.
    pub poll: Duration,
    /// How often each outlet's authority is asked how things stand.
    pub survey: Duration,
    /// How long drives under way are waited for at the end.
    pub drain: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: "agent".to_owned(),
            at_once: 64,
            poll: Duration::from_secs(1),
            survey: Duration::from_mins(10),
            drain: DRAIN,
        }
    }
}

/// Longer than an exchange takes as a rule, and shorter than a supervisor waits.
const DRAIN: Duration = Duration::from_secs(30);

/// Whether an agent lives, as those who watch it see it: when it last read the queue, and when it was
/// last at work on doing so. Shared with whoever answers them.
#[derive(Debug)]
pub struct Pulse {
    start: Instant,
    turned: AtomicU64,
    read: AtomicU64,
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

    fn beat(&self, what: &AtomicU64) {
        let millis = self.start.elapsed().as_millis();
        what.store(u64::try_from(millis).unwrap_or(u64::MAX).max(1), Ordering::Relaxed);
    }

    fn since(&self, what: &AtomicU64) -> Duration {
        let at = Duration::from_millis(what.load(Ordering::Relaxed));
        self.start.elapsed().saturating_sub(at)
    }
}

/// An agent over one store.
pub struct Agent {
    desks: Arc<Desks>,
    settings: Settings,
    wake: Arc<Notify>,
    drives: JoinSet<Driven>,
    leased: HashMap<Id, Leased>,
    /// The round of decisions that is under way, if one is.
    decisions: Option<JoinHandle<()>>,
    /// The round of annulments, likewise.
    annulments: Option<JoinHandle<()>>,
    pulse: Arc<Pulse>,
}

impl Agent {
    /// `wake` tells that something new may be due.
    pub fn new(desks: Arc<Desks>, settings: Settings, wake: Arc<Notify>) -> Self {
        let (drives, leased) = (JoinSet::new(), HashMap::new());
        let pulse = Arc::default();
        let (decisions, annulments) = (None, None);
        Self { desks, settings, wake, drives, leased, decisions, annulments, pulse }
    }

    /// What those who watch it are told.
    pub fn pulse(&self) -> Arc<Pulse> {
        Arc::clone(&self.pulse)
    }

    /// Works until `stop` turns true, then lets the drives under way end.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut next_survey = Instant::now();
        while !*stop.borrow() {
            if Instant::now() >= next_survey {
                self.look_around().await;
                next_survey = Instant::now() + self.settings.survey;
            }
            self.send_decisions();
            self.tell_annulments();
            match self.take().await {
                Ok(()) => self.pulse.beat(&self.pulse.read),
                Err(error) => tracing::error!("the queue cannot be read: {error}"),
            }
            self.pulse.beat(&self.pulse.turned);
            tokio::select! {
                _ = stop.changed() => {}
                Some(ended) = self.drives.join_next_with_id() => self.ended(ended).await,
                () = self.wake.notified(), if self.has_room() => {}
                () = tokio::time::sleep(self.settings.poll) => {}
            }
        }
        self.drain().await;
    }

    fn has_room(&self) -> bool {
        self.drives.len() < self.settings.at_once
    }

    /// Leases what is due and starts to drive it.
    async fn take(&mut self) -> Result<(), LedgerError> {
        let room = self.settings.at_once - self.drives.len().min(self.settings.at_once);
        if room == 0 {
            return Ok(());
        }
        let now = self.desks.clock().now();
        let lease = NewLease { owner: self.settings.name.clone(), until: now.plus_micros(LEASE) };
        let limit = u32::try_from(room).unwrap_or(u32::MAX);
        for leased in self.desks.ledger().lease_due(lease, limit, now).await? {
            let desks = Arc::clone(&self.desks);
            let task = self.drives.spawn(drive(desks, leased.clone()));
            self.leased.insert(task.id(), leased);
        }
        Ok(())
    }

    /// A drive that ended is forgotten; one that panicked is set aside, so that it blocks nobody.
    async fn ended(&mut self, ended: Result<(Id, Driven), JoinError>) {
        let panicked = match ended {
            Ok((id, _)) => {
                self.leased.remove(&id);
                return;
            }
            Err(error) => error,
        };
        let Some(leased) = self.leased.remove(&panicked.id()) else { return };
        tracing::error!(invoice.id = %leased.submission.invoice, "set aside: {panicked}");
        let now = self.desks.clock().now();
        let order = ProgressOrder {
            tenant: leased.submission.tenant,
            invoice: leased.submission.invoice,
            lease: leased.lease.token,
            change: SubmissionChange {
                state: SubmissionState::SetAside,
                progress: leased.submission.progress,
                due_at: now,
                last_answer: Some(format!("set aside after a fault of ours: {panicked}")),
                release: true,
            },
            extend_until: None,
            attempt: None,
            now,
        };
        if let Err(error) = self.desks.ledger().save_progress(order).await {
            tracing::error!("and it could not be set aside: {error}");
        }
    }

    async fn look_around(&mut self) {
        if let Err(error) = self.survey_all().await {
            tracing::error!("the survey of outlets failed: {error}");
        }
        look(&self.desks).await;
    }

    /// Surveys every outlet in the background: a slow authority delays no submission.
    async fn survey_all(&self) -> Result<(), LedgerError> {
        let ledger = self.desks.ledger();
        for tenant in ledger.tenants().await? {
            for outlet in ledger.outlets(&tenant.id).await? {
                let desks = Arc::clone(&self.desks);
                tokio::spawn(async move {
                    match outlets::open(&desks, &outlet).await {
                        Ok(Ok(desk)) => drop(fiscal::survey(&desk).await),
                        // It is told of already.
                        Ok(Err(_)) => {}
                        Err(error) => tracing::warn!(outlet.id = %outlet.id, "{error}"),
                    }
                });
            }
        }
        Ok(())
    }

    /// One round at a time, in the background: the system of another taxpayer may be slow.
    fn send_decisions(&mut self) {
        let is_under_way = self.decisions.as_ref().is_some_and(|round| !round.is_finished());
        if !is_under_way {
            let round = decisions::round(Arc::clone(&self.desks), self.settings.poll);
            self.decisions = Some(tokio::spawn(round));
        }
    }

    /// One round at a time, likewise.
    fn tell_annulments(&mut self) {
        let is_under_way = self.annulments.as_ref().is_some_and(|round| !round.is_finished());
        if !is_under_way {
            self.annulments = Some(tokio::spawn(annulments::round(Arc::clone(&self.desks))));
        }
    }

    /// Waits for the drives under way. What is not done in time is cut and given back: it resumes
    /// from its stored progress, here or with another agent, and need not wait for its lease to end.
    async fn drain(&mut self) {
        let drained = tokio::time::timeout(self.settings.drain, self.all_end()).await;
        if drained.is_ok() {
            return;
        }
        self.drives.shutdown().await;
        tracing::warn!("{} drives were cut; others go on with them", self.leased.len());
        for leased in std::mem::take(&mut self.leased).into_values() {
            let Leased { lease, submission } = leased;
            let ledger = self.desks.ledger();
            match ledger.release(&submission.tenant, &submission.invoice, lease.token).await {
                // It ended at that moment, or its lease had run out.
                Ok(()) | Err(LedgerError::LeaseLost(_)) => {}
                Err(error) => tracing::warn!("a lease runs on until it ends: {error}"),
            }
        }
    }

    async fn all_end(&mut self) {
        while let Some(ended) = self.drives.join_next_with_id().await {
            self.ended(ended).await;
        }
    }
}

async fn drive(desks: Arc<Desks>, leased: Leased) -> Driven {
    let submission = &leased.submission;
    match desks.desk(&submission.tenant, &submission.outlet).await {
        Ok(desk) => fiscal::drive(&desk, leased, Patience::None).await,
        Err(error) => {
            // The outlet's settings are at fault: its submissions wait until the lease ends.
            tracing::error!(outlet.id = %submission.outlet, "{error}");
            Driven::Lost
        }
    }
}

#[cfg(test)]
mod tests {
    use invoice::SECOND;

    use super::*;
    use crate::testing::Store;

    #[tokio::test]
    async fn what_is_held_is_renewed_and_another_takes_it_when_it_is_not() {
        let store = Store::new().await;
        let outlet = store.outlet("KIN01", r#"{"wire": {"silent": true}}"#).await;
        let invoice = store.issue(&outlet).await;
        let agent = Agent::new(Arc::clone(&store.desks), Settings::default(), Arc::default());
        let pulse = agent.pulse();
        assert!(pulse.lives() && !pulse.reads(), "it has not looked yet");
        let (_stop, stopped) = watch::channel(false);
        let working = tokio::spawn(agent.run(stopped));
        let ledger = store.desks.ledger();
        let take = async || {
            let now = store.clock.now();
            let lease = NewLease { owner: "another".to_owned(), until: now.plus_micros(SECOND) };
            ledger.lease_due(lease, 10, now).await.unwrap().len()
        };
        let patience = Instant::now() + Duration::from_secs(30);
        while !pulse.reads() {
            assert!(Instant::now() < patience, "it does not read the queue");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let held_until = async || {
            let stands = ledger.submission(&store.tenant, &invoice).await.unwrap().unwrap();
            stands.lease_until.map(|until| until.micros_since(store.clock.now()))
        };
        // Its drive begins a moment after the lease.
        store.clock.advance(SECOND);
        while held_until().await != Some(LEASE) {
            assert!(Instant::now() < patience, "it is not renewed");
            store.desks.renew_leases().await.unwrap();
        }
        for _ in 0..5 {
            store.clock.advance(LEASE - SECOND);
            store.desks.renew_leases().await.unwrap();
            assert_eq!(take().await, 0, "it is held");
        }
        working.abort();
        let _ = working.await;
        store.desks.renew_leases().await.unwrap();
        store.clock.advance(LEASE);
        assert_eq!(take().await, 1, "a dead one's work is taken over");
    }

    #[tokio::test]
    async fn what_is_not_done_at_the_end_is_given_back_at_once() {
        let store = Store::new().await;
        let outlet = store.outlet("KIN01", r#"{"wire": {"silent": true}}"#).await;
        let invoice = store.issue(&outlet).await;
        let settings = Settings { drain: Duration::from_millis(50), ..Settings::default() };
        let agent = Agent::new(Arc::clone(&store.desks), settings, Arc::new(Notify::new()));
        let (stop, stopped) = watch::channel(false);
        let working = tokio::spawn(agent.run(stopped));
        let ledger = store.desks.ledger();
        let stands = async || ledger.submission(&store.tenant, &invoice).await.unwrap().unwrap();
        let patience = Instant::now() + Duration::from_secs(30);
        while stands().await.lease_until.is_none() {
            assert!(Instant::now() < patience, "nobody took it");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stop.send(true).unwrap();
        working.await.unwrap();
        let left = stands().await;
        assert_eq!((left.lease_until, left.lease_owner), (None, None));
        let now = store.clock.now();
        let lease = NewLease { owner: "another".to_owned(), until: now.plus_micros(SECOND) };
        let taken = ledger.lease_due(lease, 10, now).await.unwrap();
        assert_eq!(taken.len(), 1, "another goes on with it");
    }
}
