//! Opening the file: the lock beside it, the pragmas that durability hangs on, the migrations.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::LedgerError;
use crate::limits::Rewrite;

/// The lock that keeps other processes from writing the file; held as long as this value lives.
///
/// `BEGIN IMMEDIATE` alone would let two servers take turns on one file, each believing that it is
/// the one sequencer.
#[derive(Debug)]
pub(crate) struct LockFile {
    _file: File,
}

impl LockFile {
    pub(crate) fn hold(ledger: &Path) -> Result<Self, LedgerError> {
        let path = beside(ledger, ".lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(LedgerError::Open)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => {
                Err(LedgerError::AlreadyOpen { path: ledger.to_owned() })
            }
            Err(TryLockError::Error(error)) => Err(LedgerError::Open(error)),
        }
    }
}

/// What lies beside the file, whatever link leads to it.
fn beside(ledger: &Path, ending: &str) -> PathBuf {
    let mut path = resolved(ledger).into_os_string();
    path.push(ending);
    path.into()
}

/// The file under its one true name, so that a link to it finds the same lock.
fn resolved(path: &Path) -> PathBuf {
    if let Ok(resolved) = path.canonicalize() {
        return resolved;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match (folder.unwrap_or(Path::new(".")).canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

/// The connection that writes: created or migrated, and checked.
pub(crate) fn open_writer(path: &Path, rewrite: Rewrite) -> Result<Connection, LedgerError> {
    let mut connection = Connection::open(path)?;
    // Whatever fails until the log is brought down, closing copies nothing out of it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    keep_plans(&connection)?;
    // FULL syncs the log at every commit: what was acknowledged survives the loss of power.
    // fullfsync makes macOS do what its fsync does not. recursive_triggers lets the append-only
    // triggers see the delete within a REPLACE.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON; PRAGMA foreign_keys = ON;
         PRAGMA recursive_triggers = ON; PRAGMA trusted_schema = OFF;",
    )?;
    connection.pragma_update(None, "cache_size", CACHE_KIB_NEGATIVE)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES_KEPT)?;
    bring_log_down(&connection, path, rewrite)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    begin_log_anew(&connection)?;
    migrate(&mut connection, path, MIGRATIONS)?;
    check_pragma(&connection, "journal_mode", "wal")?;
    check_pragma(&connection, "synchronous", "2")?;
    check_pragma(&connection, "foreign_keys", "1")?;
    check_pragma(&connection, "recursive_triggers", "1")?;
    Ok(connection)
}

/// A connection that cannot write.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, LedgerError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;")?;
    keep_plans(&connection)?;
    check_is_ours(&connection, path)?;
    check_version(&connection, MIGRATIONS)?;
    Ok(connection)
}

/// An empty database as the migrations make it, to compare another's schema with.
pub(super) fn as_made() -> Result<Connection, LedgerError> {
    let mut connection = Connection::open_in_memory()?;
    migrate(&mut connection, Path::new(":memory:"), MIGRATIONS)?;
    Ok(connection)
}

/// Writes what an earlier process left in the log anew, and syncs it.
///
/// That process may have ended because a sync failed, or before one. Then the log reads as whole, yet
/// parts of it may not be on the disk, and a later sync does not bring them there: Linux forgets what
/// it failed to write. When the power failed, whatever were committed behind such a part would be lost
/// with it; and of what were copied out of it into the file, some would stay, mixed with the older pages
/// of what the disk has of the log.
fn bring_log_down(
    connection: &Connection,
    path: &Path,
    rewrite: Rewrite,
) -> Result<(), LedgerError> {
    // Nobody else writes the log meanwhile, not even a person's shell; and nothing is written within.
    connection.execute_batch("BEGIN IMMEDIATE").map_err(|error| {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy) => LedgerError::LogHeld,
            _ => error.into(),
        }
    })?;
    rewrite(&beside(path, "-wal")).map_err(LedgerError::Open)?;
    connection.execute_batch("ROLLBACK")?;
    Ok(())
}

/// Copies it into the file and empties it, so that the next start has less to read. Where somebody
/// reads the file it stays as it is, and nobody waits for that.
fn begin_log_anew(connection: &Connection) -> Result<(), LedgerError> {
    connection.busy_timeout(Duration::ZERO)?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(())
}

/// Without this SQLite compiles a statement again for other parameters, in case their values would
/// make another plan better: a tenth of the writer's time, for plans that never change.
fn keep_plans(connection: &Connection) -> Result<(), LedgerError> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

fn check_pragma(
    connection: &Connection,
    pragma: &'static str,
    wanted: &'static str,
) -> Result<(), LedgerError> {
    let found = connection.pragma_query_value(None, pragma, |row| {
        let value: rusqlite::types::Value = row.get(0)?;
        Ok(match value {
            rusqlite::types::Value::Text(text) => text,
            rusqlite::types::Value::Integer(integer) => integer.to_string(),
            other => format!("{other:?}"),
        })
    })?;
    if found == wanted { Ok(()) } else { Err(LedgerError::Pragma { pragma, wanted, found }) }
}

fn version(connection: &Connection) -> Result<i64, LedgerError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

fn check_version(connection: &Connection, migrations: &[&str]) -> Result<i64, LedgerError> {
    let known = i64::try_from(migrations.len()).expect("a handful of migrations");
    match version(connection)? {
        found if found > known => Err(LedgerError::NewerSchema { found, known }),
        found => Ok(found),
    }
}

/// A file of another program has tables, but neither our mark nor a version.
fn check_is_ours(connection: &Connection, path: &Path) -> Result<(), LedgerError> {
    let mark: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if mark == APPLICATION_ID || (mark == 0 && tables == 0) {
        Ok(())
    } else {
        Err(LedgerError::ForeignFile { path: path.to_owned() })
    }
}

/// Brings the schema up to date, each step in a transaction of its own.
fn migrate(
    connection: &mut Connection,
    path: &Path,
    migrations: &[&str],
) -> Result<(), LedgerError> {
    check_is_ours(connection, path)?;
    let mut done = check_version(connection, migrations)?;
    let first = usize::try_from(done).unwrap_or(0);
    for migration in &migrations[first..] {
        done += 1;
        let transaction = connection.transaction()?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", done)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.commit()?;
    }
    Ok(())
}

/// In their order, never edited.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/sqlite/0001_ledger.sql"),
    include_str!("../../migrations/sqlite/0002_recoveries.sql"),
    include_str!("../../migrations/sqlite/0003_nodes.sql"),
    include_str!("../../migrations/sqlite/0004_annulment_leases.sql"),
    include_str!("../../migrations/sqlite/0005_outlet_keys.sql"),
];

/// "Stal" in ASCII: the mark by which a file says that it is a ledger of ours.
const APPLICATION_ID: i64 = 0x5374_616C;

/// Only a backup or a person's shell can hold the file for a moment; none should for five seconds.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Every statement of ours stays compiled.
const STATEMENTS_CACHED: usize = 128;
/// Negative: in KiB. 16 MiB hold the inner pages of the indexes of some million invoices, and the
/// system's own cache the rest. More is slower: a commit whose inserts split a page walks the whole
/// hash table of the cache, which at 64 MiB takes a tenth of the writer's time.
const CACHE_KIB_NEGATIVE: i64 = -16_384;
/// What is left of the log file after a checkpoint.
const LOG_BYTES_KEPT: i64 = 64 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::rewrite_file;

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        (folder, path)
    }

    #[test]
    fn each_migration_is_a_step_of_its_own_and_a_broken_one_leaves_the_last() {
        let (_folder, path) = folder();
        let mut connection = Connection::open(&path).unwrap();
        let steps = ["CREATE TABLE a (x INTEGER);", "CREATE TABLE b (x INTEGER); nonsense;"];
        assert!(migrate(&mut connection, &path, &steps).is_err());
        assert_eq!(version(&connection).unwrap(), 1);
        let steps = ["CREATE TABLE a (x INTEGER);", "CREATE TABLE b (x INTEGER);"];
        migrate(&mut connection, &path, &steps).unwrap();
        assert_eq!(version(&connection).unwrap(), 2);
        connection.execute_batch("SELECT x FROM a; SELECT x FROM b;").unwrap();
    }

    #[test]
    fn an_older_file_becomes_what_a_new_one_is() {
        let (_folder, path) = folder();
        let schema = |connection: &Connection| {
            let mut statement =
                connection.prepare("SELECT sql FROM sqlite_schema ORDER BY name").unwrap();
            let rows = statement.query_map([], |row| row.get::<_, Option<String>>(0)).unwrap();
            rows.collect::<Result<Vec<_>, _>>().unwrap()
        };
        let mut older = Connection::open(&path).unwrap();
        migrate(&mut older, &path, &MIGRATIONS[..1]).unwrap();
        older.close().unwrap();
        let migrated = open_writer(&path, rewrite_file).unwrap();
        assert_eq!(schema(&migrated), schema(&as_made().unwrap()));
        let kinds: String = migrated
            .query_row("SELECT sql FROM sqlite_schema WHERE name = 'entries'", [], |row| row.get(0))
            .unwrap();
        assert!(kinds.contains("kind = 'clock_accepted' OR kind = 'recovered')"), "{kinds}");
        let sound: String =
            migrated.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(sound, "ok");
    }

    #[test]
    fn a_newer_schema_and_a_foreign_file_are_refused() {
        let (_folder, path) = folder();
        drop(open_writer(&path, rewrite_file).unwrap());
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        let error = open_writer(&path, rewrite_file).unwrap_err();
        assert!(matches!(error, LedgerError::NewerSchema { found: 99, .. }), "{error}");
        assert!(matches!(open_reader(&path), Err(LedgerError::NewerSchema { .. })));
        connection.pragma_update(None, "application_id", 7).unwrap();
        assert!(matches!(open_writer(&path, rewrite_file), Err(LedgerError::ForeignFile { .. })));
    }

    #[test]
    fn the_lock_is_one_for_all_names_of_the_file() {
        let (folder, path) = folder();
        let held = LockFile::hold(&path).unwrap();
        let other = folder.path().join("../").join(folder.path().file_name().unwrap());
        let other = other.join("ledger.db");
        assert!(matches!(LockFile::hold(&other), Err(LedgerError::AlreadyOpen { .. })));
        drop(held);
        LockFile::hold(&other).unwrap();
    }

    #[test]
    fn a_reader_cannot_write() {
        let (_folder, path) = folder();
        drop(open_writer(&path, rewrite_file).unwrap());
        let reader = open_reader(&path).unwrap();
        assert!(reader.execute("UPDATE event_counter SET last = 7", []).is_err());
    }
}
