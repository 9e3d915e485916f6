//! Who can check it: the Merkle log of an outlet, and everything that is shown of it.
//!
//! The hashing is RFC 6962's (section 2.1); what is published has the forms of the C2SP, so that
//! tools which are not ours check it: checkpoints (`tlog-checkpoint`) that are signed notes
//! (`signed-note`), tiles (`tlog-tiles`), proofs in a file (`tlog-proof`), and the cosignatures of
//! witnesses (`tlog-cosignature`, `tlog-witness`). Nothing here signs, reads or sends: keys,
//! rows and requests are the callers'.

mod checkpoint;
mod consistency;
mod cosignature;
mod ecdsa;
mod frontier;
mod growth;
mod inclusion;
mod lines;
mod log_key;
mod note;
mod proof_file;
mod question;
mod tile;
mod tiles;
mod tree;
mod witness_request;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use consistency::verify_consistency;
pub use cosignature::{Cosignature, WitnessKey, WitnessKeyError};
pub use ecdsa::{der_of, fixed_of};
pub use frontier::Frontier;
pub use growth::{Grown, Growth, TileRoot};
pub use inclusion::{ProofError, verify_inclusion};
pub use log_key::LogKey;
pub use note::{KeyName, Note, NoteError, NoteSignature, SIGNATURES_MAX};
pub use proof_file::{ProofFile, ProofFileError};
pub use question::Question;
pub use tile::{TILE_WIDTH, TileKind, TilePath, entry_bundle, hash_tile, hashes_of_tile};
pub use tree::{Node, empty_root, leaf_hash, node_hash};
pub use witness_request::WitnessRequest;
