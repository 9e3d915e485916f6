//! The one thread that writes. It takes all that waits, writes it in one transaction, and answers.
//!
//! No timer: alone, an order waits for nobody; under load, the orders that came while the last
//! commit was in flight share the next one. Where many wait, they are planned and signed while the
//! transaction before is signed and commits ([`Ahead`]), so that nobody who signs has nothing to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rusqlite::{Connection, ErrorCode};
use tokio::sync::mpsc;

use super::ahead::{Ahead, Written};
use super::answers::Answers;
use super::carried::{Batch, Command};
use super::checkpoint::Checkpoints;
use super::{facts, write};
use crate::anchor::Keeper;
use crate::batch::{self, Logs, Signatures, Slot, Workers};
use crate::error::LedgerError;
use crate::limits::Options;

/// The state of the writer's thread.
pub(crate) struct Writer {
    connection: Connection,
    checkpoints: Checkpoints,
    workers: Workers,
    answers: Answers,
    options: Options,
    /// What was taken, and planned if it could be, while the transaction before was written.
    taken: Option<Batch>,
    commits: Arc<AtomicU64>,
    /// The last batch could not be written.
    fails: Arc<AtomicBool>,
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
        (commits, fails, keeper): (Arc<AtomicU64>, Arc<AtomicBool>, Option<Arc<Keeper>>),
    ) -> Result<Self, LedgerError> {
        let workers = Workers::new(options.workers).map_err(LedgerError::Open)?;
        let (answers, taken, stopped) = (Answers::begin()?, None, None);
        Ok(Self {
            connection,
            checkpoints,
            workers,
            answers,
            options,
            taken,
            commits,
            fails,
            keeper,
            stopped,
        })
    }

    /// Runs until every sender is gone or [`Command::Close`] came, and all that waited is done.
    pub(crate) fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        while let Some(batch) = self.next_batch(&mut commands) {
            self.write(batch, &mut commands);
            self.checkpoints.between(&self.connection);
        }
    }

    fn next_batch(&mut self, commands: &mut mpsc::Receiver<Command>) -> Option<Batch> {
        if let Some(taken) = self.taken.take() {
            return Some(taken);
        }
        let mut batch = Batch::default();
        batch.collect(Some(commands.blocking_recv()?), commands, self.options.batch_max);
        Some(batch)
    }

    fn write(&mut self, mut batch: Batch, commands: &mut mpsc::Receiver<Command>) {
        if batch.is_empty() {
            return;
        }
        let result = match &self.stopped {
            Some(why) => Err(LedgerError::Stopped(why.clone())),
            None => self.transact(&mut batch, commands),
        };
        self.fails.store(result.is_err(), Ordering::Relaxed);
        match result {
            Ok(()) => self.answers.give(batch),
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
        if result.is_err() {
            self.forget_plan();
            if !self.connection.is_autocommit()
                && let Err(error) = self.connection.execute_batch("ROLLBACK")
            {
                self.stopped = Some(error.to_string());
            }
        }
        result
    }

    /// What was planned upon a transaction that is rolled back does not hold.
    fn forget_plan(&mut self) {
        if let Some(taken) = &mut self.taken {
            taken.plan = None;
        }
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
            // After some faults (a page that cannot be read, a full disk) SQLite rolls all of it back by
            // itself, and what came next would be a transaction of its own.
            if self.connection.is_autocommit() {
                let why = "a fault of the disk or of memory undid the whole transaction";
                return Err(LedgerError::BatchFailed(why.to_owned()));
            }
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
        &mut self,
        batch: &mut Batch,
        commands: &mut mpsc::Receiver<Command>,
    ) -> Result<Logs, LedgerError> {
        self.statement("BEGIN IMMEDIATE")?;
        loop {
            if let Some(logs) = self.fill(batch, commands)? {
                return Ok(logs);
            }
            self.forget_plan();
            if !self.connection.is_autocommit() {
                self.statement("ROLLBACK")?;
            }
            self.statement("BEGIN IMMEDIATE")?;
        }
    }

    /// Writes the orders, and then those that came while it did: they share the commit instead of
    /// waiting for its end, where they are few. None if an order was dropped.
    fn fill(
        &mut self,
        batch: &mut Batch,
        commands: &mut mpsc::Receiver<Command>,
    ) -> Result<Option<Logs>, LedgerError> {
        let (mut signatures, mut logs) = (Signatures::new(), Logs::default());
        let mut written = 0;
        if let Some(plan) = batch.plan.take() {
            match plan.write(&self.connection, &mut batch.orders)? {
                Written::Dropped => return Ok(None),
                Written::Outdated => {}
                Written::All(signing, growing) => {
                    (signatures, logs, written) = (signing, growing, batch.orders.len());
                    self.join(batch, commands);
                }
            }
        }
        while written < batch.orders.len() {
            if !self.round(&mut batch.orders, written, (&mut signatures, &mut logs))? {
                return Ok(None);
            }
            written = batch.orders.len();
            self.join(batch, commands);
        }
        logs.finish(&batch.orders);
        signatures.ask_checkpoints(&batch.orders, &logs, &self.workers);
        self.entries(batch, commands, (logs, signatures))
    }

    /// Takes those that came meanwhile, unless it has enough and others can be planned ahead.
    fn join(&self, batch: &mut Batch, commands: &mut mpsc::Receiver<Command>) {
        if batch.orders.len() < self.options.pipelined_from || !may_plan_ahead(batch) {
            batch.collect(None, commands, self.options.batch_max);
        }
    }

    /// Writes the entries as they are signed, and plans the next batch before the last of them is, so
    /// that those who sign go on with it.
    fn entries(
        &mut self,
        batch: &mut Batch,
        commands: &mut mpsc::Receiver<Command>,
        (mut logs, mut signatures): (Logs, Signatures),
    ) -> Result<Option<Logs>, LedgerError> {
        let may_plan = may_plan_ahead(batch);
        let Self { connection, taken, options, keeper, workers, .. } = self;
        let meanwhile = |before: &[Slot], (logs, signatures): (&Logs, &Signatures)| {
            let is_worth_it = commands.len() >= options.pipelined_from;
            let is_time = signatures.left() < LEFT_WHEN_PLANNED;
            if !(may_plan && taken.is_none() && is_worth_it && is_time) {
                return Ok(());
            }
            // Kept before it is planned: whatever goes wrong, it is answered.
            let next = taken.insert(Batch::default());
            next.collect(None, commands, options.batch_max);
            let upon = (logs, keeper.as_deref(), &*workers);
            let batches = (before, &mut *next.orders);
            match Ahead::plan(connection, batches, upon, options.long.preparing) {
                Ok(plan) => next.plan = plan,
                Err(LedgerError::Store(error))
                    if blames_the_disk(&error) || connection.is_autocommit() =>
                {
                    return Err(error.into());
                }
                // What is wrong with it is told in its own transaction.
                Err(error) => tracing::debug!(%error, "a batch was not planned ahead"),
            }
            Ok(())
        };
        let made = (&mut logs, &mut signatures);
        let all = write::entries(connection, &mut batch.orders, made, meanwhile)?;
        Ok(all.then_some(logs))
    }

    /// Plans the orders from `first` on, has them signed, and writes their rows meanwhile.
    fn round(
        &self,
        orders: &mut [Slot],
        first: usize,
        (signatures, logs): (&mut Signatures, &mut Logs),
    ) -> Result<bool, LedgerError> {
        let (before, slots) = orders.split_at_mut(first);
        let known = (&*logs, self.keeper.as_deref());
        let facts = facts::load(&self.connection, (before, slots), known)?;
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
        if blames_the_disk(error) {
            self.stopped = Some(error.to_string());
        }
        LedgerError::BatchFailed(error.to_string())
    }
}

fn blames_the_disk(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}

/// What tasks write comes after the entries, and a plan could not know of it.
fn may_plan_ahead(batch: &Batch) -> bool {
    batch.tasks.is_empty()
}

/// Signatures that nobody has begun when the next batch is planned: what a token makes of them takes as
/// long as the plan, and the later it is made the more it takes along.
const LEFT_WHEN_PLANNED: usize = 32;

#[cfg(test)]
mod tests {
    use super::super::connection::open_writer;
    use super::super::rewrite_file;
    use super::super::task::task;
    use super::*;

    #[test]
    fn what_follows_upon_a_transaction_that_the_store_undid_is_not_written_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let mut connection = open_writer(&path, rewrite_file).unwrap();
        let checkpoints = Checkpoints::begin(&mut connection, &path).unwrap();
        let shared = (Arc::default(), Arc::default(), None);
        let writer = (connection, checkpoints);
        let mut writer = Writer::new(writer, Options::default(), shared).unwrap();
        let (_sender, mut commands) = mpsc::channel(1);
        let count = |last: i64| {
            task(move |connection| {
                Ok(connection.execute("UPDATE event_counter SET last = ?1", [last])?)
            })
        };
        // As SQLite does by itself where a page cannot be read.
        let (undoes, mut first) = task(|connection| Ok(connection.execute_batch("ROLLBACK")?));
        let (follows, mut second) = count(7);
        let batch = Batch { tasks: vec![undoes, follows], ..Batch::default() };
        writer.write(batch, &mut commands);
        assert!(matches!(first.try_recv().unwrap(), Err(LedgerError::BatchFailed(_))));
        assert!(matches!(second.try_recv().unwrap(), Err(LedgerError::BatchFailed(_))));
        let last = "SELECT last FROM event_counter";
        let last = |writer: &Writer| writer.connection.query_row(last, [], |row| row.get(0));
        assert_eq!(last(&writer), Ok(0));

        let (alone, mut told) = count(8);
        let batch = Batch { tasks: vec![alone], ..Batch::default() };
        writer.write(batch, &mut commands);
        assert!(matches!(told.try_recv().unwrap(), Ok(1)));
        assert_eq!(last(&writer), Ok(8));
    }
}
