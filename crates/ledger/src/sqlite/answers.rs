//! The thread that answers a large batch: to wake so many callers takes longer than to wake that
//! thread, and the writer goes on.

use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use super::carried::Batch;
use crate::error::LedgerError;

pub(super) struct Answers {
    tell: Option<SyncSender<Batch>>,
    thread: Option<JoinHandle<()>>,
}

impl Answers {
    pub(super) fn begin() -> Result<Self, LedgerError> {
        let (tell, told) = sync_channel::<Batch>(BATCHES_MAX);
        let answer = move || told.into_iter().for_each(Batch::answer);
        let thread = std::thread::Builder::new().name("answers".to_owned()).spawn(answer);
        Ok(Self { tell: Some(tell), thread: Some(thread.map_err(LedgerError::Open)?) })
    }

    /// Answers what is written, here where it is little.
    pub(super) fn give(&self, batch: Batch) {
        match &self.tell {
            Some(tell) if batch.orders.len() >= ANSWERED_BY_ANOTHER => {
                // Whoever waits does not wait for a thread that has no turn, or is no more.
                if let Err(TrySendError::Full(batch) | TrySendError::Disconnected(batch)) =
                    tell.try_send(batch)
                {
                    batch.answer();
                }
            }
            _ => batch.answer(),
        }
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        self.tell = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the ledger's answers ended with a panic");
        }
    }
}

/// Batches that wait to be answered: while one is, another commits. More than two only come where that
/// thread gets no turn.
const BATCHES_MAX: usize = 2;

/// Orders of a batch from which on another thread answers.
const ANSWERED_BY_ANOTHER: usize = 32;
