//! Whether a certificate is valid, and for how long still: the time is the caller's.

use jiff::{SignedDuration, Timestamp};

use super::Certificate;

/// Where an instant lies in a certificate's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// It begins later: the clock is wrong, or somebody was early.
    NotYet,
    /// What is signed now is signed with a valid certificate.
    Current,
    /// It is over: what is signed now will be refused.
    Expired,
}

/// How near the end of a valid certificate is. A new one takes weeks to get, so the first notice
/// is early and the last one loud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExpiryStage {
    /// 60 days or fewer are left, and more than 30.
    Days60,
    /// 30 days or fewer are left, and more than 7.
    Days30,
    /// 7 days or fewer are left.
    Days7,
}

impl ExpiryStage {
    /// Every stage, in the order in which a certificate comes to them.
    pub const ALL: [Self; 3] = [Self::Days60, Self::Days30, Self::Days7];

    /// At most how many days are left.
    pub fn days(self) -> i64 {
        match self {
            Self::Days60 => 60,
            Self::Days30 => 30,
            Self::Days7 => 7,
        }
    }
}

impl Certificate {
    /// Whether it is valid at `now`.
    pub fn validity(&self, now: Timestamp) -> Validity {
        if now < self.not_before() {
            return Validity::NotYet;
        }
        // The second that it names still belongs to it.
        let end = self.not_after().as_second();
        if now.as_second() > end { Validity::Expired } else { Validity::Current }
    }

    /// The stage that it has come to at `now`; none while more than 60 days are left, and none
    /// once it has expired, which [`Certificate::validity`] tells.
    pub fn expires_within(&self, now: Timestamp) -> Option<ExpiryStage> {
        if self.validity(now) == Validity::Expired {
            return None;
        }
        let left = self.not_after().duration_since(now);
        let is_within = |stage: &ExpiryStage| left <= SignedDuration::from_hours(stage.days() * 24);
        ExpiryStage::ALL.into_iter().rfind(is_within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::name::Name;

    fn certificate() -> Certificate {
        Certificate {
            der: Box::default(),
            spki: Box::default(),
            subject: Name::default(),
            issuer: Name::default(),
            not_before: at("2026-01-01T00:00:00Z"),
            not_after: at("2026-12-31T23:59:59Z"),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn it_is_valid_from_the_first_instant_to_the_end_of_the_last_second() {
        let validity = |text| certificate().validity(at(text));
        assert_eq!(validity("2025-12-31T23:59:59.999999Z"), Validity::NotYet);
        assert_eq!(validity("2026-01-01T00:00:00Z"), Validity::Current);
        assert_eq!(validity("2026-12-31T23:59:59.999999Z"), Validity::Current);
        assert_eq!(validity("2027-01-01T00:00:00Z"), Validity::Expired);
    }

    #[test]
    fn each_stage_begins_to_the_second() {
        let stage = |text| certificate().expires_within(at(text));
        assert_eq!(stage("2025-06-01T00:00:00Z"), None);
        assert_eq!(stage("2026-11-01T23:59:58Z"), None);
        assert_eq!(stage("2026-11-01T23:59:59Z"), Some(ExpiryStage::Days60));
        assert_eq!(stage("2026-12-01T23:59:58Z"), Some(ExpiryStage::Days60));
        assert_eq!(stage("2026-12-01T23:59:59Z"), Some(ExpiryStage::Days30));
        assert_eq!(stage("2026-12-24T23:59:59Z"), Some(ExpiryStage::Days7));
        assert_eq!(stage("2026-12-31T23:59:59.5Z"), Some(ExpiryStage::Days7));
        assert_eq!(stage("2027-01-01T00:00:00Z"), None);
    }

    #[test]
    fn the_calendar_has_no_edge_to_fall_off() {
        let certificate = certificate();
        assert_eq!(certificate.validity(Timestamp::MIN), Validity::NotYet);
        assert_eq!(certificate.expires_within(Timestamp::MIN), None);
        assert_eq!(certificate.validity(Timestamp::MAX), Validity::Expired);
    }
}
