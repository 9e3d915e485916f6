//! The server's programs, and as whom they run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub(crate) struct Programs {
    folder: PathBuf,
    is_root: bool,
}

impl Programs {
    /// Where there are none, what to install.
    pub(crate) fn find() -> Result<Self, String> {
        let named = std::env::var_os("STALELA_POSTGRES_BIN").map(PathBuf::from);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = named.into_iter().chain(std::env::split_paths(&path)).chain(debians());
        let is_whole = |folder: &PathBuf| WANTED.iter().all(|name| folder.join(name).is_file());
        let folder = folders.into_iter().find(is_whole);
        let folder = folder.ok_or(MISSING)?;
        Ok(Self { folder, is_root: try_output(Command::new("id").arg("-u"))?.trim() == "0" })
    }

    /// A program of the server, as the user that it may run as.
    pub(crate) fn server(&self, name: &str) -> Command {
        let program = self.folder.join(name);
        let mut command = if self.is_root {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]);
            command.arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir("/").stdin(Stdio::null());
        command
    }

    /// A program that only talks to the server.
    pub(crate) fn client(&self, name: &str) -> Command {
        let mut command = Command::new(self.folder.join(name));
        command.current_dir("/").stdin(Stdio::null());
        command
    }

    /// Gives a folder to the user that the server runs as.
    pub(crate) fn hand_over(&self, folder: &Path) -> Result<(), String> {
        if self.is_root {
            try_output(Command::new("chown").arg("postgres:postgres").arg(folder))?;
        }
        Ok(())
    }
}

/// The newest first.
fn debians() -> Vec<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    versions.into_iter().map(|(_, folder)| folder).collect()
}

/// Panics with what the program said if it fails.
pub(crate) fn run(command: &mut Command) {
    try_output(command).unwrap_or_else(|complained| panic!("{command:?}: {complained}"));
}

/// What the program printed, or what it complained of.
pub(crate) fn try_output(command: &mut Command) -> Result<String, String> {
    let output = command.output();
    let output = output.map_err(|error| format!("{command:?} does not run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(said);
    }
    Err(format!("{said}{}", String::from_utf8_lossy(&output.stderr)))
}

const WANTED: [&str; 4] = ["initdb", "pg_ctl", "pg_isready", "psql"];

const MISSING: &str = "this wants a PostgreSQL of 15 or newer: install Debian's `postgresql` \
    (tools/install-test-tools does), or name the folder of its `initdb` in STALELA_POSTGRES_BIN";
