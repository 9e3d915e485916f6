//! The signatures of a transaction, made on other threads while its rows are written.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use invoice::{Hash, signed_message};

use super::prepare::catch;
use super::{Logs, Slot, Workers};
use crate::error::LedgerError;
use crate::order::{BoxError, EntrySigner};

/// Signatures that were asked for and not yet gathered.
pub(crate) struct Signatures {
    jobs: Arc<Mutex<VecDeque<Job>>>,
    pending: usize,
    done: Receiver<Made>,
    tell: Sender<Made>,
}

struct Job {
    index: usize,
    of: Of,
    message: Vec<u8>,
    signer: EntrySigner,
}

/// What the order at a place signs.
#[derive(Clone, Copy)]
enum Of {
    Entry(Hash),
    /// The checkpoint of its outlet's log.
    Checkpoint,
}

struct Made {
    index: usize,
    of: Of,
    signature: Result<[u8; 64], BoxError>,
}

impl Signatures {
    pub(crate) fn new() -> Self {
        let (tell, done) = channel();
        Self { jobs: Arc::default(), pending: 0, done, tell }
    }

    /// Asks for the signatures of what is chained from `first` on.
    pub(crate) fn ask(&mut self, slots: &[Slot], first: usize, workers: &Workers) {
        let asked = self.ask_for(slots.iter().enumerate().skip(first).filter_map(job));
        self.wake(asked, workers);
    }

    /// Asks for the signatures of the checkpoints, once no log grows any more. They are gathered at
    /// once, so that one of them wants no helper: alone, a seal wakes none for it.
    pub(crate) fn ask_checkpoints(&mut self, slots: &[Slot], logs: &Logs, workers: &Workers) {
        let job = |(index, text): (usize, String)| {
            let signer = slots[index].order.signer().clone();
            Job { index, of: Of::Checkpoint, message: text.into_bytes(), signer }
        };
        let asked = self.ask_for(logs.unsigned().map(job));
        self.wake(asked.saturating_sub(1), workers);
    }

    /// Says how many were asked for.
    fn ask_for(&mut self, asked: impl Iterator<Item = Job>) -> usize {
        let before = self.pending;
        lock(&self.jobs).extend(asked.inspect(|_| self.pending += 1));
        self.pending - before
    }

    /// One helper for each that is asked for is enough, and those that find nothing end at once.
    fn wake(&self, asked: usize, workers: &Workers) {
        let is_device = lock(&self.jobs).back().is_some_and(|job| job.signer.is_device);
        let helpers = if is_device { workers.all() } else { workers.beside() };
        for _ in 0..helpers.min(asked) {
            let (jobs, tell) = (Arc::clone(&self.jobs), self.tell.clone());
            workers.spawn(move || work(&jobs, &tell));
        }
    }

    /// How many nobody has begun yet.
    pub(crate) fn left(&self) -> usize {
        lock(&self.jobs).len()
    }

    /// Waits for the signature of the entry at a place, and helps only while it is not there: what it
    /// signs itself delays the one who asks. It does not stand in a device's queue: those who were woken
    /// do, and it would wait there for their turns.
    pub(crate) fn until_signed(&mut self, place: usize, slots: &mut [Slot], logs: &mut Logs) {
        while is_unsigned(&slots[place]) {
            if let Ok(made) = self.done.try_recv() {
                self.take(made, slots, logs);
            } else if slots[place].order.signer().is_device || !work_once(&self.jobs, &self.tell) {
                self.take_next(slots, logs);
            }
        }
    }

    /// Waits for all of them, and helps meanwhile. A signer's failure drops its order alone.
    pub(crate) fn gather(&mut self, slots: &mut [Slot], logs: &mut Logs) {
        work(&self.jobs, &self.tell);
        while self.pending > 0 {
            self.take_next(slots, logs);
        }
    }

    fn take_next(&mut self, slots: &mut [Slot], logs: &mut Logs) {
        let made = self.done.recv().expect("each job tells its end, whatever it is");
        self.take(made, slots, logs);
    }

    fn take(&mut self, made: Made, slots: &mut [Slot], logs: &mut Logs) {
        self.pending -= 1;
        let slot = &mut slots[made.index];
        match (made.signature, made.of, &mut slot.signed) {
            (Ok(signature), Of::Entry(hash), Some(signed)) if signed.hash == hash => {
                signed.signature = Some(signature);
            }
            (Ok(_), Of::Entry(_), _) => {
                unreachable!("what is signed was chained in the same transaction")
            }
            (Ok(signature), Of::Checkpoint, _) => logs.sign(made.index, signature),
            (Err(source), ..) => slot.failure = Some(LedgerError::Sign(source)),
        }
    }
}

/// What nobody waits for any more is not signed.
impl Drop for Signatures {
    fn drop(&mut self) {
        lock(&self.jobs).clear();
    }
}

fn is_unsigned(slot: &Slot) -> bool {
    let signed = slot.signed.as_ref();
    slot.failure.is_none() && signed.is_some_and(|signed| signed.signature.is_none())
}

fn job((index, slot): (usize, &Slot)) -> Option<Job> {
    slot.entry()?;
    let signed = slot.signed.as_ref().filter(|signed| signed.signature.is_none())?;
    let message = signed_message(&signed.statement);
    Some(Job { index, of: Of::Entry(signed.hash), message, signer: slot.order.signer().clone() })
}

fn work(jobs: &Mutex<VecDeque<Job>>, tell: &Sender<Made>) {
    while work_once(jobs, tell) {}
}

/// False if nothing is left to be signed.
fn work_once(jobs: &Mutex<VecDeque<Job>>, tell: &Sender<Made>) -> bool {
    let Some(job) = lock(jobs).pop_front() else { return false };
    let signature = catch(|| (job.signer.sign)(&job.message));
    // Nobody listens if the transaction was given up.
    let _ = tell.send(Made { index: job.index, of: job.of, signature });
    true
}

fn lock(jobs: &Mutex<VecDeque<Job>>) -> std::sync::MutexGuard<'_, VecDeque<Job>> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner)
}
