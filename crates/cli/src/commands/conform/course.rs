//! The parts of a certification, one behind the other.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::ValueEnum;
use fiscal::Clock;

use super::authority::{Authority, Hosts};
use super::desk::Desk;
use super::journal::Journal;
use super::platform::Site;
use super::reckoned::Doubt;
use super::report::{Line, Report, Standing};
use super::set::Set;
use super::walk::Walk;
use super::{peers, simulation};
use crate::commands::keys::NamedKey;
use crate::failure::Failure;

/// What is walked in one go, by the first of its steps.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, ValueEnum)]
pub(super) enum Part {
    /// The data test: the documents of the set.
    #[value(name = "2")]
    DataTest,
    /// The commercial approvals of the set.
    #[value(name = "3")]
    Approvals,
    /// The simulation with documents of one's own, and step 5, their printed representations.
    #[value(name = "4")]
    Simulation,
    /// Steps 8 to 11: documents and approvals from and to another taxpayer.
    #[value(name = "8")]
    Peers,
}

impl Part {
    pub(super) const ALL: [Self; 4] =
        [Self::DataTest, Self::Approvals, Self::Simulation, Self::Peers];

    pub(super) fn steps(self) -> &'static [u8] {
        match self {
            Self::DataTest => &[2],
            Self::Approvals => &[3],
            Self::Simulation => &[4, 5],
            Self::Peers => &[8, 9, 10, 11],
        }
    }
}

/// A taxpayer on its way through them.
pub(super) struct Course<'a> {
    pub(super) set: &'a Set,
    pub(super) key: &'a NamedKey,
    pub(super) desk: &'a Desk,
    pub(super) hosts: &'a Hosts,
    pub(super) places: Places,
    pub(super) lines: Vec<Line>,
    /// Why a step that can be walked is not.
    pub(super) left_out: BTreeMap<u8, String>,
    pub(super) doubts: Vec<Doubt>,
}

/// Where things are written.
pub(super) struct Places {
    /// What was signed and sent, and the ledger of the simulation.
    pub(super) out: PathBuf,
    /// The printed representations, where somebody wants them.
    pub(super) prints: Option<PathBuf>,
    /// What goes with the walk.
    pub(super) own: PathBuf,
}

impl Course<'_> {
    /// Walks the parts in their order. One that does not pass ends the walk.
    pub(super) async fn through(
        mut self,
        parts: &[Part],
        (journal, accepted): (Journal, &[String]),
    ) -> Result<Report, Failure> {
        if parts.iter().any(|part| *part <= Part::Approvals) {
            self.walk_set(journal, accepted).await?;
        }
        if parts.contains(&Part::Simulation) && self.may_go_on(Part::Simulation) {
            let walked = self.simulate().await;
            self.tell(Part::Simulation, walked);
        }
        if parts.contains(&Part::Peers) && self.may_go_on(Part::Peers) {
            let walked = self.meet_peers().await;
            self.tell(Part::Peers, walked);
        }
        Ok(Report {
            authority: self.hosts.name.clone(),
            is_simulated: self.hosts.is_simulated,
            taxpayer: self.set.taxpayer.clone(),
            at: Clock::System.now(),
            lines: self.lines,
            left_out: self.left_out,
            doubts: self.doubts,
        })
    }

    async fn walk_set(&mut self, journal: Journal, accepted: &[String]) -> Result<(), Failure> {
        let authority = Authority::enter(self.hosts, self.desk).await?;
        let clock = Clock::System;
        let mut walk = Walk { authority, desk: self.desk, clock, journal, accepted };
        self.lines.extend(walk.through(self.set).await);
        Ok(())
    }

    async fn simulate(&mut self) -> Result<Vec<Line>, Failure> {
        let prints = self.places.prints.clone();
        if prints.is_none() {
            let why = "give --report, or --out, for a place to print to";
            self.left_out.insert(5, why.to_owned());
        }
        // Behind the set's own numbers, which are spent.
        let first = |code: &str| self.set.largest(code) + 1;
        let folder = self.places.out.join("simulation");
        simulation::walk(&folder, &self.site("certification", &first), prints.as_deref()).await
    }

    async fn meet_peers(&self) -> Result<Vec<Line>, Failure> {
        let start = unused();
        let first = |_: &str| start;
        let folder = self.places.own.join("peers");
        peers::walk(&folder, &self.site("test", &first), (self.hosts, self.desk)).await
    }

    /// What came of a part. One that could not even begin is told of with the rest.
    fn tell(&mut self, part: Part, walked: Result<Vec<Line>, Failure>) {
        let broken_off = |failure: Failure| {
            let standing = Standing::Failed("broken_off", vec![failure.to_string()]);
            vec![Line::new(part.steps()[0], "-", "-", standing)]
        };
        self.lines.extend(walked.unwrap_or_else(broken_off));
    }

    fn site<'s>(&'s self, environment: &'s str, first: &'s dyn Fn(&str) -> u64) -> Site<'s> {
        let (taxpayer, base_url) = (&self.set.taxpayer, &*self.hosts.base);
        Site { taxpayer, environment, base_url, key: self.key, first }
    }

    /// Whether all before it passed; it is told why not.
    fn may_go_on(&mut self, part: Part) -> bool {
        let may = self.lines.iter().all(|line| line.standing.is_passed());
        if !may {
            let why = || "the walk ended before it".to_owned();
            self.left_out.extend(part.steps().iter().map(|step| (*step, why())));
        }
        may
    }
}

/// A number that no walk before used in pre-certification, where each type has ten million: its
/// second of the last three months.
fn unused() -> u64 {
    let seconds = Clock::System.now().micros().unsigned_abs() / 1_000_000;
    1_000_000 + seconds % 8_000_000
}
