//! The SFE specification of February 2026 (note de service 01/022), rule by rule: each test bears
//! the number of what it tests.
//!
//! Rules that are not of these crates:
//!
//! - 1.1.1-1.1.5 (hardware, homologation, no record without elements): the sealing order of
//!   `fiscal` and the contract of `authorities` keep 1.1.5; see the `emcf` tests.
//! - 1.1.8 (duplicata), 1.1.29 (QR), 1.2 (mentions), 1.5.4 and 1.5.9 on paper: `receipts`.
//! - 1.1.9, 1.3, 1.4 (reports X, Z, A), 1.1.10 (deposits and withdrawals of cash) and 1.1.17
//!   (inventory): not built yet.
//! - 1.1.15 (numbers), 1.1.20 (electronic journal), 1.1.26 d (quantities over all credit notes):
//!   `ledger`, inside the transaction that seals.
//! - 1.1.23 and 1.6 (the port and the synchronisation of a device): not built yet.

#[path = "../../../invoice/tests/invoice/changes.rs"]
mod changes;
#[path = "../common/mod.rs"]
mod common;
mod credit;
mod desk;
mod general;
mod groups;
mod totals;
