//! Tries to break the product: seeded schedules of the real code over a faked disk, line, clock and
//! process.
//!
//! One number makes one schedule. Callers sell, ask again with the same key, correct and re-issue, alone
//! and at once; meanwhile processes are killed at any call of the disk, the power fails and leaves any
//! part of what was not synced, disks fill and syncs fail, requests and answers are lost, delayed and
//! doubled, processes hang while others take their work over, clocks jump. The ledger, its
//! batches and chains, its submissions, and the operations of `fiscal` with the machines of
//! `authorities` are those that ship, unchanged; what is faked stands at their edges:
//!
//! - of a ledger on SQLite the disk: a VFS (`disk`, `vfs`), which keeps what was synced and loses the
//!   rest;
//! - of a ledger on PostgreSQL the line to a real server (`postgres`): it breaks at any request of a
//!   process, before it, within it, while the server works on it, or when it is done and the answer is
//!   under way; the server refuses, hangs up, or is away; two processes seal at one outlet at once;
//! - the line and the authority's end of it: control modules (`module`), and for every third seed the
//!   DGII of the e-CF, with its sessions and its deliveries that are asked about (`ecf`);
//! - time: a clock that the schedule moves, over a runtime whose own stands still (over sockets it
//!   runs, and who sleeps moves the schedule's clock on);
//! - processes: each has the ledger open in its own right, and a dead one gets nothing done;
//! - signatures: a hash in their place, the same on each run (keys have suites of their own).
//!
//! # What must never be seen
//!
//! These are the invariants of ARCHITECTURE.md; they are checked after every crash and at the end,
//! against the ledger's own verbs, `verify`, what callers were told (`memo`, kept outside of all that
//! can crash) and what the authority registered.
//!
//! 1. A number of a series that is missing, or that two invoices bear. Of the numbers that an authority
//!    gave out: one that two outlets have, that was passed over, that its outlet was never lent, that
//!    is annulled or had expired; a correction that does not bear the number that its customer knows.
//! 2. An entry that does not name the hash of the one before it; anything that `verify` finds;
//!    a proof that was handed over and does not hold, or a checkpoint that the log has not grown out of.
//! 3. A receipt that was handed over and is gone, or differs; an invoice that a caller was told of
//!    and is gone; an invoice of which its caller was told that nothing was written.
//! 4. Two invoices of one idempotency key, or of one thing that was asked for once; a key that gives
//!    another invoice than before, or gives one for another body.
//! 5. A document that the authority registered and that is none of ours, or refused here, or bears
//!    another code here; one thing registered twice; one number registered twice; a code here that
//!    the authority never gave; a number that is annulled there and registered, or annulled there only.
//!    Of documents that their outlet signs: one accepted that is not what was sealed; a number that is
//!    free here and used there; one sent again by a process that has not asked what became of it; a
//!    note that comes before what it corrects is accepted.
//!    A process that writes of a document that others have taken over since it hung.
//! 6. A second process that is let into a ledger file, or past the lock on an outlet's head; a backup that is put back and not noticed, or
//!    sealed upon before an operator has spoken.
//! 7. An invoice that has come to no end although the line is up and people have answered; a till that
//!    is refused because two servers met at its outlet, and for nothing else.
//! 8. A panic.

mod agent;
mod anchors;
mod check;
mod dice;
mod disk;
mod drc;
mod ecf;
mod ends;
mod gate;
mod group;
mod line;
mod memo;
mod memory;
mod module;
mod numbers;
mod opened;
mod postgres;
mod ranged;
mod requests;
mod rest;
mod restore;
mod scene;
mod schedule;
mod shop;
mod trace;
mod vfs;
mod world;

#[cfg(test)]
mod found_tests;

pub use postgres::Postgres;
pub use schedule::{Failed, Passed, Plan, Runner};
