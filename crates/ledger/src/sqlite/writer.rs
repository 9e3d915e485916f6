//! The one thread that writes. It takes all that waits, writes it in one transaction, and answers.
//!
//! No timer: alone, an order waits for nobody; under load, the orders that came while the last
//! commit was in flight share the next one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::{Connection, ErrorCode};
use tokio::sync::{mpsc, oneshot};

use super::{facts, write};
use crate::batch::{self, Order, Slot};
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
    options: Options,
    commits: Arc<AtomicU64>,
    /// Why nothing more is written: after a fault of the disk nobody knows what the file holds
    /// until it is opened again.
    stopped: Option<String>,
}

impl Writer {
    pub(crate) fn new(connection: Connection, options: Options, commits: Arc<AtomicU64>) -> Self {
        Self { connection, options, commits, stopped: None }
    }

    /// Runs until every sender is gone or [`Command::Close`] came, and all that waited is done.
    pub(crate) fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        while let Some(first) = commands.blocking_recv() {
            let batch = Batch::collect(first, &mut commands, self.options.batch_max);
            self.write(batch);
        }
    }

    fn write(&mut self, mut batch: Batch) {
        if batch.is_empty() {
            return;
        }
        let result = match &self.stopped {
            Some(why) => Err(LedgerError::Stopped(why.clone())),
            None => self.transact(&mut batch),
        };
        match result {
            Ok(()) => batch.answer(),
            Err(error) => {
                tracing::error!(%error, orders = batch.orders.len(), "a batch was not written");
                batch.refuse(&error);
            }
        }
    }

    fn transact(&mut self, batch: &mut Batch) -> Result<(), LedgerError> {
        let result = self.attempt(batch);
        if result.is_err()
            && !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            self.stopped = Some(error.to_string());
        }
        result
    }

    fn attempt(&mut self, batch: &mut Batch) -> Result<(), LedgerError> {
        self.rounds(&mut batch.orders).map_err(|error| match error {
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
        Ok(())
    }

    fn statement(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(|_| ())
    }

    /// Begins the transaction and writes the orders into it. A round that dropped an order begins
    /// anew: no savepoint, which would copy every page that the good rounds touch.
    fn rounds(&self, slots: &mut [Slot]) -> Result<(), LedgerError> {
        self.statement("BEGIN IMMEDIATE")?;
        while !self.round(slots)? {
            if !self.connection.is_autocommit() {
                self.statement("ROLLBACK")?;
            }
            self.statement("BEGIN IMMEDIATE")?;
        }
        Ok(())
    }

    /// False if an order was dropped.
    fn round(&self, slots: &mut [Slot]) -> Result<bool, LedgerError> {
        if slots.is_empty() {
            return Ok(true);
        }
        let workers = self.options.workers;
        let facts = facts::load(&self.connection, slots)?;
        let mut heads = batch::plan(slots, facts);
        if !batch::prepare(slots, workers) {
            return Ok(false);
        }
        batch::chain(slots, &mut heads);
        write::write(&self.connection, slots, &heads, workers)
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

/// What one transaction carries.
struct Batch {
    tasks: Vec<Task>,
    orders: Vec<Slot>,
}

impl Batch {
    fn collect(first: Command, commands: &mut mpsc::Receiver<Command>, most: usize) -> Self {
        let mut batch = Self { tasks: Vec::new(), orders: Vec::new() };
        let mut next = Some(first);
        while let Some(command) = next {
            match command {
                Command::Order(order) => batch.orders.push(Slot::new(order)),
                Command::Task(task) => batch.tasks.push(task),
                Command::Close => commands.close(),
            }
            let is_full = batch.tasks.len() + batch.orders.len() >= most;
            next = if is_full { None } else { commands.try_recv().ok() };
        }
        batch
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
