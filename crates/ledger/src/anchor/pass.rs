//! The thread that puts anchors on their shelf: one pass at a time, for all outlets that sealed
//! meanwhile. Nobody who seals waits for it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use invoice::OutletId;
use proof::Note;

use super::keeper::Memory;
use super::text::file_of;
use super::{AnchorShelf, Anchoring};
use crate::batch::catch;
use crate::error::LedgerError;
use crate::order::EntrySigner;

pub(super) struct Passes {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    memory: Arc<Memory>,
    shelf: Arc<dyn AnchorShelf>,
    interval: Option<Duration>,
    asked: Mutex<Asked>,
    changed: Condvar,
}

/// What the thread is asked for, and what came of it.
#[derive(Default)]
struct Asked {
    /// Something was committed since the last pass began.
    is_dirty: bool,
    /// How many wait for a pass to end that began after they asked.
    flushes: u64,
    flushed: u64,
    is_closing: bool,
    /// Why the last pass failed, if it did.
    failure: Option<String>,
}

impl Passes {
    pub(super) fn begin(memory: Arc<Memory>, anchoring: &Anchoring) -> Result<Self, LedgerError> {
        let shared = Arc::new(Shared {
            memory,
            shelf: Arc::clone(&anchoring.shelf),
            interval: anchoring.interval,
            asked: Mutex::default(),
            changed: Condvar::new(),
        });
        let run = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("anchors".to_owned())
            .spawn(move || run.run())
            .map_err(LedgerError::Open)?;
        Ok(Self { shared, thread: Mutex::new(Some(thread)) })
    }

    pub(super) fn wake(&self) {
        let mut asked = self.shared.lock();
        // Whoever commits often wakes the thread once a pass.
        if !std::mem::replace(&mut asked.is_dirty, true) {
            self.shared.changed.notify_all();
        }
    }

    pub(super) fn flush(&self) -> Result<(), String> {
        let mut asked = self.shared.lock();
        asked.flushes += 1;
        let mine = asked.flushes;
        self.shared.changed.notify_all();
        while asked.flushed < mine && !asked.is_closing {
            asked = self.shared.wait(asked, None);
        }
        asked.failure.clone().map_or(Ok(()), Err)
    }

    pub(super) fn close(&self) {
        self.shared.lock().is_closing = true;
        self.shared.changed.notify_all();
        let thread = self.thread.lock().ok().and_then(|mut thread| thread.take());
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that writes anchors ended with a panic");
        }
    }
}

impl Drop for Passes {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    fn run(&self) {
        let mut last: Option<Instant> = None;
        while let Some(flushes) = self.next(last) {
            let result = self.pass();
            if let Err(why) = &result {
                tracing::error!(%why, "the anchors could not be written");
            }
            let mut asked = self.lock();
            asked.is_dirty |= result.is_err();
            asked.failure = result.err();
            asked.flushed = flushes;
            drop(asked);
            self.changed.notify_all();
            last = Some(Instant::now());
        }
        let _ = self.pass().inspect_err(|why| tracing::error!(%why, "the last anchors are lost"));
    }

    /// Waits until a pass is due, and says how many flushes it answers; none at the end.
    fn next(&self, last: Option<Instant>) -> Option<u64> {
        let mut asked = self.lock();
        loop {
            if asked.is_closing {
                return None;
            }
            let rest = match (asked.is_dirty, self.interval) {
                (true, Some(interval)) => Some(
                    last.map_or(Duration::ZERO, |last| interval.saturating_sub(last.elapsed())),
                ),
                _ => None,
            };
            if asked.flushed < asked.flushes || rest == Some(Duration::ZERO) {
                asked.is_dirty = false;
                return Some(asked.flushes);
            }
            asked = self.wait(asked, rest);
        }
    }

    /// Signs what was committed since the last pass, and writes the file whole.
    fn pass(&self) -> Result<(), String> {
        let unsigned = self.memory.take_unsigned();
        if unsigned.is_empty() {
            return Ok(());
        }
        let mut failure = None;
        let mut taken: Vec<(OutletId, EntrySigner)> = Vec::new();
        for (anchor, signer) in unsigned {
            taken.push((anchor.outlet.clone(), signer.clone()));
            let signature = catch(|| (signer.sign)(anchor.text().as_bytes()));
            match signature.map(|signature| anchor.signed(&signer.key_id, &signature)) {
                Ok(Some(signed)) => self.memory.signed(signed),
                Ok(None) => failure = Some(format!("{} names no key", signer.key_id)),
                Err(error) => failure = Some(error.to_string()),
            }
        }
        let kept =
            self.shelf.keep(self.memory.file().as_bytes()).map_err(|error| error.to_string());
        let result = kept.and(failure.map_or(Ok(()), Err));
        if result.is_err() {
            for (outlet, signer) in taken {
                self.memory.put_back(&outlet, signer);
            }
        }
        result
    }

    fn lock(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(
        &self,
        asked: MutexGuard<'a, Asked>,
        most: Option<Duration>,
    ) -> MutexGuard<'a, Asked> {
        match most {
            Some(most) => {
                let waited = self.changed.wait_timeout(asked, most);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            None => self.changed.wait(asked).unwrap_or_else(PoisonError::into_inner),
        }
    }
}

/// The notes of outlets in their order, as a file.
pub(super) fn file_of_sorted(notes: &[(&OutletId, &Note)]) -> String {
    file_of(notes.iter().map(|(_, note)| *note))
}
