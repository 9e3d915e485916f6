//! Where the ledger is, in the words of the command line. A password never comes out again: not in
//! an error, not in a log, not in the help.

use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use ledger::StoreUrl;

use crate::failure::Failure;
use crate::input;

/// The store of a command.
#[derive(Clone, Debug, Args)]
pub(crate) struct StoreArgs {
    /// The ledger: an SQLite file, which one process has open at a time, or a PostgreSQL database of
    /// any number of processes, as in `postgres://user@host/database`. Give its password in PGPASSWORD
    /// or in a file.
    #[arg(
        long,
        env = "STALELA_STORE",
        hide_env_values = true,
        default_value = "data/stalela.db",
        value_name = "FILE|URL"
    )]
    store: Given,
    #[command(flatten)]
    password: PasswordFile,
}

/// Where a database's password lies, if it is not in the address.
#[derive(Clone, Debug, Args)]
pub(crate) struct PasswordFile {
    /// A file with the password of the database; without it PGPASSWORD is taken.
    #[arg(long, env = "STALELA_STORE_PASSWORD_FILE", value_name = "FILE")]
    store_password_file: Option<PathBuf>,
}

/// A store as it was given. Taken as it is, so that whoever parses the words of the command has
/// nothing to complain about, and nothing to repeat.
#[derive(Clone)]
pub(crate) struct Given(String);

impl FromStr for Given {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Given {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(not shown)")
    }
}

impl StoreArgs {
    pub(crate) fn url(&self) -> Result<StoreUrl, Failure> {
        self.password.complete(&self.store)
    }

    /// Where the password of a store lies that names a file for it, or names none.
    pub(crate) fn password_in(&self, file: Option<&Path>) -> PasswordFile {
        let own = file.map(|file| PasswordFile { store_password_file: Some(file.to_owned()) });
        own.unwrap_or_else(|| self.password.clone())
    }
}

impl PasswordFile {
    /// The store with its password, where it wants one and there is one.
    pub(crate) fn complete(&self, store: &Given) -> Result<StoreUrl, Failure> {
        self.complete_url(store.0.parse().map_err(Failure::refused)?)
    }

    /// The same for an address that was understood.
    pub(crate) fn complete_url(&self, url: StoreUrl) -> Result<StoreUrl, Failure> {
        if !url.lacks_password() {
            return Ok(url);
        }
        Ok(match self.password()? {
            Some(password) => url.with_password(&password),
            None => url,
        })
    }

    fn password(&self) -> Result<Option<String>, Failure> {
        let Some(path) = &self.store_password_file else {
            return Ok(std::env::var("PGPASSWORD").ok().filter(|password| !password.is_empty()));
        };
        let text = String::from_utf8(input::read(path)?);
        let text = text.map_err(|_| Failure::refused(format!("{}: not a text", path.display())))?;
        let password = text.trim_end_matches(['\r', '\n']);
        if password.is_empty() || password.contains('\0') {
            return Err(Failure::refused(format!("{}: it holds no password", path.display())));
        }
        Ok(Some(password.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(store: &str, file: Option<PathBuf>) -> Result<StoreUrl, Failure> {
        PasswordFile { store_password_file: file }.complete(&store.parse().unwrap())
    }

    #[test]
    fn a_password_comes_from_a_file_and_is_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, "sec&ret\n").unwrap();
        let url = complete("postgres://app@localhost/s", Some(file.clone())).unwrap();
        assert!(url.database().unwrap().ends_with("?password=sec%26ret"));
        assert_eq!(url.to_string(), "postgres://app@localhost/s");
        let own = complete("postgres://app:own@localhost/s", Some(file.clone())).unwrap();
        assert!(!own.database().unwrap().contains("sec"), "the address comes first");
        assert_eq!(complete("x.db", Some(file.clone())).unwrap().path(), Some("x.db".as_ref()));
        std::fs::write(&file, "\n").unwrap();
        for file in [file, folder.path().join("nowhere")] {
            let refused = complete("postgres://app@localhost/s", Some(file)).unwrap_err();
            assert_eq!(refused.exit_code(), 1, "{refused}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_without_its_password() {
        for text in ["postgres://app:secret@host:port/s", "mysql://app:secret@host/s", "sqlite://"]
        {
            let refused = complete(text, None).unwrap_err();
            assert_eq!(refused.exit_code(), 1);
            assert!(!refused.to_string().contains("secret"), "{refused}");
        }
        assert_eq!(format!("{:?}", "secret".parse::<Given>().unwrap()), "(not shown)");
    }
}
