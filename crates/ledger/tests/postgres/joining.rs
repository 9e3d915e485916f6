//! Orders that come while a transaction waits for its fence join it, as if they had come before.

use std::sync::Arc;

use ledger::{SealOrder, SealOutcome};

use crate::world::World;

/// Has the outlet's head locked, as another server would, until [`GO`].
fn hold(world: &World) {
    world.sql(&format!(
        "DO $$ BEGIN
            PERFORM 1 FROM heads WHERE outlet = '{}' FOR UPDATE;
            WHILE NOT EXISTS (SELECT 1 FROM alerts WHERE key = 'go') LOOP
                PERFORM pg_sleep(0.01);
            END LOOP;
        END $$",
        world.outlet,
    ));
}

/// The holder ends.
const GO: &str = "INSERT INTO alerts (tenant, key, kind, at) VALUES ('tn', 'go', 'go', 0)";

/// Until so many connections wait for something of this sort.
async fn until_one_waits(world: &Arc<World>, for_what: &str) {
    let sql = format!(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND {for_what}"
    );
    while run(world, sql.clone()).await == "0" {}
}

async fn run(world: &Arc<World>, sql: String) -> String {
    let world = Arc::clone(world);
    tokio::task::spawn_blocking(move || world.sql(&sql).trim().to_owned()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_come_while_the_fence_is_waited_for_share_its_commit() {
    let world = Arc::new(World::new().await);
    let old = world.seal(world.keyed("old", b"body")).await.unwrap();
    let holder = tokio::task::spawn_blocking({
        let world = Arc::clone(&world);
        move || hold(&world)
    });
    until_one_waits(&world, "wait_event = 'PgSleep'").await;
    let first = seal(&world, world.keyed("first", b"body"));
    until_one_waits(&world, "wait_event_type = 'Lock'").await;
    let before = world.ledger().commits();
    let ledger = world.ledger();
    let (second, again, of_old, other, _) = tokio::join!(biased;
        ledger.seal(world.keyed("second", b"body")),
        ledger.seal(world.keyed("first", b"body")),
        ledger.seal(world.keyed("old", b"body")),
        ledger.seal(world.keyed("first", b"another body")),
        run(&world, GO.to_owned()),
    );
    let first = recorded(first.await.unwrap());
    let second = recorded(second.unwrap());
    assert_eq!((first.1, second.1), (2, 3));
    assert!(
        matches!(again.unwrap(), SealOutcome::Replayed(invoice) if Some(&invoice) == Some(&first.0))
    );
    assert!(
        matches!(of_old.unwrap(), SealOutcome::Replayed(invoice) if Some(&invoice) == old.entry.invoice.as_ref())
    );
    assert!(other.is_err(), "a key stands for one body");
    assert_eq!(world.ledger().commits() - before, 1, "they joined");
    holder.await.unwrap();
    run(&world, "DELETE FROM alerts".to_owned()).await;
    assert_eq!(Arc::into_inner(world).unwrap().finish().await.entries, 3);
}

type Sealing = tokio::task::JoinHandle<SealOutcome>;

fn seal(world: &Arc<World>, order: SealOrder) -> Sealing {
    let world = Arc::clone(world);
    tokio::spawn(async move { world.ledger().seal(order).await.unwrap() })
}

/// Of which invoice, and its number.
fn recorded(outcome: SealOutcome) -> (invoice::InvoiceId, u64) {
    let SealOutcome::Recorded(recorded) = outcome else { panic!("{outcome:?}") };
    (recorded.entry.invoice.unwrap(), recorded.assigned.sequence_in_series)
}
