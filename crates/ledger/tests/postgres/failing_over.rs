//! A database that loses its last commits while servers work over it, as a standby does that takes
//! over without them.

use std::sync::Arc;

use ledger::{LedgerError, SealOutcome};

use crate::anchors::{Shelf, anchoring};
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
