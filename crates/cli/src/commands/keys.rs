//! `stalela keys`

use clap::{Args, Subcommand};
use signing::{KeyUri, PublicKey};

use crate::failure::Failure;

/// Make and show the keys that sign entries.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example: stalela keys new file:data/keys/outlet.pem")]
pub(crate) enum Keys {
    New(New),
    Show(Show),
}

/// Make a P-256 key. Nothing is ever overwritten.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela keys new file:data/keys/outlet.pem
  stalela keys new 'pkcs11:token=till;object=outlet?pin-source=file:pin'")]
pub(crate) struct New {
    /// `file:PATH` (readable by its owner only) or `pkcs11:…` (never leaves the token).
    uri: KeyUri,
}

/// Open a key, prove that it signs, and show its public half.
#[derive(Debug, Args)]
#[command(after_help = "Example: stalela keys show file:data/keys/outlet.pem > outlet.pub.pem")]
pub(crate) struct Show {
    /// `file:PATH` or `pkcs11:…`.
    uri: KeyUri,
    /// An X.509 certificate in PEM that must be the key's own.
    #[arg(long)]
    certificate: Option<std::path::PathBuf>,
}

impl Keys {
    pub(crate) fn run(self, json: bool) -> Result<(), Failure> {
        let public = match self {
            Self::New(New { uri: KeyUri::File(file) }) => signing::software::generate(file.path())?,
            Self::New(New { uri: KeyUri::Pkcs11(key) }) => signing::pkcs11::generate(&key)?,
            Self::Show(show) => {
                let signer = signing::open(&show.uri, show.certificate.as_deref())?;
                signer.public_key().clone()
            }
        };
        tell(&public, json);
        Ok(())
    }
}

fn tell(public: &PublicKey, json: bool) {
    if json {
        let coordinates = public.coordinates();
        println!(
            "{}",
            serde_json::json!({
                "kid": public.key_id().to_string(), "kty": "EC", "crv": "P-256",
                "alg": public.algorithm().jose_name(), "x": coordinates.x, "y": coordinates.y,
            })
        );
    } else {
        eprintln!("key id {}", public.key_id());
        print!("{}", public.to_pem());
    }
}
