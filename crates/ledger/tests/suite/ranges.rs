//! Numbers that an authority gave out: who takes which, and when there are none left.

use invoice::{OutletId, RangeId, TaxpayerId};
use jiff::civil::Date;
use ledger::{
    Annulment, AnnulmentState, Environment, FollowUp, LedgerError, NewLease, NumbersHeld, Range,
    SealOrder, Series, SeriesKey, Share,
};

use crate::world::World;

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) const TODAY: &str = "2026-06-01";

pub(crate) fn authorised(kind: &str, on: &str) -> Series {
    Series::Authorised { kind: kind.to_owned(), on: day(on) }
}

impl World {
    /// A range of the kind 31 that expires at the end of the next year.
    pub(crate) fn range(&self, id: u8, first: u64, last: u64) -> Range {
        Range {
            tenant: self.tenant.clone(),
            taxpayer: TaxpayerId::from_random([0; 10]),
            id: range_id(id),
            environment: Environment::Test,
            kind: "31".to_owned(),
            prefix: "E31".to_owned(),
            width: 10,
            first,
            last,
            expires_on: Some(day("2027-12-31")),
            reference: Some("5020003728".to_owned()),
            created_at: self.now(),
        }
    }

    pub(crate) fn share(&self, id: u8, outlet: &OutletId, first: u64, last: u64) -> Share {
        let (tenant, outlet) = (self.tenant.clone(), outlet.clone());
        Share { tenant, range: range_id(id), outlet, first, last, created_at: self.now() }
    }

    /// The range with all of it lent to the first outlet.
    pub(crate) async fn authorise(&self, range: Range) {
        let share = Share {
            range: range.id.clone(),
            ..self.share(0, &self.outlet, range.first, range.last)
        };
        self.ledger().authorise_range(range, vec![share]).await.unwrap();
    }

    pub(crate) fn of_kind(&self, outlet: &OutletId, kind: &str, on: &str) -> SealOrder {
        SealOrder { series: authorised(kind, on), ..self.request(outlet) }
    }

    /// Takes a number of kind 31 and returns it.
    pub(crate) async fn take(&self, outlet: &OutletId, on: &str) -> Result<String, LedgerError> {
        Ok(self.seal(self.of_kind(outlet, "31", on)).await?.assigned.number)
    }

    pub(crate) fn annulment(&self, id: u8, first: u64, last: u64) -> Annulment {
        Annulment {
            tenant: self.tenant.clone(),
            range: range_id(id),
            first,
            last,
            at: self.now(),
            state: AnnulmentState::Recorded,
            document: None,
        }
    }

    /// What is left of the first outlet's shares, in the order of their numbers.
    pub(crate) async fn left(&self) -> Vec<u64> {
        let ranges = self.ledger().ranges(&self.tenant).await.unwrap();
        let shares = ranges.iter().flat_map(|standing| &standing.shares);
        shares.filter(|share| share.share.outlet == self.outlet).map(|share| share.left).collect()
    }
}

pub(crate) fn range_id(id: u8) -> RangeId {
    RangeId::from_random([id; 10])
}

pub(crate) fn is_exhausted<T: std::fmt::Debug>(result: Result<T, LedgerError>) -> bool {
    match result {
        Err(LedgerError::NoNumbers { kind }) => kind == "31",
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_outlet_takes_its_shares_numbers_in_their_order_until_there_are_none() {
    let mut world = World::new().await;
    assert!(is_exhausted(world.take(&world.outlet, TODAY).await));
    world.authorise(world.range(1, 101, 103)).await;
    let recorded = world.seal(world.of_kind(&world.outlet, "31", TODAY)).await.unwrap();
    let assigned = recorded.assigned;
    assert_eq!(assigned.number, "E310000000101");
    assert_eq!(assigned.number_expires, Some(day("2027-12-31")));
    assert_eq!(assigned.series, SeriesKey::Share { kind: "31".to_owned(), first: 101 });
    assert_eq!((assigned.range, assigned.sequence_in_series), (Some(range_id(1)), 1));
    assert_eq!(world.left().await, [2]);
    world.reopen().await;
    for wanted in ["E310000000102", "E310000000103"] {
        assert_eq!(world.take(&world.outlet, TODAY).await.unwrap(), wanted);
    }
    let before = world.ledger().head(&world.tenant, &world.outlet).await.unwrap();
    assert!(is_exhausted(world.take(&world.outlet, TODAY).await));
    assert_eq!(world.ledger().head(&world.tenant, &world.outlet).await.unwrap(), before);
    // A yearly series beside it knows nothing of all this.
    assert_eq!(world.number().await, 1);
    let other = world.seal(world.of_kind(&world.outlet, "32", TODAY)).await;
    assert!(matches!(other, Err(LedgerError::NoNumbers { kind }) if kind == "32"));
    let report = world.finish().await;
    let outlet = &report.outlets[0];
    assert_eq!((outlet.requested, outlet.sealed, outlet.unused, outlet.free), (3, 1, 0, 0));
}

#[tokio::test]
async fn a_range_ends_with_its_last_day_and_the_next_one_goes_on() {
    let world = World::new().await;
    let short = Range { expires_on: Some(day("2026-12-31")), ..world.range(1, 50, 52) };
    let forever = Range { expires_on: None, ..world.range(2, 1, 9) };
    // Not by number and not by arrival: what expires first is drawn from first.
    world.authorise(forever).await;
    world.authorise(world.range(3, 10, 12)).await;
    world.authorise(short).await;
    let mut taken = Vec::new();
    for on in ["2026-12-30", "2026-12-31", "2027-01-01", "2027-12-31", "2028-01-01"] {
        taken.push(world.take(&world.outlet, on).await.unwrap());
    }
    let wanted = [50, 51, 10, 11, 1].map(|number| format!("E31{number:010}"));
    assert_eq!(taken, wanted);
    assert_eq!(world.left().await, [8, 1, 1]);
    let report = world.finish().await;
    assert_eq!(report.outlets[0].unused, 10);
}

#[tokio::test]
async fn two_outlets_never_share_a_number() {
    let world = World::new().await;
    let (first, second) = (&world.outlet, &world.second);
    let shares = vec![world.share(1, first, 1, 3), world.share(1, second, 4, 6)];
    world.ledger().authorise_range(world.range(1, 1, 10), shares).await.unwrap();
    for (share, how) in [
        (world.share(1, second, 3, 3), NumbersHeld::Lent),
        (world.share(1, first, 1, 3), NumbersHeld::Lent),
        (world.share(1, second, 6, 7), NumbersHeld::Lent),
    ] {
        let error = world.ledger().share_range(share).await.unwrap_err();
        assert!(matches!(error, LedgerError::NumbersHeld { how: h, .. } if h == how), "{error}");
    }
    for (from, to) in [(0, 3), (7, 11), (9, 8), (u64::MAX, u64::MAX)] {
        let error = world.ledger().share_range(world.share(1, second, from, to)).await.unwrap_err();
        assert!(matches!(error, LedgerError::OutsideRange { first: 1, last: 10 }), "{error}");
    }
    let (strange, unknown) = (world.strange_outlet.clone(), OutletId::from_random([9; 10]));
    for outlet in [strange, unknown] {
        let error = world.ledger().share_range(world.share(1, &outlet, 7, 8)).await.unwrap_err();
        assert!(matches!(error, LedgerError::UnknownOutlet(_)), "{error}");
    }
    let error = world.ledger().share_range(world.share(9, second, 7, 8)).await.unwrap_err();
    assert!(matches!(error, LedgerError::Unknown("range")), "{error}");
    let mut taken = std::collections::BTreeSet::new();
    for outlet in [first, second, first, second, first, second] {
        assert!(taken.insert(world.take(outlet, TODAY).await.unwrap()));
    }
    assert!(is_exhausted(world.take(first, TODAY).await));
    assert!(is_exhausted(world.take(second, TODAY).await));
    let standing = world.ledger().range(&world.tenant, &range_id(1)).await.unwrap().unwrap();
    assert_eq!(standing.unlent, 4);
    assert_eq!(world.ledger().range(&world.stranger, &range_id(1)).await.unwrap(), None);
    assert!(world.ledger().ranges(&world.stranger).await.unwrap().is_empty());
    world.finish().await;
}

#[tokio::test]
async fn ranges_of_a_kind_never_overlap_and_a_range_that_fails_leaves_nothing() {
    let world = World::new().await;
    let ledger = world.ledger();
    ledger.authorise_range(world.range(1, 11, 20), vec![]).await.unwrap();
    for (first, last) in [(11, 20), (1, 11), (20, 30), (15, 15), (1, 99)] {
        let error = ledger.authorise_range(world.range(2, first, last), vec![]).await.unwrap_err();
        let NumbersHeld::Authorised = held(error) else { panic!("{first} {last}") };
    }
    for (first, last) in [(0, 5), (6, 5), (1, 10_000_000_000), (1, u64::MAX)] {
        let error = ledger.authorise_range(world.range(2, first, last), vec![]).await.unwrap_err();
        assert!(matches!(error, LedgerError::OutsideRange { last: 9_999_999_999, .. }), "{error}");
    }
    let stray = vec![world.share(2, &world.outlet, 1, 11)];
    let error = ledger.authorise_range(world.range(2, 1, 10), stray).await.unwrap_err();
    assert!(matches!(error, LedgerError::OutsideRange { first: 1, last: 10 }), "{error}");
    ledger.authorise_range(world.range(2, 1, 10), vec![]).await.unwrap();
    let other_kind = Range { kind: "32".to_owned(), ..world.range(3, 11, 20) };
    ledger.authorise_range(other_kind, vec![]).await.unwrap();
    let live = Range { environment: Environment::Live, ..world.range(4, 11, 20) };
    ledger.authorise_range(live, vec![]).await.unwrap();
    let error = ledger.share_range(world.share(4, &world.outlet, 11, 12)).await.unwrap_err();
    assert!(matches!(error, LedgerError::RangeOfAnother), "{error}");
    assert_eq!(ledger.ranges(&world.tenant).await.unwrap().len(), 4);
    world.finish().await;
}

fn held(error: LedgerError) -> NumbersHeld {
    match error {
        LedgerError::NumbersHeld { how, .. } => how,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_number_that_came_back_goes_to_the_next_document_of_its_kind() {
    let world = World::new().await;
    world.authorise(world.range(1, 1, 2)).await;
    let first = world.seal(world.of_kind(&world.outlet, "31", TODAY)).await.unwrap();
    assert_eq!(world.take(&world.outlet, TODAY).await.unwrap(), "E310000000002");
    assert!(is_exhausted(world.take(&world.outlet, TODAY).await));
    world.append(&first, FollowUp::Refused).await.unwrap();
    assert_eq!(world.left().await, [1]);
    // Not after the range's last day, though it is free.
    assert!(is_exhausted(world.take(&world.outlet, "2028-01-01").await));
    let again = world.seal(world.of_kind(&world.outlet, "31", TODAY)).await.unwrap();
    assert_eq!(again.assigned.number, "E310000000001");
    let mut order = world.follow_up(&again, FollowUp::Refused);
    order.frees_number = false;
    order.elements = Some(br#"{"number":"used"}"#.to_vec());
    world.ledger().append(order).await.unwrap();
    assert!(is_exhausted(world.take(&world.outlet, TODAY).await));
    let error = world.ledger().annul(world.annulment(1, 1, 1)).await.unwrap_err();
    assert_eq!(held(error), NumbersHeld::Used);
    assert_eq!(world.finish().await.outlets[0].free, 0);
}

#[tokio::test]
async fn what_is_annulled_was_never_used_and_never_will_be() {
    let mut world = World::new().await;
    let share = world.share(1, &world.outlet, 3, 9);
    world.ledger().authorise_range(world.range(1, 1, 20), vec![share]).await.unwrap();
    let freed = world.seal(world.of_kind(&world.outlet, "31", TODAY)).await.unwrap();
    assert_eq!(world.take(&world.outlet, TODAY).await.unwrap(), "E310000000004");
    world.append(&freed, FollowUp::Refused).await.unwrap();
    let ledger = world.ledger();
    for (first, last, how) in [(4, 6, NumbersHeld::Used), (3, 4, NumbersHeld::Used)] {
        assert_eq!(held(ledger.annul(world.annulment(1, first, last)).await.unwrap_err()), how);
    }
    assert_eq!(world.left().await, [6], "an annulment that fails frees and takes nothing");
    // What came back, what comes next, what is lent to nobody; then a run over a run.
    for (first, last) in [(3, 3), (5, 6), (8, 12)] {
        ledger.annul(world.annulment(1, first, last)).await.unwrap();
    }
    assert_eq!(
        held(ledger.annul(world.annulment(1, 6, 7)).await.unwrap_err()),
        NumbersHeld::Annulled
    );
    let error = ledger.annul(world.annulment(1, 20, 21)).await.unwrap_err();
    assert!(matches!(error, LedgerError::OutsideRange { .. }), "{error}");
    let error = ledger.share_range(world.share(1, &world.outlet, 12, 20)).await.unwrap_err();
    assert_eq!(held(error), NumbersHeld::Annulled);
    world.reopen().await;
    assert_eq!(world.left().await, [1]);
    assert_eq!(world.take(&world.outlet, TODAY).await.unwrap(), "E310000000007");
    assert!(is_exhausted(world.take(&world.outlet, TODAY).await));
    let settled = (AnnulmentState::Taken, Some(b"<ANECF/>".to_vec()));
    let which = (&range_id(1), 5);
    let (ledger, now) = (world.ledger(), world.now());
    let lease = NewLease { owner: "a".to_owned(), until: now.plus_micros(1) };
    let hand = ledger.lease_annulment(&world.tenant, which, lease, now).await.unwrap().unwrap();
    ledger.settle_annulment(&world.tenant, which, hand, settled).await.unwrap();
    let standing = world.ledger().range(&world.tenant, &range_id(1)).await.unwrap().unwrap();
    let states: Vec<_> = standing.annulled.iter().map(|annulment| annulment.state).collect();
    assert_eq!(states, [AnnulmentState::Recorded, AnnulmentState::Taken, AnnulmentState::Recorded]);
    assert_eq!(standing.unlent, 2 + 11 - 3);
    let report = world.finish().await;
    let outlet = &report.outlets[0];
    assert_eq!((outlet.annulled, outlet.unused, outlet.free, outlet.requested), (5, 0, 0, 2));
}
