//! The operations: issue, drive, reconcile, survey, retry, set aside, accept a clock. One verb a
//! file.
//!
//! This is the only crate that makes a sealed invoice. It reads as prose: what is pure is asked of
//! `invoice` and `authorities`, what is durable of `ledger`, what is secret of `signing`.

mod accept_clock;
mod chance;
mod clock;
mod correct;
mod desk;
mod drive;
mod issue;
mod read;
mod reconcile;
mod retry;
mod set_aside;
mod survey;
mod turn;
mod wire;

pub use accept_clock::{ClockError, accept_clock};
pub use chance::Chance;
pub use clock::Clock;
pub use correct::RULES;
pub use desk::{Desk, DeskError, Desks, KeyError, KeyTrouble, Keys, OpenWire, check};
pub use drive::{Driven, Patience, drive};
pub use issue::{IssueError, Issued, Order, TooLarge, issue};
pub use read::{UnreadableRecord, invoice_of, sealed_invoice};
pub use reconcile::{ReconcileError, reconcile};
pub use retry::retry;
pub use set_aside::set_aside;
pub use survey::{SURVEY_RATES_FACT, survey};
pub use turn::{Hand, TurnError};
pub use wire::{Exchanging, Unanswered, Wire};
