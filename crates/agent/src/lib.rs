//! The patient one: leases submissions, drives them, backs off. Opens the wires.

mod alerts;
mod breaker;
mod decisions;
mod http;
mod numbers;
mod outlets;
mod pacer;
mod run;
mod secret;
#[cfg(test)]
mod testing;
mod token;

pub use alerts::LATE_AFTER;
pub use breaker::Breaker;
pub use http::{HttpWire, Lines, WireError};
pub use outlets::{Opened, Unusable, open_all};
pub use run::{Agent, Settings};
pub use secret::{Secret, SecretError};
