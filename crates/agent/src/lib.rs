//! The patient one: leases submissions, drives them, backs off. Opens the wires.

mod alerts;
mod annulments;
mod breaker;
mod deadlines;
mod decisions;
mod http;
mod line;
mod numbers;
mod outlets;
mod papers;
mod pulse;
mod run;
mod secret;
mod surveys;
#[cfg(test)]
mod testing;
mod token;
mod watch;

pub use alerts::LATE_AFTER;
pub use breaker::Breaker;
pub use http::{HttpWire, Lines, WireError};
pub use outlets::{Opened, Unusable, open_all};
pub use pulse::Pulse;
pub use run::{AT_ONCE, Agent, Settings};
pub use secret::{Secret, SecretError};
pub use watch::look;
