//! What people do with the numbers that an authority gave out: they record a range, lend a part of it
//! to an outlet, annul what will never be used, and the authority is told.

use std::sync::Arc;

use fiscal::{Desk, NewRange, NumbersOfRange, RangeError};
use ledger::{LedgerError, Range, RangeStanding};

use crate::disk::Process;
use crate::memo::{Given, Numbers};
use crate::requests::{NOT_WRITTEN, is_of_database};
use crate::scene::{Scene, written};
use crate::world::World;

/// The kinds of what is done, with how many in a hundred are of each.
const DEEDS: &[(u64, Deed)] =
    &[(30, Deed::Authorise), (30, Deed::Share), (25, Deed::Annul), (15, Deed::Tell)];

#[derive(Clone, Copy, Debug)]
enum Deed {
    Authorise,
    Share,
    Annul,
    Tell,
}

impl World {
    pub(crate) async fn numbers(&mut self) {
        let server = self.any_server();
        let process = self.servers[server].process;
        let outlet = *self.dice.pick(&self.shop.scene.ranged).expect("there are two");
        let desk = Arc::clone(&self.servers[server].desks[outlet]);
        let deed = self.dice.weighted(DEEDS);
        self.trace.note(format_args!("  {deed:?} at {outlet}"));
        match deed {
            Deed::Authorise => self.authorise(process, (outlet, &desk)).await,
            Deed::Share => self.share(process, (outlet, &desk)).await,
            Deed::Annul => self.annul(process, &desk).await,
            Deed::Tell => {
                let told = fiscal::tell_annulments(&desk).await;
                self.trace.note(format_args!("  told: {}", told.is_ok()));
            }
        }
    }

    /// New numbers, and now and then some that were given out before.
    async fn authorise(&mut self, process: Process, (outlet, desk): (usize, &Desk)) {
        let next = self.memo.numbers.next;
        let kind = *self.dice.pick(self.shop.scene.kinds).expect("there are some");
        let is_again = self.dice.percent(GIVEN_AGAIN_PERCENT);
        let first = if is_again { self.dice.between(1, next) } else { next };
        let last = first + self.dice.below(RANGE_MAX);
        let lent = self.dice.between(first, last);
        let today = self.shop.date(desk.clock.now());
        let days = self.dice.below(3).cast_signed();
        let expires_on = kind.expires.then(|| today.saturating_add(jiff::Span::new().days(days)));
        self.memo.numbers.next = next.max(last + 1) + self.dice.below(2);
        let new = NewRange {
            kind: kind.code.to_owned(),
            first: written(kind, first),
            last: written(kind, last),
            expires_on,
            reference: None,
            lend_to: Some(written(kind, lent)),
        };
        let told = fiscal::authorise_range(desk, new).await;
        let is_heard = self.is_heard(process, &told);
        if let (true, Ok((id, _))) = (is_heard, told) {
            let run = (id.clone(), first, last);
            self.memo.numbers.gave(Given { kind, run, expires_on });
            self.memo.numbers.lent((id, first, lent), outlet);
        }
    }

    async fn share(&mut self, process: Process, (outlet, desk): (usize, &Desk)) {
        let Some((range, (first, last))) = self.run_of_a_range(desk).await else { return };
        let numbers = printed(self.shop.scene, &range, (first, last));
        let told = fiscal::share_range(desk, numbers).await;
        if self.is_heard(process, &told) && told.is_ok() {
            self.memo.numbers.lent((range.id, first, last), outlet);
        }
    }

    async fn annul(&mut self, process: Process, desk: &Desk) {
        let Some((range, (first, last))) = self.run_of_a_range(desk).await else { return };
        let numbers = printed(self.shop.scene, &range, (first, last));
        let told = fiscal::annul_numbers(desk, numbers).await;
        if self.is_heard(process, &told) && told.is_ok() {
            self.memo.numbers.annulled((range.id, first, last));
        }
    }

    /// A few numbers of a range, whatever became of them.
    async fn run_of_a_range(&mut self, desk: &Desk) -> Option<(Range, (u64, u64))> {
        let ranges = desk.ledger.ranges(&self.shop.tenant).await.ok()?;
        let RangeStanding { range, .. } = self.dice.pick(&ranges)?.clone();
        let first = self.dice.between(range.first, range.last);
        let last = range.last.min(first + self.dice.below(RUN_MAX));
        Some((range, (first, last)))
    }

    /// A process that went down told nobody; and an answer may be lost on its way.
    fn is_heard<T>(&mut self, process: Process, told: &Result<T, RangeError>) -> bool {
        let is_heard = self.disk.lives(process) && !self.dice.percent(ANSWER_LOST_PERCENT);
        let words = match told {
            Ok(_) => "done".to_owned(),
            Err(RangeError::Faults(faults)) => faults[0].code().to_owned(),
            Err(RangeError::Ledger(error @ LedgerError::CommitFailed(_))) => error.to_string(),
            Err(RangeError::Ledger(error)) if is_of_database(error) => NOT_WRITTEN.to_owned(),
            Err(error) => format!("{error:?}"),
        };
        let heard = if is_heard { "told" } else { "not told" };
        self.trace.note(format_args!("  {heard}: {words}"));
        is_heard
    }
}

impl Numbers {
    /// What every schedule begins with.
    pub(crate) fn at_first(shop: &crate::shop::Shop) -> Self {
        let mut numbers = Self { next: shop.scene.first_ungiven, ..Self::default() };
        for (range, shares) in shop.first_ranges() {
            let kind = shop.scene.kind(&range.kind);
            let run = (range.id, range.first, range.last);
            numbers.gave(Given { kind, run, expires_on: range.expires_on });
            for (share, outlet) in shares.into_iter().zip(shop.scene.ranged) {
                numbers.lent((share.range, share.first, share.last), outlet);
            }
        }
        numbers
    }
}

fn printed(scene: &Scene, range: &Range, (first, last): (u64, u64)) -> NumbersOfRange {
    let kind = scene.kind(&range.kind);
    let (first, last) = (written(kind, first), written(kind, last));
    NumbersOfRange { range: range.id.clone(), first, last }
}

/// Ranges that overlap one that was given out before: a person typed the wrong numbers.
const GIVEN_AGAIN_PERCENT: u64 = 15;
/// Numbers of a range: few, so that they run out.
const RANGE_MAX: u64 = 8;
/// Numbers that are lent or annulled at once.
const RUN_MAX: u64 = 4;
/// Answers that are lost after the commit.
const ANSWER_LOST_PERCENT: u64 = 10;
