//! How processes and machines go down, and what is left on the disk.

use std::collections::BTreeMap;

use super::{Change, File, Process, State};
use crate::dice::Dice;

/// How far down it goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Crash {
    /// One process is killed: the system keeps all that was written.
    Kill,
    /// The machine loses power: what was not synced is on the disk in parts.
    PowerLoss,
}

impl State {
    pub(crate) fn go_down(&mut self, process: Process, crash: Crash) {
        self.crashed = Some((process, crash));
        match crash {
            Crash::Kill => {
                self.living.remove(&process);
            }
            Crash::PowerLoss => self.living.clear(),
        }
    }

    pub(super) fn pick_up(&mut self) {
        self.note("pick up", "", 0, 0);
        if let Some((_, Crash::PowerLoss)) = self.crashed.take() {
            let ghosts = std::mem::take(&mut self.ghosts);
            for (name, file) in ghosts {
                // The removal of the name may not have reached the disk.
                if self.dice.percent(50) {
                    self.files.entry(name).or_insert(file);
                }
            }
            let files = std::mem::take(&mut self.files);
            self.files = surviving(files, &mut self.dice);
        }
    }

    /// Removes a name. Until the folder is synced, the power may bring it back.
    pub(crate) fn remove(&mut self, name: &str, sync_folder: bool) -> bool {
        let Some(file) = self.files.remove(name) else { return false };
        self.ghosts.remove(name);
        if !sync_folder && file.is_named {
            self.ghosts.insert(name.to_owned(), file);
        }
        true
    }

    /// Brings a file down. A name that took the place of a removed one stands for good now.
    pub(crate) fn sync_file(&mut self, name: &str) {
        if self.lies_about_syncs {
            return;
        }
        if let Some(file) = self.files.get_mut(name) {
            file.sync();
            self.ghosts.remove(name);
        }
    }

    /// A sync that fails: some of the writes are on the disk, and the system forgets the others.
    pub(crate) fn fail_sync(&mut self, name: &str) {
        if let Some(file) = self.files.get_mut(name) {
            for change in file.since.drain(..) {
                if self.dice.percent(50) {
                    change.apply(&mut file.safe);
                }
            }
        }
    }
}

fn surviving(files: BTreeMap<String, File>, dice: &mut Dice) -> BTreeMap<String, File> {
    let mut left = BTreeMap::new();
    for (name, file) in files {
        if file.is_named || dice.percent(50) {
            left.insert(name, File::holding(torn(file, dice)));
        }
    }
    left
}

/// What the disk holds of a file: all that was synced, and any part of what came after.
fn torn(file: File, dice: &mut Dice) -> Vec<u8> {
    let File { mut safe, since, .. } = file;
    // Mostly a write is down whole or not at all; how many are down differs from crash to crash.
    let down = *dice.pick(&[0, 30, 70, 100]).expect("there are four");
    for change in since {
        if dice.percent(down) {
            change.apply(&mut safe);
        } else if dice.percent(TORN_PERCENT) {
            tear(&change, &mut safe, dice);
        }
    }
    safe
}

fn tear(change: &Change, safe: &mut Vec<u8>, dice: &mut Dice) {
    match change {
        Change::Length(length) => safe.resize(*length, 0),
        Change::Bytes { at, bytes } => {
            let mut from = 0;
            while from < bytes.len() {
                // Up to the next boundary of a sector of the file.
                let to = bytes.len().min(from + SECTOR - (at + from) % SECTOR);
                match dice.below(4) {
                    0 | 1 => super::file::put(safe, at + from, &bytes[from..to]),
                    // The file has grown, and what was written there has not arrived.
                    2 => super::file::put_length(safe, at + to),
                    _ => {}
                }
                from = to;
            }
        }
    }
}

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;
/// Writes that are torn, of those that are not down whole.
const TORN_PERCENT: u64 = 30;
