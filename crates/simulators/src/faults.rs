//! Faults on purpose: which requests meet one, by seeded chance or because a test armed it.

use serde::{Deserialize, Serialize};

use crate::chance::Chance;

/// What can befall a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The connection closes before anything is processed.
    LostRequest,
    /// The request is processed and committed, then the connection closes without a reply.
    LostReply,
    /// A 5xx before anything is processed.
    ServerError,
    /// The reply takes hundreds of milliseconds.
    Slow,
    /// The request is processed as though it had arrived twice; the second reply is the one sent.
    Duplicate,
    /// The original of a credit note cannot be looked up just now (e-MCF errorCode 10).
    ReferenceUnverified,
    /// The authority fails to process a well-formed request (e-MCF errorCode 99, e-CF HTTP 500).
    ProcessingError,
    /// The token is refused although it is good: HTTP 401.
    Unauthorised,
}

/// How often chance sends each fault, in requests per thousand. The faults that are absent here
/// happen only when a test arms them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Faults {
    /// Per mille of [`FaultKind::LostRequest`].
    pub lost_request: u16,
    /// Per mille of [`FaultKind::LostReply`].
    pub lost_reply: u16,
    /// Per mille of [`FaultKind::ServerError`].
    pub server_error: u16,
    /// Per mille of [`FaultKind::Slow`].
    pub slow: u16,
    /// Per mille of [`FaultKind::Duplicate`].
    pub duplicate: u16,
}

impl Faults {
    /// The default: four requests in a hundred meet a fault.
    pub fn hostile() -> Self {
        Self::at(HOSTILE_PER_MILLE)
    }

    /// No fault but those that a test arms.
    pub fn calm() -> Self {
        Self::at(0)
    }

    /// `per_mille` requests of a thousand (at most all of them) meet a fault, the five kinds alike;
    /// what does not divide by five goes to the lost reply, the worst of them.
    pub fn at(per_mille: u16) -> Self {
        let all = per_mille.min(1_000);
        let each = all / 5;
        Self {
            lost_request: each,
            lost_reply: all - 4 * each,
            server_error: each,
            slow: each,
            duplicate: each,
        }
    }

    /// Throws the dice for one request.
    pub(crate) fn strike(&self, chance: &mut Chance) -> Option<FaultKind> {
        let mut thrown = chance.below(1_000);
        for (kind, per_mille) in self.shares() {
            if thrown < u64::from(per_mille) {
                return Some(kind);
            }
            thrown -= u64::from(per_mille);
        }
        None
    }

    fn shares(&self) -> [(FaultKind, u16); 5] {
        [
            (FaultKind::LostRequest, self.lost_request),
            (FaultKind::LostReply, self.lost_reply),
            (FaultKind::ServerError, self.server_error),
            (FaultKind::Slow, self.slow),
            (FaultKind::Duplicate, self.duplicate),
        ]
    }
}

impl Default for Faults {
    fn default() -> Self {
        Self::hostile()
    }
}

/// Four per cent: rare enough that work gets done, common enough that an hour's test meets every
/// kind.
const HOSTILE_PER_MILLE: u16 = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_add_up() {
        for total in [0, 1, 4, 5, 40, 999, 1_000] {
            let sum: u16 = Faults::at(total).shares().iter().map(|(_, share)| share).sum();
            assert_eq!(sum, total);
        }
        assert_eq!(Faults::at(5_000), Faults::at(1_000));
    }

    #[test]
    fn hostile_strikes_four_in_a_hundred_and_calm_never() {
        let mut chance = Chance::seeded(11);
        let struck =
            (0..20_000).filter(|_| Faults::hostile().strike(&mut chance).is_some()).count();
        assert!((650..950).contains(&struck), "{struck} of 20000");
        assert!((0..5_000).all(|_| Faults::calm().strike(&mut chance).is_none()));
    }

    #[test]
    fn every_kind_has_its_turn() {
        let mut chance = Chance::seeded(5);
        let faults = Faults::at(1_000);
        let mut seen = [0; 5];
        for _ in 0..1_000 {
            let kind = faults.strike(&mut chance).unwrap();
            let place = faults.shares().iter().position(|(each, _)| *each == kind).unwrap();
            seen[place] += 1;
        }
        assert!(seen.iter().all(|count| *count > 100), "{seen:?}");
    }
}
