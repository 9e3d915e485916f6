//! Instants and zones as values: nothing here asks what time it is.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;

/// An instant: microseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(i64);

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;

impl Timestamp {
    /// Panics beyond the years that the calendar knows (−9999 to 9999): no clock of ours says so.
    pub fn from_micros(micros: i64) -> Self {
        jiff::Timestamp::from_microsecond(micros).expect("an instant within the calendar");
        Self(micros)
    }

    /// Reads RFC 3339, as in `2026-02-28T17:05:06.568Z`, to the microsecond.
    pub fn parse(text: &str) -> Option<Self> {
        let instant: jiff::Timestamp = text.parse().ok()?;
        Some(Self(instant.as_microsecond()))
    }

    pub const fn micros(self) -> i64 {
        self.0
    }

    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// Microseconds from `earlier` to this instant; negative when it is later.
    pub const fn micros_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    fn instant(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::MAX)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with six decimals, always: the canonical form.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.6}", self.instant())
    }
}

/// A time zone by its IANA name, from the data that is built in.
#[derive(Clone, Debug)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    pub fn parse(name: &str) -> Option<Self> {
        let zone = TimeZone::get(name).ok()?;
        Some(Self { name: name.to_owned(), zone })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The day that a calendar on the outlet's wall shows.
    pub fn date(&self, instant: Timestamp) -> Date {
        self.zone.to_datetime(instant.instant()).date()
    }

    /// Formats with `strftime` directives, in local time.
    pub fn format(&self, instant: Timestamp, pattern: &str) -> String {
        instant.instant().to_zoned(self.zone.clone()).strftime(pattern).to_string()
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn midnight_comes_an_hour_earlier_in_lubumbashi() {
        let instant = Timestamp::parse("2026-12-31T22:30:00Z").unwrap();
        let date = |zone: &str| Zone::parse(zone).unwrap().date(instant).to_string();
        assert_eq!(date("Africa/Kinshasa"), "2026-12-31");
        assert_eq!(date("Africa/Lubumbashi"), "2027-01-01");
    }

    #[test]
    fn writes_six_decimals_always() {
        assert_eq!(Timestamp::from_micros(0).to_string(), "1970-01-01T00:00:00.000000Z");
        let text = "2026-02-28T17:05:06.568001Z";
        assert_eq!(Timestamp::parse(text).unwrap().to_string(), text);
    }
}
