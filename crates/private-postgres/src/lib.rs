//! A real PostgreSQL for tests and the bench, never the system's: a cluster in a temporary folder.
//!
//! Each test runs in a process of its own, so the processes of a run share one cluster: the first
//! starts it, all hold a lock that says that it is in use, and a watcher beside it ends it when
//! nobody does. A test that stops its server starts a [`Cluster`] of its own.
//!
//! It takes the server's programs from `STALELA_POSTGRES_BIN`, from `PATH`, or from where Debian's
//! `postgresql` puts them. PostgreSQL refuses to run as root: then it runs as the user `postgres`.

mod cluster;
mod programs;
mod shared;
mod standby;

pub use cluster::Cluster;
pub use shared::Database;

/// What keeps a server from running here, and what to install; nothing where one runs.
pub fn missing() -> Option<String> {
    programs::Programs::find().err()
}
