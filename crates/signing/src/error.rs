//! What can go wrong with a key: what, where, and what to do about it.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::pkcs12::Pkcs12Fault;
use crate::{Algorithm, KeyId};

/// A key could not be opened, made or used. The message names the place and the remedy; the cause,
/// where there is one, is the `source`. No message holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    #[error("cannot read the {what} {}: check the path and its permissions", path.display())]
    FileUnreadable { what: &'static str, path: PathBuf, source: io::Error },
    #[error("the {what} {} is not a regular file: name the file itself", path.display())]
    NotAFile { what: &'static str, path: PathBuf },
    #[error("the {what} {} is longer than {limit} bytes: is it the right file?", path.display())]
    FileTooLong { what: &'static str, path: PathBuf, limit: usize },
    #[error(
        "the {what} {path} has mode {mode:04o}, which lets others than its owner at it: \
         run `chmod 600 {path}`, and replace the secret if somebody may have read it",
        path = path.display()
    )]
    FileExposed { what: &'static str, path: PathBuf, mode: u32 },
    #[error("cannot write {}: check that the folder can be written to", path.display())]
    FileUnwritable { path: PathBuf, source: io::Error },

    #[error(
        "the key file {path} holds {found} where a PEM block `PRIVATE KEY` (PKCS#8) or `RSA PRIVATE \
         KEY` (PKCS#1), not encrypted, is wanted: convert it with \
         `openssl pkcs8 -topk8 -nocrypt -in {path} -out NEW`",
        path = path.display()
    )]
    KeyFormat { path: PathBuf, found: String },
    #[error(
        "the key {place} is {found}, but only ECDSA P-256 keys and RSA keys of 2048 to 4096 bits can \
         sign here: make or ask for a new key"
    )]
    KeyType { place: String, found: String },
    #[error("the key {place} is damaged: restore it from its backup, or make a new key")]
    KeyDamaged { place: String },
    #[error("{place} is there already, and nothing is ever overwritten: choose another name")]
    KeyExists { place: String },
    #[error(
        "the key {place} signs, but not for its public key {key_id}: the token or the file mixes \
         two keys; check their labels and ids"
    )]
    KeyInconsistent { place: String, key_id: KeyId },
    #[error(
        "the key {key_id} makes {found} signatures, but {wanted} ones are wanted here: name another \
         key, or make one with `stalela keys new` where ES256 is wanted"
    )]
    OtherAlgorithm { key_id: KeyId, found: Algorithm, wanted: Algorithm },
    #[error("the cryptographic library could not use the key {place}: check the machine")]
    Library { place: String },

    #[error("the public key cannot be used: {reason}")]
    PublicKeyUnusable { reason: &'static str },
    #[error("a key id is 16 lower-case hexadecimal characters, and this text is not")]
    KeyIdMalformed,
    #[error(
        "the certificate {} cannot be used: {reason}; give an X.509 certificate in PEM",
        path.display()
    )]
    CertificateUnusable { path: PathBuf, reason: &'static str },
    #[error(
        "the certificate {} belongs to another key than {place}: name the certificate that was \
         issued for this key, or the key that this certificate was issued for",
        path.display()
    )]
    CertificateMismatch { place: String, path: PathBuf },

    #[error("the PKCS#12 file {} cannot be used: {fault}", path.display())]
    Pkcs12 { path: PathBuf, fault: Pkcs12Fault },
    #[error(
        "the password file {} is not one line of text: write the password and nothing else",
        path.display()
    )]
    PasswordUnusable { path: PathBuf },
    #[error("the path {} cannot be written as a key URI: {reason}", path.display())]
    PathUnusable { path: PathBuf, reason: &'static str },

    #[error("there is no PKCS#11 module {}: install it or correct `module-path`", path.display())]
    ModuleMissing { path: PathBuf, source: io::Error },
    #[error(
        "the PKCS#11 module {} cannot be started: check that it is a PKCS#11 library for this \
         machine, and its own configuration",
        path.display()
    )]
    ModuleUnusable { path: PathBuf, source: cryptoki::error::Error },
    #[error(
        "no token `{token}` in module {}, which has {present}: correct `token=` or initialise it",
        module.display()
    )]
    TokenMissing { token: String, module: PathBuf, present: String },
    #[error(
        "{count} tokens of module {} are labelled `{token}`: rename all but one",
        module.display()
    )]
    TokenAmbiguous { token: String, module: PathBuf, count: usize },
    #[error("the token `{token}` wants a PIN: add `pin-source=file:/path/to/pin` to the key URI")]
    PinMissing { token: String },
    #[error("the PIN file {} is empty, or is not one line of text: correct it", path.display())]
    PinUnusable { path: PathBuf },
    #[error(
        "the token `{token}` refuses the PIN: correct the file named by `pin-source`, and do not \
         retry before, since a token locks itself after a few wrong ones"
    )]
    PinWrong { token: String, source: cryptoki::error::Error },
    #[error(
        "the token `{token}` has refused the PIN before, and it is not tried again lest the token \
         lock itself: correct the file named by `pin-source` and restart"
    )]
    PinRefusedBefore { token: String },
    #[error(
        "the PIN for token `{token}` is not the one with which this process logged in to it: \
         correct the file named by `pin-source`, or restart if the PIN has been changed"
    )]
    PinDiffers { token: String },
    #[error(
        "the token `{token}` has only one attempt at the PIN left, and it is not spent: log in \
         once by hand with the right PIN, then start again"
    )]
    PinLastAttempt { token: String },
    #[error("the token `{token}` has locked its PIN: have its security officer set a new one")]
    PinLocked { token: String },
    #[error("there is no private key {place} in its token: correct `object=`/`id=`, or make it")]
    ObjectMissing { place: String },
    #[error("{count} keys match {place}: name one, with both `object=` and `id=`")]
    ObjectAmbiguous { place: String, count: usize },
    #[error(
        "the private key {place} has no public key beside it in the token: import the public key \
         under the same label and id, or give the key's certificate"
    )]
    PublicObjectMissing { place: String },
    #[error(
        "all sessions of the token `{token}` were busy for {} s: check whether the device hangs",
        waited.as_secs()
    )]
    TokenBusy { token: String, waited: Duration },
    #[error("the token `{token}` could not {action}: see the cause, then check the device")]
    Token { token: String, action: &'static str, source: cryptoki::error::Error },
}
