//! Receipts on paper, of a time in which nothing else could be issued.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod regularise;
pub(crate) mod show;
pub(crate) mod view;

#[cfg(test)]
mod tests;
