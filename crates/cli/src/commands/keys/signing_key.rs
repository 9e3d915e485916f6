//! The key that signs documents, as a command names it.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use signing::{Algorithm, KeyUri, Signer, pkcs12};

use super::P12Password;
use crate::failure::Failure;

/// An RSA key with its certificate: in a PKCS#12 file, or by URI.
#[derive(Debug, Args)]
pub(crate) struct SigningKey {
    /// A PKCS#12 file (.p12, .pfx) with the key and its certificate.
    #[arg(long, value_name = "FILE", required_unless_present = "key")]
    p12: Option<PathBuf>,
    /// `file:PATH` or `pkcs11:…`: an RSA key.
    #[arg(long, value_name = "URI", conflicts_with = "p12")]
    key: Option<KeyUri>,
    /// The certificate of --key, in PEM. A token may hold it beside the key.
    #[arg(long, value_name = "FILE", requires = "key")]
    certificate: Option<PathBuf>,
    #[command(flatten)]
    password: P12Password,
}

impl SigningKey {
    /// Opens it; a key that signs in another way than the DGII wants is refused.
    pub(crate) fn open(&self) -> Result<Arc<dyn Signer>, Failure> {
        let signer = match (&self.p12, &self.key) {
            (Some(p12), _) => pkcs12::open(p12, &self.password.obtain(p12)?)?,
            (None, Some(uri)) => signing::open(uri, self.certificate.as_deref())?,
            (None, None) => unreachable!("the parser asks for one of them"),
        };
        signer.require(Algorithm::RsaPkcs1Sha256)?;
        Ok(signer)
    }
}
