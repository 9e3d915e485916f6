//! `dom/ecf` against its simulator: the real ledger, the real wire, the real machine.

#[expect(dead_code, reason = "the kit serves the tests of the signature, which want more of it")]
#[path = "../../../authorities/tests/dsig/kit.rs"]
mod kit;

mod contingency;
mod delivery;
mod errands;
mod faults;
mod notes;
mod numbering;
mod numbers;
mod random;
mod received;
mod world;
