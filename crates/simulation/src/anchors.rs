//! Where the processes of a schedule keep their anchors: on a machine of its own, which no backup of
//! the disk brings back. A dead process writes nothing there.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use ledger::{AnchorShelf, Anchoring, KeptAnchors};

use crate::disk::{Disk, Process};
use crate::shop::is_signed;

/// The files, by the folder of the process that writes them.
#[derive(Clone, Default)]
pub(crate) struct Anchors(Arc<Mutex<BTreeMap<usize, Vec<u8>>>>);

struct Shelf {
    files: Anchors,
    place: usize,
    disk: Arc<Disk>,
    process: Process,
}

impl Anchors {
    /// Written when a schedule says so: a thread's own pace would make each run another one.
    pub(crate) fn of(&self, disk: &Arc<Disk>, process: Process, place: usize) -> Anchoring {
        let shelf = Shelf { files: self.clone(), place, disk: Arc::clone(disk), process };
        Anchoring { shelf: Arc::new(shelf), interval: None, is_signed: is_signed() }
    }
}

impl AnchorShelf for Shelf {
    fn load(&self) -> io::Result<Vec<KeptAnchors>> {
        let files = self.files.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = files.iter().map(|(place, bytes)| KeptAnchors {
            name: format!("anchors {place}"),
            bytes: bytes.clone(),
            is_own: *place == self.place,
        });
        Ok(kept.collect())
    }

    fn keep(&self, bytes: &[u8]) -> io::Result<()> {
        if self.disk.lives(self.process) {
            let mut files = self.files.0.lock().unwrap_or_else(PoisonError::into_inner);
            files.insert(self.place, bytes.to_vec());
        }
        Ok(())
    }
}
