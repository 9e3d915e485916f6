//! What every store of the ledger must do, done by SQLite (`home`), and what only it must: the same
//! modules are run over the other store in `tests/postgres`. Tampering and crashes are each store's
//! own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::unused_async, reason = "the other store's home waits where this one does not")]

mod anchors;
mod appending;
mod batching;
mod crashes;
mod forgeries;
mod home;
mod inbox;
mod large;
mod leases;
mod logs;
mod model;
mod papers;
mod pipelining;
mod range_tampering;
mod ranges;
mod ranges_model;
mod reading;
mod sealing;
mod submitting;
mod tampering;
mod world;
