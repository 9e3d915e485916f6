//! The other end: tax authorities rebuilt from their specifications, for tests and development.
//!
//! A simulator here follows four rules.
//!
//! 1. It can never be mistaken for the real thing: it listens on the loopback interface only, keeps
//!    everything in memory, and draws fresh secret keys at each start.
//! 2. It uses none of this product's encoders: it reads the bytes for itself, so that a client and
//!    its judge cannot share a mistake.
//! 3. It is hostile by default: a few per cent of the requests meet a fault, and wherever the
//!    specification leaves room its replies vary. Both are seeded, and both can be switched off.
//! 4. What it rejects it explains, with the section of the specification.
//!
//! Each simulator has a management port beside the authority's own, where a test arms faults, moves
//! the clock and reads what the authority has registered.

mod armed;
mod chance;
mod clock;
mod error;
mod faults;
mod json;
mod listener;
mod ring;

pub mod dom_ecf;
pub mod drc_emcf;

pub use clock::Clock;
pub use error::SimulatorError;
pub use faults::{FaultKind, Faults};
