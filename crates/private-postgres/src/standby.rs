//! A second server that has what the first one has before anybody is told that it is there.

use crate::cluster::Cluster;
use crate::programs::run;

/// How long a server has to come up, or to be promoted.
const PATIENCE_SECONDS: u64 = 120;

impl Cluster {
    /// A synchronous standby of this one, which runs with `wal_level = replica`: from when it answers, no
    /// commit returns before its disk has it.
    #[must_use]
    pub fn standby(&self) -> Self {
        let standby = Self::beside();
        let mut backup = standby.programs().server("pg_basebackup");
        backup.args(["--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast"]);
        backup.args(["--username", "postgres", "--no-sync", "--host"]).arg(self.folder());
        run(backup.arg("--pgdata").arg(standby.data()));
        let sockets = format!("unix_socket_directories = '{}'", standby.folder().display());
        standby.append_setting(&sockets);
        standby.restart();
        self.sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'");
        self.sql("postgres", "SELECT pg_reload_conf()");
        self.wait_for("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'", "1");
        standby
    }

    /// Ends the server's first process as `kill -9` does; the others end when they see that it is gone.
    pub fn kill_postmaster(&self) {
        let file = self.data().join("postmaster.pid");
        let text = std::fs::read_to_string(&file);
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let id = text.lines().next().unwrap_or_else(|| panic!("{}: empty", file.display()));
        run(std::process::Command::new("kill").args(["-9", id.trim()]));
    }

    /// Makes a standby the primary, which waits for no other. Returns once it takes writes.
    pub fn promote(&self) {
        self.sql("postgres", "ALTER SYSTEM RESET synchronous_standby_names");
        self.sql("postgres", &format!("SELECT pg_promote(true, {PATIENCE_SECONDS})"));
        self.wait_for("SHOW transaction_read_only", "off");
    }

    /// An address that names both, and leads to whichever of them takes writes.
    pub fn address_of_both(&self, other: &Self, database: &str, user: &str) -> String {
        // Several hosts stand before the path, and a folder is written as a host is.
        let host = |cluster: &Self| cluster.folder().display().to_string().replace('/', "%2F");
        format!("postgres://{user}@{},{}/{database}", host(self), host(other))
    }

    fn wait_for(&self, question: &str, wanted: &str) {
        let end = std::time::Instant::now() + std::time::Duration::from_secs(PATIENCE_SECONDS);
        loop {
            let told = self.try_sql("postgres", question);
            if told.as_deref().map(str::trim) == Ok(wanted) {
                return;
            }
            assert!(std::time::Instant::now() < end, "{question}: {told:?}");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
}
