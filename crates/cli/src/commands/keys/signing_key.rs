//! The key that signs documents, as a command names it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};
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

/// A key by URI, with its certificate where the key does not come with it.
pub(crate) struct NamedKey {
    uri: KeyUri,
    certificate: Option<PathBuf>,
}

impl SigningKey {
    /// Opens it; a key that signs in another way than the DGII wants is refused.
    pub(crate) fn open(&self) -> Result<Arc<dyn Signer>, Failure> {
        match &self.p12 {
            Some(p12) => fit(pkcs12::open(p12, &self.password.obtain(p12)?)?),
            None => self.named().open(),
        }
    }

    /// The same as an outlet's settings name it. What a PKCS#12 file holds is unpacked into a
    /// folder, which is for its owner alone and for as long as the command runs.
    pub(crate) fn unpack(&self, folder: &Path) -> Result<NamedKey, Failure> {
        let Some(p12) = &self.p12 else { return Ok(self.named()) };
        let (key, certificate) = (folder.join("taxpayer.pem"), folder.join("taxpayer.crt.pem"));
        let password = self.password.obtain(p12)?;
        let imported = pkcs12::import(p12, &password, &key, &certificate)?;
        Ok(NamedKey { uri: imported.key, certificate: Some(imported.certificate_file) })
    }

    fn named(&self) -> NamedKey {
        let uri = self.key.clone().expect("the parser asks for a file or a key");
        NamedKey { uri, certificate: self.certificate.clone() }
    }
}

impl NamedKey {
    pub(crate) fn open(&self) -> Result<Arc<dyn Signer>, Failure> {
        fit(signing::open(&self.uri, self.certificate.as_deref())?)
    }

    /// The members of an outlet's settings.
    pub(crate) fn settings(&self) -> Value {
        let mut settings = json!({ "taxpayer_key": self.uri.to_string() });
        if let Some(certificate) = &self.certificate {
            settings["taxpayer_certificate"] = json!(certificate.display().to_string());
        }
        settings
    }
}

fn fit(signer: Arc<dyn Signer>) -> Result<Arc<dyn Signer>, Failure> {
    signer.require(Algorithm::RsaPkcs1Sha256)?;
    Ok(signer)
}
