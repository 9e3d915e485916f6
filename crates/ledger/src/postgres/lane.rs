//! Lanes: threads that seal, each with a connection of its own. An outlet has one lane, so that
//! within a process no two transactions wait for one head.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tokio::sync::mpsc;

use super::address::Address;
use super::writer::Writer;
use crate::anchor::Keeper;
use crate::batch::{Order, Workers};
use crate::error::LedgerError;
use crate::limits::Options;

/// What is sent to a lane.
pub(super) enum Command {
    Order(Order),
    /// Take no more, finish what waits, and end.
    Close,
}

/// What the lanes of a process have in common.
pub(super) struct Shared {
    pub(super) workers: Arc<Workers>,
    pub(super) commits: Arc<AtomicU64>,
    /// None: nobody keeps heads outside the database.
    pub(super) keeper: Option<Arc<Keeper>>,
}

pub(super) struct Lanes {
    lanes: Vec<Lane>,
}

/// Dropping it finishes what waits.
pub(super) struct Lane {
    commands: Option<mpsc::Sender<Command>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Lanes {
    pub(super) fn new(lanes: Vec<Lane>) -> Self {
        Self { lanes }
    }

    /// The same lane for the same key.
    pub(super) async fn send(&self, key: u64, order: Order) -> Result<(), LedgerError> {
        let index = key % self.lanes.len() as u64;
        let lane = &self.lanes[usize::try_from(index).expect("less than there are lanes")];
        let commands = lane.commands.as_ref().ok_or(LedgerError::Closed)?;
        commands.send(Command::Order(order)).await.map_err(|_| LedgerError::Closed)
    }

    pub(super) async fn close(&self) {
        for lane in &self.lanes {
            if let Some(commands) = &lane.commands {
                // The lane has ended already when this fails.
                let _ = commands.send(Command::Close).await;
            }
        }
        for lane in &self.lanes {
            if let Some(thread) = lane.thread() {
                let joined = tokio::task::spawn_blocking(move || thread.join()).await;
                if !matches!(joined, Ok(Ok(()))) {
                    tracing::error!("a lane of the ledger ended with a panic");
                }
            }
        }
    }
}

impl Lane {
    pub(super) fn begin(
        address: &Address,
        options: Options,
        shared: Shared,
    ) -> Result<Self, LedgerError> {
        // A runtime of its own: what else the process does cannot delay a commit.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(LedgerError::Open)?;
        let (sender, commands) = mpsc::channel(options.queue_max.max(1));
        let writer = Writer::new(address.clone(), commands, options, shared);
        let thread = std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || runtime.block_on(writer.run()))
            .map_err(LedgerError::Open)?;
        Ok(Self { commands: Some(sender), thread: Mutex::new(Some(thread)) })
    }

    fn thread(&self) -> Option<JoinHandle<()>> {
        self.thread.lock().ok().and_then(|mut thread| thread.take())
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread()
            && thread.join().is_err()
        {
            tracing::error!("a lane of the ledger ended with a panic");
        }
    }
}
