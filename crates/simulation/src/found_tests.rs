//! What the simulation found, each as a story of its own, so that it does not hang on a seed.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

use fiscal::{LEASE, NewRange, RangeError};
use invoice::SECOND;
use ledger::LedgerError;

use crate::check::Moment;
use crate::disk::{Crash, Trouble};
use crate::drc::{RANGED, SEALS_FIRST};
use crate::ranged::{FIRST_UNGIVEN, KIND};
use crate::requests::{Request, Told, What};
use crate::scene::written;
use crate::schedule::runtime;
use crate::shop::Shop;
use crate::world::{Bench, Held, World};

/// Runs a story in a few worlds: what a crash leaves of a disk differs in each.
fn in_worlds(story: &impl AsyncFn(&mut World)) {
    in_worlds_of(Shop::of_modules(), story);
}

fn in_worlds_of(shop: &'static Shop, story: &impl AsyncFn(&mut World)) {
    let bench = Bench::new().unwrap();
    runtime().block_on(async {
        for seed in 0..24 {
            let mut world = World::of(shop, seed, &bench, false).await;
            story(&mut world).await;
            world.end().await;
        }
    });
}

fn sale(world: &mut World) -> Request {
    let mark = world.memo.new_mark("sale");
    Request { outlet: SEALS_FIRST, mark, key: None, what: What::Sale, quantity: 1 }
}

/// The first commit of a log syncs the log's head as well; the stories are of those that follow.
async fn begin(world: &mut World) {
    let first = sale(world);
    assert!(matches!(ask(world, first).await, Told::Sealed(..)));
}

fn keyed_sale() -> Request {
    let (mark, key) = ("key-0".to_owned(), Some(("key".to_owned(), 0)));
    Request { outlet: SEALS_FIRST, mark, key, what: What::Sale, quantity: 1 }
}

async fn ask(world: &mut World, request: Request) -> Told {
    request.asks(&mut world.memo);
    let desk = Arc::clone(&world.servers[0].desks[request.outlet]);
    let told = request.clone().ask((world.shop.scene, desk)).await;
    if world.disk.crashed().is_some() {
        request.lost(&mut world.memo);
    } else {
        request.heard(&told, &mut world.memo).unwrap();
    }
    told
}

async fn crash(world: &mut World, crash: Crash) {
    let process = world.servers[0].process;
    world.disk.take_down(process, crash);
    pick_up(world).await;
}

async fn pick_up(world: &mut World) {
    world.recover_calmly().await.unwrap();
    world.check(Moment::Underway).await.unwrap();
}

/// A sync failed, and the next process read the log as whole and copied it into the file; the power failed
/// before the log was emptied for certain. What the disk still held of the log was copied over the newer
/// pages, and the file became a mixture of two moments: a submission could not write down an attempt any
/// more, for ever (seed 14173).
#[test]
fn slow_a_loss_of_power_while_a_doubtful_log_is_copied_leaves_one_moment() {
    let met = Cell::new(true);
    let mut calls = 0;
    while met.replace(false) {
        calls += 1;
        assert!(calls < CALLS_OF_AN_OPENING, "an opening does not come to its end");
        in_worlds(&async |world| {
            begin(world).await;
            world.net.calm();
            // Its lease and its progress are on the disk; then an attempt is being written down.
            let nth = 3;
            world.disk.plan_at_sync(nth, Trouble::Fails);
            world.deliver().await.unwrap();
            assert!(world.servers[0].ledger.ready().await.is_err(), "its sync failed");
            let process = world.servers[0].process;
            world.disk.take_down(process, Crash::Kill);
            world.disk.plan(calls, Trouble::Crash(Crash::PowerLoss));
            pick_up(world).await;
            let lost_power = world.crashes > 1;
            met.set(met.get() || lost_power);
            world.come_to_rest().await.unwrap();
        });
    }
    assert!(calls > 10, "an opening's calls are met, one after the other");
}

/// Storage calls of an opening, and many more.
const CALLS_OF_AN_OPENING: u64 = 400;

/// A sync failed; the process was started again, and read the log as whole, though the disk did not
/// hold all of it. What was sealed from then on stood behind the hole, and was gone with the power.
#[test]
fn what_is_sealed_after_a_failed_sync_and_a_restart_survives_a_loss_of_power() {
    in_worlds(&async |world| {
        begin(world).await;
        world.disk.plan_at_sync(1, Trouble::Fails);
        let next = sale(world);
        assert!(matches!(ask(world, next).await, Told::Unknown(_)));
        crash(world, Crash::Kill).await;
        for _ in 0..2 {
            let next = sale(world);
            assert!(matches!(ask(world, next).await, Told::Sealed(..)));
        }
        crash(world, Crash::PowerLoss).await;
        assert_eq!(world.memo.receipts.len(), 3);
    });
}

/// A process was killed between the write of a commit and its sync. The next one found the invoice in
/// the log and answered the same key with it, which commits nothing and so syncs nothing.
#[test]
fn an_answer_out_of_the_log_of_a_killed_process_survives_a_loss_of_power() {
    let replayed = Cell::new(0);
    in_worlds(&async |world| {
        begin(world).await;
        world.disk.plan_at_sync(1, Trouble::Crash(Crash::Kill));
        ask(world, keyed_sale()).await;
        pick_up(world).await;
        if let Told::Replayed(_) = ask(world, keyed_sale()).await {
            replayed.set(replayed.get() + 1);
        }
        crash(world, Crash::PowerLoss).await;
    });
    assert!(replayed.get() > 0, "some worlds see it");
}

/// "Nothing of the batch is written", said the error; and the next start found the invoice.
#[test]
fn a_commit_that_failed_does_not_say_that_nothing_is_written() {
    in_worlds(&async |world| {
        begin(world).await;
        world.disk.plan_at_sync(1, Trouble::Fails);
        let request = sale(world);
        let told = ask(world, request).await;
        let Told::Unknown(why) = told else { panic!("{told:?}") };
        assert!(why.contains("shows when the ledger is opened again"), "{why}");
        crash(world, Crash::Kill).await;
    });
}

/// A backup that was put back was taken for the truth, and sealed upon: the numbers that customers held
/// of what was lost were given again.
#[test]
fn a_backup_that_is_put_back_is_noticed_and_no_number_is_given_twice() {
    in_worlds(&async |world| {
        let first = sale(world);
        ask(world, first).await;
        world.close(0).await;
        let backup = world.disk.snapshot();
        world.bring_up().await.unwrap();
        let second = sale(world);
        let Told::Sealed(lost, _) = ask(world, second).await else { panic!("it seals") };
        world.close(0).await;
        world.disk.replace(&backup);
        world.bring_up().await.unwrap();
        let desk = Arc::clone(&world.servers[0].desks[SEALS_FIRST]);
        for _ in 0..2 {
            let third = sale(world);
            let told = third.ask((world.shop.scene, Arc::clone(&desk))).await;
            let Told::Nothing(why) = told else { panic!("{told:?}") };
            assert!(why.contains("had 2 entries") && why.contains("outlet recover"), "{why}");
        }
        fiscal::recover(&desk, "who".to_owned(), "why".to_owned()).await.unwrap();
        let fourth = sale(world);
        let told = fourth.ask((world.shop.scene, desk)).await;
        let Told::Sealed(sealed, _) = told else { panic!("{told:?}") };
        assert!(sealed.number() > lost.number(), "{} twice", sealed.number());
    });
}

/// The same, where nobody wrote an anchor in good order: the last that the process wrote says enough.
#[test]
fn a_backup_that_is_put_back_after_a_loss_of_power_is_noticed() {
    in_worlds(&async |world| {
        begin(world).await;
        let backup = world.disk.snapshot();
        let next = sale(world);
        assert!(matches!(ask(world, next).await, Told::Sealed(..)));
        world.flush_anchors();
        let process = world.servers[0].process;
        world.disk.take_down(process, Crash::PowerLoss);
        world.disk.replace(&backup);
        world.recover_calmly().await.unwrap();
        let lost = world.servers[0].ledger.check_anchors().await.unwrap();
        assert_eq!((lost[0].anchored, lost[0].found), (2, 1));
    });
}

/// An anchor spoke of entries of a process that had died before it wrote its own, and not of the numbers
/// that this process had taken: they were given again.
#[test]
fn an_anchor_speaks_of_the_numbers_that_a_dead_process_took() {
    let noticed = Cell::new(0);
    in_worlds(&async |world| {
        begin(world).await;
        let backup = world.disk.snapshot();
        let second = sale(world);
        let Told::Sealed(lost, _) = ask(world, second).await else { panic!("it seals") };
        crash(world, Crash::Kill).await;
        // What the authority says of them is added, and takes no number.
        world.deliver().await.unwrap();
        world.close(0).await;
        world.disk.replace(&backup);
        world.bring_up().await.unwrap();
        // The line may have kept anything from being added.
        if world.servers[0].ledger.check_anchors().await.unwrap().is_empty() {
            return;
        }
        noticed.set(noticed.get() + 1);
        let desk = Arc::clone(&world.servers[0].desks[SEALS_FIRST]);
        fiscal::recover(&desk, "who".to_owned(), "why".to_owned()).await.unwrap();
        let third = sale(world);
        let told = third.ask((world.shop.scene, desk)).await;
        let Told::Sealed(sealed, _) = told else { panic!("{told:?}") };
        assert!(sealed.number() > lost.number(), "{} twice", sealed.number());
    });
    assert!(noticed.get() > 0, "some worlds see it");
}

/// A share that was lent after a backup was unknown after its restore. Its range was recorded again, lent
/// to another outlet, and that one gave the numbers that customers held a second time.
#[test]
fn numbers_of_a_share_that_is_lost_are_not_given_by_another_outlet() {
    let [one, other] = RANGED;
    in_worlds(&async |world| {
        let at = |outlet: usize, world: &mut World| Request { outlet, ..sale(world) };
        world.close(0).await;
        let backup = world.disk.snapshot();
        world.bring_up().await.unwrap();
        let desk = Arc::clone(&world.servers[0].desks[one]);
        fiscal::authorise_range(&desk, lost_range()).await.unwrap();
        drop(desk);
        let mut given = BTreeSet::new();
        for _ in 0..SHORT_SHARE + 2 {
            let next = at(one, world);
            let Told::Sealed(sealed, _) = ask(world, next).await else { panic!("it seals") };
            given.insert(sealed.number().to_owned());
        }
        world.close(0).await;
        world.disk.replace(&backup);
        world.bring_up().await.unwrap();
        assert_eq!(world.servers[0].ledger.check_anchors().await.unwrap().len(), 1);
        let desks = world.servers[0].desks.clone();
        let to_other = || fiscal::authorise_range(&desks[other], lost_range());
        let refused = to_other().await;
        assert!(matches!(refused, Err(RangeError::Ledger(LedgerError::RolledBack { .. }))));
        fiscal::recover(&desks[one], "who".to_owned(), "why".to_owned()).await.unwrap();
        assert!(matches!(to_other().await, Err(RangeError::Faults(_))), "the numbers are used");
        fiscal::authorise_range(&desks[one], lost_range()).await.unwrap();
        let next = at(one, world);
        let Told::Sealed(sealed, _) = next.ask((world.shop.scene, Arc::clone(&desks[one]))).await
        else {
            panic!("it seals")
        };
        assert!(given.insert(sealed.number().to_owned()), "{} twice", sealed.number());
    });
}

/// What the outlet draws before it comes to a range that is given out while the schedule runs.
const SHORT_SHARE: usize = 3;

fn lost_range() -> NewRange {
    NewRange {
        kind: KIND.code.to_owned(),
        first: written(KIND, FIRST_UNGIVEN),
        last: written(KIND, FIRST_UNGIVEN + 7),
        expires_on: Some(jiff::civil::date(2026, 6, 2)),
        reference: None,
        lend_to: None,
    }
}

/// Nothing noticed a fence that was broken: leases had become short, and what hung was sent nothing any
/// more once its own had run out. Now what others have taken over is held against itself when it wakes.
#[test]
fn who_hung_writes_nothing_of_what_others_have_taken_over() {
    let taken_over = Cell::new(0);
    in_worlds(&async |world| {
        world.net.hold_next();
        let request = sale(world);
        let request = Request { outlet: ASKS_FIRST, ..request };
        request.asks(&mut world.memo);
        let (process, desk) =
            (world.servers[0].process, Arc::clone(&world.servers[0].desks[ASKS_FIRST]));
        let mut task = tokio::spawn(request.clone().ask((world.shop.scene, desk)));
        tokio::select! {
            _ = &mut task => panic!("its first exchange hangs"),
            () = world.net.held() => world.hold(Held { process, request, task }),
        }
        world.net.pass(LEASE + SECOND);
        world.deliver().await.unwrap();
        taken_over.set(taken_over.get() + world.taken_over.len());
        world.release().await.unwrap();
        world.check(Moment::Underway).await.unwrap();
    });
    assert!(taken_over.get() > 0, "some worlds see it");
}

/// A line delivered a document twice, and the second was turned away at the door since its number was
/// used. By what, the list of deliveries told a moment later only: the first was taken for refused,
/// though the authority had accepted it.
#[test]
fn a_document_that_arrives_twice_is_not_refused_for_its_own_number() {
    in_worlds_of(Shop::of_ecf(), &async |world| {
        world.net.calm();
        world.net.deliver_twice("facturaselectronicas");
        for _ in 0..4 {
            // Of which the authority gets the whole document.
            let whole = Request { quantity: 3, ..sale(world) };
            assert!(matches!(ask(world, whole).await, Told::Sealed(..)));
        }
        world.come_to_rest().await.unwrap();
    });
}

/// The outlet that asks its authority before it seals.
const ASKS_FIRST: usize = 0;

/// Readiness only read, so that a server whose disk was full was sent every till that asked.
#[test]
fn a_server_that_cannot_write_is_not_ready_until_it_can_again() {
    in_worlds(&async |world| {
        begin(world).await;
        let ledger = Arc::clone(&world.servers[0].ledger);
        ledger.ready().await.unwrap();
        world.disk.plan(1, Trouble::Full(1_000));
        let next = sale(world);
        assert!(matches!(ask(world, next).await, Told::Nothing(_) | Told::Unknown(_)));
        for _ in 0..2 {
            let told = ledger.ready().await;
            let is_told =
                matches!(told, Err(LedgerError::BatchFailed(_) | LedgerError::CommitFailed(_)));
            assert!(is_told, "{told:?}");
        }
        world.disk.calm();
        ledger.ready().await.unwrap();
        let next = sale(world);
        assert!(matches!(ask(world, next).await, Told::Sealed(..)));
    });
}
