//! The patient one: leases submissions, drives them, backs off. Opens the wires.

mod alerts;
mod annulments;
mod breaker;
mod deadlines;
mod decisions;
mod http;
mod numbers;
mod outlets;
mod pacer;
mod papers;
mod run;
mod secret;
#[cfg(test)]
mod testing;
mod token;
mod watch;

pub use alerts::LATE_AFTER;
pub use breaker::Breaker;
pub use http::{HttpWire, Lines, WireError};
pub use outlets::{Opened, Unusable, open_all};
pub use run::{Agent, Settings};
pub use secret::{Secret, SecretError};
pub use watch::look;
