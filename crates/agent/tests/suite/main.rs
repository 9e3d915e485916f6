//! Every authority against its simulator, with every fault at every step: the real ledger, the
//! real wire, the real machine.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, at the line that says why")]

mod correct;
mod dom;
mod ecf;
mod ecf_beside;
mod faults;
mod queue;
mod sfe;
mod world;
