//! The e-CF: the electronic fiscal receipt of the Dominican Republic.

mod channel;
pub mod codes;
pub mod document;
pub mod receiving;
pub mod schema;
#[cfg(test)]
pub(crate) mod testing;

pub use channel::{Ecf, SUMMARIES_HOST, Upload, WHOLE_HOST, upload};
