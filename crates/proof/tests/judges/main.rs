//! What others make of our trees, proofs, tiles and notes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod ct_merkle;
mod go;
mod log;
mod openssl;
