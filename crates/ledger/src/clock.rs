//! The clock rule: the times of one outlet's entries strictly increase.
//!
//! A clock that went back stops what is new, and never what is under way: the authority's answer to
//! an invoice that it registered must be written down, whatever our clock says.

use invoice::{SECOND, Timestamp};

/// The clock went back further than a correction of its drift explains.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct WentBack {
    pub last: Timestamp,
    pub now: Timestamp,
}

/// The time of an invoice's first entry: now, or one microsecond after the last entry while the
/// clock stands or slips back by less than two seconds.
pub fn next_instant(last: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, WentBack> {
    match last {
        None => Ok(now),
        Some(last) if now > last => Ok(now),
        Some(last) if last.micros_since(now) < SLIP_MICROS_MAX => Ok(last.plus_micros(1)),
        Some(last) => Err(WentBack { last, now }),
    }
}

/// The time of a later entry of an invoice: now, or one microsecond after the last entry, however
/// far the clock went back.
pub(crate) fn next_instant_of_follow_up(last: Option<Timestamp>, now: Timestamp) -> Timestamp {
    last.map_or(now, |last| now.max(last.plus_micros(1)))
}

/// NTP steps a clock by fractions of a second; two seconds back is somebody's hand or a dead cell.
const SLIP_MICROS_MAX: i64 = 2 * SECOND;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule() {
        let at = Timestamp::from_micros;
        assert_eq!(next_instant(None, at(5)), Ok(at(5)));
        assert_eq!(next_instant(Some(at(5)), at(6)), Ok(at(6)));
        assert_eq!(next_instant(Some(at(5)), at(5)), Ok(at(6)));
        let last = at(10 * SECOND);
        assert_eq!(next_instant(Some(last), at(8 * SECOND + 1)), Ok(last.plus_micros(1)));
        let now = at(8 * SECOND);
        assert_eq!(next_instant(Some(last), now), Err(WentBack { last, now }));
        assert_eq!(next_instant_of_follow_up(Some(last), now), last.plus_micros(1));
        assert_eq!(next_instant_of_follow_up(Some(now), last), last);
        assert_eq!(next_instant_of_follow_up(None, now), now);
    }
}
