//! The real binary, as its users meet it: commands, a server that is killed, and a simulator that
//! loses requests and replies.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, at the line that says why")]

mod closed;
mod commands;
mod conform;
mod ecf;
mod ecf_storms;
mod failover;
mod fleet;
mod hanging;
mod keys;
mod kills;
mod mentions;
mod newcomer;
mod nodes;
mod operators;
mod p2p;
mod postgres;
mod receipts;
mod rollback;
mod shop;
mod spread;
mod storms;
mod terminal;
mod walk;
