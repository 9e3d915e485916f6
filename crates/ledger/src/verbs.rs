//! The ledger's other verbs: the registry, submissions, operations, and all reads. Each asks the store
//! that it lies in.

mod inbox;
mod invoices;
mod nodes;
mod operations;
mod registry;
mod submissions;
