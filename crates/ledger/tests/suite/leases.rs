//! Leases that are renewed while work goes on, and documents that are in one pair of hands.

use std::collections::HashSet;

use invoice::{SECOND, Timestamp};
use ledger::{
    AnnulmentState, DecisionDelivery, DecisionReceiver, DeliveryState, DocumentWork, Held, InboxId,
    LeaseToken, LedgerError, NewDecision, NewLease, NewStanding,
};

use DocumentWork::{Decision, Inquiry};

use crate::home::OPENING_ENDS_LEASES;
use crate::inbox::kept;
use crate::ranges::range_id;
use crate::world::{World, queued};

const LEASE: i64 = 30 * SECOND;

#[tokio::test]
async fn a_lease_is_renewed_while_it_is_held_and_not_when_another_has_it() {
    let world = World::new().await;
    let order =
        ledger::SealOrder { prepare: queued(world.now(), true), ..world.order(&world.outlet) };
    let invoice = world.seal(order).await.unwrap().entry.invoice.unwrap();
    let ledger = world.ledger();
    let now = world.now();
    let lease = |until: i64| NewLease { owner: "a".to_owned(), until: now.plus_micros(until) };
    let mine = ledger.lease_due(lease(LEASE), 1, now).await.unwrap().remove(0);
    let held = Held::Submission(invoice.clone(), mine.lease.token);
    let renew = async |held: &Held, until: i64| {
        let renewed =
            ledger.renew_leases(vec![held.clone()], now.plus_micros(until)).await.unwrap();
        renewed.contains(held)
    };
    assert!(renew(&held, 3 * LEASE).await);
    let between = now.plus_micros(2 * LEASE);
    let taken = ledger.lease_due(lease(9 * LEASE), 1, between).await.unwrap();
    assert!(taken.is_empty(), "nobody comes in between");
    assert!(renew(&held, LEASE).await);
    let stands = ledger.submission(&world.tenant, &invoice).await.unwrap().unwrap();
    assert_eq!(stands.lease_until, Some(now.plus_micros(3 * LEASE)), "it is not cut short");

    let other = Held::Submission(invoice.clone(), LeaseToken(mine.lease.token.0 + 1));
    assert!(!renew(&other, 9 * LEASE).await, "a token that was not given");
    let over = now.plus_micros(3 * LEASE);
    let theirs = ledger.lease_due(lease(4 * LEASE), 1, over).await.unwrap().remove(0);
    assert!(!renew(&held, 9 * LEASE).await, "it ran out, and another has it");
    let theirs = Held::Submission(invoice.clone(), theirs.lease.token);
    assert!(renew(&theirs, 5 * LEASE).await);
    let Held::Submission(_, token) = theirs.clone() else { unreachable!("it is one") };
    ledger.release(&world.tenant, &invoice, token).await.unwrap();
    assert!(!renew(&theirs, 9 * LEASE).await, "what was given back is nobody's");
    let nobody: HashSet<Held> = ledger.renew_leases(Vec::new(), over).await.unwrap();
    assert!(nobody.is_empty());
    world.finish().await;
}

async fn take(world: &World, id: &InboxId, now: Timestamp) -> Option<LeaseToken> {
    let lease = NewLease { owner: "a".to_owned(), until: now.plus_micros(LEASE) };
    world.ledger().lease_document(&world.tenant, (id, Decision), lease, now).await.unwrap()
}

fn standing(at: Timestamp) -> NewStanding {
    NewStanding { state: None, words: "w".to_owned(), at, ask_at: Some(at) }
}

#[tokio::test]
async fn a_document_is_in_one_pair_of_hands_and_an_old_holder_writes_nothing() {
    let mut world = World::new().await;
    let id = kept(&world, "E310000000001").await;
    let decision = NewDecision {
        tenant: world.tenant.clone(),
        id: id.clone(),
        reason: None,
        document: b"<Word/>".to_vec(),
        by: "key".to_owned(),
        at: world.now(),
    };
    world.ledger().decide(decision).await.unwrap();
    let start = world.now();
    let at = |later: i64| start.plus_micros(later);
    let first = take(&world, &id, at(0)).await.unwrap();
    assert_eq!(take(&world, &id, at(LEASE - 1)).await, None, "somebody has it");
    let second = take(&world, &id, at(LEASE)).await.unwrap();
    assert!(second > first);

    let (ledger, tenant) = (world.ledger(), &world.tenant);
    let delivery = DecisionDelivery {
        receiver: DecisionReceiver::Authority,
        state: DeliveryState::Sent,
        words: "w".to_owned(),
        at: start,
    };
    let late = ledger.tell_standing(tenant, &id, first, standing(start)).await;
    assert!(matches!(late, Err(LedgerError::DocumentLeaseLost(_))), "{late:?}");
    let late = ledger.tell_delivery(tenant, &id, first, delivery.clone()).await;
    assert!(matches!(late, Err(LedgerError::DocumentLeaseLost(_))), "{late:?}");
    ledger.release_document(tenant, &id, first).await.unwrap();
    assert_eq!(take(&world, &id, at(LEASE)).await, None, "what is another's is not given back");

    ledger.tell_delivery(tenant, &id, second, delivery).await.unwrap();
    let held = Held::Document(id.clone(), second);
    let renewed = ledger.renew_leases(vec![held.clone()], at(9 * LEASE)).await.unwrap();
    assert!(renewed.contains(&held));
    assert_eq!(take(&world, &id, at(8 * LEASE)).await, None);
    ledger.tell_standing(tenant, &id, second, standing(start)).await.unwrap();
    let third = take(&world, &id, at(0)).await.unwrap();
    world.ledger().release_document(&world.tenant, &id, third).await.unwrap();
    take(&world, &id, at(0)).await.unwrap();
    world.reopen().await;
    assert_eq!(take(&world, &id, at(0)).await.is_some(), OPENING_ENDS_LEASES);
    // What another has done meanwhile is not done again.
    let asked = kept(&world, "E310000000002").await;
    let lease = || NewLease { owner: "b".to_owned(), until: at(9 * LEASE) };
    let inquire = async |at| {
        let wanted = (&asked, Inquiry);
        world.ledger().lease_document(&world.tenant, wanted, lease(), at).await.unwrap()
    };
    let later = at(LEASE);
    let hand = inquire(later).await.unwrap();
    let rests = NewStanding { ask_at: Some(at(2 * LEASE)), ..standing(at(0)) };
    world.ledger().tell_standing(&world.tenant, &asked, hand, rests).await.unwrap();
    assert_eq!(inquire(later).await, None, "it was asked about a moment ago");
    assert!(inquire(at(2 * LEASE)).await.is_some());
    assert_eq!(take(&world, &asked, at(9 * LEASE)).await, None, "nothing was decided of it");
    let unknown = InboxId { sequence: 99, ..id };
    assert_eq!(take(&world, &unknown, at(0)).await, None);
    world.finish().await;
}

#[tokio::test]
async fn an_annulment_is_in_one_pair_of_hands_and_an_old_holder_writes_nothing() {
    let mut world = World::new().await;
    world.authorise(world.range(1, 1, 20)).await;
    for (first, last) in [(5, 6), (8, 9)] {
        world.ledger().annul(world.annulment(1, first, last)).await.unwrap();
    }
    let (tenant, range, start) = (world.tenant.clone(), range_id(1), world.now());
    let at = |later: i64| start.plus_micros(later);
    let lease = |from: i64| NewLease { owner: "a".to_owned(), until: at(from + LEASE) };
    let which = (&range, 5);
    let take = async |world: &World, from: i64| {
        world.ledger().lease_annulment(&tenant, which, lease(from), at(from)).await.unwrap()
    };
    let first = take(&world, 0).await.unwrap();
    assert_eq!(take(&world, LEASE - 1).await, None, "somebody has it");
    let beside = world.ledger().lease_annulment(&tenant, (&range, 8), lease(0), at(0)).await;
    assert!(beside.unwrap().is_some(), "each has its own");
    let second = take(&world, LEASE).await.unwrap();
    assert!(second > first);

    let settle = async |world: &World, token, state, document: Option<&str>| {
        let document = document.map(|text| text.as_bytes().to_vec());
        world.ledger().settle_annulment(&tenant, which, token, (state, document)).await
    };
    let is_lost = |told: Result<(), LedgerError>| match told {
        Err(LedgerError::AnnulmentLeaseLost { range: of, first }) => {
            (of, first) == (range.clone(), 5)
        }
        _ => false,
    };
    let (recorded, taken) = (AnnulmentState::Recorded, AnnulmentState::Taken);
    assert!(is_lost(settle(&world, first, recorded, Some("<Late/>")).await));
    assert!(is_lost(settle(&world, first, taken, None).await));
    world.ledger().release_annulment(&tenant, which, first).await.unwrap();
    assert_eq!(take(&world, LEASE).await, None, "what is another's is not given back");
    settle(&world, second, recorded, Some("<Signed/>")).await.unwrap();

    let (mine, old) = (Held::Annulment((range.clone(), 5), second), first);
    let others = Held::Annulment((range.clone(), 5), old);
    let both = vec![mine.clone(), others];
    let renewed = world.ledger().renew_leases(both, at(9 * LEASE)).await.unwrap();
    assert_eq!(renewed, HashSet::from([mine]));
    assert_eq!(take(&world, 8 * LEASE).await, None);
    world.ledger().release_annulment(&tenant, which, second).await.unwrap();
    assert!(is_lost(settle(&world, second, taken, None).await), "it was given back");
    let third = take(&world, 0).await.unwrap();
    assert!(third > second);
    world.reopen().await;
    let fourth = take(&world, 0).await;
    assert_eq!(fourth.is_some(), OPENING_ENDS_LEASES);
    settle(&world, fourth.unwrap_or(third), taken, None).await.unwrap();
    world.ledger().release_annulment(&tenant, which, fourth.unwrap_or(third)).await.unwrap();
    assert_eq!(take(&world, 9 * LEASE).await, None, "the authority has answered");
    let standing = world.ledger().range(&tenant, &range).await.unwrap().unwrap();
    let annulled = &standing.annulled[0];
    let kept = annulled.document.as_deref();
    assert_eq!((annulled.state, kept), (taken, Some(&b"<Signed/>"[..])));

    let strange = world.stranger.clone();
    for (whose, number) in [(&strange, (&range, 8)), (&tenant, (&range, 7))] {
        let ledger = world.ledger();
        let taken = ledger.lease_annulment(whose, number, lease(0), at(9 * LEASE)).await;
        assert_eq!(taken.unwrap(), None);
        let told = ledger.settle_annulment(whose, number, third, (recorded, None)).await;
        assert!(matches!(told, Err(LedgerError::Unknown("annulment"))), "{told:?}");
    }
    world.finish().await;
}

/// Of those who ask at one moment one gets it.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_want_to_tell_of_an_annulment_one_does() {
    let world = World::new().await;
    world.authorise(world.range(1, 1, 20)).await;
    world.ledger().annul(world.annulment(1, 5, 6)).await.unwrap();
    let (range, now) = (range_id(1), world.now());
    let ask = || {
        let lease = NewLease { owner: "a".to_owned(), until: now.plus_micros(LEASE) };
        world.ledger().lease_annulment(&world.tenant, (&range, 5), lease, now)
    };
    let asked = tokio::join!(ask(), ask(), ask(), ask(), ask(), ask());
    let asked = [asked.0, asked.1, asked.2, asked.3, asked.4, asked.5];
    let taken = asked.into_iter().filter(|taken| taken.as_ref().unwrap().is_some());
    assert_eq!(taken.count(), 1);
    world.finish().await;
}

/// Ids tell the order of a tenant's events, and nothing of another's.
#[tokio::test]
async fn each_tenants_events_are_in_the_order_of_its_commits() {
    let world = World::new().await;
    for number in 0..4_u8 {
        let (tenant, outlet) = if number % 2 == 0 {
            (&world.tenant, &world.outlet)
        } else {
            (&world.stranger, &world.strange_outlet)
        };
        let alert = ledger::Alert {
            tenant: tenant.clone(),
            outlet: Some(outlet.clone()),
            kind: "test.told".to_owned(),
            key: format!("told/{number}"),
            body: format!("{number}"),
            at: world.now(),
        };
        world.ledger().raise_alert(alert).await.unwrap();
    }
    for (tenant, told) in [(&world.tenant, ["0", "2"]), (&world.stranger, ["1", "3"])] {
        let events = world.ledger().events(tenant, 0, 10).await.unwrap();
        let bodies: Vec<&str> = events.iter().map(|event| event.body.as_str()).collect();
        assert_eq!(bodies, told);
        assert!(events[0].id < events[1].id);
        let after = world.ledger().events(tenant, events[0].id, 10).await.unwrap();
        assert_eq!(after, events[1..]);
    }
    world.finish().await;
}
