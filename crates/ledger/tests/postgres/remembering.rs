//! A lane that has its outlet to itself asks nothing before it writes, and is told where it was wrong.

use std::collections::BTreeSet;
use std::sync::Arc;

use invoice::InvoiceId;
use ledger::{FollowUp, Ledger, SealOrder, SealOutcome};

use crate::world::World;

/// Whether the last thing that a lane said to the database was a batch as one statement.
async fn flies(world: &Arc<World>) -> bool {
    let world = Arc::clone(world);
    let of_lanes = move || {
        world.sql(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND query LIKE '-- lane: a whole batch%'",
        )
    };
    tokio::task::spawn_blocking(of_lanes).await.unwrap().trim() != "0"
}

/// Seals until the lane knows that it is alone; how many that took.
async fn acquaint(world: &Arc<World>) -> u64 {
    let mut sealed = 0;
    while !flies(world).await {
        world.number().await;
        sealed += 1;
        assert!(sealed < 10, "it never trusts what it knows");
    }
    sealed
}

async fn sealed(ledger: &Ledger, order: SealOrder) -> (InvoiceId, u64) {
    let SealOutcome::Recorded(recorded) = ledger.seal(order).await.unwrap() else {
        panic!("it was replayed")
    };
    (recorded.entry.invoice.unwrap(), recorded.assigned.sequence_in_series)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lane_asks_twice_and_then_no_more() {
    let world = Arc::new(World::new().await);
    assert_eq!(acquaint(&world).await, 3, "one to learn, one to see that nobody else writes");
    assert_eq!(world.number().await, 4);
    assert!(flies(&world).await);
    assert_eq!(Arc::into_inner(world).unwrap().finish().await.entries, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_server_wrote_is_not_written_over() {
    let world = Arc::new(World::new().await);
    let other = world.open().await.unwrap();
    let mut last = acquaint(&world).await;
    for _ in 0..3 {
        for ledger in [&other, world.ledger(), world.ledger(), world.ledger(), &other] {
            last += 1;
            assert_eq!(sealed(ledger, world.order(&world.outlet)).await.1, last);
        }
    }
    other.close().await;
    assert_eq!(Arc::into_inner(world).unwrap().finish().await.entries, last);
}

/// A race is no damage: whoever watches the server's log for damage is not to be woken by it.
#[tokio::test(flavor = "multi_thread")]
async fn a_memory_that_is_wrong_is_a_failed_serialization() {
    let world = Arc::new(World::new().await);
    let asked = "DO $$ BEGIN
            PERFORM stalela.as_remembered(0, 1);
            RAISE 'it was taken';
        EXCEPTION WHEN serialization_failure THEN NULL; END $$";
    let inner = Arc::clone(&world);
    tokio::task::spawn_blocking(move || inner.sql(asked)).await.unwrap();
    Arc::into_inner(world).unwrap().finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_another_server_set_free_is_taken_next() {
    let world = Arc::new(World::new().await);
    let other = world.open().await.unwrap();
    let asked = world.seal(world.request(&world.outlet)).await.unwrap();
    let last = 1 + acquaint(&world).await;
    other.append(world.follow_up(&asked, FollowUp::Refused)).await.unwrap();
    let freed = asked.assigned.sequence_in_series;
    let numbers = [world.number().await, world.number().await, world.number().await];
    assert_eq!(numbers, [freed, last + 1, last + 2]);
    other.close().await;
    Arc::into_inner(world).unwrap().finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_its_own_server_set_free_is_taken_next() {
    let world = Arc::new(World::new().await);
    let asked = world.seal(world.request(&world.outlet)).await.unwrap();
    let last = 1 + acquaint(&world).await;
    world.append(&asked, FollowUp::Refused).await.unwrap();
    let freed = asked.assigned.sequence_in_series;
    let numbers = [world.number().await, world.number().await, world.number().await];
    assert_eq!(numbers, [freed, last + 1, last + 2]);
    Arc::into_inner(world).unwrap().finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_used_gives_its_invoice_and_delays_nobody_elses() {
    let world = Arc::new(World::new().await);
    let old = sealed(world.ledger(), world.keyed("old", b"body")).await.0;
    let last = 1 + acquaint(&world).await;
    let fresh = |name: &str| world.keyed(name, b"body");
    let ledger = world.ledger();
    let (first, again, other, second, third) = tokio::join!(
        sealed(ledger, fresh("first")),
        ledger.seal(world.keyed("old", b"body")),
        ledger.seal(world.keyed("old", b"another body")),
        sealed(ledger, fresh("second")),
        sealed(ledger, fresh("third")),
    );
    assert!(matches!(again.unwrap(), SealOutcome::Replayed(invoice) if invoice == old));
    assert!(other.is_err(), "a key stands for one body");
    let numbers: BTreeSet<u64> = [first, second, third].map(|(_, number)| number).into();
    assert_eq!(numbers, BTreeSet::from([last + 1, last + 2, last + 3]));
    Arc::into_inner(world).unwrap().finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn under_load_with_keys_that_come_again_nothing_is_lost_or_given_twice() {
    let world = Arc::new(World::new().await);
    acquaint(&world).await;
    let callers = (0..16).map(|caller| tokio::spawn(call(Arc::clone(&world), caller)));
    let mut invoices = BTreeSet::new();
    for caller in callers.collect::<Vec<_>>() {
        invoices.extend(caller.await.unwrap());
    }
    assert_eq!(invoices.len(), 16 * 30, "each key of its own has an invoice of its own");
    Arc::into_inner(world).unwrap().finish().await;
}

/// Seals with keys of its own, each tenth of them twice.
async fn call(world: Arc<World>, caller: u64) -> Vec<InvoiceId> {
    let mut invoices = Vec::new();
    for turn in 0..30 {
        let key = format!("key-{caller}-{turn}");
        invoices.push(sealed(world.ledger(), world.keyed(&key, b"body")).await.0);
        if turn % 10 == caller % 10 {
            let again = world.ledger().seal(world.keyed(&key, b"body")).await.unwrap();
            let last = invoices.last().unwrap();
            assert!(matches!(again, SealOutcome::Replayed(invoice) if invoice == *last));
        }
    }
    invoices
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signer_that_fails_drops_its_own_order_alone() {
    let world = Arc::new(World::new().await);
    let last = acquaint(&world).await;
    let mut mute = world.order(&world.outlet);
    mute.signer.sign = Arc::new(|_| Err("the token is gone".into()));
    let ledger = world.ledger();
    let (first, none, second) = tokio::join!(
        sealed(ledger, world.order(&world.outlet)),
        ledger.seal(mute),
        sealed(ledger, world.order(&world.outlet)),
    );
    assert!(none.is_err());
    let numbers = BTreeSet::from([first.1, second.1]);
    assert_eq!(numbers, BTreeSet::from([last + 1, last + 2]), "no number is lost");
    Arc::into_inner(world).unwrap().finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_went_back_is_refused_by_what_the_database_says() {
    let world = Arc::new(World::new().await);
    let last = acquaint(&world).await;
    let now = world.now();
    world.set_clock(now.plus_micros(-3_600 * invoice::SECOND));
    let order = world.order(&world.outlet);
    assert!(world.ledger().seal(order).await.is_err());
    world.set_clock(now.plus_micros(invoice::SECOND));
    assert_eq!(world.number().await, last + 1);
    Arc::into_inner(world).unwrap().finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_used_wants_no_signer() {
    let world = Arc::new(World::new().await);
    let old = sealed(world.ledger(), world.keyed("old", b"body")).await.0;
    acquaint(&world).await;
    let mut again = world.keyed("old", b"body");
    again.signer.sign = Arc::new(|_| Err("the token is gone".into()));
    let again = world.ledger().seal(again).await.unwrap();
    assert!(matches!(again, SealOutcome::Replayed(invoice) if invoice == old));
    Arc::into_inner(world).unwrap().finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_accepted_elsewhere_is_not_refused_beside_another_outlets_order() {
    let world = Arc::new(World::new().await);
    let other = world.open().await.unwrap();
    for _ in 0..4 {
        sealed(world.ledger(), world.order(&world.second)).await;
    }
    acquaint(&world).await;
    let now = world.now();
    let before = now.plus_micros(-3_600 * invoice::SECOND);
    let accepted = ledger::ClockOrder {
        tenant: world.tenant.clone(),
        outlet: world.second.clone(),
        operator: "J. Ilunga".to_owned(),
        reason: "the clock was an hour ahead".to_owned(),
        signer: world.signer(),
        now: before,
    };
    other.accept_clock(accepted).await.unwrap();
    let (mut earlier, later) = (world.order(&world.second), world.order(&world.outlet));
    earlier.now = before.plus_micros(invoice::SECOND);
    let ledger = world.ledger();
    tokio::join!(sealed(ledger, later), sealed(ledger, earlier));
    other.close().await;
    Arc::into_inner(world).unwrap().finish().await;
}
