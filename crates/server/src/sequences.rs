//! Sequences: numbers that an authority gives out in ranges, and what of them outlets have left.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod share;
pub(crate) mod view;
