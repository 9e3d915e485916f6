//! Readers of foreign bytes, and bytes thrown at them.
//!
//! A [`Target`] is one family of readers with what must hold of it whatever comes: that it neither
//! panics nor takes its time, that what it reads is written and read again the same, that what it
//! refuses is told in few words. [`TARGETS`] lists them.
//!
//! They run in two ways. The tests change seeds by a fixed dice ([`change`]) and throw a bounded
//! number of the results; `make fuzz` hands the same function to libFuzzer, which is guided by what
//! it covers and takes [`change`] for one of its own mutators. Bytes alone would never get past a
//! signature, a checksum or a length, so changes know JSON, XML and DER, and the seeds are documents
//! that our own code makes or signs.

pub mod bounds;
pub mod change;
pub mod corpus;
pub mod dice;
pub mod material;
pub mod target;
mod targets;

pub use target::Target;
pub use targets::TARGETS;
