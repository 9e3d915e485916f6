//! The door to the embedded store: opens the file, and passes orders to its one writer.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::mpsc;

use super::{
    Checkpoints, Command, LockFile, Readers, Task, Writer, leases, open_writer, operations,
    registry, submissions, task,
};
use crate::anchor::Keeper;
use crate::batch::Order;
use crate::error::LedgerError;
use crate::limits::Options;

/// Dropping it writes what waits and then closes the file, as [`Store::close`] does.
pub(crate) struct Store {
    commands: Option<mpsc::Sender<Command>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    readers: Readers,
    commits: Arc<AtomicU64>,
    /// The last batch could not be written.
    fails: Arc<AtomicBool>,
}

impl Store {
    pub(crate) fn open(
        path: &Path,
        options: Options,
        keeper: Option<Arc<Keeper>>,
    ) -> Result<Self, LedgerError> {
        let lock = LockFile::hold(path)?;
        let mut connection = open_writer(path, options.rewrite)?;
        // The lock says that no other process drives anything of this file: whoever held a lease is
        // gone, and what it was driving need not wait for the lease to run out.
        submissions::end_all_leases(&connection)?;
        leases::end_all(&connection)?;
        let checkpoints = Checkpoints::begin(&mut connection, path)?;
        let path = PathBuf::from(path);
        let readers = Readers::new(path, options.readers_max);
        let commits = Arc::new(AtomicU64::new(0));
        let (sender, receiver) = mpsc::channel(options.queue_max.max(1));
        let fails = Arc::new(AtomicBool::new(false));
        let shared = (Arc::clone(&commits), Arc::clone(&fails), keeper);
        let writer = Writer::new((connection, checkpoints), options, shared)?;
        let run = move || {
            writer.run(receiver);
            drop(lock);
        };
        let thread = std::thread::Builder::new().name("ledger".to_owned()).spawn(run);
        let thread = thread.map_err(LedgerError::Open)?;
        let writer = Mutex::new(Some(thread));
        Ok(Self { commands: Some(sender), writer, readers, commits, fails })
    }

    pub(crate) async fn close(&self) {
        // First: the last connection to close copies the log and deletes it, and a reader may not.
        self.readers.close();
        if let Some(commands) = &self.commands {
            // The writer is gone already when this fails.
            let _ = commands.send(Command::Close).await;
        }
        let thread = self.writer.lock().ok().and_then(|mut writer| writer.take());
        if let Some(thread) = thread {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("the ledger's writer ended with a panic");
            }
        }
    }

    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    pub(crate) async fn order(&self, order: Order) -> Result<(), LedgerError> {
        self.send(Command::Order(order)).await
    }

    /// Runs a few statements within the writer's next transaction. Durable when it returns.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let (task, answer): (Task, _) = task(work);
        self.send(Command::Task(task)).await?;
        answer.await.map_err(|_| LedgerError::Closed)?
    }

    /// Reads beside the writer, what was committed before.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.readers.read(work).await
    }

    /// Whether it can be read, and written where the last batch could not be: nobody may be sent here
    /// any more who would find out that the disk has room again.
    pub(crate) async fn ready(&self) -> Result<(), LedgerError> {
        // No key has this hash.
        self.read(|file| registry::api_key_by_hash(file, [0; 32])).await?;
        if self.fails.load(Ordering::Relaxed) {
            self.write(operations::write_anything).await?;
        }
        Ok(())
    }

    async fn send(&self, command: Command) -> Result<(), LedgerError> {
        let commands = self.commands.as_ref().ok_or(LedgerError::Closed)?;
        commands.send(command).await.map_err(|_| LedgerError::Closed)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.readers.close();
        self.commands = None;
        let thread = self.writer.lock().ok().and_then(|mut writer| writer.take());
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the ledger's writer ended with a panic");
        }
    }
}
