//! The embedded store: one SQLite file, one writer.

mod ahead;
mod anchors;
mod answers;
mod carried;
mod checkpoint;
mod claims;
mod connection;
mod events;
mod facts;
pub(crate) mod inbox;
mod invoices;
pub(crate) mod leases;
pub(crate) mod log;
mod operations;
pub(crate) mod papers;
pub(crate) mod ranges;
mod readers;
pub(crate) mod registry;
mod rewrite;
mod rows;
mod store;
pub(crate) mod submissions;
mod task;
mod verify;
mod verify_claims;
mod verify_inbox;
mod verify_papers;
mod verify_ranges;
mod verify_rest;
mod verify_rows;
mod write;
mod writer;

pub(crate) use anchors::judge_all;
use carried::Command;
use checkpoint::Checkpoints;
pub(crate) use connection::{LockFile, open_reader, open_writer};
pub(crate) use events::events;
pub(crate) use invoices::{
    by_authority_code, by_number, counts, credited, entries, head, invoice, invoice_by_key, list,
    replacement,
};
pub(crate) use operations::{
    alert_keys, authority_facts, clear_alert, raise_alert, set_authority_fact,
};
pub use ranges::ranges_in;
use readers::Readers;
pub(crate) use registry::tenants_in;
pub use registry::{keys_in, outlets_in};
pub use rewrite::rewrite_file;
pub(crate) use store::Store;
use task::{Task, task};
pub use verify::verify;
use writer::Writer;
