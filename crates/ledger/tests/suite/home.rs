//! Where a world's ledger lies: here in a file.

use std::path::PathBuf;

use ledger::{Anchoring, Ledger, LedgerError, Options, Report, Verifier, VerifyError, verify};

use crate::world::World;

pub(crate) struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    pub(crate) async fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) async fn open(&self) -> Result<Ledger, LedgerError> {
        Ledger::open(&self.path(), Options::default())
    }

    pub(crate) async fn open_anchored(&self, anchoring: &Anchoring) -> Result<Ledger, LedgerError> {
        Ledger::open_anchored(&self.path(), Options::default(), anchoring)
    }

    /// As the ledger is now, which nobody has open.
    pub(crate) fn backup(&self) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in FILES.map(|ending| format!("ledger.db{ending}")) {
            let from = self.folder.path().join(&name);
            if from.exists() {
                std::fs::copy(from, folder.path().join(name)).unwrap();
            }
        }
        folder
    }

    pub(crate) fn restore(&self, backup: &tempfile::TempDir) {
        for name in FILES.map(|ending| format!("ledger.db{ending}")) {
            let (from, to) = (backup.path().join(&name), self.folder.path().join(&name));
            let _ = std::fs::remove_file(&to);
            if from.exists() {
                std::fs::copy(from, to).unwrap();
            }
        }
    }

    pub(crate) async fn verify(
        &self,
        keys: &dyn Fn(&str) -> Option<Verifier>,
    ) -> Result<Report, VerifyError> {
        verify(&self.path(), keys, &mut |_| {})
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("ledger.db")
    }
}

/// The file, and what may stand beside it.
const FILES: [&str; 3] = ["", "-wal", "-shm"];

impl World {
    pub(crate) fn path(&self) -> PathBuf {
        self.home.path()
    }
}

/// Orders that come while a transaction is under way join it.
pub(crate) const COMMITS_AT_ONCE: u64 = 1;

/// Who opens a file has it alone: nobody else drives a submission any more.
pub(crate) const OPENING_ENDS_LEASES: bool = true;

/// A case of a model makes a ledger of its own, which takes no time here.
pub(crate) const CASES_COST: u32 = 1;
