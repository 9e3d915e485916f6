//! Several agents over one database: each submission is in one pair of hands, in the order that its
//! outlet keeps.

use std::collections::BTreeSet;
use std::sync::Arc;

use invoice::SECOND;
use ledger::{
    Leased, Ledger, LedgerError, NewLease, ProgressOrder, SealOrder, SubmissionChange,
    SubmissionFilter, SubmissionState,
};

use crate::home::OPTIONS;
use crate::world::{World, change, queued};

const QUEUED: usize = 60;

async fn queue(world: &World, ordered: bool) {
    let prepare = queued(world.now(), ordered);
    world.seal(SealOrder { prepare, ..world.order(&world.outlet) }).await.unwrap();
}

async fn others(world: &World, count: usize) -> Vec<Arc<Ledger>> {
    let mut ledgers = Vec::new();
    for _ in 0..count {
        ledgers.push(Arc::new(Ledger::connect(&world.address(), OPTIONS()).await.unwrap()));
    }
    ledgers
}

async fn take(world: &World, ledger: &Ledger, limit: u32) -> Vec<Leased> {
    let now = world.now();
    let lease = NewLease { owner: "agent".to_owned(), until: now.plus_micros(600 * SECOND) };
    ledger.lease_due(lease, limit, now).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_submission_is_in_two_hands_and_none_is_left() {
    let world = World::new().await;
    for _ in 0..QUEUED {
        queue(&world, false).await;
    }
    let agents = others(&world, 3).await;
    let mut taken = Vec::new();
    // Whoever finds nothing may have been passed over by another's lock, so all ask until all is out.
    while taken.len() < QUEUED {
        let (first, second, third) = tokio::join!(
            take(&world, &agents[0], 7),
            take(&world, &agents[1], 7),
            take(&world, &agents[2], 7),
        );
        taken.extend([first, second, third].into_iter().flatten());
    }
    let sequences: BTreeSet<u64> = taken.iter().map(|leased| leased.submission.sequence).collect();
    assert_eq!((taken.len(), sequences.len()), (QUEUED, QUEUED));
    assert!(take(&world, &agents[0], 7).await.is_empty());
    for agent in agents {
        agent.close().await;
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outlet_with_an_order_is_in_one_pair_of_hands() {
    let world = World::new().await;
    for _ in 0..10 {
        queue(&world, true).await;
    }
    let agents = others(&world, 2).await;
    let mut driven = Vec::new();
    while driven.len() < 10 {
        let (one, other) = tokio::join!(take(&world, &agents[0], 5), take(&world, &agents[1], 5));
        let mut both = [one, other].concat();
        assert_eq!(both.len(), 1, "one of them, and one submission");
        let leased = both.remove(0);
        driven.push(leased.submission.sequence);
        let done =
            SubmissionChange { release: true, ..change(SubmissionState::SetAside, world.now()) };
        agents[1].save_progress(progress(&world, &leased, done)).await.unwrap();
    }
    assert!(driven.is_sorted(), "{driven:?}");
    for agent in agents {
        agent.close().await;
    }
    world.finish().await;
}

fn progress(world: &World, leased: &Leased, change: SubmissionChange) -> ProgressOrder {
    ProgressOrder {
        tenant: leased.submission.tenant.clone(),
        invoice: leased.submission.invoice.clone(),
        lease: leased.lease.token,
        change,
        extend_until: None,
        attempt: None,
        now: world.now(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_ask_for_one_submission_one_gets_it() {
    let world = World::new().await;
    queue(&world, false).await;
    let filter = SubmissionFilter::default();
    let listed = world.ledger().submissions(&world.tenant, filter, 1).await.unwrap();
    let invoice = &listed[0].invoice;
    let agents = others(&world, 2).await;
    let ask = async |agent: &Ledger| {
        let now = world.now();
        let lease = NewLease { owner: "till".to_owned(), until: now.plus_micros(600 * SECOND) };
        agent.lease(&world.tenant, invoice, lease, now).await
    };
    let (one, other) = tokio::join!(ask(&agents[0]), ask(&agents[1]));
    let (held, lost): (Vec<_>, Vec<_>) = [one, other].into_iter().partition(Result::is_ok);
    assert_eq!(held.len(), 1);
    assert!(matches!(lost[0], Err(LedgerError::LeaseHeld { .. })), "{lost:?}");
    let leased = held.into_iter().next().unwrap().unwrap();
    // What both write under the one lease is written twice, and counted twice.
    let save = async |agent: &Ledger| {
        let attempt = ledger::Attempt {
            at: world.now(),
            asked: "POST /invoice\0".to_owned(),
            answer: "200".to_owned(),
            duration_micros: 1,
            outcome: "answered".to_owned(),
        };
        let order = progress(&world, &leased, change(SubmissionState::Submitted, world.now()));
        agent.save_progress(ProgressOrder { attempt: Some(attempt), ..order }).await
    };
    let (one, other) = tokio::join!(save(&agents[0]), save(&agents[1]));
    one.unwrap();
    other.unwrap();
    let attempts = world.ledger().attempts(&world.tenant, invoice).await.unwrap();
    assert_eq!(attempts.len(), 2);
    assert_eq!(attempts[0].asked, "POST /invoice\u{FFFD}", "no store has a place for a NUL");
    world.ledger().release(&world.tenant, invoice, leased.lease.token).await.unwrap();
    for agent in agents {
        agent.close().await;
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_tell_at_once_miss_nothing_and_repeat_nothing() {
    let world = World::new().await;
    let agents = others(&world, 2).await;
    let told = async |agent: &Ledger, who: &str| {
        for number in 0..20 {
            let alert = ledger::Alert {
                tenant: world.tenant.clone(),
                outlet: None,
                kind: "test.told".to_owned(),
                key: format!("{who}/{number}"),
                body: "{}".to_owned(),
                at: world.now(),
            };
            assert!(agent.raise_alert(alert).await.unwrap());
        }
    };
    // A reader that goes on after the last it saw sees all of them, whatever commits in between.
    let read = async || {
        let (mut after, mut seen) = (0, 0);
        while seen < 40 {
            let page = world.ledger().events(&world.tenant, after, 7).await.unwrap();
            seen += page.len();
            after = page.last().map_or(after, |event| event.id);
        }
        (after, seen)
    };
    let ((), (), seen) = tokio::join!(told(&agents[0], "a"), told(&agents[1], "b"), read());
    assert_eq!(seen, (40, 40), "ids without a gap");
    for agent in agents {
        agent.close().await;
    }
    world.finish().await;
}
