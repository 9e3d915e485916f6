//! Heads that are kept outside the store: an older state that is put back is noticed, refuses, and
//! goes on when an operator says so, without giving a number twice.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use invoice::{EntryKind, Json, OutletId};
use ledger::{
    AnchorShelf, Anchoring, FollowUp, KeptAnchors, LedgerError, NumberRun, NumbersHeld, Rollback,
    SeriesKey, WhichCheckpoint,
};

use crate::ranges::TODAY;
use crate::world::{World, outlet};

/// A file that no backup of the store brings back.
#[derive(Default)]
pub(crate) struct Shelf {
    kept: Mutex<Vec<u8>>,
    /// What whoever writes does not know: the process is dead, and nothing arrives.
    is_dead: AtomicBool,
}

impl AnchorShelf for Shelf {
    fn load(&self) -> io::Result<Vec<KeptAnchors>> {
        let bytes = self.kept.lock().unwrap().clone();
        Ok(vec![KeptAnchors { name: "the anchors".to_owned(), bytes, is_own: true }])
    }

    fn keep(&self, bytes: &[u8]) -> io::Result<()> {
        if !self.is_dead.load(Ordering::Relaxed) {
            bytes.clone_into(&mut self.kept.lock().unwrap());
        }
        Ok(())
    }
}

/// Anchors are written when they are asked for, and at the end.
pub(crate) fn anchoring(world: &World, shelf: &Arc<Shelf>) -> Anchoring {
    let shelf: Arc<dyn AnchorShelf> = Arc::clone(shelf) as _;
    Anchoring { shelf, interval: None, is_signed: world.is_signed() }
}

/// A world with its anchors' shelf, in which nothing was lost yet.
async fn anchored() -> (World, Arc<Shelf>) {
    let (mut world, shelf) = (World::new().await, Arc::new(Shelf::default()));
    reopen(&mut world, &shelf).await;
    (world, shelf)
}

async fn reopen(world: &mut World, shelf: &Arc<Shelf>) -> Vec<Arc<Rollback>> {
    world.reopen_anchored(&anchoring(world, shelf)).await.unwrap()
}

async fn seal(world: &World, outlet: &OutletId) -> Result<u64, LedgerError> {
    let recorded = world.seal(world.order(outlet)).await?;
    Ok(recorded.assigned.sequence_in_series)
}

fn run(first: u64, last: u64) -> NumberRun {
    NumberRun { series: SeriesKey::Year(2026), first, last }
}

fn assert_refused(result: Result<impl std::fmt::Debug, LedgerError>, sizes: (u64, u64)) {
    match result {
        Err(LedgerError::RolledBack { anchored, found, .. }) => {
            assert_eq!((anchored, found), sizes);
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_older_state_is_noticed_refuses_and_goes_on_once_it_is_recovered() {
    let (mut world, shelf) = anchored().await;
    let outlet = world.outlet.clone();
    for number in 1..=3 {
        assert_eq!(seal(&world, &outlet).await.unwrap(), number);
    }
    assert_eq!(seal(&world, &world.second).await.unwrap(), 1);
    world.close().await;
    let backup = world.home.backup();
    assert!(reopen(&mut world, &shelf).await.is_empty());
    assert_eq!(seal(&world, &outlet).await.unwrap(), 4);
    assert_eq!(seal(&world, &outlet).await.unwrap(), 5);
    world.close().await;
    world.home.restore(&backup);

    let lost = reopen(&mut world, &shelf).await;
    let [lost] = lost.as_slice() else { panic!("{lost:?}") };
    assert_eq!((&lost.outlet, lost.anchored, lost.found), (&outlet, 5, 3));
    assert_eq!((&*lost.lost, &*lost.unsure), (&[run(4, 5)][..], &[][..]));
    assert!(lost.anchors[0].contains("\nentries 5\n") && lost.anchors[0].contains("\u{2014} "));
    assert_refused(seal(&world, &outlet).await, (5, 3));
    let head = world.ledger().head(&world.tenant, &outlet).await.unwrap().unwrap();
    assert_eq!(head.sequence, 3, "nothing is written");
    assert_eq!(seal(&world, &world.second).await.unwrap(), 2, "the others go on");
    assert_eq!(world.ledger().refusing().len(), 1);
    let other = world.ledger().recover(world.recovery(&world.second)).await;
    assert!(matches!(other, Err(LedgerError::NotRolledBack(_))));

    let entry = world.ledger().recover(world.recovery(&outlet)).await.unwrap();
    assert_eq!((entry.sequence, entry.kind), (4, EntryKind::Recovered));
    let note = Json::parse(entry.note.as_deref().unwrap()).unwrap();
    assert_eq!(note.member("reason").unwrap().as_str(), Some("the disk was replaced"));
    let again = world.ledger().recover(world.recovery(&outlet)).await;
    assert!(matches!(again, Err(LedgerError::NotRolledBack(_))), "once");
    assert!(world.ledger().refusing().is_empty());
    assert_eq!(seal(&world, &outlet).await.unwrap(), 6, "no number twice");
    assert!(reopen(&mut world, &shelf).await.is_empty(), "the new head is kept");
    assert_eq!(seal(&world, &outlet).await.unwrap(), 7);
    world.reopen().await;
    let report = world.verify().await.unwrap_or_else(|error| panic!("{error}"));
    let of = report.outlets.iter().find(|of| of.outlet == outlet.as_str()).unwrap();
    assert_eq!((of.entries, of.sealed + of.requested, of.lost), (6, 5, 2));
    assert_eq!((of.recoveries[0].sequence, &*of.recoveries[0].lost), (4, &[run(4, 5)][..]));
}

/// What was published of the lost entries, the log does not continue: it is another log.
#[tokio::test]
async fn the_log_after_a_recovery_has_another_name() {
    let (mut world, shelf) = anchored().await;
    let outlet = world.outlet.clone();
    seal(&world, &outlet).await.unwrap();
    world.close().await;
    let backup = world.home.backup();
    reopen(&mut world, &shelf).await;
    let lost = world.seal(world.order(&outlet)).await.unwrap().proof.checkpoint;
    assert_eq!((lost.size, lost.generation), (2, 1));
    world.close().await;
    world.home.restore(&backup);
    reopen(&mut world, &shelf).await;
    world.ledger().recover(world.recovery(&outlet)).await.unwrap();
    let sealed = world.seal(world.order(&outlet)).await.unwrap();
    let name = |checkpoint: &ledger::LogCheckpoint| {
        checkpoint.note().unwrap().text().lines().next().unwrap().to_owned()
    };
    assert_eq!(name(&sealed.proof.checkpoint), format!("stalela/{outlet}/2"));
    for (which, suffix) in [
        (WhichCheckpoint::Of(1), ""),
        (WhichCheckpoint::Of(2), "/2"),
        (WhichCheckpoint::Last, "/2"),
    ] {
        let found = world.ledger().checkpoint(&outlet, which).await.unwrap().unwrap();
        assert_eq!(name(&found), format!("stalela/{outlet}{suffix}"), "{which:?}");
    }
    let id = sealed.entry.invoice.unwrap();
    let proven = world.ledger().first_proof(&world.tenant, &id).await.unwrap().unwrap();
    assert_eq!(proven.1, sealed.proof, "a repeated request has the same");
    world.finish().await;
}

#[tokio::test]
async fn another_history_of_the_same_length_or_longer_is_no_continuation() {
    for others in [2, 4] {
        let (mut world, shelf) = anchored().await;
        let outlet = world.outlet.clone();
        seal(&world, &outlet).await.unwrap();
        world.close().await;
        let backup = world.home.backup();
        reopen(&mut world, &shelf).await;
        seal(&world, &outlet).await.unwrap();
        seal(&world, &outlet).await.unwrap();
        world.close().await;
        world.home.restore(&backup);
        // Somebody who keeps no anchors goes on upon the older state.
        world.reopen().await;
        for _ in 0..others {
            seal(&world, &outlet).await.unwrap();
        }
        let lost = reopen(&mut world, &shelf).await;
        assert_eq!((lost[0].anchored, lost[0].found), (3, 1 + others));
        assert_refused(seal(&world, &outlet).await, (3, 1 + others));
        assert!(lost[0].lost.is_empty(), "the numbers were given twice already");
        world.ledger().recover(world.recovery(&outlet)).await.unwrap();
        assert_eq!(seal(&world, &outlet).await.unwrap(), 2 + others);
        assert!(reopen(&mut world, &shelf).await.is_empty());
        world.finish().await;
    }
}

#[tokio::test]
async fn an_anchor_behind_the_store_is_no_loss() {
    let (mut world, shelf) = anchored().await;
    let outlet = world.outlet.clone();
    seal(&world, &outlet).await.unwrap();
    world.ledger().flush_anchors().unwrap();
    shelf.is_dead.store(true, Ordering::Relaxed);
    seal(&world, &outlet).await.unwrap();
    seal(&world, &outlet).await.unwrap();
    world.close().await;
    shelf.is_dead.store(false, Ordering::Relaxed);
    assert!(String::from_utf8(shelf.kept.lock().unwrap().clone()).unwrap().contains("entries 1\n"));
    assert!(reopen(&mut world, &shelf).await.is_empty());
    assert_eq!(seal(&world, &outlet).await.unwrap(), 4);
    world.finish().await;
}

/// An anchor speaks of all entries before it, and so of the numbers that other processes took.
#[tokio::test]
async fn who_only_adds_to_an_outlet_learns_what_others_took_of_its_numbers() {
    let (mut world, shelf) = anchored().await;
    let outlet = world.outlet.clone();
    seal(&world, &outlet).await.unwrap();
    world.close().await;
    let backup = world.home.backup();
    reopen(&mut world, &shelf).await;
    // This process dies before it has written any of it.
    shelf.is_dead.store(true, Ordering::Relaxed);
    seal(&world, &outlet).await.unwrap();
    let asked = world.seal(world.request(&outlet)).await.unwrap();
    world.close().await;
    shelf.is_dead.store(false, Ordering::Relaxed);
    reopen(&mut world, &shelf).await;
    refuse(&world, &asked).await;
    world.close().await;
    world.home.restore(&backup);
    let lost = reopen(&mut world, &shelf).await;
    assert_eq!((lost[0].anchored, &*lost[0].lost), (4, &[run(2, 3)][..]));
    world.ledger().recover(world.recovery(&outlet)).await.unwrap();
    assert_eq!(seal(&world, &outlet).await.unwrap(), 4);
    world.finish().await;
}

/// A number that is free in the older state may be on somebody's receipt.
#[tokio::test]
async fn free_numbers_are_written_off_with_the_lost_ones() {
    let (mut world, shelf) = anchored().await;
    let outlet = world.outlet.clone();
    seal(&world, &outlet).await.unwrap();
    let refused = world.seal(world.request(&outlet)).await.unwrap();
    seal(&world, &outlet).await.unwrap();
    world.append(&refused, FollowUp::Refused).await.unwrap();
    world.close().await;
    let backup = world.home.backup();
    reopen(&mut world, &shelf).await;
    assert_eq!(seal(&world, &outlet).await.unwrap(), 2, "the number that came back");
    world.close().await;
    world.home.restore(&backup);
    let lost = reopen(&mut world, &shelf).await;
    assert_eq!((&*lost[0].lost, &*lost[0].unsure), (&[][..], &[run(2, 2)][..]));
    // An order in the same batch as the recovery, and one after it.
    let (recovered, sealed) = tokio::join!(
        world.ledger().recover(world.recovery(&outlet)),
        world.seal(world.order(&outlet))
    );
    recovered.unwrap();
    match sealed {
        Ok(sealed) => assert_eq!(sealed.assigned.sequence_in_series, 4),
        Err(error) => panic!("{error}"),
    }
    assert_eq!(seal(&world, &outlet).await.unwrap(), 5);
    let report = world.finish().await;
    let of = report.outlets.iter().find(|of| of.outlet == outlet.as_str()).unwrap();
    assert_eq!((of.lost, of.free), (1, 0));
}

/// Its number may have come back in what is lost, and been given to somebody else.
#[tokio::test]
async fn a_number_that_was_asked_for_before_the_loss_does_not_come_back_after_it() {
    let (mut world, shelf) = anchored().await;
    let outlet = world.outlet.clone();
    let asked = world.seal(world.request(&outlet)).await.unwrap();
    world.close().await;
    let backup = world.home.backup();
    reopen(&mut world, &shelf).await;
    refuse(&world, &asked).await;
    assert_eq!(seal(&world, &outlet).await.unwrap(), 1, "a customer holds it");
    world.close().await;
    world.home.restore(&backup);
    reopen(&mut world, &shelf).await;
    world.ledger().recover(world.recovery(&outlet)).await.unwrap();
    refuse(&world, &asked).await;
    assert_eq!(seal(&world, &outlet).await.unwrap(), 2, "no number twice");
    let report = world.finish().await;
    assert_eq!(report.outlets.iter().map(|of| of.free).sum::<u64>(), 0);
}

/// Refuses the invoice under the lease that it is due with.
async fn refuse(world: &World, asked: &ledger::Recorded) {
    let later = world.now().plus_micros(120 * invoice::SECOND);
    world.set_clock(later);
    let leased = world.lease_due(later).await;
    let [leased] = leased.as_slice() else { panic!("one is due: {}", leased.len()) };
    let order = world.follow_up(asked, FollowUp::Refused);
    let order = ledger::AppendOrder { lease: leased.lease.token, ..order };
    world.ledger().append(order).await.unwrap();
}

/// A recovery that was lost with all that followed it has used its log's name up.
#[tokio::test]
async fn a_recovery_that_is_lost_too_is_followed_by_yet_another_log() {
    let (mut world, shelf) = anchored().await;
    let outlet = world.outlet.clone();
    seal(&world, &outlet).await.unwrap();
    world.close().await;
    let backup = world.home.backup();
    for generation in [1, 2, 3] {
        reopen(&mut world, &shelf).await;
        if generation > 1 {
            world.ledger().recover(world.recovery(&outlet)).await.unwrap();
        }
        let sealed = world.seal(world.order(&outlet)).await.unwrap();
        assert_eq!(sealed.proof.checkpoint.generation, generation);
        assert_eq!(sealed.assigned.sequence_in_series, generation + 1);
        world.close().await;
        world.home.restore(&backup);
    }
    reopen(&mut world, &shelf).await;
    world.ledger().recover(world.recovery(&outlet)).await.unwrap();
    assert_eq!(seal(&world, &outlet).await.unwrap(), 5);
    world.finish().await;
}

/// The whole series may be lost, and the outlet's first entry with it.
#[tokio::test]
async fn an_empty_store_is_recovered_too() {
    let (mut world, shelf) = anchored().await;
    let outlet = world.outlet.clone();
    world.close().await;
    let backup = world.home.backup();
    reopen(&mut world, &shelf).await;
    for number in 1..=3 {
        assert_eq!(seal(&world, &outlet).await.unwrap(), number);
    }
    world.close().await;
    world.home.restore(&backup);
    let lost = reopen(&mut world, &shelf).await;
    assert_eq!((lost[0].found, &*lost[0].lost), (0, &[run(1, 3)][..]));
    world.ledger().recover(world.recovery(&outlet)).await.unwrap();
    world.reopen().await;
    let report = world.verify().await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(report.outlets.iter().map(|of| of.lost).sum::<u64>(), 3);
    reopen(&mut world, &shelf).await;
    assert_eq!(seal(&world, &outlet).await.unwrap(), 4);
    world.finish().await;
}

/// Each process keeps its own: what one of them has recovered, the others see on record.
#[tokio::test]
async fn a_second_shelf_learns_of_the_recovery_from_the_store() {
    let (mut world, first) = anchored().await;
    let second = Arc::new(Shelf::default());
    let outlet = world.outlet.clone();
    seal(&world, &outlet).await.unwrap();
    world.close().await;
    let backup = world.home.backup();
    reopen(&mut world, &second).await;
    seal(&world, &outlet).await.unwrap();
    reopen(&mut world, &first).await;
    seal(&world, &outlet).await.unwrap();
    world.close().await;
    world.home.restore(&backup);
    assert_eq!(reopen(&mut world, &second).await[0].anchored, 2);
    assert_eq!(reopen(&mut world, &first).await[0].anchored, 3);
    world.ledger().recover(world.recovery(&outlet)).await.unwrap();
    seal(&world, &outlet).await.unwrap();
    assert!(reopen(&mut world, &second).await.is_empty(), "it saw less than what is on record");
    assert_eq!(seal(&world, &outlet).await.unwrap(), 5);
    assert!(reopen(&mut world, &first).await.is_empty());
    world.finish().await;
}

/// The other way round: the one who saw more comes later.
#[tokio::test]
async fn a_shelf_that_saw_more_than_was_recovered_refuses_again() {
    let (mut world, first) = anchored().await;
    let second = Arc::new(Shelf::default());
    let outlet = world.outlet.clone();
    seal(&world, &outlet).await.unwrap();
    world.close().await;
    let backup = world.home.backup();
    reopen(&mut world, &second).await;
    seal(&world, &outlet).await.unwrap();
    reopen(&mut world, &first).await;
    seal(&world, &outlet).await.unwrap();
    world.close().await;
    world.home.restore(&backup);
    reopen(&mut world, &second).await;
    world.ledger().recover(world.recovery(&outlet)).await.unwrap();
    let lost = reopen(&mut world, &first).await;
    assert_eq!((lost[0].anchored, &*lost[0].lost), (3, &[run(3, 3)][..]));
    world.ledger().recover(world.recovery(&outlet)).await.unwrap();
    assert_eq!(seal(&world, &outlet).await.unwrap(), 4);
    let report = world.finish().await;
    let of = report.outlets.iter().find(|of| of.outlet == outlet.as_str()).unwrap();
    assert_eq!((of.lost, of.recoveries.len()), (2, 2));
}

#[tokio::test]
async fn what_was_changed_or_damaged_is_named() {
    let (mut world, shelf) = anchored().await;
    seal(&world, &world.outlet).await.unwrap();
    world.close().await;
    let good = shelf.kept.lock().unwrap().clone();
    let text = String::from_utf8(good.clone()).unwrap();
    let forged = text.replace("last 1 ", "last 2 ").into_bytes();
    for bytes in [forged, good[..good.len() - 1].to_vec(), b"anything".to_vec()] {
        *shelf.kept.lock().unwrap() = bytes;
        let refused = world.reopen_anchored(&anchoring(&world, &shelf)).await.unwrap_err();
        assert!(refused.to_string().contains("the anchors: "), "{refused}");
    }
    *shelf.kept.lock().unwrap() = good;
    assert!(reopen(&mut world, &shelf).await.is_empty());
}

/// A share that is lost had numbers which customers hold: no other outlet gets them, nobody annuls them,
/// and while nobody has recovered the outlet they are not even known.
#[tokio::test]
async fn numbers_that_were_taken_of_a_lost_share_are_given_to_nobody_again() {
    let (mut world, shelf) = anchored().await;
    let (outlet, second) = (world.outlet.clone(), world.second.clone());
    seal(&world, &outlet).await.unwrap();
    world.close().await;
    let backup = world.home.backup();
    reopen(&mut world, &shelf).await;
    world.authorise(world.range(1, 101, 110)).await;
    for _ in 0..3 {
        world.take(&outlet, TODAY).await.unwrap();
    }
    world.close().await;
    world.home.restore(&backup);
    reopen(&mut world, &shelf).await;
    let again = world.ledger().authorise_range(world.range(2, 101, 110), Vec::new()).await;
    assert_refused(again, (4, 1));
    world.ledger().recover(world.recovery(&outlet)).await.unwrap();
    world.ledger().authorise_range(world.range(2, 101, 110), Vec::new()).await.unwrap();
    let is_used = |result: Result<(), LedgerError>| match result {
        Err(LedgerError::NumbersHeld { how, first, last }) => {
            assert_eq!((how, first, last), (NumbersHeld::Used, 101, 103));
        }
        other => panic!("{other:?}"),
    };
    for share in [
        world.share(2, &second, 101, 105),
        world.share(2, &second, 103, 103),
        world.share(2, &outlet, 102, 105),
        world.share(2, &outlet, 101, 102),
    ] {
        is_used(world.ledger().share_range(share).await);
    }
    is_used(world.ledger().annul(world.annulment(2, 103, 104)).await);
    world.ledger().share_range(world.share(2, &second, 106, 110)).await.unwrap();
    world.ledger().share_range(world.share(2, &outlet, 101, 105)).await.unwrap();
    assert_eq!(world.take(&outlet, TODAY).await.unwrap(), "E310000000104", "it goes on");
    assert_eq!(world.take(&second, TODAY).await.unwrap(), "E310000000106");
    world.finish().await;
}

#[tokio::test]
async fn an_outlet_that_the_store_does_not_have_at_all_is_told_of() {
    let (mut world, shelf) = anchored().await;
    let third = OutletId::from_random([9; 10]);
    let registered = outlet(&world.tenant, 0, "KIN09", third.clone());
    world.ledger().create_outlet(registered).await.unwrap();
    world.register_key(&world.tenant, &third).await.unwrap();
    seal(&world, &third).await.unwrap();
    seal(&world, &third).await.unwrap();
    reopen(&mut world, &shelf).await;
    assert!(world.ledger().missing().is_empty());
    world.finish().await;

    let mut empty = World::new().await;
    let anchoring = Anchoring { is_signed: Arc::new(|_, _| true), ..anchoring(&empty, &shelf) };
    let lost = empty.reopen_anchored(&anchoring).await.unwrap();
    assert!(lost.is_empty(), "nothing of it is there that could refuse");
    assert_eq!(empty.ledger().missing(), [(third, 2)]);
    seal(&empty, &empty.outlet).await.unwrap();
    empty.finish().await;
}
