//! The operations: issue, drive, reconcile, survey, retry, set aside, accept a clock; receive,
//! approve; record a receipt on paper and regularise it. One verb a file.
//!
//! This is the only crate that makes a sealed invoice. It reads as prose: what is pure is asked of
//! `invoice` and `authorities`, what is durable of `ledger`, what is secret of `signing`.

mod accept_clock;
mod annul_numbers;
mod approve;
mod ask_standing;
mod authorise_range;
mod chance;
mod clock;
mod correct;
mod desk;
mod drive;
mod errand;
mod in_hand;
mod issue;
mod keys;
mod leases;
mod reach;
mod read;
mod receive;
mod reception;
mod reconcile;
mod record_paper;
mod recover;
mod regularise;
mod retry;
mod send_decision;
mod session;
mod set_aside;
mod settings;
mod share_range;
mod survey;
mod trusted_roots;
mod turn;
mod wire;

pub use accept_clock::{ClockError, accept_clock};
pub use annul_numbers::{
    AnnulmentTold, NumbersToAnnul, annul_numbers, range_of, tell_annulment, tell_annulments,
};
pub use approve::{DecisionError, decide};
pub use ask_standing::ask_standing;
pub use authorise_range::{NewRange, NumbersOfRange, RangeError, authorise_range};
pub use chance::Chance;
pub use clock::Clock;
pub use correct::RULES;
pub use desk::{Desk, DeskError, Desks, KeyTrouble, OpenWire, check};
pub use drive::{Driven, Patience, drive};
pub use errand::{Errand, Keep, Keeping, tell};
pub use issue::{IssueError, Issued, Order, TooLarge, issue, issue_meanwhile};
pub use keys::{KeyError, Keys};
pub use leases::{LEASE, Leases, Leave, RENEW_EACH};
pub use reach::Reach;
pub use read::{UnreadableRecord, invoice_of, sealed_invoice};
pub use receive::{Receipt, ReceiveError, receive, receive_approval};
pub use reception::{Reception, ReceptionError, SignatureError, Tokens};
pub use reconcile::{ReconcileError, reconcile};
pub use record_paper::{PaperError, PaperReceipt, record_paper};
pub use recover::recover;
pub use regularise::{RegulariseError, regularise};
pub use retry::retry;
pub use send_decision::send_decision;
pub use session::{Scope, Sessions};
pub use set_aside::set_aside;
pub use settings::{AlertSettings, environment, open_authority, wire_settings};
pub use share_range::share_range;
pub use survey::{SURVEY_RATES_FACT, survey};
pub use turn::{Hand, TurnError};
pub use wire::{Admitting, Exchanging, Unanswered, Wire};
