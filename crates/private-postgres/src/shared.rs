//! The cluster that the processes of a test run share, and the databases in it.

use std::fs::{File, OpenOptions};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::mem::ManuallyDrop;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::cluster::Cluster;

/// A database of one test; dropping it removes it.
pub struct Database {
    /// The cluster is everybody's, and the watcher's to end.
    cluster: ManuallyDrop<Cluster>,
    name: String,
    /// Held as long as this value lives: somebody uses the cluster.
    _in_use: File,
}

impl Database {
    /// A copy of what `fill` makes of an empty database, which the first that asks for it lets it
    /// do: it is given the database's address, for the cluster's first user.
    pub fn like(fill: impl FnOnce(&str)) -> Self {
        let (cluster, in_use) = shared();
        let template = template(&cluster, fill);
        Self::of(cluster, in_use, &template)
    }

    /// Another with what is in this one, whose connections end here: a copy wants it quiet.
    #[must_use]
    pub fn copy(&self) -> Self {
        let (cluster, in_use) = shared();
        let end = format!(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{}'",
            self.name
        );
        cluster.sql("postgres", &end);
        Self::of(cluster, in_use, &self.name)
    }

    fn of(cluster: ManuallyDrop<Cluster>, in_use: File, template: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{next}", std::process::id());
        cluster.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE {template}"));
        Self { cluster, name, _in_use: in_use }
    }

    /// Its address, for the cluster's first user.
    /// Puts another database's rows in the place of this one's, under the same name: what whoever
    /// restores a backup does. The connections to both end.
    pub fn restore(&self, backup: &Self) {
        let end = format!(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{}'",
            backup.name
        );
        self.cluster.sql("postgres", &end);
        self.cluster.sql("postgres", &format!("DROP DATABASE {} WITH (FORCE)", self.name));
        let create = format!("CREATE DATABASE {} TEMPLATE {}", self.name, backup.name);
        self.cluster.sql("postgres", &create);
    }

    pub fn address(&self) -> String {
        self.cluster.address(&self.name)
    }

    pub fn address_of(&self, user: &str) -> String {
        self.cluster.address_of(&self.name, user)
    }

    /// Runs statements as the cluster's first user, and returns what they print.
    pub fn sql(&self, statements: &str) -> String {
        self.cluster.sql(&self.name, statements)
    }

    /// The same, where it may well fail: then what the server says.
    pub fn try_sql(&self, statements: &str) -> Result<String, String> {
        self.cluster.try_sql(&self.name, statements)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.cluster.sql("postgres", &format!("DROP DATABASE {} WITH (FORCE)", self.name));
        }
    }
}

/// The run's cluster, started if it does not run, and the lock that keeps it running.
fn shared() -> (ManuallyDrop<Cluster>, File) {
    let folder = std::env::temp_dir().join(format!("stalela-pg-{:08x}", of_this_tree()));
    let in_use = lock_file(&folder.with_extension("in-use"));
    in_use.lock_shared().expect("the watcher holds it for a moment only");
    let starting = lock_file(&folder.with_extension("starting"));
    starting.lock().expect("whoever starts the cluster lets go of it");
    let found = ManuallyDrop::new(Cluster::of(folder.clone()));
    if found.is_up() {
        return (found, in_use);
    }
    let made = ManuallyDrop::new(Cluster::create(folder.clone(), &[]));
    made.restart();
    watch(&made, &folder.with_extension("in-use"));
    (made, in_use)
}

/// Two trees of the sources do not share a cluster.
fn of_this_tree() -> u32 {
    let mut hasher = DefaultHasher::new();
    (env!("CARGO_MANIFEST_DIR"), std::env::var_os("USER")).hash(&mut hasher);
    u32::try_from(hasher.finish() & u64::from(u32::MAX)).expect("it was cut to fit")
}

fn lock_file(path: &Path) -> File {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path);
    file.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The database that others are copied from. It is named by this program and its age, so that a
/// cluster which outlived a change of the program has another for the new one.
fn template(cluster: &Cluster, fill: impl FnOnce(&str)) -> String {
    let mut hasher = DefaultHasher::new();
    let program = std::env::current_exe().expect("a test has a program");
    // None where it has just been built anew: then the template is this process's own.
    let age = program.metadata().and_then(|about| about.modified()).ok();
    let own = age.is_none().then(std::process::id);
    (&program, age, own).hash(&mut hasher);
    let name = format!("template_{:016x}", hasher.finish());
    let filling = lock_file(&cluster.folder().join(&name));
    filling.lock().expect("whoever fills the template lets go of it");
    let found =
        format!("SELECT count(*) FROM pg_database WHERE datname = '{name}' AND datistemplate");
    if cluster.sql("postgres", &found).trim() == "0" {
        cluster.sql("postgres", &format!("DROP DATABASE IF EXISTS {name}"));
        cluster.sql("postgres", &format!("CREATE DATABASE {name}"));
        fill(&cluster.address(&name));
        cluster.sql("postgres", &format!("ALTER DATABASE {name} IS_TEMPLATE true"));
    }
    name
}

/// Ends the cluster when nobody uses it any more: a process of its own, since whoever came last does
/// not know that it was.
fn watch(cluster: &Cluster, in_use: &Path) {
    let arguments: [PathBuf; 3] = [cluster.data(), cluster.folder().into(), in_use.into()];
    let watcher = Command::new("sh")
        .args(["-c", &format!("({WATCHER}) &"), "watcher"])
        .args(arguments)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .status();
    watcher.unwrap_or_else(|error| panic!("the watcher does not run: {error}"));
}

/// While a test waits for the lock, the server is ended and its folder removed. Its own file says
/// that it has ended: its number may be another process's by then.
const WATCHER: &str = r#"
while sleep 5; do
    pid=$(head -n 1 "$1/postmaster.pid" 2>/dev/null) || exit 0
    exec 9<"$3"
    if flock --nonblock --exclusive 9; then
        kill -QUIT "$pid"
        for i in 1 2 3 4 5 6 7 8 9 10; do [ -e "$1/postmaster.pid" ] && sleep 1; done
        rm -rf "$2"
        exit 0
    fi
    exec 9<&-
done
"#;
