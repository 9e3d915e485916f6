//! The limits of the ledger, each with its reason.

use std::path::Path;
use std::time::Duration;

use crate::sqlite::rewrite_file;

/// Orders in one transaction. At 512 an fsync of 5 ms costs each order 10 µs: more would only make
/// the first of them wait longer.
pub const BATCH_MAX: usize = 512;

/// Orders of a transaction that no more may join, where one file has one writer, and orders that wait
/// that are worth planning while it is signed and commits. With fewer callers each waits for the other
/// half of them, and smaller groups cost more than is saved.
pub const PIPELINED_FROM: usize = 64;

/// Orders that wait for the writer. Beyond this whoever asks waits before the queue, so that memory
/// stays bounded: four batches are about a tenth of a second.
pub const QUEUE_MAX: usize = 4 * BATCH_MAX;

/// Connections that read. Lists and exports wait for one another, and never for the writer.
pub const READERS_MAX: usize = 4;

/// Connections of one process that seal on PostgreSQL: one computes while the other's commit is in
/// flight. More of them would share fewer commits.
pub const WRITERS: usize = 2;

/// Bytes of one statement: a batch of large documents is written in as many as it takes.
pub(crate) const STATEMENT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Rows of one page of a list.
pub const PAGE_MAX: u32 = 1_000;

/// Canonical bytes of one invoice: a thousand lines with long texts stay below it.
pub const PAYLOAD_BYTES_MAX: usize = 1024 * 1024;

/// What an authority gave or said, and the progress of a submission.
pub const BLOB_BYTES_MAX: usize = 1024 * 1024;

/// A short text: a key, a code, a name, a number. A field of a statement holds 64 KiB at most.
pub const TEXT_BYTES_MAX: usize = 1_024;

/// Characters of a printed number: what a control module takes of it (MCF protocol, S1).
pub const NUMBER_CHARACTERS_MAX: usize = 64;

/// Claims of one credit note: it has no more lines than an invoice has.
pub const CREDITS_MAX: usize = 10_000;

/// Bytes of a document of another taxpayer: ten thousand lines take some megabytes.
pub const RECEIVED_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Documents of other taxpayers that one outlet keeps within a day. Anybody may send some: beyond
/// what a large buyer gets, they would only fill the disk.
pub const RECEIVED_A_DAY_MAX: u64 = 20_000;

/// Bytes of the documents of other taxpayers that one outlet keeps within a day: as many as may come,
/// of 13 KB each, which is one of a dozen lines with its certificate. A year of the worst is 93 GB.
pub const RECEIVED_BYTES_A_DAY_MAX: u64 = 256 * 1024 * 1024;

/// Those of them whose signer's certificate was followed to no root and has signed nothing that the
/// authority accepted: half, so that forgers leave the other half to those who are known.
pub const UNCHECKED_A_DAY_MAX: u64 = RECEIVED_A_DAY_MAX / 2;

/// Their bytes, for the same reason.
pub const UNCHECKED_BYTES_A_DAY_MAX: u64 = RECEIVED_BYTES_A_DAY_MAX / 2;

/// Buyers' words on an outlet's invoices that are kept within a day: one on each of as many as a
/// large issuer sells to taxpayers, and some to spare.
pub const APPROVALS_A_DAY_MAX: u64 = 20_000;

/// Bytes of these words: as many as may come, of 3 KB each, which is one with its certificate.
pub const APPROVALS_BYTES_A_DAY_MAX: u64 = 64 * 1024 * 1024;

/// Words of one certificate on one invoice, for ever: it is approved or rejected once, and a change of
/// mind is rare. Beyond this somebody fills the disk with ever new reasons.
pub const APPROVALS_OF_SIGNER_MAX: u64 = 20;

/// Words of all certificates on one invoice, for ever: ten that say all they may. Certificates that
/// nobody looked at are made at will, so that their number is bounded too.
pub const APPROVALS_OF_INVOICE_MAX: u64 = 10 * APPROVALS_OF_SIGNER_MAX;

/// As long as a commit takes that carries as many as are planned ahead. An order that signs a document of
/// its own takes a tenth of it, and has other threads in its own transaction.
pub(crate) const PREPARING_LONG: Duration = Duration::from_millis(4);

/// A commit takes no longer, as a rule. With a token that signs a hundred a second a batch does.
pub(crate) const PLANNING_LONG: Duration = Duration::from_millis(5);

/// A till waits so long without a thought.
pub(crate) const TRANSACTION_LONG: Duration = Duration::from_millis(500);

/// How a ledger is run. [`Options::default`] serves.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub batch_max: usize,
    pub queue_max: usize,
    /// SQLite: how many orders make a transaction that no more join, and how many that wait are planned
    /// and signed while it commits.
    pub pipelined_from: usize,
    pub readers_max: usize,
    /// Threads that prepare and sign, the writer's own among them unless a device signs: that has all of
    /// them besides. An HSM that answers in milliseconds wants as many as it has sessions; software keys
    /// want one a core.
    pub workers: usize,
    /// SQLite: how the log that an earlier process left is written anew, [`rewrite_file`], where the
    /// files are the system's.
    pub rewrite: Rewrite,
    /// PostgreSQL: connections that seal. While one waits for the disk another writes, for other
    /// outlets; each outlet has one of them.
    pub writers: usize,
    /// What the clock of the machine decides: which orders share a transaction.
    pub long: Long,
    /// PostgreSQL: works over a server with `fsync = off`, which loses what was acknowledged when
    /// the power fails. For tests alone.
    pub accepts_fsync_off: bool,
}

/// How long is too long.
#[derive(Clone, Copy, Debug)]
pub struct Long {
    /// SQLite: to prepare what is planned ahead.
    pub preparing: Duration,
    /// PostgreSQL: to plan and sign a batch, while one that was sent may have to be answered.
    pub planning: Duration,
    /// PostgreSQL: a transaction.
    pub transaction: Duration,
}

impl Long {
    /// Nothing is: what shares a transaction does not hang on how busy the machine is. For tests alone.
    pub const NEVER: Self =
        Self { preparing: Duration::MAX, planning: Duration::MAX, transaction: Duration::MAX };
}

impl Default for Long {
    fn default() -> Self {
        Self { preparing: PREPARING_LONG, planning: PLANNING_LONG, transaction: TRANSACTION_LONG }
    }
}

/// Writes the bytes of a file anew, if there is one, and syncs it.
pub type Rewrite = fn(&Path) -> std::io::Result<()>;

impl Default for Options {
    fn default() -> Self {
        Self {
            batch_max: BATCH_MAX,
            queue_max: QUEUE_MAX,
            pipelined_from: PIPELINED_FROM,
            readers_max: READERS_MAX,
            workers: std::thread::available_parallelism().map_or(1, usize::from),
            rewrite: rewrite_file,
            writers: WRITERS,
            long: Long::default(),
            accepts_fsync_off: false,
        }
    }
}
