//! The locks that SQLite takes on a file, and the memory that its connections share beside it.

use std::collections::BTreeMap;

use super::Failed;

/// One opening of a file.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Holder(pub u64);

/// SQLite's five levels.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Level {
    #[default]
    Unlocked,
    Shared,
    Reserved,
    Pending,
    Exclusive,
}

/// Who holds the file, and how.
#[derive(Default)]
pub(crate) struct Locks(BTreeMap<Holder, Level>);

impl Locks {
    pub(crate) fn lock(&mut self, holder: Holder, wanted: Level) -> Result<(), Failed> {
        let own = self.0.get(&holder).copied().unwrap_or_default();
        if own >= wanted {
            return Ok(());
        }
        let highest = self.highest_of_others(holder);
        let is_free = match wanted {
            Level::Unlocked | Level::Shared => highest < Level::Pending,
            Level::Reserved => highest < Level::Reserved,
            Level::Pending | Level::Exclusive => highest < Level::Shared,
        };
        if is_free {
            self.0.insert(holder, wanted);
            return Ok(());
        }
        if wanted == Level::Exclusive && highest < Level::Reserved {
            // Nobody new comes in while those who read go out.
            self.0.insert(holder, Level::Pending);
        }
        Err(Failed::Busy)
    }

    pub(crate) fn unlock(&mut self, holder: Holder, down_to: Level) {
        match down_to {
            Level::Unlocked => {
                self.0.remove(&holder);
            }
            level => {
                self.0.insert(holder, level);
            }
        }
    }

    pub(crate) fn is_reserved(&self) -> bool {
        self.0.values().any(|level| *level >= Level::Reserved)
    }

    fn highest_of_others(&self, holder: Holder) -> Level {
        let others = self.0.iter().filter(|(other, _)| **other != holder);
        others.map(|(_, level)| *level).max().unwrap_or_default()
    }
}

/// The locks of the shared memory: eight of them (SQLite, `SQLITE_SHM_NLOCK`).
#[derive(Default)]
pub(crate) struct Shared {
    pub memory: crate::memory::Memory,
    writer: [Option<Holder>; SLOTS],
    readers: [Vec<Holder>; SLOTS],
    mapped: Vec<Holder>,
}

const SLOTS: usize = 8;

impl Shared {
    pub(crate) fn map(&mut self, holder: Holder) {
        if !self.mapped.contains(&holder) {
            self.mapped.push(holder);
        }
    }

    /// Gives up all that a holder has; the last one takes the memory with it.
    pub(crate) fn leave(&mut self, holder: Holder) {
        for slot in 0..SLOTS {
            self.readers[slot].retain(|other| *other != holder);
            if self.writer[slot] == Some(holder) {
                self.writer[slot] = None;
            }
        }
        self.mapped.retain(|other| *other != holder);
        if self.mapped.is_empty() {
            self.memory = crate::memory::Memory::default();
        }
    }

    pub(crate) fn lock_shared(&mut self, holder: Holder, slot: usize) -> Result<(), Failed> {
        if self.writer[slot].is_some_and(|other| other != holder) {
            return Err(Failed::Busy);
        }
        if !self.readers[slot].contains(&holder) {
            self.readers[slot].push(holder);
        }
        Ok(())
    }

    pub(crate) fn lock_exclusive(
        &mut self,
        holder: Holder,
        slots: std::ops::Range<usize>,
    ) -> Result<(), Failed> {
        let is_taken = |slot: usize| {
            self.writer[slot].is_some_and(|other| other != holder)
                || self.readers[slot].iter().any(|other| *other != holder)
        };
        if slots.clone().any(is_taken) {
            return Err(Failed::Busy);
        }
        for slot in slots {
            self.writer[slot] = Some(holder);
        }
        Ok(())
    }

    pub(crate) fn unlock(&mut self, holder: Holder, slots: std::ops::Range<usize>) {
        for slot in slots {
            self.readers[slot].retain(|other| *other != holder);
            if self.writer[slot] == Some(holder) {
                self.writer[slot] = None;
            }
        }
    }
}
