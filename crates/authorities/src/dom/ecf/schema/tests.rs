//! The tables against the facts, and the checker against the official schemas.

mod comparison;
mod facts;
mod flawless;
pub(in crate::dom::ecf) mod generate;
pub(in crate::dom::ecf) mod judge;
mod law;
pub(in crate::dom::ecf) mod mutate;
mod samples;
pub(in crate::dom::ecf) mod set;
mod verdicts;
