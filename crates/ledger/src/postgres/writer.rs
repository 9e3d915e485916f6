//! One lane's work: it takes all that waits, writes it in one transaction, and answers.
//!
//! No timer: alone, an order waits for nobody; under load, the orders that came while the last
//! transaction was in flight share the next one, and so do those that come while its fence is taken.
//! Two trips to the server carry most batches, however large: the fence with the facts, and the rows,
//! the signed entries and the commit, which are sent before any of it is answered. One that claims
//! what others may claim too waits for its rows first; and there is one trip more where somebody
//! joined.

use std::cell::Cell;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::address::Address;
use super::connected::Connected;
use super::facts::{self, Ready};
use super::lane::{Command, Shared};
use super::openings::Openings;
use super::queue::Queue;
use super::trouble::{Trouble, of};
use super::write;
use crate::batch::{self, Logs, Signatures, Slot};
use crate::error::LedgerError;
use crate::limits::Options;

pub(super) struct Writer {
    address: Address,
    accepts_fsync_off: bool,
    queue: Queue,
    connected: Option<Connected>,
    shared: Shared,
    /// The last batch found no database: the next one does not wait for it.
    is_down: bool,
}

/// Why an attempt at a batch ended without its rows.
enum Ended {
    /// One of its orders cannot be written; which, is found by halves.
    Asked(LedgerError),
    /// Nothing is written, and the same again may succeed.
    Again(String),
    Lost(String),
    Server(String),
    /// The connection was lost during the commit.
    Unknown(String),
    /// A signer failed: without its order the others are planned anew.
    Dropped,
}

impl From<LedgerError> for Ended {
    fn from(error: LedgerError) -> Self {
        let LedgerError::Postgres(postgres) = &error else { return Self::Asked(error) };
        match of(postgres) {
            Trouble::Again(words) => Self::Again(words),
            Trouble::Asked(_) => Self::Asked(error),
            Trouble::Lost(words) => Self::Lost(words),
            Trouble::Server(words) => Self::Server(words),
        }
    }
}

impl From<tokio_postgres::Error> for Ended {
    fn from(error: tokio_postgres::Error) -> Self {
        LedgerError::from(error).into()
    }
}

impl Writer {
    pub(super) fn new(
        address: Address,
        commands: mpsc::Receiver<Command>,
        options: Options,
        shared: Shared,
    ) -> Self {
        let (queue, accepts_fsync_off) =
            (Queue::new(commands, options.batch_max), options.accepts_fsync_off);
        let (connected, is_down) = (None, false);
        Self { address, accepts_fsync_off, queue, connected, shared, is_down }
    }

    /// Ends when the lane is closed and nothing waits.
    pub(super) async fn run(mut self) {
        while let Some(batch) = self.queue.next().await {
            let begun = Instant::now();
            self.settle(batch).await;
            self.queue.took(begun.elapsed());
        }
    }

    /// Writes a batch; if the database refuses something of it, its halves, and so on, so that what
    /// cannot be written fails alone.
    async fn settle(&mut self, batch: Vec<Slot>) {
        let mut pieces = vec![batch];
        while let Some(mut slots) = pieces.pop() {
            match self.commit(&mut slots).await {
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
    async fn commit(&mut self, slots: &mut Vec<Slot>) -> Result<(), Ended> {
        let (begun, mut turn) = (Instant::now(), 0);
        loop {
            let ended = match self.attempt(slots).await {
                Ok(()) => {
                    self.is_down = false;
                    return Ok(());
                }
                Err(Ended::Dropped) => continue,
                Err(Ended::Unknown(words)) => {
                    if self.find_out(slots, &words).await? {
                        return Ok(());
                    }
                    Ended::Lost(words)
                }
                Err(ended) => ended,
            };
            turn += 1;
            if !self.may_try_again(&ended, slots.len(), (turn, begun.elapsed())) {
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
            self.connected = Some(connected.map_err(unconnected)?);
        }
        let connected = self.connected.as_ref().expect("it was opened");
        let queue = &mut self.queue;
        let result = transact(connected, slots, queue, &self.shared).await;
        if result.is_err() && !connected.rolled_back().await {
            self.connected = None;
        }
        if matches!(result, Ok(true)) {
            self.shared.commits.fetch_add(1, Ordering::Relaxed);
        }
        result.map(|_| ())
    }

    /// Whether a batch is written whose commit nobody told the end of. The old transaction holds its
    /// heads until it ends, so whoever has them sees how it ended.
    async fn find_out(&mut self, slots: &[Slot], words: &str) -> Result<bool, Ended> {
        let begun = Instant::now();
        self.connected = None;
        while begun.elapsed() < FINDING_OUT_MAX {
            match self.is_written(slots).await {
                Ok(written) => return Ok(written),
                Err(LedgerError::Corrupt(why)) => return Err(Ended::Unknown(why)),
                Err(error) => tracing::warn!(%error, "whether a batch is written is not yet known"),
            }
            self.connected = None;
            tokio::time::sleep(BETWEEN_TURNS_MAX).await;
        }
        Err(Ended::Unknown(words.to_owned()))
    }

    async fn is_written(&mut self, slots: &[Slot]) -> Result<bool, LedgerError> {
        let connected = Connected::open(&self.address, self.accepts_fsync_off).await?;
        let written = connected.is_written(slots).await?;
        self.shared.commits.fetch_add(u64::from(written), Ordering::Relaxed);
        self.connected = Some(connected);
        Ok(written)
    }
}

/// Nothing was begun, so whatever it was, the orders have no part in it.
fn unconnected(error: LedgerError) -> Ended {
    match Ended::from(error) {
        Ended::Asked(error) => Ended::Server(error.to_string()),
        ended => ended,
    }
}

/// False if there was nothing to write.
async fn transact(
    connected: &Connected,
    slots: &mut Vec<Slot>,
    queue: &mut Queue,
    shared: &Shared,
) -> Result<bool, Ended> {
    let (ready, workers) = (connected.ready(), &*shared.workers);
    let keeper = shared.keeper.as_deref();
    let mut facts = facts::begin(ready, slots, keeper).await?;
    let before = slots.len();
    if queue.join(slots) {
        facts = facts::joined(ready, slots, before, facts).await?;
    }
    let mut logs = Logs::default();
    let mut heads = loop {
        logs.begin(&facts);
        let heads = batch::plan(slots, facts);
        if batch::prepare(slots, workers) {
            break heads;
        }
        facts = facts::again(ready, slots, keeper).await?;
    };
    if slots.iter().all(|slot| slot.entry().is_none()) {
        ready.client.batch_execute("ROLLBACK").await?;
        return Ok(false);
    }
    batch::chain(slots, &mut heads);
    logs.grow(slots, 0);
    logs.finish(slots);
    let mut signatures = Signatures::new();
    signatures.ask(slots, 0, workers);
    signatures.ask_checkpoints(slots, &logs, workers);
    let sent = if write::is_plain(slots) {
        let openings = Openings::of(slots, (&heads, &logs));
        Box::pin(send_together(ready, slots, &openings, (&mut logs, &mut signatures))).await?
    } else {
        let written = Box::pin(write::rows(ready, slots, (&heads, &logs))).await;
        if written.is_err() {
            signatures.gather(slots, &mut logs);
            written?;
        }
        Box::pin(sign_and_commit(ready, slots, (&mut logs, &mut signatures))).await?
    };
    sent.ended()?;
    if let Some(keeper) = keeper {
        keeper.committed(slots, &logs);
    }
    Ok(true)
}

/// Sends the rows, and behind them what wants signatures, with the commit: the server writes the ones
/// while the others are being made.
async fn send_together(
    ready: Ready<'_>,
    slots: &mut [Slot],
    openings: &Openings,
    made: (&mut Logs, &mut Signatures),
) -> Result<Sent, Ended> {
    // What the driver cannot even send is known at once, and then nothing of the batch is sent.
    let refused = Cell::new(false);
    let rows = async {
        let written = openings.write(ready).await;
        refused.set(written.is_err());
        written
    };
    let entries = async {
        // The driver shares this thread, and sends what it was given only when it has a turn.
        tokio::task::yield_now().await;
        if refused.get() {
            return Ok(Sent::NOTHING);
        }
        sign_and_commit(ready, slots, made).await
    };
    let (written, sent) = tokio::join!(biased; rows, entries);
    Ok(Sent { rows: written, ..sent? })
}

/// Gathers the signatures, and sends what bears them with the commit. The rows beside it may be on
/// their way still: the server does not commit what it refused a part of.
async fn sign_and_commit(
    ready: Ready<'_>,
    slots: &mut [Slot],
    (logs, signatures): (&mut Logs, &mut Signatures),
) -> Result<Sent, Ended> {
    signatures.gather(slots, logs);
    if slots.iter().any(|slot| slot.failure.is_some() && slot.entry().is_some()) {
        return Err(Ended::Dropped);
    }
    logs.prove(slots);
    let (entries, commit) = write::entries_and_commit(ready, slots, logs).await;
    Ok(Sent { rows: Ok(()), entries, commit })
}

/// What became of a batch that was sent with its commit.
struct Sent {
    rows: Result<(), LedgerError>,
    entries: Result<(), tokio_postgres::Error>,
    commit: Result<(), tokio_postgres::Error>,
}

impl Sent {
    const NOTHING: Self = Self { rows: Ok(()), entries: Ok(()), commit: Ok(()) };

    /// The first that failed says why. Where the line broke, nobody knows whether the commit was sent
    /// before.
    fn ended(self) -> Result<(), Ended> {
        let rows = self.rows.map_err(Ended::from);
        let (entries, commit) =
            (self.entries.map_err(Ended::from), self.commit.map_err(Ended::from));
        match rows.and(entries).and(commit) {
            Err(Ended::Lost(words)) => Err(Ended::Unknown(words)),
            ended => ended,
        }
    }
}

/// Two servers that meet at one row meet again seldom.
const TURNS_MAX: u32 = 5;
/// What one order is refused for may be what another server has just written; then the second look
/// shows it.
const ASKED_TURNS_MAX: u32 = 3;
const BETWEEN_TURNS: Duration = Duration::from_millis(10);
const BETWEEN_TURNS_MAX: Duration = Duration::from_millis(250);
/// A restart of the database or a planned switch is over by then, and no till gave up.
const PATIENCE: Duration = Duration::from_secs(10);
/// A standby has taken over by then, or a person is needed.
const FINDING_OUT_MAX: Duration = Duration::from_mins(1);
