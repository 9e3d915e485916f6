//! What waits for a lane, and how much of it the next transaction takes.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use invoice::{InvoiceId, OutletId};
use tokio::sync::mpsc;

use super::lane::Command;
use crate::batch::{Order, Slot};
use crate::limits::Options;

pub(super) struct Queue {
    commands: mpsc::Receiver<Command>,
    /// Those that must not share the last transaction, in their order.
    held: VecDeque<Order>,
    most: usize,
    limit: usize,
    /// How long a transaction is long.
    long: Duration,
    /// The batch that was taken last may still grow: once, and not when its parts are tried alone.
    grows: bool,
}

impl Queue {
    pub(super) fn new(commands: mpsc::Receiver<Command>, options: &Options) -> Self {
        let (most, long) = (options.batch_max.max(1), options.long.transaction);
        Self { commands, held: VecDeque::new(), most, limit: most, long, grows: false }
    }

    /// Waits until so many wait, or until no more can come. Nothing is lost where it is given up.
    pub(super) async fn gather(&mut self, wanted: usize) {
        while self.held.len() < wanted.min(self.limit) {
            match self.commands.recv().await {
                Some(Command::Order(order)) => self.held.push_back(order),
                Some(Command::Close) => self.commands.close(),
                None => return,
            }
        }
    }

    /// Waits for an order and takes all that wait with it; none when the lane is to end.
    pub(super) async fn next(&mut self) -> Option<Vec<Slot>> {
        let mut batch = Batch::default();
        for order in std::mem::take(&mut self.held) {
            // The limit may have become less since they were gathered.
            if batch.slots.len() < self.limit {
                batch.take(order, &mut self.held);
            } else {
                self.held.push_back(order);
            }
        }
        while batch.slots.is_empty() {
            let command = self.commands.recv().await?;
            self.command(command, &mut batch);
        }
        while batch.slots.len() < self.limit {
            let Ok(command) = self.commands.try_recv() else { break };
            self.command(command, &mut batch);
        }
        self.grows = true;
        Some(batch.slots)
    }

    /// Takes what came since the batch's transaction began, as long as it touches nothing that the
    /// batch has not locked: whoever was answered last asks again by then, and would wait for another
    /// commit. Says whether there was any. Once a batch: one whose parts are tried alone, because the
    /// database refused something of it, must come to an end.
    pub(super) fn join(&mut self, slots: &mut Vec<Slot>) -> bool {
        if !std::mem::take(&mut self.grows) {
            return false;
        }
        let before = slots.len();
        let locked: HashSet<OutletId> = slots.iter().map(|slot| slot.order.outlet()).collect();
        while slots.len() < self.limit && self.held.is_empty() {
            match self.commands.try_recv() {
                Ok(Command::Order(order)) if may_join(&order, &locked) => {
                    slots.push(Slot::new(order));
                }
                // The next transaction begins with it.
                Ok(Command::Order(order)) => self.held.push_back(order),
                Ok(Command::Close) => self.commands.close(),
                Err(_) => break,
            }
        }
        slots.len() > before
    }

    fn command(&mut self, command: Command, batch: &mut Batch) {
        match command {
            Command::Order(order) => batch.take(order, &mut self.held),
            Command::Close => self.commands.close(),
        }
    }

    /// Learns from how long a transaction took: with a signer of a hundred a second a full one would
    /// hold its outlets for seconds.
    pub(super) fn took(&mut self, elapsed: Duration) {
        self.limit = if elapsed > self.long {
            (self.limit / 2).max(1)
        } else {
            self.limit.saturating_mul(2).min(self.most)
        };
    }
}

/// Locks are taken in one order, and the batch has taken its own: an order that would take more could
/// wait in a circle with another server.
fn may_join(order: &Order, locked: &HashSet<OutletId>) -> bool {
    match order {
        Order::Seal(seal, _) => {
            seal.credits.is_empty() && seal.replaces.is_none() && locked.contains(&order.outlet())
        }
        Order::Append(..) | Order::Clock(..) | Order::Recover(..) => false,
    }
}

#[derive(Default)]
struct Batch {
    slots: Vec<Slot>,
    /// Invoices that an order of the batch adds to.
    appended: HashSet<InvoiceId>,
}

impl Batch {
    /// An invoice takes one entry a transaction, since each of its rows is written once: the second
    /// is held for the next one.
    fn take(&mut self, order: Order, held: &mut VecDeque<Order>) {
        if let Order::Append(append, _) = &order
            && !self.appended.insert(append.invoice.clone())
        {
            held.push_back(order);
        } else {
            self.slots.push(Slot::new(order));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::sync::Arc;
    use std::task::{Context, Poll, Waker};

    use invoice::{TenantId, Timestamp};

    use super::*;
    use crate::order::{ClockOrder, EntrySigner};

    const LONG: Duration = Duration::from_millis(500);

    fn options(batch_max: usize) -> Options {
        Options { batch_max, ..Options::default() }
    }

    #[test]
    fn a_slow_transaction_makes_the_next_one_smaller_and_a_fast_one_larger_again() {
        let (_sender, commands) = mpsc::channel(1);
        let mut queue = Queue::new(commands, &options(100));
        let mut limits = Vec::new();
        for elapsed in [LONG * 2, LONG * 2, LONG * 2, LONG / 2, LONG / 2, LONG / 2, LONG / 2] {
            queue.took(elapsed);
            limits.push(queue.limit);
        }
        assert_eq!(limits, [50, 25, 12, 24, 48, 96, 100]);
        for _ in 0..10 {
            queue.took(LONG * 2);
        }
        assert_eq!(queue.limit, 1, "one order at least");
    }

    fn poll<T>(work: impl Future<Output = T>) -> Poll<T> {
        pin!(work).poll(&mut Context::from_waker(Waker::noop()))
    }

    fn order() -> Command {
        let (reply, _answer) = tokio::sync::oneshot::channel();
        let signer = EntrySigner {
            key_id: "k".to_owned(),
            sign: Arc::new(|_| Ok([0; 64])),
            is_device: false,
        };
        let order = ClockOrder {
            tenant: TenantId::parse("tn_aeaqcaibaeaqcaib").unwrap(),
            outlet: OutletId::parse("ou_aeaqcaibaeaqcaib").unwrap(),
            operator: String::new(),
            reason: String::new(),
            now: Timestamp::from_micros(0),
            signer,
        };
        Command::Order(Order::Clock(Box::new(order), reply))
    }

    #[test]
    fn what_was_gathered_when_the_waiting_is_given_up_is_taken_next() {
        let (sender, commands) = mpsc::channel(8);
        let mut queue = Queue::new(commands, &options(100));
        (0..2).for_each(|_| sender.try_send(order()).unwrap());
        assert!(poll(queue.gather(3)).is_pending());
        sender.try_send(order()).unwrap();
        assert!(poll(queue.gather(3)).is_ready());
        sender.try_send(order()).unwrap();
        let Poll::Ready(Some(batch)) = poll(queue.next()) else { panic!("four wait") };
        assert_eq!(batch.len(), 4);

        (0..4).for_each(|_| sender.try_send(order()).unwrap());
        assert!(poll(queue.gather(3)).is_ready());
        (0..6).for_each(|_| queue.took(LONG * 2));
        for size in [1, 1, 1, 1] {
            let Poll::Ready(Some(batch)) = poll(queue.next()) else { panic!("some wait") };
            assert_eq!(batch.len(), size, "slow transactions are small ones");
        }
    }

    #[test]
    fn no_more_are_waited_for_than_a_batch_may_have_or_than_can_come() {
        let (sender, commands) = mpsc::channel(8);
        let mut queue = Queue::new(commands, &options(2));
        (0..3).for_each(|_| sender.try_send(order()).unwrap());
        assert!(poll(queue.gather(3)).is_ready());
        let Poll::Ready(Some(batch)) = poll(queue.next()) else { panic!("three wait") };
        assert_eq!(batch.len(), 2);
        sender.try_send(Command::Close).unwrap();
        assert!(poll(queue.gather(9)).is_ready(), "the last one waits");
        let Poll::Ready(Some(batch)) = poll(queue.next()) else { panic!("one waits") };
        assert_eq!(batch.len(), 1);
        assert!(matches!(poll(queue.next()), Poll::Ready(None)));
    }
}
