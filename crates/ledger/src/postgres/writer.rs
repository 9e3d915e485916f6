//! One lane's work: it takes all that waits, writes it in one transaction, and answers.
//!
//! No timer: alone, an order waits for nobody; under load, the orders that came while the last
//! transaction was in flight share the next one, and so do those that come while its fence is taken.
//! A batch that the lane can plan upon what it remembers is one statement and takes one trip, and the
//! next one is planned and sent behind it (`memory`, `whole`, `flight`). Any other begins when those
//! have landed, and two trips carry most of them, however large: the fence with the facts, and the
//! rows, the signed entries and the commit, which are sent before any of it is answered. One that
//! claims what others may claim too waits for its rows first; and there is one trip more where
//! somebody joined.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_postgres::Error;

use super::address::Address;
use super::backend::Backend;
use super::connected::Connected;
use super::ended::Ended;
use super::flight::Flight;
use super::lane::{Command, Shared};
use super::memory::Memory;
use super::queue::Queue;
use super::transaction::transact;
use super::trouble::{Trouble, of};
use super::whole::Whole;
use crate::batch::Slot;
use crate::error::LedgerError;
use crate::limits::Options;

pub(super) struct Writer {
    address: Address,
    accepts_fsync_off: bool,
    queue: Queue,
    connected: Option<Arc<Connected>>,
    /// Of the last connection, which may be lost.
    backend: Option<Backend>,
    memory: Memory,
    /// To plan a batch took so long that one on its way should not wait for it to be answered.
    signs_slowly: bool,
    planning_long: Duration,
    /// Orders of the batch that was written last.
    answered: usize,
    shared: Shared,
    /// The last batch found no database: the next one does not wait for it.
    is_down: bool,
}

/// What a lane does next.
enum Next {
    Batch(Vec<Slot>),
    Ended(Result<(), Error>),
}

impl Writer {
    pub(super) fn new(
        address: Address,
        commands: mpsc::Receiver<Command>,
        options: Options,
        shared: Shared,
    ) -> Self {
        let (queue, accepts_fsync_off) =
            (Queue::new(commands, &options), options.accepts_fsync_off);
        let (memory, signs_slowly, answered, is_down) = (Memory::new(), false, 0, false);
        let (connected, backend) = (None, None);
        Self {
            address,
            accepts_fsync_off,
            queue,
            connected,
            backend,
            memory,
            signs_slowly,
            planning_long: options.long.planning,
            answered,
            shared,
            is_down,
        }
    }

    /// Ends when the lane is closed and nothing waits.
    pub(super) async fn run(mut self) {
        let mut flights = VecDeque::new();
        while let Some(next) = self.next(&mut flights).await {
            match next {
                Next::Batch(batch) => self.take(batch, &mut flights).await,
                Next::Ended(ended) => self.landed(ended, &mut flights).await,
            }
        }
    }

    /// A batch, or the end of the one that was sent first; none when the lane is to end.
    async fn next(&mut self, flights: &mut VecDeque<Flight>) -> Option<Next> {
        let may_take = flights.len() < FLIGHTS_MAX && !self.signs_slowly;
        let Some(first) = flights.front_mut() else {
            return self.queue.next().await.map(Next::Batch);
        };
        // Those who were answered last ask again; who came first would have a batch of its own.
        let half = usize::midpoint(first.slots.len(), self.answered);
        let (queue, ended) = (&mut self.queue, first.ended());
        let batch = async {
            queue.gather(half).await;
            queue.next().await
        };
        let batch = tokio::select! { biased;
            ended = ended => return Some(Next::Ended(ended)),
            batch = batch, if may_take => batch,
        };
        match batch {
            Some(batch) => Some(Next::Batch(batch)),
            None => Some(Next::Ended(first.ended().await)),
        }
    }

    /// Sends a batch that needs no question, and lets it fly; writes any other once all have landed.
    async fn take(&mut self, mut batch: Vec<Slot>, flights: &mut VecDeque<Flight>) {
        let begun = Instant::now();
        let planned = Whole::plan(&mut self.memory, &mut batch, &self.shared.workers);
        self.signs_slowly = begun.elapsed() > self.planning_long;
        if let (Some(connected), Some((whole, logs))) = (&self.connected, planned) {
            flights.push_back(Flight::begin(connected, whole, (batch, logs, begun)).await);
            return;
        }
        while let Some(first) = flights.front_mut() {
            let ended = first.ended().await;
            self.landed(ended, flights).await;
        }
        self.settle(batch, None).await;
        self.queue.took(begun.elapsed());
    }

    /// What becomes of the batch that was sent first. Where it was refused, those that were planned
    /// upon it are refused too, and all of them are written by asking.
    async fn landed(&mut self, ended: Result<(), Error>, flights: &mut VecDeque<Flight>) {
        let first = flights.pop_front().expect("what has ended was on its way");
        self.queue.took(first.begun.elapsed());
        let error = match ended {
            Ok(()) => return self.written(first),
            Err(error) => error,
        };
        let mut refused = vec![(first, error)];
        while let Some(mut flight) = flights.pop_front() {
            match flight.ended().await {
                Ok(()) => self.written(flight),
                Err(error) => refused.push((flight, error)),
            }
        }
        self.memory.was_wrong();
        for (flight, error) in refused {
            tracing::debug!(%error, "a batch that asked nothing was refused");
            let before = unknown(&error).map(|ended| (ended, flight.backend));
            self.settle(flight.slots, before).await;
        }
    }

    fn written(&mut self, flight: Flight) {
        self.memory.was_right();
        self.shared.commits.fetch_add(1, Ordering::Relaxed);
        if let Some(keeper) = &self.shared.keeper {
            keeper.committed(&flight.slots, &flight.logs);
        }
        self.answered = flight.slots.len();
        flight.slots.into_iter().for_each(Slot::answer);
    }

    /// Writes a batch; if the database refuses something of it, its halves, and so on, so that what
    /// cannot be written fails alone. Of one that was sent before nobody may know how it ended.
    async fn settle(&mut self, batch: Vec<Slot>, mut before: Option<(Ended, Backend)>) {
        let mut pieces = vec![batch];
        while let Some(mut slots) = pieces.pop() {
            match self.commit(&mut slots, before.take()).await {
                Ok(()) => slots.into_iter().for_each(Slot::answer),
                Err(Ended::Asked(_)) if slots.len() > 1 => {
                    let rest = slots.split_off(slots.len() / 2);
                    pieces.extend([rest, slots]);
                }
                Err(ended) => self.refuse(slots, ended).await,
            }
        }
    }

    async fn refuse(&mut self, slots: Vec<Slot>, ended: Ended) {
        let reason: Box<dyn Fn() -> LedgerError> = match ended {
            Ended::Asked(error) => return self.refuse_one(slots, error).await,
            Ended::Unknown(words) => Box::new(move || LedgerError::OutcomeUnknown(words.clone())),
            Ended::Again(words) | Ended::Lost(words) | Ended::Server(words) => {
                tracing::error!(%words, "a batch was not written");
                Box::new(move || LedgerError::BatchFailed(words.clone()))
            }
            Ended::Dropped => unreachable!("a round without what was dropped was run"),
        };
        for mut slot in slots {
            let own = slot.failure.take();
            slot.refuse(own.unwrap_or_else(&reason));
        }
    }

    async fn refuse_one(&mut self, slots: Vec<Slot>, error: LedgerError) {
        let mut error = Some(error);
        for slot in slots {
            let error = error.take().expect("what cannot be written is alone");
            let reason = match &self.connected {
                None => error,
                Some(connected) => connected.reason(&slot, error).await,
            };
            slot.refuse(reason);
        }
    }

    /// Tries until the batch is written, or until it is clear that it cannot be.
    async fn commit(
        &mut self,
        slots: &mut Vec<Slot>,
        mut before: Option<(Ended, Backend)>,
    ) -> Result<(), Ended> {
        // Of when the database was lost first: a device may have signed for longer than that before.
        let (mut lost, mut turn) = (None, 0);
        loop {
            let (result, left) = match before.take() {
                None => (self.attempt(slots).await, self.backend.clone()),
                Some((ended, backend)) => (Err(ended), Some(backend)),
            };
            let ended = match result {
                Ok(()) => {
                    self.is_down = false;
                    return Ok(());
                }
                Err(Ended::Dropped) => continue,
                Err(Ended::Unknown(words)) => {
                    if self.find_out(slots, left.as_ref(), &words).await? {
                        return Ok(());
                    }
                    Ended::Lost(words)
                }
                Err(ended) => ended,
            };
            turn += 1;
            let lost = *lost.get_or_insert_with(Instant::now);
            if !self.may_try_again(&ended, slots.len(), (turn, lost.elapsed())) {
                self.is_down = matches!(ended, Ended::Lost(_));
                return Err(ended);
            }
            tokio::time::sleep((turn * BETWEEN_TURNS).min(BETWEEN_TURNS_MAX)).await;
        }
    }

    fn may_try_again(
        &self,
        ended: &Ended,
        orders: usize,
        (turn, elapsed): (u32, Duration),
    ) -> bool {
        match ended {
            // A race with another server looks so too, and then the facts tell it.
            Ended::Asked(_) => orders == 1 && turn < ASKED_TURNS_MAX,
            Ended::Again(_) => turn < TURNS_MAX,
            Ended::Lost(_) => !self.is_down && elapsed < PATIENCE,
            Ended::Server(_) | Ended::Unknown(_) | Ended::Dropped => false,
        }
    }

    /// One transaction; when it ends without its rows, nothing of it is left open.
    async fn attempt(&mut self, slots: &mut Vec<Slot>) -> Result<(), Ended> {
        if self.connected.is_none() {
            let connected = Connected::open(&self.address, self.accepts_fsync_off).await;
            self.connect(connected.map_err(unconnected)?);
        }
        let connected = self.connected.as_ref().expect("it was opened");
        let (queue, memory) = (&mut self.queue, &mut self.memory);
        let result = transact(connected, slots, queue, (&self.shared, memory)).await;
        if result.is_err() && !connected.rolled_back().await {
            self.disconnect();
        }
        if matches!(result, Ok(true)) {
            self.shared.commits.fetch_add(1, Ordering::Relaxed);
        }
        result.map(|_| ())
    }

    /// Whether a batch is written whose commit nobody told the end of: known once the server's end of
    /// the connection is over, which may have been sent what it has not run yet.
    async fn find_out(
        &mut self,
        slots: &[Slot],
        left: Option<&Backend>,
        words: &str,
    ) -> Result<bool, Ended> {
        let begun = Instant::now();
        self.disconnect();
        while begun.elapsed() < FINDING_OUT_MAX {
            match self.is_written(slots, left).await {
                Ok(Some(written)) => return Ok(written),
                Ok(None) => tracing::warn!("the server is still at work on a batch"),
                Err(LedgerError::Corrupt(why)) => return Err(Ended::Unknown(why)),
                Err(error) => tracing::warn!(%error, "whether a batch is written is not yet known"),
            }
            self.disconnect();
            tokio::time::sleep(BETWEEN_TURNS_MAX).await;
        }
        Err(Ended::Unknown(words.to_owned()))
    }

    /// None while that cannot be said.
    async fn is_written(
        &mut self,
        slots: &[Slot],
        left: Option<&Backend>,
    ) -> Result<Option<bool>, LedgerError> {
        if let Some(left) = left
            && !left.is_over(&self.address).await?
        {
            return Ok(None);
        }
        let connected = Connected::open(&self.address, self.accepts_fsync_off).await?;
        let written = connected.is_written(slots).await?;
        self.shared.commits.fetch_add(u64::from(written), Ordering::Relaxed);
        self.connect(connected);
        Ok(Some(written))
    }

    fn connect(&mut self, connected: Connected) {
        self.backend = Some(connected.backend.clone());
        self.connected = Some(Arc::new(connected));
    }

    /// The next connection may meet another database, as it was at another time.
    fn disconnect(&mut self) {
        self.connected = None;
        self.memory.forget();
    }
}

/// Of a statement that commits by itself and whose answer did not come nobody knows the end. Any other
/// end of it wrote nothing, and the batch is begun anew.
fn unknown(error: &Error) -> Option<Ended> {
    match of(error) {
        Trouble::Lost(words) => Some(Ended::Unknown(words)),
        Trouble::Again(_) | Trouble::Asked(_) | Trouble::Server(_) => None,
    }
}

/// Nothing was begun, so whatever it was, the orders have no part in it.
fn unconnected(error: LedgerError) -> Ended {
    match Ended::from(error) {
        Ended::Asked(error @ LedgerError::NoAnswer) => Ended::Lost(error.to_string()),
        Ended::Asked(error) => Ended::Server(error.to_string()),
        ended => ended,
    }
}

/// Batches that are on their way at once: one that the server writes, and one behind it, which it
/// finds when it has committed. More of them would be smaller ones.
const FLIGHTS_MAX: usize = 2;
/// Two servers that meet at one row meet again seldom.
const TURNS_MAX: u32 = 5;
/// What one order is refused for may be what another server has just written; then the second look
/// shows it.
const ASKED_TURNS_MAX: u32 = 3;
const BETWEEN_TURNS: Duration = Duration::from_millis(10);
const BETWEEN_TURNS_MAX: Duration = Duration::from_millis(250);
/// A restart of the database or a planned switch is over by then, and no till gave up.
const PATIENCE: Duration = Duration::from_secs(10);
/// A standby has taken over by then, or a person is needed. A look that finds the batch waits for the
/// standby besides, as long as any commit does.
const FINDING_OUT_MAX: Duration = Duration::from_mins(1);
