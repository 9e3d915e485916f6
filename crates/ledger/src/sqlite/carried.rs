//! What is sent to the writer, and what one of its transactions carries.

use tokio::sync::mpsc;

use super::ahead::Ahead;
use super::task::Task;
use crate::batch::{Order, Slot};
use crate::error::LedgerError;

/// What is sent to the writer.
pub(crate) enum Command {
    Order(Order),
    Task(Task),
    /// Take no more, finish what waits, and end.
    Close,
}

/// What one transaction carries.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) tasks: Vec<Task>,
    pub(super) orders: Vec<Slot>,
    /// How its orders were planned while the transaction before was written.
    pub(super) plan: Option<Ahead>,
}

impl Batch {
    /// Takes `first` and all that waits, up to `most`.
    pub(super) fn collect(
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

    pub(super) fn is_empty(&self) -> bool {
        self.tasks.is_empty() && self.orders.is_empty()
    }

    pub(super) fn answer(self) {
        self.tasks.into_iter().for_each(|task| task.answer(Ok(())));
        self.orders.into_iter().for_each(Slot::answer);
    }

    pub(super) fn refuse(self, error: &LedgerError) {
        let again = || match error {
            LedgerError::CommitFailed(why) => LedgerError::CommitFailed(why.clone()),
            LedgerError::Stopped(why) => LedgerError::Stopped(why.clone()),
            other => LedgerError::BatchFailed(other.to_string()),
        };
        self.tasks.into_iter().for_each(|task| task.answer(Err(again())));
        self.orders.into_iter().for_each(|slot| slot.refuse(again()));
    }
}
