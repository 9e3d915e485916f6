//! The two instants of a certificate's validity (RFC 5280, 4.1.2.5).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::der::Reader;

/// `notBefore` and `notAfter`.
pub(super) fn read_period(mut period: Reader<'_>) -> Option<(Timestamp, Timestamp)> {
    Some((instant(&mut period)?, instant(&mut period)?))
}

/// RFC 5280 leaves one form of each type: down to the second, and in UTC.
fn instant(period: &mut Reader<'_>) -> Option<Timestamp> {
    let (tag, text) = period.any()?;
    let text = text.strip_suffix(b"Z")?;
    let (year, rest) = match tag {
        UTC_TIME => {
            let (year, rest) = text.split_at_checked(2)?;
            (full_year(number(year)?), rest)
        }
        GENERALIZED_TIME => {
            let (year, rest) = text.split_at_checked(4)?;
            (number(year)?, rest)
        }
        _ => return None,
    };
    let [month, day, hour, minute, second] = pairs(rest)?;
    let civil = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    // The last two days of the year 9999, which mean "without end" (4.1.2.5), are beyond what an
    // instant can be.
    Some(TimeZone::UTC.to_timestamp(civil).unwrap_or(Timestamp::MAX))
}

/// Years from 50 on belong to the last century (RFC 5280, 4.1.2.5.1).
fn full_year(two_digits: i16) -> i16 {
    if two_digits < 50 { 2000 + two_digits } else { 1900 + two_digits }
}

fn pairs(text: &[u8]) -> Option<[i8; 5]> {
    let mut values = [0; 5];
    if text.len() != 2 * values.len() {
        return None;
    }
    for (value, pair) in values.iter_mut().zip(text.chunks_exact(2)) {
        *value = i8::try_from(number(pair)?).ok()?;
    }
    Some(values)
}

/// At most four digits.
fn number(digits: &[u8]) -> Option<i16> {
    digits.iter().try_fold(0, |value, byte| {
        let digit = char::from(*byte).to_digit(10)?;
        Some(value * 10 + i16::try_from(digit).ok()?)
    })
}

const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::der;

    fn read(tag: u8, text: &str) -> Option<String> {
        let element = der::element(tag, text.as_bytes());
        instant(&mut Reader::new(&element)).map(|instant| instant.to_string())
    }

    #[test]
    fn both_forms_are_read() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(read(UTC_TIME, "261120093000Z"), some("2026-11-20T09:30:00Z"));
        assert_eq!(read(UTC_TIME, "491231235959Z"), some("2049-12-31T23:59:59Z"));
        assert_eq!(read(UTC_TIME, "500101000000Z"), some("1950-01-01T00:00:00Z"));
        assert_eq!(read(GENERALIZED_TIME, "20500101000000Z"), some("2050-01-01T00:00:00Z"));
        // RFC 5280, 4.1.2.5: what a certificate without a good end is to carry.
        let without_end = read(GENERALIZED_TIME, "99991231235959Z");
        assert_eq!(without_end, Some(Timestamp::MAX.to_string()));
    }

    #[test]
    fn other_forms_and_impossible_dates_are_refused() {
        for text in [
            "2611200930Z",
            "261120093000",
            "261120093000+0400",
            "260230000000Z",
            "261120240000Z",
            "26112009300xZ",
            "",
        ] {
            assert_eq!(read(UTC_TIME, text), None, "{text}");
            assert_eq!(read(GENERALIZED_TIME, text), None, "{text}");
        }
        assert_eq!(read(der::OCTET_STRING, "261120093000Z"), None);
        assert_eq!(read(GENERALIZED_TIME, "20261120093000.5Z"), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[0-9Zé+.-]{0,16}", generalized: bool) {
            read(if generalized { GENERALIZED_TIME } else { UTC_TIME }, &text);
        }
    }
}
