//! Where the ledgers of a run lie: files on the disk that is measured, or a database.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use ledger::{Ledger, StoreUrl};
use private_postgres::Cluster;

use crate::failure::Failure;
use crate::store::{Given, PasswordFile};

/// The store that is measured.
#[derive(Clone, Debug, Args)]
pub(crate) struct PlaceArgs {
    /// `sqlite`: new files. `postgres`: a server of the bench's own, with its durability as it comes,
    /// in a temporary folder. Or the address of a database that may be filled: postgres://…
    #[arg(
        long,
        default_value = "sqlite",
        hide_env_values = true,
        value_name = "sqlite|postgres|URL"
    )]
    store: Given,
    #[command(flatten)]
    password: PasswordFile,
    /// Where the files lie: the disk that is measured. The system's temporary folder if absent.
    #[arg(long)]
    folder: Option<PathBuf>,
}

/// A place for ledgers, which is removed at the end of the run.
pub(crate) struct Place {
    folder: tempfile::TempDir,
    database: Option<Database>,
}

struct Database {
    url: StoreUrl,
    /// Ended with the run.
    _cluster: Option<Cluster>,
}

/// A store that a bench can make.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    /// A new file.
    Sqlite,
    /// A server of the bench's own, with its durability as it comes.
    Postgres,
}

impl PlaceArgs {
    pub(crate) async fn open(&self) -> Result<Place, Failure> {
        let parent = self.folder.clone().unwrap_or_else(std::env::temp_dir);
        let folder = tempfile::tempdir_in(&parent)?;
        let url = self.password.complete(&self.store)?;
        let database = match url.path().and_then(Path::to_str) {
            Some("sqlite") => None,
            Some("postgres") => Some(Database::new(&parent).await?),
            Some(other) => {
                return Err(Failure::refused(format!(
                    "--store {other}: name sqlite, postgres, or the address of a database. Files \
                     are made anew in --folder"
                )));
            }
            None => Some(Database::of(url, None).await?),
        };
        Ok(Place { folder, database })
    }
}

impl Database {
    async fn new(parent: &Path) -> Result<Self, Failure> {
        let cluster = Cluster::start_in(parent, DURABLE);
        let cluster = cluster.map_err(|why| {
            Failure::unusable(format!("{why} Or name a database with --store postgres://…"))
        })?;
        let url = cluster.address("postgres").parse().map_err(Failure::unusable)?;
        Self::of(url, Some(cluster)).await
    }

    async fn of(url: StoreUrl, cluster: Option<Cluster>) -> Result<Self, Failure> {
        let address = url.database().expect("it is no file");
        Ledger::migrate(address, None).await?;
        Ok(Self { url, _cluster: cluster })
    }
}

impl Place {
    /// In that folder, or in the system's temporary one.
    pub(crate) async fn new(kind: Kind, parent: Option<&Path>) -> Result<Self, Failure> {
        let parent = parent.map_or_else(std::env::temp_dir, Path::to_owned);
        let folder = tempfile::tempdir_in(&parent)?;
        let database = match kind {
            Kind::Sqlite => None,
            Kind::Postgres => Some(Database::new(&parent).await?),
        };
        Ok(Self { folder, database })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The address of the database, if it is one.
    pub(crate) fn database(&self) -> Option<&str> {
        self.database.as_ref().and_then(|database| database.url.database())
    }

    /// A folder of its own for a measurement, and the store: in that folder, if it is a file.
    pub(crate) fn store(&self, measurement: &str) -> (PathBuf, StoreUrl) {
        let folder = self.folder.path().join(measurement);
        let store = match &self.database {
            Some(database) => database.url.clone(),
            None => StoreUrl::file(crate::api::Folder(folder.clone()).store()),
        };
        (folder, store)
    }
}

/// What PostgreSQL does unless it is told otherwise, and a log that is not copied into the tables
/// in the middle of a measurement.
const DURABLE: &[&str] = &[
    "fsync = on",
    "full_page_writes = on",
    "synchronous_commit = on",
    "wal_level = replica",
    "shared_buffers = 128MB",
    "max_wal_size = 4GB",
    "max_connections = 200",
];
