//! What befalls the line between a process and its database, and when.

use crate::dice::Dice;
use crate::disk::Process;

use super::frames::{Is, Request};

/// What befalls one request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// The line breaks before the request is passed on.
    CutBefore,
    /// In the middle of it.
    CutWithin,
    /// While the server works on it.
    CutMeanwhile,
    /// When the server has done it and says so: nobody hears.
    CutAfter,
    /// The process is killed, at the same moments.
    KilledBefore,
    KilledMeanwhile,
    KilledAfter,
    /// The server refuses it, and with it the transaction, for this reason.
    Refused(&'static str),
    /// The server says this in place of an answer, and hangs up.
    HangsUp(&'static str),
}

impl Fault {
    pub(crate) fn kills(self) -> bool {
        matches!(self, Self::KilledBefore | Self::KilledMeanwhile | Self::KilledAfter)
    }
}

/// Whose connection it is. A process has one that seals, and one for all the rest.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Role {
    Lane,
    Pool,
    /// It has not said yet, or looks the server over.
    New,
}

impl Role {
    /// What a connection is for shows in how it sets itself up.
    pub(super) fn of(request: &Request) -> Option<Self> {
        let is_session = request.label.contains("SET SESSION ROLE");
        is_session.then_some(())?;
        if request.label.contains("plan_cache_mode") {
            Some(Self::Lane)
        } else {
            request.label.contains("statement_timeout").then_some(Self::Pool)
        }
    }
}

/// A fault, and the request that meets it: the so-many-th of this process in this role from now on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planned {
    pub process: Process,
    pub role: Role,
    /// Only commits are counted.
    pub commits: bool,
    pub left: u64,
    pub fault: Fault,
}

impl Planned {
    /// What a schedule throws for a process. Commits are hit more often than they come, since there
    /// it matters most.
    pub(crate) fn throw(process: Process, dice: &mut Dice) -> Self {
        let role = if dice.percent(LANE_PERCENT) { Role::Lane } else { Role::Pool };
        let commits = dice.percent(COMMITS_PERCENT);
        let left = match (commits, role) {
            (true, _) => dice.between(1, 3),
            (false, Role::Lane) => dice.between(1, 20),
            (false, _) => dice.between(1, 30),
        };
        Self { process, role, commits, left, fault: dice.weighted(FAULTS) }
    }

    /// For a process that is about to start.
    pub(crate) fn throw_at_start(process: Process, dice: &mut Dice) -> Self {
        let left = dice.between(1, STARTING_MAX);
        Self { role: Role::New, commits: false, left, ..Self::throw(process, dice) }
    }

    /// Counts a request; the fault, if it is this one's.
    pub(super) fn meets(&mut self, process: Process, role: Role, is: Is) -> Option<Fault> {
        let is_counted = match is {
            Is::Commit => true,
            Is::Other => !self.commits,
            Is::Prepare | Is::Tidying | Is::Farewell => false,
        };
        if (process, role) != (self.process, self.role) || !is_counted {
            return None;
        }
        self.left = self.left.saturating_sub(1);
        (self.left == 0).then_some(self.fault)
    }
}

/// What whoever wants a new connection meets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Door {
    /// The line breaks.
    Shut,
    /// The server says this and hangs up.
    Says(&'static str),
}

/// The database is away for so many attempts: it starts, it takes no more, nobody is there.
pub(crate) const DOORS: &[(u64, Door)] =
    &[(3, Door::Shut), (3, Door::Says("57P03")), (2, Door::Says("53300"))];

/// Appendix A of PostgreSQL's manual. Refused: another transaction came in between, a deadlock, a full
/// disk, no memory, cancelled. Hung up: shut down by an administrator, or after a crash.
const FAULTS: &[(u64, Fault)] = &[
    (4, Fault::CutBefore),
    (2, Fault::CutWithin),
    (4, Fault::CutMeanwhile),
    (6, Fault::CutAfter),
    (2, Fault::KilledBefore),
    (3, Fault::KilledMeanwhile),
    (3, Fault::KilledAfter),
    (3, Fault::Refused("40001")),
    (2, Fault::Refused("40P01")),
    (2, Fault::Refused("53100")),
    (1, Fault::Refused("53200")),
    (1, Fault::Refused("57014")),
    (2, Fault::HangsUp("57P01")),
    (1, Fault::HangsUp("57P02")),
];

/// Requests of a process that looks the server over.
const STARTING_MAX: u64 = 6;
/// Faults that meet the connection that seals.
const LANE_PERCENT: u64 = 65;
const COMMITS_PERCENT: u64 = 50;
