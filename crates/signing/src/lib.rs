//! WHO VOUCHES: the keys that sign, wherever they live.
//!
//! A key is named by a [`KeyUri`], so that a file on a disk and a hardware module are one line of a
//! configuration alike. [`open`] turns the name into a [`Signer`], and refuses there and then what
//! would otherwise fail on the first invoice: a missing key, a wrong type, a wrong PIN, a key that
//! does not match its certificate, a key that does not work.
//!
//! Invariant: a private key never leaves this crate. No function returns one, no type prints one,
//! and what had to be read to load one (PEM, DER, PIN) is wiped when it is dropped.
//!
//! Signing blocks the calling thread (a hardware module takes milliseconds): asynchronous callers
//! give it a thread of its own.

mod certificate;
mod der;
mod error;
mod files;
mod key_uri;
mod open;
mod pem;
pub mod pkcs11;
mod public_key;
mod signature;
mod signer;
pub mod software;

pub use error::SigningError;
pub use key_uri::{FileUri, KeyUri, KeyUriError, Pkcs11Uri};
pub use open::open;
pub use public_key::{BadSignature, Coordinates, KeyId, PublicKey};
pub use signature::Signature;
pub use signer::{Algorithm, Signer};
