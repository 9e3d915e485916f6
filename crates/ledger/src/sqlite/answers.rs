//! The thread that answers a large batch: to wake so many callers takes longer than to wake that
//! thread, and the writer goes on.

use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use super::carried::Batch;
use crate::error::LedgerError;

pub(super) struct Answers {
    tell: Option<Sender<Batch>>,
    thread: Option<JoinHandle<()>>,
}

impl Answers {
    pub(super) fn begin() -> Result<Self, LedgerError> {
        let (tell, told) = channel::<Batch>();
        let answer = move || told.into_iter().for_each(Batch::answer);
        let thread = std::thread::Builder::new().name("answers".to_owned()).spawn(answer);
        Ok(Self { tell: Some(tell), thread: Some(thread.map_err(LedgerError::Open)?) })
    }

    /// Answers what is written, here where it is little.
    pub(super) fn give(&self, batch: Batch) {
        match &self.tell {
            Some(tell) if batch.orders.len() >= ANSWERED_BY_ANOTHER => {
                // Were that thread gone, its panic took the answers with it, and this one's too.
                if let Err(lost) = tell.send(batch) {
                    lost.0.answer();
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

/// Orders of a batch from which on another thread answers.
const ANSWERED_BY_ANOTHER: usize = 32;
