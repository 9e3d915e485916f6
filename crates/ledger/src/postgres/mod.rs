//! The store of many nodes: one PostgreSQL, any number of servers and agents over it.
//!
//! Every connection works as a role that owns nothing, and every transaction says first whose rows
//! it is about: row-level security lets it see no others ([`Scope`]). Verbs get a client that is
//! inside such a transaction, so none of them begins, commits or names the tenant to the database.
//!
//! Whoever writes locks in this order, each sort in the order of its keys, so that nobody waits in
//! a circle: heads of outlets, the taxpayer, submissions, documents of the inbox, and last before the
//! commit the counters of events. A line to an address is locked alone. What is refused for a deadlock or a race is done again from the beginning
//! ([`Store::write`]), so a verb may be called more than once and keeps nothing between two calls.
//! A statement that fails ends its transaction: what may conflict is written with
//! `ON CONFLICT DO NOTHING` where something is to be asked afterwards.

mod address;
pub(crate) mod anchors;
mod asked;
mod backend;
mod beside;
mod borrowed;
mod columns;
mod connected;
mod connection;
mod ended;
pub(crate) mod events;
mod facts;
mod flight;
pub(crate) mod inbox;
pub(crate) mod invoices;
mod lane;
pub(crate) mod leases;
pub(crate) mod lines;
pub(crate) mod log;
mod memory;
mod migrations;
mod openings;
pub(crate) mod operations;
pub(crate) mod papers;
mod queue;
pub(crate) mod ranges;
mod records;
pub(crate) mod registry;
mod rows;
mod statements;
mod store;
pub(crate) mod submissions;
mod transaction;
mod trouble;
mod verify;
mod verify_claims;
mod verify_inbox;
mod verify_papers;
mod verify_ranges;
mod verify_rest;
mod verify_rows;
mod verify_schema;
mod whole;
mod write;
mod writer;

pub(crate) use beside::{
    ALL_TENANTS, begin, begin_writing, check_address, has_password, is_same, keys_in, outlets_in,
    ranges_in, ready, tenants_in,
};
pub(crate) use migrations::migrate;
pub(crate) use store::{Scope, Store};
pub use verify::verify;
