//! The loop: lease what is due, drive it, come back.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use fiscal::{Desks, Driven, LEASE, Patience};
use ledger::{Leased, LedgerError, NewLease, ProgressOrder, SubmissionChange, SubmissionState};
use tokio::sync::{Notify, watch};
use tokio::task::{Id, JoinError, JoinHandle, JoinSet};
use tokio::time::Instant;

use crate::annulments;
use crate::decisions;
use crate::pulse::Pulse;
use crate::surveys;
use crate::watch::look;

/// How an agent works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Stands in leases, so that people can tell whose they are.
    pub name: String,
    /// Submissions driven at once. They wait for the authority most of the time. A quarter of as many
    /// more stand by, leased, where more are due than can be driven.
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
            at_once: AT_ONCE.into(),
            poll: Duration::from_secs(1),
            survey: Duration::from_mins(10),
            drain: DRAIN,
        }
    }
}

/// Submissions driven at once: as many as two hundred requests a second need, where an answer takes a
/// second.
pub const AT_ONCE: u16 = 256;
/// Longer than an exchange takes as a rule, and shorter than a supervisor waits.
const DRAIN: Duration = Duration::from_secs(30);

/// Between two looks at the queue: those that are due meanwhile are found together, and in one
/// commit. Nobody notices so short a wait.
const LOOK_REST: Duration = Duration::from_millis(5);
/// One in so many of those that are driven may stand by: so few that another agent has work too.
const STANDING_BY: usize = 4;

/// An agent over one store.
pub struct Agent {
    desks: Arc<Desks>,
    settings: Settings,
    wake: Arc<Notify>,
    drives: JoinSet<Driven>,
    driven: HashMap<Id, Leased>,
    /// Leased, and to be driven as soon as there is room: longest due first.
    ready: VecDeque<Leased>,
    looked_at: Instant,
    look_at: Instant,
    /// The round of surveys that is under way, if one is.
    surveys: Option<JoinHandle<()>>,
    /// The round of decisions, likewise.
    decisions: Option<JoinHandle<()>>,
    /// The round of annulments, likewise.
    annulments: Option<JoinHandle<()>>,
    pulse: Arc<Pulse>,
}

impl Agent {
    /// `wake` tells that something new may be due.
    pub fn new(desks: Arc<Desks>, settings: Settings, wake: Arc<Notify>) -> Self {
        let now = Instant::now();
        Self {
            desks,
            settings,
            wake,
            drives: JoinSet::new(),
            driven: HashMap::new(),
            ready: VecDeque::new(),
            looked_at: now,
            look_at: now,
            surveys: None,
            decisions: None,
            annulments: None,
            pulse: Arc::default(),
        }
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
            if Instant::now() >= self.look_at {
                self.take().await;
            }
            self.start_ready();
            self.pulse.beat(&self.pulse.turned);
            tokio::select! {
                _ = stop.changed() => {}
                Some(ended) = self.drives.join_next_with_id() => self.all_ended(ended).await,
                () = self.wake.notified(), if self.has_room() => self.look_soon(),
                () = tokio::time::sleep_until(self.look_at) => {}
            }
        }
        self.drain().await;
    }

    fn has_room(&self) -> bool {
        self.drives.len() < self.settings.at_once
    }

    /// Not at once where the last look was just now.
    fn look_soon(&mut self) {
        self.look_at = self.look_at.min(self.looked_at + LOOK_REST);
    }

    /// Leases what is due, and some of it before there is room.
    async fn take(&mut self) {
        match self.lease_due().await {
            Ok(()) => self.pulse.beat(&self.pulse.read),
            Err(error) => tracing::error!("the queue cannot be read: {error}"),
        }
        self.looked_at = Instant::now();
        self.look_at = self.looked_at + self.settings.poll;
    }

    async fn lease_due(&mut self) -> Result<(), LedgerError> {
        let most = self.settings.at_once + self.settings.at_once / STANDING_BY;
        let room = most.saturating_sub(self.drives.len() + self.ready.len());
        if room == 0 {
            return Ok(());
        }
        let now = self.desks.clock().now();
        let lease = NewLease { owner: self.settings.name.clone(), until: now.plus_micros(LEASE) };
        let limit = u32::try_from(room).unwrap_or(u32::MAX);
        self.ready.extend(self.desks.ledger().lease_due(lease, limit, now).await?);
        Ok(())
    }

    /// Starts to drive what is leased, as far as there is room.
    fn start_ready(&mut self) {
        while self.has_room() {
            let Some(leased) = self.ready.pop_front() else { return };
            let task = self.drives.spawn(drive(Arc::clone(&self.desks), leased.clone()));
            self.driven.insert(task.id(), leased);
        }
    }

    /// A drive ended, and others may have since the last look: what follows them is leased in one
    /// commit, however many there are.
    async fn all_ended(&mut self, first: Result<(Id, Driven), JoinError>) {
        let mut next = Some(first);
        while let Some(ended) = next {
            self.ended(ended).await;
            next = self.drives.try_join_next_with_id();
        }
        if self.ready.is_empty() {
            self.look_soon();
        }
    }

    /// A drive that panicked is set aside, so that it blocks nobody.
    async fn ended(&mut self, ended: Result<(Id, Driven), JoinError>) {
        let id = match &ended {
            Ok((id, _)) => *id,
            Err(panicked) => panicked.id(),
        };
        let Some(leased) = self.driven.remove(&id) else { return };
        if let Err(panicked) = ended {
            self.set_aside(leased, &panicked).await;
        }
    }

    async fn set_aside(&self, leased: Leased, panicked: &JoinError) {
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

    /// Gives back what is not driven, so that whoever comes next need not wait for its lease to end.
    async fn give_back(&self, leased: impl IntoIterator<Item = Leased>) {
        for Leased { lease, submission } in leased {
            let ledger = self.desks.ledger();
            match ledger.release(&submission.tenant, &submission.invoice, lease.token).await {
                // It ended at that moment, or its lease had run out.
                Ok(()) | Err(LedgerError::LeaseLost(_)) => {}
                Err(error) => tracing::warn!("a lease runs on until it ends: {error}"),
            }
        }
    }

    async fn look_around(&mut self) {
        let is_under_way = self.surveys.as_ref().is_some_and(|round| !round.is_finished());
        if !is_under_way {
            self.surveys = Some(tokio::spawn(surveys::round(Arc::clone(&self.desks))));
        }
        look(&self.desks).await;
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
        if let Some(surveys) = self.surveys.take() {
            surveys.abort();
        }
        let drained = tokio::time::timeout(self.settings.drain, self.all_end()).await;
        if drained.is_err() {
            self.drives.shutdown().await;
            tracing::warn!("{} drives were cut; others go on with them", self.driven.len());
        }
        let cut = std::mem::take(&mut self.driven).into_values();
        let left = std::mem::take(&mut self.ready).into_iter().chain(cut);
        self.give_back(left.collect::<Vec<_>>()).await;
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
#[path = "run_tests.rs"]
mod tests;
