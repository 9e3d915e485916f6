//! Pages of lists: a bounded number of rows, and an opaque cursor to the next ones.

use std::fmt::Display;

use axum::Json;
use data_encoding::BASE64URL_NOPAD;
use invoice::{OutletId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::limits::{PAGE_DEFAULT, PAGE_MAX};
use crate::parameters::bad_query;
use crate::problem::{BAD_CURSOR, Problem};

/// A page of a list. It may hold fewer rows than asked for although there are more.
#[derive(Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Give it as `cursor` for the next page. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "MTc4MDAwMDAwMDAwMDAwMA")]
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// All that there is: a list without a second page.
    pub(crate) const fn whole(items: Vec<T>) -> Json<Self> {
        Json(Self { items, next_cursor: None })
    }

    /// Rows that were read with a limit. Where as many came there may be more, and they follow the
    /// cursor of the last one.
    pub(crate) fn of<R>(
        rows: Vec<R>,
        limit: u32,
        cursor: impl Fn(&R) -> String,
        view: impl Fn(R) -> T,
    ) -> Json<Self> {
        let is_full = rows.len() == limit as usize;
        let next_cursor = rows.last().filter(|_| is_full).map(cursor);
        Json(Self { items: rows.into_iter().map(view).collect(), next_cursor })
    }
}

/// The number of rows that a page is to have.
pub(crate) fn limit(wanted: Option<u32>) -> Result<u32, Problem> {
    match wanted.unwrap_or(PAGE_DEFAULT) {
        limit @ 1..=PAGE_MAX => Ok(limit),
        _ => Err(bad_query(format!("limit is a number from 1 to {PAGE_MAX}"))),
    }
}

/// The place of a row in a list by time: when it came, and its name, which tells it apart from
/// others of that instant.
pub(crate) fn write_cursor(at: Timestamp, name: impl Display) -> String {
    encode(&format!("{}.{name}", at.micros()))
}

/// The place behind which a page begins; `name` reads what the rows of this list are called.
pub(crate) fn read_cursor<N>(
    text: &str,
    name: impl FnOnce(&str) -> Option<N>,
) -> Result<(Timestamp, N), Problem> {
    let read = || {
        let text = decode(text)?;
        let (micros, row) = text.split_once('.')?;
        // Not through a timestamp's own constructor, which takes no instant beyond the calendar.
        let micros: i64 = micros.parse().ok()?;
        let micros = (0..MICROS_MAX).contains(&micros).then_some(micros)?;
        Some((Timestamp::from_micros(micros), name(row)?))
    };
    read().ok_or_else(|| Problem::new(BAD_CURSOR))
}

/// The name of a row that an entry of an outlet made: `OUTLET.SEQUENCE`.
pub(crate) fn entry(text: &str) -> Option<(OutletId, u64)> {
    let (outlet, number) = text.split_once('.')?;
    Some((OutletId::parse(outlet).ok()?, sequence(number)?))
}

pub(crate) fn write_place(place: u64) -> String {
    encode(&place.to_string())
}

pub(crate) fn read_place(text: &str) -> Result<u64, Problem> {
    decode(text).and_then(|text| sequence(&text)).ok_or_else(|| Problem::new(BAD_CURSOR))
}

/// The year 9999: what the calendar knows.
const MICROS_MAX: i64 = 253_370_764_800 * invoice::SECOND;

/// A database counts in signed numbers.
pub(crate) fn sequence(text: &str) -> Option<u64> {
    text.parse::<u64>().ok().filter(|sequence| i64::try_from(*sequence).is_ok())
}

fn encode(text: &str) -> String {
    BASE64URL_NOPAD.encode(text.as_bytes())
}

fn decode(text: &str) -> Option<String> {
    String::from_utf8(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_is_written() {
        let at = Timestamp::from_micros(1_780_000_000_000_001);
        for row in ["a.1", "x", ""] {
            let read = read_cursor(&write_cursor(at, row), |row| Some(row.to_owned())).unwrap();
            assert_eq!(read, (at, row.to_owned()));
        }
        assert_eq!(read_place(&write_place(42)).unwrap(), 42);
    }

    #[test]
    fn foreign_cursors_are_refused() {
        for text in [
            String::new(),
            "!".to_owned(),
            encode("1"),
            encode(".1"),
            encode("-5.1"),
            encode("9223372036854775807.1"),
            encode("1.18446744073709551615"),
            encode("1.x"),
        ] {
            assert!(read_cursor(&text, sequence).is_err(), "{text}");
        }
        assert!(read_cursor(&encode("1.1"), sequence).is_ok());
        assert!(read_place(&encode("18446744073709551615")).is_err());
    }
}
