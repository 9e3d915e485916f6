//! WHO VOUCHES: the keys that sign, wherever they live.
//!
//! A key is named by a [`KeyUri`], so that a file on a disk and a hardware module are one line of a
//! configuration alike. [`open`] turns the name into a [`Signer`], and refuses there and then what
//! would otherwise fail on the first invoice: a missing key, a wrong type, a wrong PIN, a key that
//! does not match its certificate, a key that does not work. Keys are of P-256 or of RSA.
//!
//! [`pkcs12`] takes a key and its certificate out of the file in which an authority hands them out.
//!
//! Invariant: a private key never leaves this crate but to a file of its owner's. No function
//! returns one, no type prints one, and what had to be read to load one (PEM, DER, PIN, password)
//! is wiped when it is dropped.
//!
//! Signing blocks the calling thread (a hardware module takes milliseconds): asynchronous callers
//! give it a thread of its own.

mod certificate;
mod der;
mod ed25519;
mod error;
mod files;
mod key_uri;
mod open;
mod pem;
pub mod pkcs11;
pub mod pkcs12;
mod public_key;
mod signature;
mod signer;
pub mod software;

pub use certificate::{BadCertificate, Certificate, ExpiryStage, Identifier, Name, Validity};
pub use ed25519::is_ed25519_signature;
pub use error::SigningError;
/// The type of every instant here.
pub use jiff::Timestamp;
pub use key_uri::{FileUri, KeyUri, KeyUriError, Pkcs11Uri};
pub use open::open;
pub use public_key::{BadSignature, Jwk, KeyId, PublicKey};
pub use signature::Signature;
pub use signer::{Algorithm, Signer};
