//! A batch as one statement, which is a transaction by itself: one trip to the server carries all of
//! it, and the server commits before it answers.

use tokio_postgres::Error;
use tokio_postgres::types::ToSql;

use super::facts::Ready;
use super::log;
use super::memory::{Heads, Memory};
use super::openings::Openings;
use super::records::Records;
use super::write::{all_entries, events};
use crate::batch::{self, Logs, Planned, Signatures, Slot, Workers};

/// All rows of a batch of plain openings, encoded: it borrows nothing.
pub(super) struct Whole {
    openings: Openings,
    /// The hash of each head that the batch was planned upon, in the order of the openings' heads.
    upon: Vec<Vec<u8>>,
    entries: Records,
    checkpoints: Records,
    tiles: Records,
    tenants: Vec<String>,
    counts: Vec<i64>,
    events: Records,
}

impl Whole {
    /// Plans and signs a batch upon what the lane remembers; none where it has to ask. Nobody is refused
    /// anything upon memory alone: where an order of the batch cannot be written, all of them ask.
    pub(super) fn plan(
        memory: &mut Memory,
        slots: &mut [Slot],
        workers: &Workers,
    ) -> Option<(Self, Logs)> {
        let planned = Self::plan_all(memory, slots, workers);
        if planned.is_none() {
            for slot in slots {
                slot.failure = None;
            }
        }
        planned
    }

    fn plan_all(
        memory: &mut Memory,
        slots: &mut [Slot],
        workers: &Workers,
    ) -> Option<(Self, Logs)> {
        let facts = memory.facts(slots)?;
        let mut logs = Logs::default();
        logs.begin(&facts);
        let mut heads = batch::plan(slots, facts);
        let before = heads.clone();
        let is_refused = |slot: &Slot| matches!(slot.planned, Planned::Rejected(_));
        if slots.iter().any(is_refused) || !batch::prepare(slots, workers) {
            return None;
        }
        batch::chain(slots, &mut heads);
        if !sign(slots, &mut logs, workers) {
            return None;
        }
        logs.prove(slots);
        let whole = Self::of(slots, (&before, &heads, &logs))?;
        memory.go_on(slots, (&heads, &logs));
        Some((whole, logs))
    }

    /// None where it is more than one statement should carry.
    fn of(slots: &[Slot], (before, heads, logs): (&Heads, &Heads, &Logs)) -> Option<Self> {
        let mut entries = all_entries(slots).into_iter();
        let (Some(entries), None) = (entries.next(), entries.next()) else { return None };
        let openings = Openings::of(slots, (heads, logs));
        let upon = openings.moved().map(|outlet| before[outlet].hash.0.to_vec()).collect();
        let (tenants, counts, events) = events(slots);
        let tenants = tenants.into_iter().map(str::to_owned).collect();
        let (checkpoints, tiles) = log::records(logs);
        Some(Self { openings, upon, entries, checkpoints, tiles, tenants, counts, events })
    }

    /// Writes it, or nothing of it.
    pub(super) async fn write(&self, ready: Ready<'_>) -> Result<(), Error> {
        let openings = self.openings.params();
        let rest: [&(dyn ToSql + Sync); 7] = [
            &self.upon,
            &self.entries,
            &self.checkpoints,
            &self.tiles,
            &self.tenants,
            &self.counts,
            &self.events,
        ];
        let rows: Vec<_> = openings.into_iter().chain(rest).collect();
        ready.client.execute(&ready.statements.insert_batch, &rows).await?;
        Ok(())
    }
}

/// False if a signer failed.
fn sign(slots: &mut [Slot], logs: &mut Logs, workers: &Workers) -> bool {
    logs.grow(slots, 0);
    logs.finish(slots);
    let mut signatures = Signatures::new();
    signatures.ask(slots, 0, workers);
    signatures.ask_checkpoints(slots, logs, workers);
    signatures.gather(slots, logs);
    !slots.iter().any(|slot| slot.failure.is_some() && slot.entry().is_some())
}
