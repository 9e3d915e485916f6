//! The patient one: leases submissions, drives them, backs off. Opens the wires.

mod alerts;
mod breaker;
mod http;
mod pacer;
mod run;
mod secret;

pub use alerts::LATE_AFTER;
pub use breaker::Breaker;
pub use http::{HttpWire, Lines, WireError};
pub use run::{Agent, Settings};
pub use secret::{Secret, SecretError};
