//! One server with its data, in a temporary folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::programs::{Programs, run, try_output};

/// A server of one test: it may be stopped, killed and started. Dropping it ends it and removes its
/// data.
pub struct Cluster {
    folder: PathBuf,
    programs: Programs,
}

impl Cluster {
    /// Starts a server with these settings, as in `fsync=on`, beside those of [`SETTINGS`].
    pub fn start(settings: &[&str]) -> Self {
        Self::start_in(&std::env::temp_dir(), settings).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The same on the disk of a folder, or why not. Where it runs as another user, that one has to
    /// reach the folder.
    pub fn start_in(parent: &Path, settings: &[&str]) -> Result<Self, String> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("stalela-pg-{}-{next}", std::process::id());
        let cluster = Self::try_create(parent.join(name), settings)?;
        cluster.try_restart()?;
        Ok(cluster)
    }

    /// Makes the data; nothing runs yet.
    pub(crate) fn create(folder: PathBuf, settings: &[&str]) -> Self {
        Self::try_create(folder, settings).unwrap_or_else(|error| panic!("{error}"))
    }

    /// A folder for another server's data, with nothing in it.
    pub(crate) fn beside() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("stalela-pg-{}-beside-{next}", std::process::id());
        let cluster = Self::of(std::env::temp_dir().join(name));
        remove(&cluster.folder);
        let made = std::fs::create_dir(&cluster.folder).map_err(|error| error.to_string());
        let made = made.and_then(|()| cluster.programs.hand_over(&cluster.folder));
        made.unwrap_or_else(|error| panic!("{}: {error}", cluster.folder.display()));
        cluster
    }

    /// A later line of the settings overrules those before.
    pub(crate) fn append_setting(&self, line: &str) {
        let conf = self.data().join("postgresql.conf");
        let unchanged = |error| panic!("{}: {error}", conf.display());
        let text = std::fs::read_to_string(&conf).unwrap_or_else(unchanged);
        let text = format!("{text}{line}\n");
        std::fs::write(&conf, text).unwrap_or_else(|error| panic!("{}: {error}", conf.display()));
    }

    pub(crate) fn programs(&self) -> &Programs {
        &self.programs
    }

    fn try_create(folder: PathBuf, settings: &[&str]) -> Result<Self, String> {
        let programs = Programs::find()?;
        remove(&folder);
        std::fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let cluster = Self { folder, programs };
        cluster.programs.hand_over(&cluster.folder)?;
        let mut initdb = cluster.programs.server("initdb");
        try_output(initdb.arg("-D").arg(cluster.data()).args(INITDB))?;
        let conf = cluster.data().join("postgresql.conf");
        let text: Vec<&str> = SETTINGS.iter().chain(settings).copied().collect();
        let sockets = format!("unix_socket_directories = '{}'", cluster.folder.display());
        let text = format!("{}\n{sockets}\n", text.join("\n"));
        let written = std::fs::write(&conf, text);
        written.map_err(|error| format!("{}: {error}", conf.display()))?;
        Ok(cluster)
    }

    /// A cluster that somebody else started.
    pub(crate) fn of(folder: PathBuf) -> Self {
        let programs = Programs::find().unwrap_or_else(|error| panic!("{error}"));
        Self { folder, programs }
    }

    /// Starts the server, after it was stopped or killed.
    pub fn restart(&self) {
        self.try_restart().unwrap_or_else(|error| panic!("{error}"));
    }

    fn try_restart(&self) -> Result<(), String> {
        let log = self.folder.join("log");
        let mut start = self.programs.server("pg_ctl");
        start.args(["start", "--silent", "--wait", "--timeout=120"]);
        start.arg("-D").arg(self.data()).arg("-l").arg(&log);
        // The server outlives this program and must not hold its output.
        let status = start.stdout(Stdio::null()).stderr(Stdio::null()).status();
        let is_up = status.is_ok_and(|status| status.success());
        if is_up { Ok(()) } else { Err(std::fs::read_to_string(&log).unwrap_or_default()) }
    }

    /// Ends the server as a loss of power does, but for what the disk had promised.
    pub fn kill(&self) {
        let mut stop = self.programs.server("pg_ctl");
        stop.args(["stop", "--silent", "--wait", "--mode=immediate"]).arg("-D").arg(self.data());
        run(&mut stop);
    }

    /// Whether it answers.
    pub(crate) fn is_up(&self) -> bool {
        let mut ready = self.programs.client("pg_isready");
        let ready = ready.arg("-q").arg("-h").arg(&self.folder).status();
        ready.is_ok_and(|status| status.success())
    }

    /// Runs statements as the cluster's first user, and returns what they print.
    pub fn sql(&self, database: &str, statements: &str) -> String {
        self.try_sql(database, statements).unwrap_or_else(|error| panic!("{statements}: {error}"))
    }

    /// The same, where it may well fail: then what the server says.
    pub fn try_sql(&self, database: &str, statements: &str) -> Result<String, String> {
        let mut psql = self.programs.client("psql");
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres"]);
        psql.arg("-h").arg(&self.folder).args(["-d", database, "-c", statements]);
        try_output(&mut psql)
    }

    /// The address of a database, for the cluster's first user.
    pub fn address(&self, database: &str) -> String {
        self.address_of(database, "postgres")
    }

    pub fn address_of(&self, database: &str, user: &str) -> String {
        format!("postgres:///{database}?host={}&user={user}", self.folder.display())
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut stop = self.programs.server("pg_ctl");
        stop.args(["stop", "--silent", "--wait", "--mode=immediate"]).arg("-D").arg(self.data());
        // It may have been stopped already.
        let _ = stop.stdout(Stdio::null()).stderr(Stdio::null()).status();
        remove(&self.folder);
    }
}

/// As root removes what another user owns, and what is not there.
fn remove(folder: &Path) {
    let _ = Command::new("rm").arg("-rf").arg(folder).status();
}

const INITDB: &[&str] = &[
    "-U",
    "postgres",
    "-A",
    "trust",
    "-E",
    "UTF8",
    "--locale=C",
    "--no-sync",
    "--no-instructions",
];

/// A small server. Not durable: what is killed keeps what it wrote all the same, since the machine
/// goes on.
const SETTINGS: &[&str] = &[
    "listen_addresses = ''",
    "max_connections = 200",
    "shared_buffers = 64MB",
    "fsync = off",
    "full_page_writes = off",
    "wal_level = minimal",
    "max_wal_senders = 0",
    "max_wal_size = 512MB",
    "logging_collector = off",
    "timezone = 'UTC'",
];
