//! The operations: issue, drive, reconcile, survey. One verb a file.
//!
//! This is the only crate that makes a sealed invoice. It reads as prose: what is pure is asked of
//! `invoice` and `authorities`, what is durable of `ledger`, what is secret of `signing`.

mod chance;
mod clock;
mod correct;
mod desk;
mod drive;
mod issue;
mod read;
mod reconcile;
mod survey;
mod wire;

pub use chance::Chance;
pub use clock::Clock;
pub use correct::RULES;
pub use desk::{Desk, DeskError, Desks, KeyError, Keys, OpenWire};
pub use drive::{Driven, Patience, drive};
pub use issue::{IssueError, Issued, Order, issue};
pub use read::{UnreadableRecord, invoice_of, sealed_invoice};
pub use reconcile::{ReconcileError, reconcile};
pub use survey::{SURVEY_RATES_FACT, survey};
pub use wire::{Exchanging, Unanswered, Wire};
