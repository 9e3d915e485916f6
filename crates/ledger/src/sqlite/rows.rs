//! From columns to values. What does not parse is the file's fault, and said so, not panicked at.

use invoice::{Hash, Timestamp};
use proof::Frontier;
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Connection, Error, Row};

use crate::error::LedgerError;
pub(super) use crate::word::integer;
use crate::word::{Word, shown, timestamp};

pub(super) fn word<T: Word>(row: &Row<'_>, index: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(index)?.as_str().map_err(|error| unread(index, error))?;
    T::parse_word(text).ok_or_else(|| foreign(index, text))
}

pub(super) fn optional_word<T: Word>(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<T>> {
    let text = row.get_ref(index)?.as_str_or_null().map_err(|error| unread(index, error))?;
    text.map(|text| T::parse_word(text).ok_or_else(|| foreign(index, text))).transpose()
}

pub(super) fn instant(row: &Row<'_>, index: usize) -> rusqlite::Result<Timestamp> {
    let micros = row.get(index)?;
    timestamp(micros).ok_or_else(|| foreign(index, "not a time"))
}

pub(super) fn optional_instant(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Timestamp>> {
    let micros: Option<i64> = row.get(index)?;
    micros.map(|micros| timestamp(micros).ok_or_else(|| foreign(index, "not a time"))).transpose()
}

pub(super) fn hash(row: &Row<'_>, index: usize) -> rusqlite::Result<Hash> {
    let bytes = row.get_ref(index)?.as_blob().map_err(|error| unread(index, error))?;
    Hash::from_slice(bytes).ok_or_else(|| foreign(index, "not 32 bytes"))
}

/// The right edge of a log of that size; a log without entries has no row.
pub(super) fn frontier(row: &Row<'_>, index: usize, size: u64) -> rusqlite::Result<Frontier> {
    let bytes = row.get_ref(index)?.as_blob_or_null().map_err(|error| unread(index, error))?;
    let frontier = Frontier::parse(size, bytes.unwrap_or_default());
    frontier.ok_or_else(|| foreign(index, "not the right edge of a log"))
}

pub(super) fn count(row: &Row<'_>, index: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(index)?;
    u64::try_from(value).map_err(|_| foreign(index, "a negative count"))
}

/// Nothing where there is no row to count in.
pub(super) fn optional_count(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<u64>> {
    let value: Option<i64> = row.get(index)?;
    value.map(u64::try_from).transpose().map_err(|_| foreign(index, "a negative count"))
}

/// All rows of a query.
pub(super) fn all<T>(
    connection: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, LedgerError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params, read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The row of a query that has one or none.
pub(super) fn one<T>(
    connection: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, LedgerError> {
    use rusqlite::OptionalExtension as _;
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_row(params, read).optional()?)
}

fn unread(index: usize, error: FromSqlError) -> Error {
    Error::FromSqlConversionFailure(index, Type::Text, error.into())
}

pub(super) fn foreign(index: usize, found: &str) -> Error {
    Error::FromSqlConversionFailure(index, Type::Text, shown(found).into())
}
