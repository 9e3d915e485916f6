//! The printed representation of the ten e-CF types, from drafts that the country's own pricing
//! priced, judged from outside where a judge is installed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod judged;
mod pages;
mod samples;
mod snapshots;
mod tools;
