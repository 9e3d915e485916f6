//! Values that stand in a column as a text, and numbers as a store holds them: one reading for all
//! stores.

use invoice::{
    Amount, EntryKind, InvoiceId, OutletId, RangeId, TaxpayerId, TenantId, TerminalId, Timestamp,
};
use jiff::civil::Date;

use crate::limits::TEXT_BYTES_MAX;
use crate::number::NumberTemplate;
use crate::range::AnnulmentState;
use crate::registry::Environment;
use crate::series::SeriesKey;
use crate::stage::Stage;
use crate::submission::SubmissionState;

/// A value that stands in a column as a text.
pub(crate) trait Word: Sized {
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

/// Microseconds within the calendar; a column may hold any integer.
pub(crate) fn timestamp(micros: i64) -> Option<Timestamp> {
    (0..=MICROS_MAX).contains(&micros).then(|| Timestamp::from_micros(micros))
}

/// A count as a store holds it.
pub(crate) fn integer(value: u64) -> i64 {
    i64::try_from(value).expect("nothing is counted beyond nine trillion million")
}

/// What a fault shows of a text that should not be in its column.
pub(crate) fn shown(found: &str) -> String {
    let shown: String = found.chars().take(SHOWN_CHARACTERS_MAX).collect();
    format!("a column holds what the ledger never wrote: {shown:?}")
}

/// The beginning of a foreign text, in characters that every store takes: neither a long answer nor
/// a NUL in it, which PostgreSQL has no place for, may keep progress from being written.
pub(crate) fn short(text: &str) -> String {
    let text = text.replace('\0', "\u{FFFD}");
    text[..text.floor_char_boundary(TEXT_BYTES_MAX)].to_owned()
}

/// 9999-12-31T00:00:00Z.
const MICROS_MAX: i64 = 253_402_214_400_000_000;
const SHOWN_CHARACTERS_MAX: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_text_keeps_its_beginning_and_no_nul() {
        assert_eq!(short("a\0b"), "a\u{FFFD}b");
        let long = "é\0".repeat(TEXT_BYTES_MAX);
        let kept = short(&long);
        assert!(kept.len() <= TEXT_BYTES_MAX && kept.len() > TEXT_BYTES_MAX - 3, "{}", kept.len());
        assert!(!kept.contains('\0'));
    }

    #[test]
    fn a_time_lies_within_the_calendar() {
        assert_eq!(timestamp(7), Some(Timestamp::from_micros(7)));
        for micros in [-1, i64::MIN, i64::MAX, MICROS_MAX + 1] {
            assert_eq!(timestamp(micros), None, "{micros}");
        }
    }
}
