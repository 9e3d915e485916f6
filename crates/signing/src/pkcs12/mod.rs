//! A key and its certificate in a password-protected file, `.p12` or `.pfx`: PKCS#12 (RFC 7292),
//! which is how authorities hand out certificates of persons.
//!
//! `pfx` takes the file apart, `mac` says whether the password is right, `kdf` and `scheme` make
//! keys of passwords and decrypt with them, `ber` evens out the encoding, `bags` finds keys and
//! certificates, and `identity` chooses. A file is foreign: its length, the depth of its nesting
//! and the work that it can demand are all bounded.
//!
//! What has to be read is what the world writes, old and new: AES and PBKDF2 (OpenSSL 3, Java,
//! Windows), triple DES and RC2 with 40 bits (everything before), and BER with indefinite lengths
//! (Bouncy Castle, Firefox), which readers of DER alone refuse.

mod bags;
mod ber;
mod fault;
mod identity;
mod kdf;
mod mac;
mod password;
mod pfx;
mod scheme;
#[cfg(test)]
mod tests;
mod work;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::files::{self, Access, NewFile};
use crate::open::prove;
use crate::software::SoftwareSigner;
use crate::{Certificate, FileUri, KeyUri, PublicKey, Signer, SigningError};

use identity::Identity;

pub use fault::Pkcs12Fault;
pub use password::Password;

/// What an import has written, and whose it is.
#[derive(Debug)]
pub struct Imported {
    /// The name of the key file, absolute.
    pub key: KeyUri,
    /// The certificate beside it, in PEM; an absolute path too.
    pub certificate_file: PathBuf,
    pub certificate: Certificate,
    pub public_key: PublicKey,
}

/// Opens the one key of the PKCS#12 file at `path`, with its certificate, without writing anything.
pub fn open(path: &Path, password: &Password) -> Result<Arc<dyn Signer>, SigningError> {
    let identity = read(path, password)?;
    Ok(Arc::new(proven(path, identity)?))
}

/// Writes the one key of the PKCS#12 file at `path` to `key_file`, in PKCS#8 and for its owner
/// alone, and its certificate to `certificate_file`. Either both are written or neither is, and
/// nothing is ever overwritten. The file itself is left as it is.
pub fn import(
    path: &Path,
    password: &Password,
    key_file: &Path,
    certificate_file: &Path,
) -> Result<Imported, SigningError> {
    let (key_file, certificate_file) = (absolute(key_file)?, absolute(certificate_file)?);
    let key = KeyUri::File(FileUri::of(&key_file)?);
    let identity = read(path, password)?;
    let library = || SigningError::Library { place: path.display().to_string() };
    let key_pem = identity.pair.to_pem().ok_or_else(library)?;
    let signer = proven(path, identity)?;
    let certificate = signer.certificate().cloned().expect("an identity has a certificate");
    let certificate_pem = certificate.to_pem();
    files::create_all(&[
        NewFile { path: &key_file, contents: key_pem.as_bytes(), access: Access::Owner },
        NewFile {
            path: &certificate_file,
            contents: certificate_pem.as_bytes(),
            access: Access::Everybody,
        },
    ])?;
    Ok(Imported { key, certificate_file, certificate, public_key: signer.public_key().clone() })
}

fn absolute(path: &Path) -> Result<PathBuf, SigningError> {
    std::path::absolute(path)
        .map_err(|source| SigningError::FileUnwritable { path: path.to_owned(), source })
}

fn read(path: &Path, password: &Password) -> Result<Identity, SigningError> {
    let bytes = files::read("PKCS#12 file", path, MAX_FILE_BYTES)?;
    Identity::read(&bytes, password)
        .map_err(|fault| SigningError::Pkcs12 { path: path.to_owned(), fault })
}

fn proven(path: &Path, identity: Identity) -> Result<SoftwareSigner, SigningError> {
    let place = path.display().to_string();
    let Identity { pair, certificate } = identity;
    let signer = SoftwareSigner::new(place, pair, Some(certificate))?;
    let damaged = || SigningError::Pkcs12 { path: path.to_owned(), fault: Pkcs12Fault::KeyDamaged };
    prove(&signer, damaged)?;
    Ok(signer)
}

/// A key of 4096 bits and a long chain of certificates take some 20 KB.
const MAX_FILE_BYTES: usize = 64 * 1024;
