//! The e-MCF simulator over real sockets, spoken to by a client that knows nothing of its code.

#![expect(clippy::unwrap_used, reason = "a test may fail where its world is not as it says")]

mod conversation;
mod credit_notes;
mod faults;
mod foreign_client;
mod life_cycle;
mod management;
mod refusals;
mod wire;
