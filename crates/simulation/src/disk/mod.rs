//! A disk that remembers what was only written and what was synced, and loses the difference.
//!
//! The model is the one that durability has to survive: a write stands in the system's cache until
//! its file is synced; when the power fails, any part of the writes since is on the disk, torn at
//! sectors, in any combination. A sync that fails forgets what it did not bring down, as Linux does:
//! the next one no longer knows of it. A file's name is durable once the file was synced, and a name
//! that was removed may come back.

mod file;
mod locks;
mod power;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(crate) use self::file::Snapshot;
pub(crate) use self::file::{Change, File};
pub(crate) use self::locks::{Holder, Level};
pub(crate) use self::power::Crash;
use crate::dice::Dice;
use crate::trace::Trace;

/// A process that has files open. Whoever is not among the living gets nothing done any more.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Process(pub u64);

/// What befalls one storage call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Trouble {
    /// The process is killed at it, or the whole machine loses power.
    Crash(Crash),
    /// The call fails, once. Of a sync: what was not brought down is forgotten.
    Fails,
    /// There is no room from here on, for so many calls that want some.
    Full(u64),
}

/// Why a storage call did not do what it should.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Failed {
    /// The process is dead, or the disk erred.
    Io,
    Full,
    NoSuchFile,
    Busy,
}

/// A disk with its files, shared by the processes of a schedule.
pub(crate) struct Disk {
    state: Mutex<State>,
}

pub(crate) struct State {
    pub files: BTreeMap<String, File>,
    /// Names that were removed and may come back when the power fails.
    ghosts: BTreeMap<String, File>,
    living: BTreeSet<Process>,
    dice: Dice,
    /// Calls so far that change something.
    calls: u64,
    planned: Option<(u64, Trouble)>,
    planned_at_sync: Option<(u64, Trouble)>,
    full: u64,
    /// How the process or the machine went down, until it is picked up again.
    crashed: Option<(Process, Crash)>,
    /// For measuring the harness itself: syncs that do nothing.
    pub(crate) lies_about_syncs: bool,
    trace: Arc<Trace>,
    next_holder: u64,
}

impl Disk {
    pub(crate) fn new(files: &Snapshot, dice: Dice, trace: Arc<Trace>) -> Self {
        let state = State {
            files: files.to_files(),
            ghosts: BTreeMap::new(),
            living: BTreeSet::new(),
            dice,
            calls: 0,
            planned: None,
            planned_at_sync: None,
            full: 0,
            crashed: None,
            lies_about_syncs: false,
            trace,
            next_holder: 0,
        };
        Self { state: Mutex::new(state) }
    }

    /// A disk whose syncs bring nothing down, to see that the harness notices.
    pub(crate) fn lie_about_syncs(&self) {
        self.state().lies_about_syncs = true;
    }

    pub(crate) fn begin(&self, process: Process) {
        self.state().living.insert(process);
    }

    /// In so many calls from now on, this happens.
    pub(crate) fn plan(&self, calls: u64, trouble: Trouble) {
        let mut state = self.state();
        state.planned = Some((state.calls + calls, trouble));
    }

    /// At the so-many-th sync from now on this happens.
    #[cfg(test)]
    pub(crate) fn plan_at_sync(&self, syncs: u64, trouble: Trouble) {
        self.state().planned_at_sync = Some((syncs, trouble));
    }

    /// Nothing planned happens any more, and there is room.
    pub(crate) fn calm(&self) {
        let mut state = self.state();
        state.planned = None;
        state.full = 0;
    }

    /// Whether the process went down at one of its calls.
    pub(crate) fn crashed(&self) -> Option<(Process, Crash)> {
        self.state().crashed
    }

    /// The process is over, and what it still tries fails.
    pub(crate) fn end(&self, process: Process) {
        self.state().living.remove(&process);
    }

    pub(crate) fn lives(&self, process: Process) -> bool {
        self.state().living.contains(&process)
    }

    /// Takes down a process, or the machine with all of them, between two calls.
    pub(crate) fn take_down(&self, process: Process, crash: Crash) {
        self.state().go_down(process, crash);
    }

    /// Picks up what is left: after a loss of power what the disk kept, after a kill everything.
    pub(crate) fn pick_up(&self) {
        self.state().pick_up();
    }

    /// The files as any process would read them now.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.state().files)
    }

    /// Puts other files in the place of all there are: a backup that somebody restored.
    pub(crate) fn replace(&self, files: &Snapshot) {
        let mut state = self.state();
        state.note("restore", "", 0, 0);
        state.files = files.to_files();
        state.ghosts.clear();
    }

    /// Calls so far that change something.
    pub(crate) fn calls(&self) -> u64 {
        self.state().calls
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the changing calls go through.
impl State {
    pub(crate) fn check_living(&self, process: Process) -> Result<(), Failed> {
        if self.living.contains(&process) { Ok(()) } else { Err(Failed::Io) }
    }

    pub(crate) fn next_holder(&mut self) -> Holder {
        self.next_holder += 1;
        Holder(self.next_holder)
    }

    /// Counts a call, and says what befalls it.
    pub(crate) fn meet(
        &mut self,
        process: Process,
        (what, file): (&str, &str),
        (at, length): (u64, u64),
    ) -> Result<Option<Trouble>, Failed> {
        self.check_living(process)?;
        self.calls += 1;
        self.note(what, file, at, length);
        let trouble = match self.planned {
            Some((call, trouble)) if call <= self.calls => {
                self.planned = None;
                Some(trouble)
            }
            _ if what == "sync" => self.trouble_at_sync(),
            _ => None,
        };
        if let Some(trouble) = trouble {
            self.note(&format!("{trouble:?}"), file, 0, 0);
        }
        if let Some(Trouble::Full(calls)) = trouble {
            self.full = calls;
        }
        Ok(trouble)
    }

    fn trouble_at_sync(&mut self) -> Option<Trouble> {
        match self.planned_at_sync.take()? {
            (0 | 1, trouble) => Some(trouble),
            (syncs, trouble) => {
                self.planned_at_sync = Some((syncs - 1, trouble));
                None
            }
        }
    }

    /// Whether there is no room for this call.
    pub(crate) fn is_full(&mut self) -> bool {
        let full = self.full > 0;
        self.full = self.full.saturating_sub(1);
        full
    }

    pub(crate) fn coin(&mut self) -> bool {
        self.dice.percent(50)
    }

    fn note(&self, what: &str, file: &str, at: u64, length: u64) {
        self.trace.call(what, file, (at, length), self.calls);
    }
}
