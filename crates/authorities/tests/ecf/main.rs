//! The channel to the DGII, driven by hand: every phase with every event, and the ways that a lost
//! reply leads.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, at the line that says why")]

mod desk;
#[expect(dead_code, reason = "the kit serves the tests of the signature, which want more of it")]
#[path = "../dsig/kit.rs"]
mod kit;
mod machine;
mod matrix;
mod model;
mod receiver;
mod seal;
mod session;
mod sides;
mod survey;
mod walks;
mod words;
