//! `stalela keys`

mod import;
mod password;
mod signing_key;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use signing::{Algorithm, Certificate, Jwk, KeyUri, PublicKey};

use crate::failure::Failure;

pub(crate) use password::P12Password;
pub(crate) use signing_key::{NamedKey, SigningKey};

/// Make, import and show the keys that sign.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example: stalela keys new file:data/keys/outlet.pem")]
pub(crate) enum Keys {
    New(New),
    Import(import::Import),
    Show(Show),
}

/// Make a P-256 key. Nothing is ever overwritten.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela keys new file:data/keys/outlet.pem
  stalela keys new 'pkcs11:token=till;object=outlet?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:pin'")]
pub(crate) struct New {
    /// `file:PATH` (readable by its owner only) or `pkcs11:…` (never leaves the token).
    uri: KeyUri,
}

/// Open a key, prove that it signs, and show its public half.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela keys show file:data/keys/outlet.pem > outlet.pub.pem
  stalela keys show file:data/keys/taxpayer.pem --certificate data/keys/taxpayer.crt.pem")]
pub(crate) struct Show {
    /// `file:PATH` or `pkcs11:…`.
    uri: KeyUri,
    /// An X.509 certificate in PEM that must be the key's own.
    #[arg(long)]
    certificate: Option<std::path::PathBuf>,
}

impl Keys {
    pub(crate) fn run(self, json: bool) -> Result<(), Failure> {
        match self {
            Self::New(New { uri: KeyUri::File(file) }) => {
                tell(&signing::software::generate(file.path())?, None, json);
            }
            Self::New(New { uri: KeyUri::Pkcs11(key) }) => {
                tell(&signing::pkcs11::generate(&key)?, None, json);
            }
            Self::Import(import) => import.run(json)?,
            Self::Show(show) => {
                let signer = signing::open(&show.uri, show.certificate.as_deref())?;
                tell(signer.public_key(), signer.certificate(), json);
            }
        }
        Ok(())
    }
}

fn tell(public: &PublicKey, certificate: Option<&Certificate>, json: bool) {
    if json {
        let mut key = jwk(public);
        if let Some(certificate) = certificate {
            key["certificate"] = describe(certificate);
        }
        println!("{key}");
    } else {
        eprintln!("key id {}", public.key_id());
        if let Some(certificate) = certificate {
            eprintln!("{}", import::lines(certificate));
        }
        print!("{}", public.to_pem());
    }
}

/// A JSON Web Key (RFC 7517).
fn jwk(public: &PublicKey) -> Value {
    let mut key = match public.to_jwk() {
        Jwk::Ec { x, y } => json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y }),
        Jwk::Rsa { n, e } => json!({ "kty": "RSA", "n": n, "e": e }),
    };
    key["kid"] = json!(public.key_id().to_string());
    key["alg"] = json!(Algorithm::jose_name(public.algorithm()));
    key
}

fn describe(certificate: &Certificate) -> Value {
    let subject = certificate.subject();
    json!({
        "subject": subject.to_string(),
        "common_name": subject.common_name(),
        "serial_number": subject.serial_number(),
        "organization_identifier": subject.organization_identifier(),
        "issuer": certificate.issuer().to_string(),
        "not_before": certificate.not_before().to_string(),
        "not_after": certificate.not_after().to_string(),
    })
}
