//! How the log finds its way into the file: on a thread of its own, beside the writer.
//!
//! A checkpoint copies pages and waits for the disk twice: ten milliseconds, in which every till
//! would wait if the writer did it. So another connection copies while the writer goes on, and the
//! writer only finishes what was added meanwhile; then the log begins anew at its start.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::{Connection, OpenFlags};

use super::connection::BUSY_TIMEOUT;
use crate::error::LedgerError;

/// Pages of 4 KiB in the log before they are copied: 16 MiB. A page that was written many times is
/// copied once, so fewer would copy more; more would lengthen what a crash has to read again.
const COPY_PAGES: i32 = 4_096;
/// The writer copies by itself here, so that the log stays bounded (64 MiB) whatever became of the
/// other thread.
const COPY_PAGES_MAX: i32 = 4 * COPY_PAGES;

/// While the copier copies, the writer adds; each round there is less of it.
const ROUNDS_MAX: u32 = 4;
/// Pages that the writer may copy itself: a millisecond's work.
const PAGES_LEFT: i32 = 200;

/// The writer's side.
pub(crate) struct Checkpoints {
    shared: Arc<Shared>,
    wake: Option<SyncSender<()>>,
    copier: Option<JoinHandle<()>>,
}

/// What the two threads tell one another.
#[derive(Default)]
struct Shared {
    /// Pages in the log after the last commit.
    pages: AtomicI32,
    /// The copier is through, and the writer has not yet finished the rest.
    copied: AtomicBool,
}

impl Checkpoints {
    /// Takes the checkpoints of the writer's connection over.
    pub(crate) fn begin(writer: &mut Connection, path: &Path) -> Result<Self, LedgerError> {
        let shared = Arc::new(Shared::default());
        let noted = Arc::clone(&shared);
        // The hook takes the place of SQLite's own, which would checkpoint within the commit.
        writer.wal_hook(Some(move |_: &mut _, pages| {
            noted.pages.store(pages, Ordering::Relaxed);
            Ok(())
        }))?;
        let connection = open_copier(path)?;
        // One wish is enough: a second would copy what the first is copying.
        let (wake, wishes) = sync_channel(1);
        let told = Arc::clone(&shared);
        let copier = std::thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(move || copy(&connection, &wishes, &told))
            .map_err(LedgerError::Open)?;
        Ok(Self { shared, wake: Some(wake), copier: Some(copier) })
    }

    /// Between two transactions of the writer.
    pub(super) fn between(&self, writer: &Connection) {
        let pages = self.shared.pages.load(Ordering::Relaxed);
        if self.shared.copied.swap(false, Ordering::Acquire) || pages >= COPY_PAGES_MAX {
            checkpoint(writer);
            self.shared.pages.store(0, Ordering::Relaxed);
        } else if pages >= COPY_PAGES
            && let Some(wake) = &self.wake
        {
            // Full: it is at work already.
            let _ = wake.try_send(());
        }
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(copier) = self.copier.take()
            && copier.join().is_err()
        {
            tracing::error!("the ledger's checkpoints ended with a panic");
        }
    }
}

fn copy(connection: &Connection, wishes: &Receiver<()>, shared: &Shared) {
    let mut is_set_up = false;
    while wishes.recv().is_ok() {
        is_set_up = is_set_up || set_up(connection);
        if !is_set_up {
            continue;
        }
        for _ in 0..ROUNDS_MAX {
            let copied = checkpoint(connection);
            let left = shared.pages.load(Ordering::Relaxed) - copied;
            if left < PAGES_LEFT {
                break;
            }
        }
        shared.copied.store(true, Ordering::Release);
    }
}

/// Copies what no reader holds back, and waits for nobody; says how many pages of the log are in
/// the file. What fails is tried again at the next wish, and nothing is lost: the log keeps what is
/// not in the file.
fn checkpoint(connection: &Connection) -> i32 {
    let copied = connection
        .prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")
        .and_then(|mut statement| statement.query_row([], |row| row.get(2)));
    copied.unwrap_or_else(|error| {
        tracing::warn!(%error, "the log was not copied into the ledger's file");
        0
    })
}

fn open_copier(path: &Path) -> Result<Connection, LedgerError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

/// At the first wish, and again at the next where it fails: it reads the whole schema, and most
/// processes end before the log has grown so long. The writer copies by itself meanwhile.
fn set_up(connection: &Connection) -> bool {
    let done = connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;
         PRAGMA wal_autocheckpoint = 0; PRAGMA trusted_schema = OFF;",
    );
    done.inspect_err(|error| tracing::warn!(%error, "the log cannot be copied beside the writer"))
        .is_ok()
}
