//! Leases, their order, their fences; progress and attempts; alerts.

use invoice::{InvoiceId, OutletId, SECOND, Timestamp};
use ledger::{
    Alert, Attempt, Leased, LedgerError, NewLease, ProgressOrder, Recorded, SealOrder,
    SubmissionChange, SubmissionFilter, SubmissionPlace, SubmissionState,
};

use crate::home::OPENING_ENDS_LEASES;
use crate::world::{World, change, queued};

async fn queue(world: &World, outlet: &OutletId, ordered: bool) -> Recorded {
    let prepare = queued(world.now(), ordered);
    world.seal(SealOrder { prepare, ..world.order(outlet) }).await.unwrap()
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

fn sequences(leased: &[Leased]) -> Vec<u64> {
    leased.iter().map(|leased| leased.submission.sequence).collect()
}

#[tokio::test]
async fn one_submission_an_outlet_is_leased_in_the_order_of_entries() {
    let world = World::new().await;
    for _ in 0..2 {
        queue(&world, &world.outlet, true).await;
    }
    queue(&world, &world.second, true).await;
    let now = world.now();
    let leased = world.lease_due(now).await;
    assert_eq!(sequences(&leased), [1, 1]);
    assert_ne!(leased[0].submission.outlet, leased[1].submission.outlet);
    assert!(world.lease_due(now).await.is_empty(), "the first of each is in somebody's hands");

    let done = change(SubmissionState::SetAside, now);
    let done = SubmissionChange { release: true, ..done };
    world.ledger().save_progress(progress(&world, &leased[0], done)).await.unwrap();
    assert_eq!(sequences(&world.lease_due(now).await), [2], "what is set aside blocks nobody");
    world.finish().await;
}

#[tokio::test]
async fn one_that_backs_off_blocks_the_later_ones_only_if_it_is_ordered() {
    for (ordered, at_once, longest_due_first) in
        [(true, vec![1], vec![1]), (false, vec![1, 2], vec![2, 1])]
    {
        let world = World::new().await;
        queue(&world, &world.outlet, ordered).await;
        queue(&world, &world.outlet, ordered).await;
        let now = world.now();
        let mut leased = world.lease_due(now).await;
        assert_eq!(sequences(&leased), at_once);
        let first = leased.remove(0);
        let later = change(SubmissionState::Submitted, now.plus_micros(100 * SECOND));
        let later = SubmissionChange { release: true, ..later };
        world.ledger().save_progress(progress(&world, &first, later)).await.unwrap();
        assert!(world.lease_due(now.plus_micros(SECOND)).await.is_empty());
        let due = now.plus_micros(200 * SECOND);
        assert_eq!(sequences(&world.lease_due(due).await), longest_due_first);
        world.finish().await;
    }
}

#[tokio::test]
async fn a_lease_that_ran_out_is_taken_over_and_its_holder_is_fenced_off() {
    let mut world = World::new().await;
    let id = queue(&world, &world.outlet, true).await.entry.invoice.unwrap();
    let now = world.now();
    let first = world.lease_due(now).await.remove(0);
    let mine = NewLease { owner: "request".to_owned(), until: now.plus_micros(500 * SECOND) };
    let held = world.ledger().lease(&world.tenant, &id, mine.clone(), now).await.unwrap_err();
    assert!(matches!(held, LedgerError::LeaseHeld { .. }));

    let later = now.plus_micros(61 * SECOND);
    let second = world.ledger().lease(&world.tenant, &id, mine, later).await.unwrap();
    assert!(second.lease.token > first.lease.token);
    let state = SubmissionState::Submitted;
    let stale = progress(&world, &first, change(state, later));
    let error = world.ledger().save_progress(stale).await.unwrap_err();
    assert!(matches!(error, LedgerError::LeaseLost(_)));
    let error = world.ledger().release(&world.tenant, &id, first.lease.token).await.unwrap_err();
    assert!(matches!(error, LedgerError::LeaseLost(_)));

    let order = progress(&world, &second, change(state, later));
    let order = ProgressOrder { attempt: Some(attempt(later)), ..order };
    world.ledger().save_progress(order).await.unwrap();
    world.reopen().await;
    let stands = world.ledger().submission(&world.tenant, &id).await.unwrap().unwrap();
    assert_eq!((stands.state, &*stands.progress), (state, &b"further"[..]));
    let owner = (!OPENING_ENDS_LEASES).then(|| "request".to_owned());
    assert_eq!((stands.attempts, stands.lease_owner), (1, owner));
    let attempts = world.ledger().attempts(&world.tenant, &id).await.unwrap();
    assert_eq!(attempts, [attempt(later)]);
    let gone = world.ledger().release(&world.tenant, &id, second.lease.token).await;
    assert_eq!(matches!(gone, Err(LedgerError::LeaseLost(_))), OPENING_ENDS_LEASES, "{gone:?}");
    let again = world.lease_due(later).await.remove(0);
    assert!(again.lease.token > second.lease.token);
    let (states, outlets) = (vec![state], vec![world.outlet.clone()]);
    let filter = SubmissionFilter { states, outlets, after: None };
    let listed = world.ledger().submissions(&world.tenant, filter, 10).await.unwrap();
    assert_eq!(listed.len(), 1);
    world.finish().await;
}

/// Where it is due stays as it was.
async fn set_aside(world: &World, invoice: &InvoiceId) {
    let (ledger, now) = (world.ledger(), world.now());
    let mine = NewLease { owner: "a person".to_owned(), until: now.plus_micros(SECOND) };
    let leased = ledger.lease(&world.tenant, invoice, mine, now).await.unwrap();
    let aside = change(SubmissionState::SetAside, leased.submission.due_at);
    let aside = SubmissionChange { release: true, ..aside };
    ledger.save_progress(progress(world, &leased, aside)).await.unwrap();
}

/// Of two outlets, due at three moments, some set aside.
#[tokio::test]
async fn each_submission_stands_on_one_page_due_first() {
    let world = World::new().await;
    let start = world.now();
    for place in 0..6_i64 {
        let outlet = if place % 2 == 0 { &world.outlet } else { &world.second };
        let prepare = queued(start.plus_micros(5 - place / 2), false);
        let sealed = world.seal(SealOrder { prepare, ..world.order(outlet) }).await.unwrap();
        if place % 3 == 0 {
            set_aside(&world, &sealed.entry.invoice.unwrap()).await;
        }
    }
    let list = async |filter, limit| {
        world.ledger().submissions(&world.tenant, filter, limit).await.unwrap()
    };
    let all = list(SubmissionFilter::default(), 100).await;
    let places: Vec<_> = all.iter().map(SubmissionPlace::from).collect();
    assert!(all.len() == 6 && places.is_sorted() && places[0].due_at < places[2].due_at);
    for limit in [1, 2, 4, 6] {
        let (mut found, mut after) = (Vec::new(), None);
        for _ in 0..=6 {
            let page = list(SubmissionFilter { after, ..SubmissionFilter::default() }, limit).await;
            after = page.last().map(SubmissionPlace::from);
            found.extend(page);
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, all, "pages of {limit}");
    }
    let states = vec![SubmissionState::Queued, SubmissionState::Queued];
    let outlets = vec![world.second.clone()];
    let behind = SubmissionFilter { outlets, states, after: Some(places[0].clone()) };
    let of_second = all[1..].iter().filter(|one| one.outlet == world.second);
    let queued = of_second.filter(|one| one.state == SubmissionState::Queued);
    assert_eq!(list(behind, 100).await, queued.cloned().collect::<Vec<_>>());
    let states = vec![SubmissionState::SetAside];
    let aside = SubmissionFilter { states, ..SubmissionFilter::default() };
    assert_eq!(list(aside, 100).await.len(), 2);
    let outlets = vec![world.second.clone(), world.outlet.clone()];
    let of_both = SubmissionFilter { outlets, ..SubmissionFilter::default() };
    assert_eq!(list(of_both, 100).await, all);
    world.finish().await;
}

#[tokio::test]
async fn a_drive_that_goes_on_keeps_its_lease() {
    let world = World::new().await;
    let id = queue(&world, &world.outlet, true).await.entry.invoice.unwrap();
    let now = world.now();
    let leased = world.lease_due(now).await.remove(0);
    let until = || async {
        let stands = world.ledger().submission(&world.tenant, &id).await.unwrap().unwrap();
        stands.lease_until
    };
    let save = |extend_until, change| {
        let order = ProgressOrder { extend_until, ..progress(&world, &leased, change) };
        world.ledger().save_progress(order)
    };
    let going_on = || change(SubmissionState::Submitted, now);
    save(None, going_on()).await.unwrap();
    assert_eq!(until().await, Some(leased.lease.until));
    let extended = leased.lease.until.plus_micros(60 * SECOND);
    save(Some(extended), going_on()).await.unwrap();
    assert_eq!(until().await, Some(extended));
    save(Some(now), going_on()).await.unwrap();
    assert_eq!(until().await, Some(extended), "a lease is not cut short");
    let between = leased.lease.until.plus_micros(SECOND);
    assert!(world.lease_due(between).await.is_empty(), "nobody comes in between");
    let released = SubmissionChange { release: true, ..going_on() };
    save(Some(extended), released).await.unwrap();
    assert_eq!(until().await, None);
    world.finish().await;
}

fn attempt(at: Timestamp) -> Attempt {
    Attempt {
        at,
        asked: "POST /invoice".to_owned(),
        answer: "200".to_owned(),
        duration_micros: 12_000,
        outcome: "answered".to_owned(),
    }
}

#[tokio::test]
async fn a_long_answer_keeps_its_beginning_and_is_no_reason_to_fail() {
    let world = World::new().await;
    let id = queue(&world, &world.outlet, true).await.entry.invoice.unwrap();
    let now = world.now();
    let leased = world.lease_due(now).await.remove(0);
    let long = "é".repeat(2_000);
    let change = change(SubmissionState::Submitted, now);
    let change = SubmissionChange { last_answer: Some(long.clone()), ..change };
    let attempt = Attempt { answer: long.clone(), ..attempt(now) };
    let order = ProgressOrder { attempt: Some(attempt), ..progress(&world, &leased, change) };
    world.ledger().save_progress(order).await.unwrap();
    let stands = world.ledger().submission(&world.tenant, &id).await.unwrap().unwrap();
    let kept = stands.last_answer.unwrap();
    assert!(kept.len() == ledger::TEXT_BYTES_MAX && long.starts_with(&kept));
    assert_eq!(world.ledger().attempts(&world.tenant, &id).await.unwrap()[0].answer, kept);
    world.finish().await;
}

/// What was said of a trouble goes with the trouble.
#[tokio::test]
async fn an_answer_stays_until_another_and_goes_when_all_is_well() {
    let world = World::new().await;
    let id = queue(&world, &world.outlet, true).await.entry.invoice.unwrap();
    let now = world.now();
    let leased = world.lease_due(now).await.remove(0);
    let said = async |state, words: Option<&str>| {
        let change = change(state, now);
        let change = SubmissionChange { last_answer: words.map(str::to_owned), ..change };
        world.ledger().save_progress(progress(&world, &leased, change)).await.unwrap();
        let stands = world.ledger().submission(&world.tenant, &id).await.unwrap().unwrap();
        stands.last_answer
    };
    let no_line = Some("no connection".to_owned());
    assert_eq!(said(SubmissionState::Submitted, Some("no connection")).await, no_line);
    assert_eq!(said(SubmissionState::Submitted, None).await, no_line, "nothing was said since");
    assert_eq!(said(SubmissionState::Submitted, Some("")).await, None);
    assert_eq!(said(SubmissionState::Submitted, Some("no connection")).await, no_line);
    assert_eq!(said(SubmissionState::Acknowledged, None).await, None);
    let besides = Some("not delivered".to_owned());
    assert_eq!(said(SubmissionState::Acknowledged, Some("not delivered")).await, besides);
}

#[tokio::test]
async fn an_alert_is_told_once_until_it_is_cleared() {
    let world = World::new().await;
    let alert = Alert {
        tenant: world.tenant.clone(),
        outlet: Some(world.outlet.clone()),
        kind: "authority.unreachable".to_owned(),
        key: "unreachable".to_owned(),
        body: "{}".to_owned(),
        at: world.now(),
    };
    let ledger = world.ledger();
    assert!(ledger.raise_alert(alert.clone()).await.unwrap());
    assert!(!ledger.raise_alert(alert.clone()).await.unwrap());
    assert!(ledger.clear_alert(&world.tenant, "unreachable").await.unwrap());
    assert!(!ledger.clear_alert(&world.tenant, "unreachable").await.unwrap());
    assert!(ledger.raise_alert(alert).await.unwrap());
    world.number().await;
    let events = world.ledger().events(&world.tenant, 0, 10).await.unwrap();
    let kinds: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["authority.unreachable", "authority.unreachable", "invoice.sealed"]);
    assert!(events.windows(2).all(|pair| pair[0].id < pair[1].id));
    let after = world.ledger().events(&world.tenant, events[1].id, 10).await.unwrap();
    assert_eq!(after, events[2..]);
    world.finish().await;
}
