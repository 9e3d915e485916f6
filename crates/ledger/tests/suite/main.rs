//! What every store of the ledger must do. The stores are set up in `world`; tampering with the
//! file of one store is in a module of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod appending;
mod batching;
mod crashes;
mod inbox;
mod model;
mod papers;
mod range_tampering;
mod ranges;
mod ranges_model;
mod reading;
mod sealing;
mod submitting;
mod tampering;
mod world;
