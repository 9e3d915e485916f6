//! The Dominican Republic: the Dirección General de Impuestos Internos (DGII).

pub mod compose;
pub mod dsig;
pub mod ecf;
pub mod paper;
pub mod price;
pub mod regime;
pub mod section;
pub mod sequences;
mod settings;
pub mod xml;

pub use settings::{Model, Settings};
