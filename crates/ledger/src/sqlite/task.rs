//! A few statements that share a transaction with orders, and the answer that waits for its commit.

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::error::LedgerError;

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
