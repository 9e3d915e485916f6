//! The one thread that writes. It takes all that waits, writes it in one transaction, and answers.
//!
//! No timer: alone, an order waits for nobody; under load, the orders that came while the last
//! commit was in flight share the next one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::{Connection, ErrorCode};
use tokio::sync::{mpsc, oneshot};

use super::checkpoint::Checkpoints;
use super::{facts, write};
use crate::anchor::Keeper;
use crate::batch::{self, Logs, Order, Signatures, Slot, Workers};
use crate::error::LedgerError;
use crate::limits::Options;

/// What is sent to the writer.
pub(crate) enum Command {
    Order(Order),
    Task(Task),
    /// Take no more, finish what waits, and end.
    Close,
}

/// A few statements that share the batch's transaction.
pub(crate) type Task = Box<dyn Job + Send>;

/// First it runs, and after the commit it answers.
pub(crate) trait Job {
    fn run(&mut self, connection: &Connection);
    fn answer(self: Box<Self>, commit: Result<(), LedgerError>);
}

/// A task that does `work`; what it wrote before it failed is undone.
pub(crate) fn task<T: Send + 'static>(
    work: impl FnOnce(&Connection) -> Result<T, LedgerError> + Send + 'static,
) -> (Task, oneshot::Receiver<Result<T, LedgerError>>) {
    let (reply, receiver) = oneshot::channel();
    (Box::new(Statements { work: Some(work), result: None, reply }), receiver)
}

struct Statements<T, W> {
    work: Option<W>,
    result: Option<Result<T, LedgerError>>,
    reply: oneshot::Sender<Result<T, LedgerError>>,
}

impl<T, W: FnOnce(&Connection) -> Result<T, LedgerError>> Job for Statements<T, W> {
    fn run(&mut self, connection: &Connection) {
        let work = self.work.take().expect("a task runs once");
        self.result = Some(in_savepoint(connection, work));
    }

    fn answer(self: Box<Self>, commit: Result<(), LedgerError>) {
        let Self { result, reply, .. } = *self;
        let result = commit.and_then(|()| result.expect("a task ran before the commit"));
        // A caller that went away is told nothing.
        let _ = reply.send(result);
    }
}

fn in_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, LedgerError>,
) -> Result<T, LedgerError> {
    connection.prepare_cached("SAVEPOINT task")?.execute([])?;
    let result = work(connection);
    if result.is_err() {
        connection.prepare_cached("ROLLBACK TO task")?.execute([])?;
    }
    connection.prepare_cached("RELEASE task")?.execute([])?;
    result
}

/// The state of the writer's thread.
pub(crate) struct Writer {
    connection: Connection,
    checkpoints: Checkpoints,
    workers: Workers,
    batch_max: usize,
    commits: Arc<AtomicU64>,
    /// None: nobody keeps heads outside the file.
    keeper: Option<Arc<Keeper>>,
    /// Why nothing more is written: after a fault of the disk nobody knows what the file holds
    /// until it is opened again.
    stopped: Option<String>,
}

impl Writer {
    pub(crate) fn new(
        (connection, checkpoints): (Connection, Checkpoints),
        options: Options,
        (commits, keeper): (Arc<AtomicU64>, Option<Arc<Keeper>>),
    ) -> Result<Self, LedgerError> {
        let workers = Workers::new(options.workers).map_err(LedgerError::Open)?;
        let batch_max = options.batch_max;
        let stopped = None;
        Ok(Self { connection, checkpoints, workers, batch_max, commits, keeper, stopped })
    }

    /// Runs until every sender is gone or [`Command::Close`] came, and all that waited is done.
    pub(crate) fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        while let Some(first) = commands.blocking_recv() {
            let mut batch = Batch::default();
            batch.collect(Some(first), &mut commands, self.batch_max);
            self.write(batch, &mut commands);
            self.checkpoints.between(&self.connection);
        }
    }

    fn write(&mut self, mut batch: Batch, commands: &mut mpsc::Receiver<Command>) {
        if batch.is_empty() {
            return;
        }
        let result = match &self.stopped {
            Some(why) => Err(LedgerError::Stopped(why.clone())),
            None => self.transact(&mut batch, commands),
        };
        match result {
            Ok(()) if batch.orders.len() < ANSWERED_BY_ANOTHER => batch.answer(),
            Ok(()) => self.workers.spawn(move || batch.answer()),
            Err(error) => {
                tracing::error!(%error, orders = batch.orders.len(), "a batch was not written");
                batch.refuse(&error);
            }
        }
    }

    fn transact(
        &mut self,
        batch: &mut Batch,
        commands: &mut mpsc::Receiver<Command>,
    ) -> Result<(), LedgerError> {
        let result = self.attempt(batch, commands);
        if result.is_err()
            && !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            self.stopped = Some(error.to_string());
        }
        result
    }

    fn attempt(
        &mut self,
        batch: &mut Batch,
        commands: &mut mpsc::Receiver<Command>,
    ) -> Result<(), LedgerError> {
        let logs = self.rounds(batch, commands).map_err(|error| match error {
            LedgerError::Store(error) => self.failed(&error),
            other => LedgerError::BatchFailed(other.to_string()),
        })?;
        for task in &mut batch.tasks {
            task.run(&self.connection);
        }
        self.statement("COMMIT").map_err(|error| {
            self.failed(&error);
            LedgerError::CommitFailed(error.to_string())
        })?;
        self.commits.fetch_add(1, Ordering::Relaxed);
        if let Some(keeper) = &self.keeper {
            keeper.committed(&batch.orders, &logs);
        }
        Ok(())
    }

    fn statement(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(|_| ())
    }

    /// Begins the transaction and writes the orders into it. A round that dropped an order begins
    /// anew with all of them: no savepoint, which would copy every page that the good rounds touch.
    fn rounds(
        &self,
        batch: &mut Batch,
        commands: &mut mpsc::Receiver<Command>,
    ) -> Result<Logs, LedgerError> {
        self.statement("BEGIN IMMEDIATE")?;
        loop {
            if let Some(logs) = self.fill(batch, commands)? {
                return Ok(logs);
            }
            if !self.connection.is_autocommit() {
                self.statement("ROLLBACK")?;
            }
            self.statement("BEGIN IMMEDIATE")?;
        }
    }

    /// Writes the orders, and then those that came while it did: they share the commit instead of
    /// waiting for its end. None if an order was dropped.
    fn fill(
        &self,
        batch: &mut Batch,
        commands: &mut mpsc::Receiver<Command>,
    ) -> Result<Option<Logs>, LedgerError> {
        let (mut signatures, mut logs) = (Signatures::new(), Logs::default());
        let mut written = 0;
        while written < batch.orders.len() {
            if !self.round(&mut batch.orders, written, (&mut signatures, &mut logs))? {
                return Ok(None);
            }
            written = batch.orders.len();
            batch.collect(None, commands, self.batch_max);
        }
        logs.finish(&batch.orders);
        signatures.ask_checkpoints(&batch.orders, &logs, &self.workers);
        let made = (&mut logs, &mut signatures);
        let all = write::entries(&self.connection, &mut batch.orders, made)?;
        Ok(all.then_some(logs))
    }

    /// Plans the orders from `first` on, has them signed, and writes their rows meanwhile.
    fn round(
        &self,
        orders: &mut [Slot],
        first: usize,
        (signatures, logs): (&mut Signatures, &mut Logs),
    ) -> Result<bool, LedgerError> {
        let slots = &mut orders[first..];
        let facts = facts::load(&self.connection, slots, (logs, self.keeper.as_deref()))?;
        logs.begin(&facts);
        let mut heads = batch::plan(slots, facts);
        if !batch::prepare(slots, &self.workers) {
            return Ok(false);
        }
        batch::chain(slots, &mut heads);
        logs.grow(orders, first);
        signatures.ask(orders, first, &self.workers);
        write::rows(&self.connection, &mut orders[first..], &heads, logs)
    }

    /// Whether the disk is to blame decides whether anything more may be written.
    fn failed(&mut self, error: &rusqlite::Error) -> LedgerError {
        let is_fault = matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        );
        if is_fault {
            self.stopped = Some(error.to_string());
        }
        LedgerError::BatchFailed(error.to_string())
    }
}

/// Orders of a batch that another thread answers: to wake so many callers takes longer than to wake
/// that thread, and the writer goes on.
const ANSWERED_BY_ANOTHER: usize = 32;

/// What one transaction carries.
#[derive(Default)]
struct Batch {
    tasks: Vec<Task>,
    orders: Vec<Slot>,
}

impl Batch {
    /// Takes `first` and all that waits, up to `most`.
    fn collect(
        &mut self,
        first: Option<Command>,
        commands: &mut mpsc::Receiver<Command>,
        most: usize,
    ) {
        let mut first = first;
        while self.tasks.len() + self.orders.len() < most {
            let Some(command) = first.take().or_else(|| commands.try_recv().ok()) else { break };
            match command {
                Command::Order(order) => self.orders.push(Slot::new(order)),
                Command::Task(task) => self.tasks.push(task),
                Command::Close => commands.close(),
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.tasks.is_empty() && self.orders.is_empty()
    }

    fn answer(self) {
        self.tasks.into_iter().for_each(|task| task.answer(Ok(())));
        self.orders.into_iter().for_each(Slot::answer);
    }

    fn refuse(self, error: &LedgerError) {
        let again = || match error {
            LedgerError::CommitFailed(why) => LedgerError::CommitFailed(why.clone()),
            LedgerError::Stopped(why) => LedgerError::Stopped(why.clone()),
            other => LedgerError::BatchFailed(other.to_string()),
        };
        self.tasks.into_iter().for_each(|task| task.answer(Err(again())));
        self.orders.into_iter().for_each(|slot| slot.refuse(again()));
    }
}
