//! The signature of the DGII's documents, by its examples, by outside judges and under attack.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, at the line that says why")]

mod attacks;
mod canonical;
mod documents;
mod foreign_client;
mod identity;
mod interop;
mod kit;
mod liberal;
mod mutations;
mod profile;
mod signer;
mod tools;
mod xmlsec;
