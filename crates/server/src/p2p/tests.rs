//! Others knock at a real app: with made-up keys, and with what the world sends.

mod exchange;
mod hostile;
mod inbox;
mod kit;
