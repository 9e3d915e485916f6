//! The door to the ledger: opens the store, and passes orders to its one writer.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::batch::Order;
use crate::error::LedgerError;
use crate::limits::{BLOB_BYTES_MAX, CREDITS_MAX, Options, PAYLOAD_BYTES_MAX, TEXT_BYTES_MAX};
use crate::order::{AppendOrder, ClockOrder, SealOrder, SealOutcome, Series};
use crate::record::Entry;
use crate::sqlite::{
    Checkpoints, Command, LockFile, Readers, Task, Writer, open_writer, submissions, task,
};

/// An open ledger: one writer, a few readers. Share it behind an `Arc`.
///
/// Dropping it writes what waits and then closes the file, as [`Ledger::close`] does.
pub struct Ledger {
    commands: Option<mpsc::Sender<Command>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    readers: Readers,
    commits: Arc<AtomicU64>,
}

impl Ledger {
    /// Opens the file at `path`, creates it if there is none, and brings its schema up to date.
    /// Blocks; reads ask for a tokio runtime later, this does not.
    pub fn open(path: &Path, options: Options) -> Result<Self, LedgerError> {
        let lock = LockFile::hold(path)?;
        let mut connection = open_writer(path)?;
        // The lock says that no other process drives anything of this file: whoever held a lease is
        // gone, and what it was driving need not wait for the lease to run out.
        submissions::end_all_leases(&connection)?;
        let checkpoints = Checkpoints::begin(&mut connection, path)?;
        let path = PathBuf::from(path);
        let readers = Readers::new(path, options.readers_max);
        let commits = Arc::new(AtomicU64::new(0));
        let (sender, receiver) = mpsc::channel(options.queue_max.max(1));
        let writer = Writer::new((connection, checkpoints), options, Arc::clone(&commits))?;
        let run = move || {
            writer.run(receiver);
            drop(lock);
        };
        let thread = std::thread::Builder::new().name("ledger".to_owned()).spawn(run);
        let thread = thread.map_err(LedgerError::Open)?;
        let writer = Mutex::new(Some(thread));
        Ok(Self { commands: Some(sender), writer, readers, commits })
    }

    /// Takes no more orders, writes those that wait, and closes the file.
    pub async fn close(&self) {
        if let Some(commands) = &self.commands {
            // The writer is gone already when this fails.
            let _ = commands.send(Command::Close).await;
        }
        self.readers.close();
        let thread = self.writer.lock().ok().and_then(|mut writer| writer.take());
        if let Some(thread) = thread {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("the ledger's writer ended with a panic");
            }
        }
    }

    /// Transactions committed since the file was opened: far fewer than orders under load.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Gives an invoice its number and its place in the chain. Durable when it returns.
    pub async fn seal(&self, order: SealOrder) -> Result<SealOutcome, LedgerError> {
        check_seal(&order)?;
        self.order(|reply| Order::Seal(Box::new(order), reply)).await
    }

    /// Adds an entry to an invoice, under the lease of its submission. Durable when it returns.
    pub async fn append(&self, order: AppendOrder) -> Result<Entry, LedgerError> {
        check_append(&order)?;
        self.order(|reply| Order::Append(Box::new(order), reply)).await
    }

    /// Records that an operator accepts the clock as it is; the outlet seals again from `now`.
    pub async fn accept_clock(&self, order: ClockOrder) -> Result<Entry, LedgerError> {
        text("operator", &order.operator)?;
        text("reason", &order.reason)?;
        text("key id", &order.signer.key_id)?;
        self.order(|reply| Order::Clock(Box::new(order), reply)).await
    }

    async fn order<T>(
        &self,
        order: impl FnOnce(oneshot::Sender<Result<T, LedgerError>>) -> Order,
    ) -> Result<T, LedgerError> {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Order(order(reply))).await?;
        answer.await.map_err(|_| LedgerError::Closed)?
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

    async fn send(&self, command: Command) -> Result<(), LedgerError> {
        let commands = self.commands.as_ref().ok_or(LedgerError::Closed)?;
        commands.send(command).await.map_err(|_| LedgerError::Closed)
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.commands = None;
        let thread = self.writer.lock().ok().and_then(|mut writer| writer.take());
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the ledger's writer ended with a panic");
        }
    }
}

fn check_seal(order: &SealOrder) -> Result<(), LedgerError> {
    bytes("payload", order.payload.bytes().len(), PAYLOAD_BYTES_MAX)?;
    bytes("credits", order.credits.len(), CREDITS_MAX)?;
    check_series(&order.series)?;
    let summary = &order.summary;
    for (field, value) in [
        ("taxpayer", Some(&order.taxpayer)),
        ("currency", Some(&order.currency)),
        ("regime", Some(&order.regime)),
        ("key id", Some(&order.signer.key_id)),
        ("document kind", Some(&summary.document_kind)),
        ("issue date", Some(&summary.issued_on)),
        ("customer name", summary.customer_name.as_ref()),
        ("customer tax id", summary.customer_tax_id.as_ref()),
        ("idempotency key", order.idempotency.as_ref().map(|idempotency| &idempotency.key)),
    ] {
        text(field, value.map_or("", String::as_str))?;
    }
    Ok(())
}

fn check_series(series: &Series) -> Result<(), LedgerError> {
    match series {
        Series::Yearly { template, outlet_code, .. } => {
            text("outlet code", outlet_code)?;
            template.check_length(outlet_code)
        }
        Series::Authorised { kind, .. } => text("kind of number", kind),
    }
}

fn check_append(order: &AppendOrder) -> Result<(), LedgerError> {
    bytes("elements", order.elements.as_ref().map_or(0, Vec::len), BLOB_BYTES_MAX)?;
    bytes("progress", order.change.progress.len(), BLOB_BYTES_MAX)?;
    text("key id", &order.signer.key_id)?;
    text("authority code", order.authority_code.as_deref().unwrap_or_default())
}

pub(crate) fn text(field: &'static str, value: &str) -> Result<(), LedgerError> {
    bytes(field, value.len(), TEXT_BYTES_MAX)
}

/// A field within its limit, in bytes or in items.
pub(crate) fn bytes(field: &'static str, length: usize, max: usize) -> Result<(), LedgerError> {
    if length <= max { Ok(()) } else { Err(LedgerError::TooLong { field, max }) }
}
