//! All engines over the same receipts, judged from outside where a judge is installed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod carried;
mod hostile;
mod judged;
mod printer;
mod samples;
mod snapshots;
