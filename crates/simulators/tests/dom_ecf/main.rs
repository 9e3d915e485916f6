//! The e-CF simulator over real sockets, spoken to by a client that knows nothing of its code.

#![expect(clippy::unwrap_used, reason = "a test may fail where its world is not as it says")]

mod arithmetic;
mod authentication;
mod certification;
mod conversation;
mod counterpart;
mod documents;
mod faults;
mod foreign_client;
mod judges;
mod notes;
mod reception;
mod reference;
mod services;
mod signer;
mod summaries;
mod taxpayer;
mod wire;
