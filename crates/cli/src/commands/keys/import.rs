//! `stalela keys import`

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::Args;
use fiscal::Clock;
use serde_json::{Value, json};
use signing::pkcs12::Imported;
use signing::{Certificate, ExpiryStage, Timestamp, Validity, pkcs12};

use super::{P12Password, describe, jwk};
use crate::failure::Failure;

/// Take the key and the certificate out of a PKCS#12 file (.p12, .pfx), as an authority hands it
/// out. Nothing is ever overwritten.
///
/// The key is written in PKCS#8 for its owner alone, and its certificate beside it. What is printed
/// goes into an outlet's settings: `taxpayer_key` and `taxpayer_certificate`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples: stalela keys import signer.p12 --out data/keys/\n          stalela keys import signer.p12 --out data/keys/taxpayer.pem --password-file password\n          STALELA_P12_PASSWORD=… stalela --json keys import signer.p12"
)]
pub(crate) struct Import {
    /// The PKCS#12 file. It stays as it is.
    file: PathBuf,
    /// The folder for both files, or the name of the key file. Without it they are written to the
    /// working directory, named as the PKCS#12 file is.
    #[arg(long, value_name = "DIR|FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    password: P12Password,
}

impl Import {
    pub(crate) fn run(self, json: bool) -> Result<(), Failure> {
        let (key, certificate) = self.destinations();
        let password = self.password.obtain(&self.file)?;
        let imported = pkcs12::import(&self.file, &password, &key, &certificate)?;
        let now = Timestamp::from_microsecond(Clock::System.now().micros())
            .expect("a clock's instant lies within the calendar");
        if json {
            println!("{}", document(&imported, now));
        } else {
            tell(&imported, now);
        }
        Ok(())
    }

    /// The key file, and the certificate's beside it.
    fn destinations(&self) -> (PathBuf, PathBuf) {
        let name = Path::new(self.file.file_stem().unwrap_or(OsStr::new("key")));
        let name = name.with_added_extension("pem");
        let key = match &self.out {
            None => name,
            Some(out) if names_a_folder(out) => out.join(name),
            Some(file) => file.clone(),
        };
        let certificate = key.with_extension("crt.pem");
        (key, certificate)
    }
}

fn names_a_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/")
}

fn document(imported: &Imported, now: Timestamp) -> Value {
    let mut document = json!({
        "key_uri": imported.key.to_string(),
        "certificate_file": imported.certificate_file.display().to_string(),
        "key": jwk(&imported.public_key),
        "certificate": describe(&imported.certificate),
    });
    if let Some(warning) = warning(&imported.certificate, now) {
        document["warning"] = json!(warning);
    }
    document
}

fn tell(imported: &Imported, now: Timestamp) {
    let key = &imported.public_key;
    println!("key          {}", imported.key);
    println!("certificate  {}", imported.certificate_file.display());
    println!("key id       {} ({})", key.key_id(), key.algorithm());
    println!("{}", lines(&imported.certificate));
    if let Some(warning) = warning(&imported.certificate, now) {
        eprintln!("stalela: {warning}");
    }
}

/// A certificate for people.
pub(super) fn lines(certificate: &Certificate) -> String {
    format!(
        "subject      {}\nissuer       {}\nvalid        {} to {}",
        certificate.subject(),
        certificate.issuer(),
        certificate.not_before(),
        certificate.not_after(),
    )
}

/// What a person has to do about the certificate now.
fn warning(certificate: &Certificate, now: Timestamp) -> Option<String> {
    let (start, end) = (certificate.not_before(), certificate.not_after());
    match certificate.validity(now) {
        Validity::NotYet => Some(format!(
            "the certificate is valid from {start} only: check the clock of this machine"
        )),
        Validity::Expired => Some(format!(
            "the certificate expired on {end}: what it signs is refused; ask for a new one"
        )),
        Validity::Current => certificate.expires_within(now).map(|stage| {
            let soon = if stage == ExpiryStage::Days7 { "now" } else { "in time" };
            format!(
                "the certificate expires on {end}, within {} days: ask for a new one {soon}",
                stage.days()
            )
        }),
    }
}
