//! Others knock at a real app: with made-up keys, and with what the world sends.

mod exchange;
mod hostile;
mod inbox;
pub(crate) mod kit;
mod trust;
