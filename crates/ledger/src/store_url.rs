//! Where a ledger lies, in the operator's words.

use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use crate::anchor::Anchoring;
use crate::error::LedgerError;
use crate::ledger::Ledger;
use crate::limits::Options;
use crate::range::RangeStanding;
use crate::registry::{Outlet, PublicKey, Tenant};
use crate::verify::{Report, Verifier, VerifyError};
use crate::{postgres, sqlite};

/// Where a ledger lies: the path of an SQLite file, plain or as `sqlite://PATH`, or the address of a
/// database, `postgres://user@host:port/database` ([`Ledger::connect`] tells of it). Shown, it does
/// not tell the password.
#[derive(Clone, Eq, PartialEq)]
pub struct StoreUrl(Kind);

#[derive(Clone, Eq, PartialEq)]
pub(crate) enum Kind {
    Sqlite(PathBuf),
    /// With its password, if it was given.
    Postgres(String),
}

impl FromStr for StoreUrl {
    type Err = LedgerError;

    fn from_str(text: &str) -> Result<Self, LedgerError> {
        match text.split_once("://") {
            Some(("postgres" | "postgresql", _)) => {
                postgres::check_address(text)?;
                Ok(Self(Kind::Postgres(text.to_owned())))
            }
            None if !text.is_empty() => Ok(Self::file(text)),
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::file(path)),
            _ => Err(LedgerError::Address(
                "a store is the path of a file, sqlite://PATH, or postgres://user@host/database"
                    .to_owned(),
            )),
        }
    }
}

impl StoreUrl {
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Kind::Sqlite(path.into()))
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.0
    }

    /// The file, if it is one.
    pub fn path(&self) -> Option<&Path> {
        match &self.0 {
            Kind::Sqlite(path) => Some(path),
            Kind::Postgres(_) => None,
        }
    }

    /// The address of the database, with its password: for whoever connects, and for nobody's eyes.
    pub fn database(&self) -> Option<&str> {
        match &self.0 {
            Kind::Sqlite(_) => None,
            Kind::Postgres(address) => Some(address),
        }
    }

    /// Whether both lead to one ledger, as far as their words tell: two names of one machine are
    /// not seen to be one.
    pub fn leads_where(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Kind::Sqlite(one), Kind::Sqlite(other)) => whole(one) == whole(other),
            (Kind::Postgres(one), Kind::Postgres(other)) => postgres::is_same(one, other),
            (Kind::Sqlite(_), Kind::Postgres(_)) | (Kind::Postgres(_), Kind::Sqlite(_)) => false,
        }
    }

    /// Whether it is a database whose address says no password.
    pub fn lacks_password(&self) -> bool {
        self.database().is_some_and(|address| !postgres::has_password(address))
    }

    /// The same with a password, kept where the address has its options, so that it may hold any
    /// character. Nothing where it is a file.
    #[must_use]
    pub fn with_password(self, password: &str) -> Self {
        match self.0 {
            Kind::Sqlite(_) => self,
            Kind::Postgres(address) => {
                // Who connects may have a `?` in his name; the options begin behind the `@`.
                let place = address.split_once('@').map_or(&*address, |(_, place)| place);
                let mark = if place.contains('?') { '&' } else { '?' };
                let password = percent_encoded(password);
                Self(Kind::Postgres(format!("{address}{mark}password={password}")))
            }
        }
    }

    /// Opens the ledger: makes the file if there is none; a database has its schema already.
    pub async fn open(&self, options: Options) -> Result<Ledger, LedgerError> {
        match &self.0 {
            Kind::Sqlite(path) => Ledger::open(path, options),
            Kind::Postgres(address) => Ledger::connect(address, options).await,
        }
    }

    /// The same, and keeps the heads of its outlets outside the store. Call
    /// [`Ledger::check_anchors`] before anything is sealed.
    pub async fn open_anchored(
        &self,
        options: Options,
        anchoring: &Anchoring,
    ) -> Result<Ledger, LedgerError> {
        match &self.0 {
            Kind::Sqlite(path) => Ledger::open_anchored(path, options, anchoring),
            Kind::Postgres(address) => Ledger::connect_anchored(address, options, anchoring).await,
        }
    }

    /// Verifies everything that the store holds; it may be open meanwhile. Blocks: call it on a
    /// thread that may.
    ///
    /// `keys` gives the verifier of a key id, from wherever the caller trusts; `progress` is told how
    /// many entries have been read.
    pub fn verify(
        &self,
        keys: &dyn Fn(&str) -> Option<Verifier>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Report, VerifyError> {
        match &self.0 {
            Kind::Sqlite(path) => sqlite::verify(path, keys, progress),
            Kind::Postgres(address) => {
                blocking()?.block_on(postgres::verify(address, keys, progress))
            }
        }
    }

    /// The public keys that the store keeps, whether or not a process has it open. Blocks.
    pub fn keys(&self) -> Result<Vec<PublicKey>, LedgerError> {
        match &self.0 {
            Kind::Sqlite(path) => sqlite::keys_in(path),
            Kind::Postgres(address) => blocking()?.block_on(postgres::keys_in(address)),
        }
    }

    /// The tenants, whether or not a process has the store open. Blocks.
    pub fn tenants(&self) -> Result<Vec<Tenant>, LedgerError> {
        match &self.0 {
            Kind::Sqlite(path) => sqlite::tenants_in(path),
            Kind::Postgres(address) => blocking()?.block_on(postgres::tenants_in(address)),
        }
    }

    /// The outlets of all tenants, whether or not a process has the store open. Blocks.
    pub fn outlets(&self) -> Result<Vec<Outlet>, LedgerError> {
        match &self.0 {
            Kind::Sqlite(path) => sqlite::outlets_in(path),
            Kind::Postgres(address) => blocking()?.block_on(postgres::outlets_in(address)),
        }
    }

    /// The ranges of all tenants, whether or not a process has the store open. Blocks.
    pub fn ranges(&self) -> Result<Vec<RangeStanding>, LedgerError> {
        match &self.0 {
            Kind::Sqlite(path) => sqlite::ranges_in(path),
            Kind::Postgres(address) => blocking()?.block_on(postgres::ranges_in(address)),
        }
    }
}

/// Drives what waits for a database on a thread of its own.
pub(crate) fn blocking() -> Result<tokio::runtime::Runtime, LedgerError> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(LedgerError::Open)
}

/// A path as the system has it; of a file that is not there, as it would be.
fn whole(path: &Path) -> PathBuf {
    if let Ok(found) = path.canonicalize() {
        return found;
    }
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut whole = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(whole.pop()),
            other => whole.push(other),
        }
    }
    whole
}

fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// An address without its password, wherever that stands. Read as the driver reads it: who connects
/// ends at the first `@`, whatever stands before it, and names of options may be percent-encoded.
fn without_password(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or(("postgres", address));
    let (who, place) = match rest.split_once('@') {
        Some((who, place)) => (Some(who), place),
        None => (None, rest),
    };
    let (mut place, query) = place.split_once('?').unwrap_or((place, ""));
    let who = who.map_or(String::new(), |who| {
        let user = who.split_once(':').map_or(who, |(user, _)| {
            // A careless password may hold another @; what stands before the last is not shown.
            place = place.rsplit_once('@').map_or(place, |(_, place)| place);
            user
        });
        format!("{user}@")
    });
    let is_told = |part: &&str| {
        let name = part.split_once('=').map_or(*part, |(name, _)| name);
        // Nobody encodes the name of another option.
        name != "password" && !name.contains('%')
    };
    let query: Vec<&str> = query.split('&').filter(is_told).collect();
    let query = query.join("&");
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{scheme}://{who}{place}{mark}{query}")
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Sqlite(path) => write!(formatter, "{}", path.display()),
            Kind::Postgres(address) => formatter.write_str(&without_password(address)),
        }
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> StoreUrl {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_store_is_a_path_or_an_address() {
        for (text, path) in [
            ("data/stalela.db", "data/stalela.db"),
            ("sqlite://data/stalela.db", "data/stalela.db"),
            ("sqlite:///var/stalela.db", "/var/stalela.db"),
        ] {
            assert_eq!(read(text).path(), Some(Path::new(path)), "{text}");
        }
        let address = "postgres://app@db.example/stalela";
        assert_eq!(read(address).database(), Some(address));
        for text in ["", "sqlite://", "mysql://a@b/c", "postgres://a@b:port/c"] {
            assert!(matches!(text.parse::<StoreUrl>(), Err(LedgerError::Address(_))), "{text}");
        }
    }

    #[test]
    fn no_password_is_shown() {
        for (text, shown) in [
            ("postgres://app:secret@db.example/s", "postgres://app@db.example/s"),
            (
                "postgresql://app:secret@a,b:1/s?sslmode=disable",
                "postgresql://app@a,b:1/s?sslmode=disable",
            ),
            ("postgres://app@localhost/s?password=secret", "postgres://app@localhost/s"),
            (
                "postgres:///s?host=/run/pg&password=secret&user=app",
                "postgres:///s?host=/run/pg&user=app",
            ),
            // Found by fuzzing: the driver understands both, and both were shown whole.
            ("postgres://app:se?cret@localhost/s", "postgres://app@localhost/s"),
            ("postgres://app@localhost/s?p%61ssword=secret", "postgres://app@localhost/s"),
            ("postgres://app:sec@ret@localhost/s", "postgres://app@localhost/s"),
        ] {
            let store = read(text);
            assert_eq!(store.to_string(), shown);
            assert_eq!(format!("{store:?}"), shown);
            assert!(!store.lacks_password(), "{text}");
        }
    }

    #[test]
    fn a_password_of_any_characters_is_added_and_understood() {
        let password = "p@ss:w/ord?&=% é";
        for text in [
            "postgres://app@localhost/s",
            "postgres://app@localhost/s?sslmode=disable",
            // Found by fuzzing: the password became a part of the database's name, and was shown.
            "postgres://a?pp@localhost/s",
        ] {
            let store = read(text);
            assert!(store.lacks_password());
            let store = store.with_password(password);
            assert_eq!(store.to_string(), text);
            let address = store.database().unwrap().to_owned();
            let config: tokio_postgres::Config =
                read(&address).database().unwrap().parse().unwrap();
            assert_eq!(config.get_password(), Some(password.as_bytes()));
        }
        assert_eq!(read("x.db").with_password(password), read("x.db"));
    }
}
