//! API keys: make, list and revoke those that may do no more than the caller's own.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod revoke;
pub(crate) mod view;
