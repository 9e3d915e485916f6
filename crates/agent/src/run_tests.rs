//! An agent at work, over lines that say nothing.

use invoice::{InvoiceId, SECOND};
use ledger::Submission;

use super::*;
use crate::testing::Store;

#[tokio::test]
async fn what_is_held_is_renewed_and_another_takes_it_when_it_is_not() {
    let store = Store::new().await;
    let outlet = store.outlet("KIN01", r#"{"wire": {"silent": true}}"#).await;
    let invoice = store.issue(&outlet).await;
    let agent = Agent::new(Arc::clone(&store.desks), Settings::default(), Arc::default());
    let pulse = agent.pulse();
    assert!(pulse.lives() && !pulse.reads(), "it has not looked yet");
    let (_stop, stopped) = watch::channel(false);
    let working = tokio::spawn(agent.run(stopped));
    let ledger = store.desks.ledger();
    let take = async || {
        let now = store.clock.now();
        let lease = NewLease { owner: "another".to_owned(), until: now.plus_micros(SECOND) };
        ledger.lease_due(lease, 10, now).await.unwrap().len()
    };
    let patience = Instant::now() + Duration::from_secs(30);
    while !pulse.reads() {
        assert!(Instant::now() < patience, "it does not read the queue");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let held_until = async || {
        let stands = ledger.submission(&store.tenant, &invoice).await.unwrap().unwrap();
        stands.lease_until.map(|until| until.micros_since(store.clock.now()))
    };
    // Its drive begins a moment after the lease.
    store.clock.advance(SECOND);
    while held_until().await != Some(LEASE) {
        assert!(Instant::now() < patience, "it is not renewed");
        store.desks.renew_leases().await.unwrap();
    }
    for _ in 0..5 {
        store.clock.advance(LEASE - SECOND);
        store.desks.renew_leases().await.unwrap();
        assert_eq!(take().await, 0, "it is held");
    }
    working.abort();
    let _ = working.await;
    store.desks.renew_leases().await.unwrap();
    store.clock.advance(LEASE);
    assert_eq!(take().await, 1, "a dead one's work is taken over");
}

/// A look at the queue and a commit for each of them would bound how many are delivered.
#[tokio::test]
async fn drives_that_ended_together_are_followed_by_one_look_at_the_queue() {
    let store = Store::new().await;
    let desks = Arc::clone(&store.desks);
    let mut agent = Agent::new(desks, Settings::default(), Arc::default());
    for _ in 0..agent.settings.at_once {
        agent.drives.spawn(async { Driven::Waiting });
    }
    // The runtime has one thread: when the last one has told, so have all.
    let (told, tells) = tokio::sync::oneshot::channel();
    agent.drives.spawn(async {
        let _ = told.send(());
        Driven::Waiting
    });
    tells.await.unwrap();
    let first = agent.drives.join_next_with_id().await.unwrap();
    agent.all_ended(first).await;
    assert_eq!(agent.drives.len(), 0);
}

/// An agent at work on two invoices of an outlet whose line is so; what stands of them once it
/// stands as it should.
async fn at_work_on_two(
    line: &str,
    should: impl Fn(&[Submission; 2]) -> bool,
) -> (Store, [InvoiceId; 2], watch::Sender<bool>, JoinHandle<()>) {
    let store = Store::new().await;
    let outlet = store.outlet("KIN01", &format!(r#"{{"wire": {{"{line}": true}}}}"#)).await;
    let invoices = [store.issue(&outlet).await, store.issue(&outlet).await];
    let settings = Settings { drain: Duration::from_millis(50), ..Settings::default() };
    let agent = Agent::new(Arc::clone(&store.desks), settings, Arc::new(Notify::new()));
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn(agent.run(stopped));
    let patience = Instant::now() + Duration::from_secs(30);
    while !should(&standing(&store, &invoices).await) {
        assert!(Instant::now() < patience, "it does not come to that");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (store, invoices, stop, working)
}

async fn standing(store: &Store, [first, second]: &[InvoiceId; 2]) -> [Submission; 2] {
    let ledger = store.desks.ledger();
    let stands = async |id| ledger.submission(&store.tenant, id).await.unwrap().unwrap();
    [stands(first).await, stands(second).await]
}

#[tokio::test]
async fn what_is_under_way_is_given_back_at_the_end() {
    let is_leased = |both: &[Submission; 2]| {
        both[0].lease_until.is_some() && both[0].state == SubmissionState::Submitted
    };
    let (store, invoices, stop, working) = at_work_on_two("silent", is_leased).await;
    let [_, second] = standing(&store, &invoices).await;
    assert_eq!((second.lease_until, second.attempts), (None, 0), "it waits for its turn");
    stop.send(true).unwrap();
    working.await.unwrap();
    for left in standing(&store, &invoices).await {
        assert_eq!((left.lease_until, left.lease_owner), (None, None));
    }
    let now = store.clock.now();
    let lease = NewLease { owner: "another".to_owned(), until: now.plus_micros(SECOND) };
    let taken = store.desks.ledger().lease_due(lease, 10, now).await.unwrap();
    assert_eq!(taken.len(), 1, "another goes on with the first of them");
    assert_eq!(taken[0].submission.invoice, invoices[0]);
}

#[tokio::test]
async fn what_follows_waits_where_the_one_before_it_waits() {
    let waits = |both: &[Submission; 2]| {
        both[0].due_at > both[0].created_at.plus_micros(SECOND)
            && both.iter().all(|one| one.lease_until.is_none())
    };
    let (store, invoices, stop, working) = at_work_on_two("resting", waits).await;
    let [first, second] = standing(&store, &invoices).await;
    assert_eq!(first.state, SubmissionState::Submitted);
    assert_eq!((second.state, second.attempts), (SubmissionState::Queued, 0), "not driven");
    stop.send(true).unwrap();
    working.await.unwrap();
}
