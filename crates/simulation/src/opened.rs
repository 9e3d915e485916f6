//! One opening of a file by SQLite, in safe words: what the C functions of `vfs` call.

use std::sync::Arc;

use crate::disk::{Disk, Failed, File, Holder, Level, Process, State, Trouble};

/// A file that a connection has open.
pub(crate) struct Opened {
    disk: Arc<Disk>,
    process: Process,
    holder: Holder,
    name: String,
    /// A file that nobody else sees, and that ends with this opening.
    is_temporary: bool,
}

impl Opened {
    pub(crate) fn open(
        disk: Arc<Disk>,
        process: Process,
        name: Option<&str>,
        create: bool,
    ) -> Result<Self, Failed> {
        let mut state = disk.state();
        state.check_living(process)?;
        let holder = state.next_holder();
        let is_temporary = name.is_none();
        let name = name.map_or_else(|| format!("temporary-{}", holder.0), str::to_owned);
        if !state.files.contains_key(&name) {
            if !create {
                return Err(Failed::NoSuchFile);
            }
            if !is_temporary && state.meet(process, ("create", &name), (0, 0))?.is_some() {
                return Err(Failed::Io);
            }
            state.files.insert(name.clone(), File::default());
        }
        drop(state);
        Ok(Self { disk, process, holder, name, is_temporary })
    }

    /// Closing lets go of everything, whether the process lives or not: the system sees to that.
    pub(crate) fn close(self) {
        let mut state = self.disk.state();
        if let Some(file) = state.files.get_mut(&self.name) {
            file.locks.unlock(self.holder, Level::Unlocked);
            file.shared.leave(self.holder);
        }
        if self.is_temporary {
            state.files.remove(&self.name);
        }
    }

    pub(crate) fn read(&self, at: usize, into: &mut [u8]) -> Result<usize, Failed> {
        let mut state = self.disk.state();
        state.check_living(self.process)?;
        Ok(self.file(&mut state)?.read(at, into))
    }

    pub(crate) fn length(&self) -> Result<usize, Failed> {
        let mut state = self.disk.state();
        state.check_living(self.process)?;
        Ok(self.file(&mut state)?.now.len())
    }

    pub(crate) fn write(&self, at: usize, bytes: &[u8]) -> Result<(), Failed> {
        let mut state = self.disk.state();
        if self.is_temporary {
            self.file(&mut state)?.write(at, bytes);
            return Ok(());
        }
        let place = (at as u64, bytes.len() as u64);
        let trouble = state.meet(self.process, ("write", &self.name), place)?;
        if state.is_full() {
            return Err(Failed::Full);
        }
        match trouble {
            None | Some(Trouble::Full(_)) => {}
            Some(Trouble::Fails) => {
                // A write that fails may have written some.
                let some = bytes.len() / 2;
                if state.coin() {
                    self.file(&mut state)?.write(at, &bytes[..some]);
                }
                return Err(Failed::Io);
            }
            Some(Trouble::Crash(crash)) => {
                if state.coin() {
                    self.file(&mut state)?.write(at, bytes);
                }
                state.go_down(self.process, crash);
                return Err(Failed::Io);
            }
        }
        self.file(&mut state)?.write(at, bytes);
        Ok(())
    }

    pub(crate) fn set_length(&self, length: usize) -> Result<(), Failed> {
        let mut state = self.disk.state();
        if !self.is_temporary {
            let trouble = state.meet(self.process, ("truncate", &self.name), (length as u64, 0))?;
            self.strike(&mut state, trouble)?;
        }
        self.file(&mut state)?.set_length(length);
        Ok(())
    }

    pub(crate) fn sync(&self) -> Result<(), Failed> {
        let mut state = self.disk.state();
        if self.is_temporary {
            return Ok(());
        }
        let trouble = state.meet(self.process, ("sync", &self.name), (0, 0))?;
        match trouble {
            None | Some(Trouble::Full(_)) => {
                state.sync_file(&self.name);
                Ok(())
            }
            Some(Trouble::Fails) => {
                state.fail_sync(&self.name);
                Err(Failed::Io)
            }
            Some(Trouble::Crash(crash)) => {
                if state.coin() {
                    state.sync_file(&self.name);
                }
                state.go_down(self.process, crash);
                Err(Failed::Io)
            }
        }
    }

    /// Writes all bytes again where they are, and syncs them.
    pub(crate) fn rewrite(&self) -> Result<(), Failed> {
        let mut bytes = vec![0; self.length()?];
        self.read(0, &mut bytes)?;
        for (place, piece) in bytes.chunks(REWRITTEN_BYTES).enumerate() {
            self.write(place * REWRITTEN_BYTES, piece)?;
        }
        if bytes.is_empty() { Ok(()) } else { self.sync() }
    }

    pub(crate) fn lock(&self, level: Level) -> Result<(), Failed> {
        let mut state = self.disk.state();
        state.check_living(self.process)?;
        self.file(&mut state)?.locks.lock(self.holder, level)
    }

    pub(crate) fn unlock(&self, level: Level) -> Result<(), Failed> {
        self.file(&mut self.disk.state())?.locks.unlock(self.holder, level);
        Ok(())
    }

    pub(crate) fn is_reserved(&self) -> Result<bool, Failed> {
        Ok(self.file(&mut self.disk.state())?.locks.is_reserved())
    }

    pub(crate) fn region(
        &self,
        index: usize,
        bytes: usize,
        make: bool,
    ) -> Result<Option<*mut u8>, Failed> {
        let mut state = self.disk.state();
        state.check_living(self.process)?;
        let shared = &mut self.file(&mut state)?.shared;
        shared.map(self.holder);
        Ok(shared.memory.region(index, bytes, make))
    }

    pub(crate) fn lock_memory(
        &self,
        slots: std::ops::Range<usize>,
        exclusive: bool,
    ) -> Result<(), Failed> {
        let mut state = self.disk.state();
        state.check_living(self.process)?;
        let shared = &mut self.file(&mut state)?.shared;
        if exclusive {
            shared.lock_exclusive(self.holder, slots)
        } else {
            shared.lock_shared(self.holder, slots.start)
        }
    }

    pub(crate) fn unlock_memory(&self, slots: std::ops::Range<usize>) -> Result<(), Failed> {
        self.file(&mut self.disk.state())?.shared.unlock(self.holder, slots);
        Ok(())
    }

    pub(crate) fn leave_memory(&self) {
        if let Ok(file) = self.file(&mut self.disk.state()) {
            file.shared.leave(self.holder);
        }
    }

    fn strike(&self, state: &mut State, trouble: Option<Trouble>) -> Result<(), Failed> {
        match trouble {
            None | Some(Trouble::Full(_)) => Ok(()),
            Some(Trouble::Fails) => Err(Failed::Io),
            Some(Trouble::Crash(crash)) => {
                state.go_down(self.process, crash);
                Err(Failed::Io)
            }
        }
    }

    fn file<'a>(&self, state: &'a mut State) -> Result<&'a mut File, Failed> {
        state.files.get_mut(&self.name).ok_or(Failed::Io)
    }
}

/// Each of so many may be lost by itself, as pages are.
const REWRITTEN_BYTES: usize = 4_096;

/// Removes a file.
pub(crate) fn delete(
    disk: &Disk,
    process: Process,
    name: &str,
    sync_folder: bool,
) -> Result<(), Failed> {
    let mut state = disk.state();
    let trouble = state.meet(process, ("delete", name), (0, 0))?;
    match trouble {
        None | Some(Trouble::Full(_)) => {
            state.remove(name, sync_folder).then_some(()).ok_or(Failed::NoSuchFile)
        }
        Some(Trouble::Fails) => Err(Failed::Io),
        Some(Trouble::Crash(crash)) => {
            if state.coin() {
                state.remove(name, sync_folder);
            }
            state.go_down(process, crash);
            Err(Failed::Io)
        }
    }
}

pub(crate) fn exists(disk: &Disk, process: Process, name: &str) -> Result<bool, Failed> {
    let state = disk.state();
    state.check_living(process)?;
    Ok(state.files.contains_key(name))
}
