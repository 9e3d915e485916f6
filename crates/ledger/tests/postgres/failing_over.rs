//! A database that loses its last commits while servers work over it, as a standby does that takes
//! over without them.

use std::sync::Arc;

use std::time::Duration;

use ledger::{Ledger, LedgerError, SealOutcome, StoreUrl};
use private_postgres::Cluster;

use crate::anchors::{Shelf, anchoring};
use crate::copying::across;
use crate::home::OPTIONS;
use crate::world::World;

#[tokio::test]
async fn a_database_that_lost_its_last_commits_is_noticed_while_it_runs() {
    let mut world = World::new().await;
    let shelf = Arc::new(Shelf::default());
    world.reopen_anchored(&anchoring(&world, &shelf)).await.unwrap();
    let outlet = world.outlet.clone();
    assert_eq!(world.number().await, 1);
    let standby = world.home.backup();
    assert_eq!(world.number().await, 2);
    world.home.restore(&standby);
    let refused = world.ledger().seal(world.order(&outlet)).await;
    assert!(
        matches!(refused, Err(LedgerError::RolledBack { anchored: 2, found: 1, .. })),
        "{refused:?}"
    );
    assert_eq!(world.ledger().refusing().len(), 1);
    // A server that never saw what is lost goes on, and the first notices that too.
    let other = world.open().await.unwrap();
    for _ in 0..2 {
        let sealed = other.seal(world.order(&outlet)).await.unwrap();
        assert!(matches!(sealed, SealOutcome::Recorded(_)));
    }
    let refused = world.ledger().seal(world.order(&outlet)).await;
    assert!(
        matches!(refused, Err(LedgerError::RolledBack { anchored: 2, found: 3, .. })),
        "{refused:?}"
    );
    world.ledger().recover(world.recovery(&outlet)).await.unwrap();
    assert_eq!(world.number().await, 4);
    other.close().await;
    world.finish().await;
}

/// Two servers that take turns at one outlet each find what the other wrote upon their own.
#[tokio::test]
async fn servers_that_share_an_outlet_find_their_own_entries_below_the_others() {
    let mut world = World::new().await;
    let (first, second) = (Arc::new(Shelf::default()), Arc::new(Shelf::default()));
    world.reopen_anchored(&anchoring(&world, &first)).await.unwrap();
    let other = world.home.open_anchored(&anchoring(&world, &second)).await.unwrap();
    for turn in 0..3 {
        assert_eq!(world.number().await, 2 * turn + 1);
        other.seal(world.order(&world.outlet)).await.unwrap();
    }
    assert!(world.ledger().refusing().is_empty() && other.refusing().is_empty());
    other.close().await;
    world.finish().await;
}

/// A server that was started again while its standby was away shows a commit that the standby does not
/// have: a lane that looked for its batch found it there, and acknowledged what the next promotion lost.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_after_a_restart_waits_for_the_standby_all_the_same() {
    let world = World::new().await;
    world.number().await;
    world.ledger().close().await;
    let cluster = run(|| Arc::new(Cluster::start(SENDS))).await;
    let address = cluster.address("postgres");
    Ledger::migrate(&address, None).await.unwrap();
    let from: StoreUrl = world.address().parse().unwrap();
    across(&from, &address.parse().unwrap()).await.unwrap();
    let ledger = Arc::new(Ledger::connect(&address, OPTIONS()).await.unwrap());
    ledger.seal(world.order(&world.outlet)).await.unwrap();

    wait_for_nobody(&cluster).await;
    let (order, sealing) = (world.keyed("key", b"body"), Arc::clone(&ledger));
    let sealing = tokio::spawn(async move { sealing.seal(order).await });
    while sql(&cluster, &format!("SELECT count(pg_terminate_backend(pid)) {WAITING}")).await == "0"
    {
        assert!(!sealing.is_finished(), "{:?}", sealing.await);
    }
    // It is there now, for everybody to see, and still nobody else has it.
    while sql(&cluster, &format!("SELECT count(*) {WAITING}")).await == "0" {
        assert!(!sealing.is_finished(), "{:?}", sealing.await);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!sealing.is_finished(), "{:?}", sealing.await);
    set(&cluster, "RESET synchronous_standby_names").await;
    assert!(matches!(sealing.await.unwrap(), Ok(SealOutcome::Recorded(_))));

    // A key that was used is answered under the fence as well.
    wait_for_nobody(&cluster).await;
    let again =
        tokio::time::timeout(Duration::from_millis(300), ledger.seal(world.keyed("key", b"body")));
    assert!(again.await.is_err());
    set(&cluster, "RESET synchronous_standby_names").await;
    let again = ledger.seal(world.keyed("key", b"body")).await;
    assert!(matches!(again, Ok(SealOutcome::Replayed(_))));
    ledger.close().await;
}

/// A server without them waits for no standby.
const SENDS: &[&str] = &["wal_level = replica", "max_wal_senders = 4"];

const WAITING: &str = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'";

/// What waits writes something besides its commit.
const WRITES: &str = "COMMENT ON DATABASE postgres IS 'written'";

/// Every commit waits for a standby that there is not. The server takes up the setting a while after it
/// is told to: from when on is shown by a commit that waits.
async fn wait_for_nobody(cluster: &Arc<Cluster>) {
    set(cluster, "SET synchronous_standby_names = 'nobody'").await;
    let cancelled = format!("SELECT count(pg_cancel_backend(pid)) {WAITING}");
    loop {
        let asked = Arc::clone(cluster);
        let commit = tokio::spawn(async move { sql(&asked, WRITES).await });
        while !commit.is_finished() {
            if sql(cluster, &cancelled).await != "0" {
                commit.await.unwrap();
                return;
            }
        }
    }
}

async fn set(cluster: &Arc<Cluster>, setting: &str) {
    sql(cluster, &format!("ALTER SYSTEM {setting}")).await;
    sql(cluster, "SELECT pg_reload_conf()").await;
}

async fn sql(cluster: &Arc<Cluster>, statement: &str) -> String {
    let (cluster, statement) = (Arc::clone(cluster), statement.to_owned());
    run(move || cluster.sql("postgres", &statement).trim().to_owned()).await
}

async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}
