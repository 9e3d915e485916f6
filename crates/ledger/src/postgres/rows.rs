//! From columns to values. What does not parse is the store's fault, and said so, not panicked at.

use deadpool_postgres::GenericClient;
use invoice::{Hash, Timestamp};
use proof::Frontier;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{FromSql, ToSql};

use crate::error::LedgerError;
use crate::word::{Word, shown, timestamp};

/// What a statement is given.
pub(super) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// All rows of a query.
pub(super) async fn all<T>(
    client: &impl GenericClient,
    sql: &str,
    params: Params<'_>,
    read: impl FnMut(&Row) -> Result<T, LedgerError>,
) -> Result<Vec<T>, LedgerError> {
    let statement = client.prepare_cached(sql).await?;
    let rows = client.query(&statement, params).await?;
    rows.iter().map(read).collect()
}

/// The row of a query that has one or none.
pub(super) async fn one<T>(
    client: &impl GenericClient,
    sql: &str,
    params: Params<'_>,
    read: impl FnOnce(&Row) -> Result<T, LedgerError>,
) -> Result<Option<T>, LedgerError> {
    let statement = client.prepare_cached(sql).await?;
    let row = client.query_opt(&statement, params).await?;
    row.as_ref().map(read).transpose()
}

/// Runs a statement and says how many rows it wrote.
pub(super) async fn execute(
    client: &impl GenericClient,
    sql: &str,
    params: Params<'_>,
) -> Result<u64, LedgerError> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.execute(&statement, params).await?)
}

/// Writes a row; what a constraint refuses is a conflict that names what it was.
pub(super) async fn written(
    client: &impl GenericClient,
    sql: &str,
    params: Params<'_>,
    what: &'static str,
) -> Result<(), LedgerError> {
    match execute(client, sql, params).await {
        Ok(_) => Ok(()),
        Err(error) if has_no_parent(&error) => Err(LedgerError::NoParent(what)),
        Err(error) if is_refused_by_constraint(&error) => Err(LedgerError::Conflict(what)),
        Err(error) => Err(error),
    }
}

/// A foreign key that leads nowhere.
fn has_no_parent(error: &LedgerError) -> bool {
    let LedgerError::Postgres(error) = error else { return false };
    error.code() == Some(&SqlState::FOREIGN_KEY_VIOLATION)
}

/// Class 23: a key that is there already, a parent that is not, a check that fails. Our triggers
/// raise codes of the same class.
pub(super) fn is_refused_by_constraint(error: &LedgerError) -> bool {
    let LedgerError::Postgres(error) = error else { return false };
    error.code().is_some_and(|code| code.code().starts_with("23"))
}

pub(super) fn get<'a, T: FromSql<'a>>(row: &'a Row, index: usize) -> Result<T, LedgerError> {
    Ok(row.try_get(index)?)
}

pub(super) fn word<T: Word>(row: &Row, index: usize) -> Result<T, LedgerError> {
    let text: &str = get(row, index)?;
    T::parse_word(text).ok_or_else(|| foreign(text))
}

pub(super) fn optional_word<T: Word>(row: &Row, index: usize) -> Result<Option<T>, LedgerError> {
    let text: Option<&str> = get(row, index)?;
    text.map(|text| T::parse_word(text).ok_or_else(|| foreign(text))).transpose()
}

pub(super) fn instant(row: &Row, index: usize) -> Result<Timestamp, LedgerError> {
    timestamp(get(row, index)?).ok_or_else(|| foreign("not a time"))
}

pub(super) fn optional_instant(row: &Row, index: usize) -> Result<Option<Timestamp>, LedgerError> {
    let micros: Option<i64> = get(row, index)?;
    micros.map(|micros| timestamp(micros).ok_or_else(|| foreign("not a time"))).transpose()
}

pub(super) fn hash(row: &Row, index: usize) -> Result<Hash, LedgerError> {
    Hash::from_slice(get(row, index)?).ok_or_else(|| foreign("not 32 bytes"))
}

/// The right edge of a log of that size.
pub(super) fn frontier(row: &Row, index: usize, size: u64) -> Result<Frontier, LedgerError> {
    let frontier = Frontier::parse(size, get(row, index)?);
    frontier.ok_or_else(|| foreign("not the right edge of a log"))
}

pub(super) fn count(row: &Row, index: usize) -> Result<u64, LedgerError> {
    u64::try_from(get::<i64>(row, index)?).map_err(|_| foreign("a negative count"))
}

pub(super) fn foreign(found: &str) -> LedgerError {
    LedgerError::Corrupt(shown(found))
}
