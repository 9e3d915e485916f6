//! Annulments: numbers that will never be used, and what the authority says of them.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod view;
