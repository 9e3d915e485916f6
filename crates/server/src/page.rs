//! Pages of lists: a bounded number of rows, and an opaque cursor to the next ones.

use axum::Json;
use data_encoding::BASE64URL_NOPAD;
use invoice::{OutletId, Timestamp};
use ledger::Cursor;
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
    /// place of the last one.
    pub(crate) fn of<R>(
        rows: Vec<R>,
        limit: u32,
        place: impl Fn(&R) -> Cursor,
        view: impl Fn(R) -> T,
    ) -> Json<Self> {
        let is_full = rows.len() == limit as usize;
        let next_cursor = rows.last().filter(|_| is_full).map(|last| write_cursor(&place(last)));
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

fn write_cursor(cursor: &Cursor) -> String {
    let Cursor { recorded_at, outlet, sequence } = cursor;
    encode(&format!("{}.{outlet}.{sequence}", recorded_at.micros()))
}

pub(crate) fn read_cursor(text: &str) -> Result<Cursor, Problem> {
    let read = || {
        let text = decode(text)?;
        let mut parts = text.splitn(3, '.');
        // Not through a timestamp's own constructor, which takes no instant beyond the calendar.
        let micros: i64 = parts.next()?.parse().ok()?;
        let recorded_at = (0..MICROS_MAX).contains(&micros).then_some(micros)?;
        Some(Cursor {
            recorded_at: Timestamp::from_micros(recorded_at),
            outlet: OutletId::parse(parts.next()?).ok()?,
            sequence: sequence(parts.next()?)?,
        })
    };
    read().ok_or_else(|| Problem::new(BAD_CURSOR))
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
fn sequence(text: &str) -> Option<u64> {
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
        let cursor = Cursor {
            recorded_at: Timestamp::from_micros(1_780_000_000_000_001),
            outlet: OutletId::from_random([7; 10]),
            sequence: 42,
        };
        assert_eq!(read_cursor(&write_cursor(&cursor)).unwrap(), cursor);
        assert_eq!(read_place(&write_place(42)).unwrap(), 42);
    }

    #[test]
    fn foreign_cursors_are_refused() {
        let outlet = OutletId::from_random([7; 10]);
        for text in [
            String::new(),
            "!".to_owned(),
            encode("1"),
            encode("-5.x.1"),
            encode(&format!("9223372036854775807.{outlet}.1")),
            encode(&format!("1.{outlet}.18446744073709551615")),
            encode(&format!("1.{outlet}.1.1")),
        ] {
            assert!(read_cursor(&text).is_err(), "{text}");
        }
        assert!(read_place(&encode("18446744073709551615")).is_err());
    }
}
