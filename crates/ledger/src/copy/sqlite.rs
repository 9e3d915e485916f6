//! A file as the beginning or the end of a copy.

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, params_from_iter};

use super::table::{Sort, Table};
use super::{Key, Row, Value};
use crate::error::LedgerError;
use crate::sqlite::{LockFile, open_reader, open_writer, rewrite_file};

/// One snapshot. Nobody else has the file open, so nothing is sealed there meanwhile.
pub(super) struct Source {
    connection: Connection,
    _lock: LockFile,
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Self, LedgerError> {
        if !path.is_file() {
            return Err(LedgerError::NoLedger(path.to_owned()));
        }
        let lock = LockFile::hold(path)?;
        // Brings its schema up to date, as any opening does.
        drop(open_writer(path, rewrite_file)?);
        let connection = open_reader(path)?;
        connection.execute_batch("BEGIN")?;
        Ok(Self { connection, _lock: lock })
    }

    pub(super) fn page(
        &self,
        table: &'static Table,
        after: Option<&Key>,
    ) -> Result<Vec<Row>, LedgerError> {
        page(&self.connection, table, after)
    }
}

/// A file that gets its name at the end. What a copy that was cut off left is made anew.
pub(super) struct Target {
    connection: Connection,
    path: PathBuf,
    unfinished: PathBuf,
    _lock: LockFile,
}

impl Target {
    pub(super) fn open(path: &Path) -> Result<Self, LedgerError> {
        let lock = LockFile::hold(path)?;
        // SQLite would replay another file's log into the copy when it is opened: nothing in a log says
        // whose it is.
        for ending in ["", "-wal", "-journal"] {
            let there = with_ending(path, ending);
            if there.exists() {
                return Err(LedgerError::NotEmpty(there.display().to_string()));
            }
        }
        let unfinished = with_ending(path, ".copying");
        for ending in ["", "-wal", "-shm"] {
            remove(&with_ending(&unfinished, ending))?;
        }
        let connection = open_writer(&unfinished, rewrite_file)?;
        // The whole of it is synced at the end, before it gets its name.
        connection.execute_batch("PRAGMA synchronous = OFF")?;
        Ok(Self { connection, path: path.to_owned(), unfinished, _lock: lock })
    }

    /// Each batch is a transaction: a log of the whole ledger would take its room twice.
    pub(super) fn write(&self, table: &'static Table, rows: &[Row]) -> Result<(), LedgerError> {
        let places = vec!["?"; table.columns.len()].join(", ");
        let sql =
            format!("INSERT INTO {} ({}) VALUES ({places})", table.name, table.column_names());
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let mut insert = self.connection.prepare_cached(&sql)?;
        for row in rows {
            insert.execute(params_from_iter(row))?;
        }
        Ok(self.connection.execute_batch("COMMIT")?)
    }

    pub(super) fn page(
        &self,
        table: &'static Table,
        after: Option<&Key>,
    ) -> Result<Vec<Row>, LedgerError> {
        page(&self.connection, table, after)
    }

    pub(super) fn finish(self) -> Result<(), LedgerError> {
        self.connection.execute_batch(COUNT_EVENTS)?;
        self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
        self.connection.close().map_err(|(_, error)| error)?;
        let file = File::open(&self.unfinished).map_err(LedgerError::Open)?;
        file.sync_all().map_err(LedgerError::Open)?;
        std::fs::rename(&self.unfinished, &self.path).map_err(LedgerError::Open)?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = File::open(folder.unwrap_or(Path::new("."))).map_err(LedgerError::Open)?;
        folder.sync_all().map_err(LedgerError::Open)
    }
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

fn remove(path: &Path) -> Result<(), LedgerError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(LedgerError::Open(error)),
        _ => Ok(()),
    }
}

fn page(
    connection: &Connection,
    table: &'static Table,
    after: Option<&Key>,
) -> Result<Vec<Row>, LedgerError> {
    let sql = table.page(after.is_some(), |place| format!("?{place}"));
    let mut statement = connection.prepare_cached(&sql)?;
    let after = after.map_or(&[][..], Vec::as_slice);
    let rows = statement.query_map(params_from_iter(after), |row| read(table, row))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn read(table: &Table, row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let column = |(index, (_, sort)): (usize, &(&str, Sort))| {
        let value = match sort {
            Sort::Text => row.get::<_, Option<String>>(index)?.map(Value::Text),
            Sort::Integer => row.get::<_, Option<i64>>(index)?.map(Value::Integer),
            Sort::Bool => row.get::<_, Option<bool>>(index)?.map(Value::Bool),
            Sort::Bytes => row.get::<_, Option<Vec<u8>>>(index)?.map(Value::Bytes),
        };
        Ok(value.unwrap_or(Value::Null))
    };
    table.columns.iter().enumerate().map(column).collect()
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Integer(integer) => ValueRef::Integer(*integer),
            Self::Bool(bool) => ValueRef::Integer(i64::from(*bool)),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

const COUNT_EVENTS: &str =
    "UPDATE event_counter SET last = (SELECT coalesce(max(id), 0) FROM events)";
