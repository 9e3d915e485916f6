//! A batch's transaction that asks first: its fence and its facts, its rows, its signatures, its commit.

use std::cell::Cell;

use super::connected::Connected;
use super::ended::Ended;
use super::facts::{self, Ready};
use super::lane::Shared;
use super::memory::Memory;
use super::openings::Openings;
use super::queue::Queue;
use super::write;
use crate::batch::{self, Logs, Planned, Signatures, Slot};
use crate::error::LedgerError;

/// False if there was nothing to write.
pub(super) async fn transact(
    connected: &Connected,
    slots: &mut Vec<Slot>,
    queue: &mut Queue,
    (shared, memory): (&Shared, &mut Memory),
) -> Result<bool, Ended> {
    let (ready, workers) = (connected.ready(), &*shared.workers);
    let keeper = shared.keeper.as_deref();
    let mut facts = facts::begin(ready, slots, keeper).await?;
    let before = slots.len();
    if queue.join(slots) {
        facts = facts::joined(ready, slots, before, facts).await?;
    }
    let mut logs = Logs::default();
    let (mut heads, seen) = loop {
        logs.begin(&facts);
        let seen = memory.see(&facts);
        let heads = batch::plan(slots, facts);
        if batch::prepare(slots, workers) {
            break (heads, seen);
        }
        facts = facts::again(ready, slots, keeper).await?;
    };
    if slots.iter().all(|slot| slot.entry().is_none()) {
        // What is replayed may not be on the standby yet: a commit under the fence waits for it.
        let is_replay = |slot: &Slot| matches!(slot.planned, Planned::Replayed(_));
        let end = if slots.iter().any(is_replay) { "COMMIT" } else { "ROLLBACK" };
        ready.client.batch_execute(end).await?;
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
    memory.wrote(seen, slots, (&heads, &logs));
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
