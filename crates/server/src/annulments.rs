//! Annulments: numbers that will never be used, and what the authority says of them.

pub(crate) mod create;
pub(crate) mod list;
#[cfg(test)]
mod tests;
pub(crate) mod view;
