//! The password of a PKCS#12 file: from the environment, a file or the keyboard. Never from the
//! command line, which every user of the machine can read.

use std::path::{Path, PathBuf};

use clap::Args;
use signing::pkcs12::Password;

use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct P12Password {
    /// A file with the password in its one line, which its owner alone may read. Without it, the
    /// password is taken from `STALELA_P12_PASSWORD`, or asked for.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl P12Password {
    /// The password of the PKCS#12 file at `p12`.
    pub(crate) fn obtain(&self, p12: &Path) -> Result<Password, Failure> {
        if let Some(file) = &self.password_file {
            return Ok(Password::read(file)?);
        }
        match std::env::var(VARIABLE) {
            Ok(password) => Ok(Password::new(password)),
            Err(std::env::VarError::NotUnicode(_)) => {
                Err(Failure::unusable(format!("{VARIABLE} is not UTF-8")))
            }
            Err(std::env::VarError::NotPresent) => ask(p12),
        }
    }
}

fn ask(p12: &Path) -> Result<Password, Failure> {
    let prompt = format!("Password of {}: ", p12.display());
    rpassword::prompt_password(prompt).map(Password::new).map_err(|error| {
        Failure::unusable(format!(
            "there is no terminal to ask for the password ({error}): set {VARIABLE}, or give \
             --password-file"
        ))
    })
}

const VARIABLE: &str = "STALELA_P12_PASSWORD";
