//! XML, as far as the documents of the DGII need it: a small tree, a strict reader, a writer and
//! the two canonical forms that signatures are made over.
//!
//! What comes in is hostile until it is a [`Document`]: sizes are bounded, there are no entities of
//! the document's own making, and no comments or instructions behind which a value could be split.

mod build;
pub mod c14n;
mod characters;
mod escape;
mod grow;
mod name;
mod parse;
mod problem;
mod scope;
mod tag;
mod tree;
pub(super) mod write;

pub use characters::ForbiddenCharacter;
pub(super) use characters::{is_blank, is_blank_text};
pub use name::{Attribute, Name, Namespace};
pub use parse::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_DOCUMENT_BYTES, MAX_NAMESPACES, MAX_NODES};
pub use problem::{ParseError, Problem};
pub(super) use scope::Scope;
pub(super) use tree::NodeMut;
pub use tree::{Document, Element, Node};
