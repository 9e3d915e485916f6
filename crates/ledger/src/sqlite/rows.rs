//! From columns to values. What does not parse is the file's fault, and said so, not panicked at.

use invoice::{
    Amount, EntryKind, Hash, InvoiceId, OutletId, RangeId, TaxpayerId, TenantId, TerminalId,
    Timestamp,
};
use jiff::civil::Date;
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Connection, Error, Row};

use crate::error::LedgerError;
use crate::number::NumberTemplate;
use crate::range::AnnulmentState;
use crate::registry::Environment;
use crate::series::SeriesKey;
use crate::stage::Stage;
use crate::submission::SubmissionState;

/// A value that stands in a column as a text.
pub(super) trait Word: Sized {
    fn parse_word(text: &str) -> Option<Self>;
}

macro_rules! words {
    ($($name:ty => $parse:expr),+ $(,)?) => {
        $(impl Word for $name {
            fn parse_word(text: &str) -> Option<Self> {
                $parse(text)
            }
        })+
    };
}

words! {
    TenantId => |text| TenantId::parse(text).ok(),
    TaxpayerId => |text| TaxpayerId::parse(text).ok(),
    OutletId => |text| OutletId::parse(text).ok(),
    TerminalId => |text| TerminalId::parse(text).ok(),
    InvoiceId => |text| InvoiceId::parse(text).ok(),
    RangeId => |text| RangeId::parse(text).ok(),
    SeriesKey => SeriesKey::parse,
    AnnulmentState => AnnulmentState::parse,
    Date => |text: &str| text.parse().ok(),
    Amount => |text| Amount::parse(text).ok(),
    NumberTemplate => |text| NumberTemplate::parse(text).ok(),
    EntryKind => EntryKind::parse,
    Stage => Stage::parse,
    SubmissionState => SubmissionState::parse,
    Environment => Environment::parse,
}

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

/// Microseconds within the calendar; a column may hold any integer.
pub(super) fn timestamp(micros: i64) -> Option<Timestamp> {
    (0..=MICROS_MAX).contains(&micros).then(|| Timestamp::from_micros(micros))
}

pub(super) fn hash(row: &Row<'_>, index: usize) -> rusqlite::Result<Hash> {
    let bytes = row.get_ref(index)?.as_blob().map_err(|error| unread(index, error))?;
    Hash::from_slice(bytes).ok_or_else(|| foreign(index, "not 32 bytes"))
}

pub(super) fn count(row: &Row<'_>, index: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(index)?;
    u64::try_from(value).map_err(|_| foreign(index, "a negative count"))
}

/// A count as SQLite holds it.
pub(super) fn integer(value: u64) -> i64 {
    i64::try_from(value).expect("nothing is counted beyond nine trillion million")
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
    let shown: String = found.chars().take(SHOWN_CHARACTERS_MAX).collect();
    let text = format!("a column holds what the ledger never wrote: {shown:?}");
    Error::FromSqlConversionFailure(index, Type::Text, text.into())
}

/// 9999-12-31T00:00:00Z.
const MICROS_MAX: i64 = 253_402_214_400_000_000;
const SHOWN_CHARACTERS_MAX: usize = 80;
