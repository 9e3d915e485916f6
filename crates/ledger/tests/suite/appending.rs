//! Follow-up entries: transitions, returned numbers, fences.

use invoice::{EntryKind, SECOND};
use ledger::{
    AppendOrder, FollowUp, LeaseToken, LedgerError, NewLease, SealOrder, Stage, SubmissionState,
};

use crate::world::{World, change, elements, queued, sealed};

#[tokio::test]
async fn a_requested_invoice_is_sealed_once() {
    let world = World::new().await;
    let requested = world.seal(world.request(&world.outlet)).await.unwrap();
    assert_eq!(requested.entry.kind, EntryKind::Requested);
    let order = world.coded(&requested, FollowUp::Sealed, "DGI-CODE");
    let sealed = world.ledger().append(order).await.unwrap();
    assert_eq!((sealed.kind, sealed.sequence), (EntryKind::Sealed, 2));
    let again = world.append(&requested, FollowUp::Sealed).await.unwrap_err();
    let from = Stage::Sealed;
    let to = EntryKind::Sealed;
    assert!(
        matches!(again, LedgerError::IllegalTransition { from: f, to: t } if (f, t) == (from, to))
    );

    let id = requested.entry.invoice.unwrap();
    let record = world.ledger().invoice(&world.tenant, &id).await.unwrap().unwrap();
    assert_eq!(record.invoice.stage, Stage::Sealed);
    assert_eq!(record.seal(), Some(&sealed));
    assert_eq!(record.entries.len(), 2);
    assert_eq!(record.submission.unwrap().state, SubmissionState::Acknowledged);
    let by_code = world.ledger().invoices_by_authority_code(&world.tenant, "DGI-CODE").await;
    assert_eq!(by_code.unwrap()[0].invoice, id);
    world.finish().await;
}

#[tokio::test]
async fn a_number_that_the_authority_never_registered_goes_to_the_next_invoice() {
    let mut world = World::new().await;
    let first = world.seal(world.request(&world.outlet)).await.unwrap();
    let second = world.seal(world.request(&world.outlet)).await.unwrap();
    assert_eq!(world.number().await, 3);
    world.append(&second, FollowUp::Refused).await.unwrap();
    world.append(&first, FollowUp::Refused).await.unwrap();
    let error = world.append(&first, FollowUp::Sealed).await.unwrap_err();
    assert!(matches!(error, LedgerError::IllegalTransition { from: Stage::Refused, .. }));
    world.reopen().await;
    for wanted in [1, 2, 4] {
        assert_eq!(world.number().await, wanted, "the smallest that came back, then the next");
    }
    let found = world.ledger().invoices_by_number(&world.tenant, "KIN01-2026-000001").await;
    let stages: Vec<_> = found.unwrap().into_iter().map(|invoice| invoice.stage).collect();
    assert_eq!(stages, [Stage::Sealed, Stage::Refused]);

    let third = world.seal(world.request(&world.outlet)).await.unwrap();
    world.append(&third, FollowUp::Refused).await.unwrap();
    let fourth = world.seal(world.request(&world.outlet)).await.unwrap();
    assert_eq!(fourth.assigned.sequence_in_series, 5);
    world.append(&fourth, FollowUp::Refused).await.unwrap();
    let report = world.finish().await;
    assert_eq!((report.outlets[0].sealed, report.outlets[0].free), (4, 1));
}

#[tokio::test]
async fn an_invoice_that_was_handed_over_keeps_its_number() {
    let world = World::new().await;
    let prepare = queued(world.now(), true);
    let order = SealOrder { prepare, ..world.order(&world.outlet) };
    let mut recorded = world.seal(order).await.unwrap();
    recorded.lease = Some(world.lease_due(world.now()).await.remove(0).lease);
    world.append(&recorded, FollowUp::Unanswered).await.unwrap();
    world.append(&recorded, FollowUp::Refused).await.unwrap();
    assert_eq!(world.number().await, 2);
    let id = recorded.entry.invoice.unwrap();
    let record = world.ledger().invoice(&world.tenant, &id).await.unwrap().unwrap();
    assert_eq!(record.invoice.stage, Stage::SealedRefused);
    let report = world.finish().await;
    assert_eq!((report.outlets[0].sealed, report.outlets[0].free), (2, 0));
}

async fn handed_over(world: &World) -> ledger::Recorded {
    let prepare = queued(world.now(), false);
    let order = SealOrder { prepare, ..world.order(&world.outlet) };
    let mut recorded = world.seal(order).await.unwrap();
    recorded.lease = Some(world.lease_due(world.now()).await.remove(0).lease);
    recorded
}

/// Some authorities say of what they refuse whether its number may be used again.
#[tokio::test]
async fn a_number_that_was_handed_over_and_is_not_held_goes_to_the_correction_alone() {
    let mut world = World::new().await;
    let refused = |recorded, fate: &str| AppendOrder {
        frees_number: fate == "unused",
        elements: Some(format!("{{\"number\":\"{fate}\"}}").into_bytes()),
        ..world.follow_up(recorded, FollowUp::Refused)
    };
    let first = handed_over(&world).await;
    world.ledger().append(refused(&first, "unused")).await.unwrap();
    // The customer of the refused one has its number in hand: nobody else gets it.
    let second = handed_over(&world).await;
    assert_eq!(second.assigned.sequence_in_series, 2);
    let replaced = first.entry.invoice.clone().unwrap();
    let correction = world.seal(world.replacing(&replaced)).await.unwrap();
    assert_eq!(correction.assigned.number, first.assigned.number);
    world.ledger().append(refused(&correction, "used")).await.unwrap();
    // One that was never sealed, and whose number the authority counts as used all the same.
    let third = world.seal(world.request(&world.outlet)).await.unwrap();
    assert_eq!(third.assigned.sequence_in_series, 3);
    world.ledger().append(refused(&third, "used")).await.unwrap();
    let fourth = handed_over(&world).await;
    world.ledger().append(refused(&fourth, "unused")).await.unwrap();
    world.reopen().await;
    let report = world.verify().await.unwrap();
    assert_eq!((report.outlets[0].sealed, report.outlets[0].free), (3, 1));
    assert_eq!(world.number().await, 5);
    world.finish().await;
}

/// The authority has it; what is still done besides keeps the submission in the queue, and its
/// receiver's word stands beside the authority's.
#[tokio::test]
async fn an_acknowledged_invoice_may_still_be_driven_and_acknowledged_by_its_receiver() {
    let world = World::new().await;
    let recorded = handed_over(&world).await;
    let going_on = change(ledger::SubmissionState::Submitted, world.now());
    let order = world.follow_up(&recorded, FollowUp::Acknowledged);
    world.ledger().append(AppendOrder { change: going_on, ..order }).await.unwrap();
    world.verify().await.unwrap();
    world.append(&recorded, FollowUp::Acknowledged).await.unwrap();
    let error = world.append(&recorded, FollowUp::Refused).await.unwrap_err();
    assert!(matches!(error, LedgerError::IllegalTransition { from: Stage::Acknowledged, .. }));
    let report = world.finish().await;
    assert_eq!((report.outlets[0].sealed, report.entries), (1, 3));
}

#[tokio::test]
async fn what_the_authority_answered_is_written_down_whatever_the_clock_says() {
    let world = World::new().await;
    let requested = world.seal(world.request(&world.outlet)).await.unwrap();
    let last = requested.assigned.sealed_at;
    let now = last.plus_micros(-3 * SECOND);
    let order = AppendOrder { now, ..world.follow_up(&requested, FollowUp::Sealed) };
    let sealed = world.ledger().append(order).await.unwrap();
    assert_eq!(sealed.at, last.plus_micros(1));
    let opening = SealOrder { now, ..world.order(&world.outlet) };
    let error = world.seal(opening).await.unwrap_err();
    assert!(matches!(error, LedgerError::ClockWentBack { .. }), "what is new waits: {error}");
    assert_eq!(world.finish().await.entries, 2);
}

#[tokio::test]
async fn an_authoritys_code_is_one_invoices() {
    let mut world = World::new().await;
    let first = world.seal(world.request(&world.outlet)).await.unwrap();
    let second = world.seal(world.request(&world.second)).await.unwrap();
    world.ledger().append(world.coded(&first, FollowUp::Sealed, "DGI-1")).await.unwrap();
    let first = first.entry.invoice.unwrap();
    let order = world.coded(&second, FollowUp::Sealed, "DGI-1");
    let error = world.ledger().append(order).await.unwrap_err();
    let LedgerError::CodeTaken { code, invoice } = error else { panic!("{error}") };
    assert_eq!((&*code, &invoice), ("DGI-1", &first));
    let prepare: ledger::Prepare = Box::new(|assigned| {
        let elements = Some(elements("DGI-1"));
        let authority_code = Some("DGI-1".to_owned());
        Ok(ledger::Prepared { elements, authority_code, ..sealed()(assigned)? })
    });
    let order = SealOrder { prepare, ..world.order(&world.outlet) };
    let error = world.seal(order).await.unwrap_err();
    assert!(matches!(error, LedgerError::CodeTaken { invoice, .. } if invoice == first));
    world.reopen().await;
    assert_eq!(world.number().await, 2, "what was dropped took no number");
    let strange = world.seal(world.request(&world.strange_outlet)).await.unwrap();
    let order = world.coded(&strange, FollowUp::Sealed, "DGI-1");
    let order = AppendOrder { tenant: world.stranger.clone(), ..order };
    world.ledger().append(order).await.expect("codes are searched for within a tenant");
    world.finish().await;
}

#[tokio::test]
async fn an_invoice_may_bear_its_own_code_again() {
    let world = World::new().await;
    let requested = world.seal(world.request(&world.outlet)).await.unwrap();
    world.ledger().append(world.coded(&requested, FollowUp::Sealed, "DGI-1")).await.unwrap();
    let order = world.coded(&requested, FollowUp::Acknowledged, "DGI-1");
    let again = world.ledger().append(order).await.unwrap();
    assert_eq!(again.authority_code, None, "the first entry that has it is the one to find");
    let found = world.ledger().invoices_by_authority_code(&world.tenant, "DGI-1").await.unwrap();
    assert_eq!(found.len(), 1);
    let record = world.ledger().invoice(&world.tenant, &found[0].invoice).await.unwrap().unwrap();
    assert_eq!(record.entries[2], again);
    world.finish().await;
}

#[tokio::test]
async fn a_refused_invoice_is_replaced_by_one_at_a_time() {
    let mut world = World::new().await;
    let refused = world.seal(world.request(&world.outlet)).await.unwrap();
    world.append(&refused, FollowUp::Refused).await.unwrap();
    let refused = refused.entry.invoice.unwrap();
    assert_eq!(world.replacement(&refused).await, None);
    let replacing = world.seal(world.replacing(&refused)).await.unwrap();
    world.reopen().await;
    let error = world.seal(world.replacing(&refused)).await.unwrap_err();
    let first = replacing.entry.invoice.clone().unwrap();
    assert!(matches!(error, LedgerError::AlreadyReplaced { by } if by == first));
    assert_eq!(world.replacement(&refused).await, Some(first.clone()));
    let asked = world.ledger().replacement(&world.stranger, &refused).await.unwrap();
    assert_eq!(asked, None, "it is another tenant's");

    // Later than a lease lasts that nobody took back.
    let now = world.now().plus_micros(100 * SECOND);
    let lease = NewLease { owner: "agent".to_owned(), until: now.plus_micros(SECOND) };
    let lease = world.ledger().lease(&world.tenant, &first, lease, now).await.unwrap();
    let replacing = ledger::Recorded { lease: Some(lease.lease), ..replacing };
    world.append(&replacing, FollowUp::Refused).await.unwrap();
    assert_eq!(world.replacement(&refused).await, None, "refused too");
    let second = world.seal(world.replacing(&refused)).await.expect("the first was refused too");
    world.append(&second, FollowUp::Sealed).await.unwrap();
    let error = world.seal(world.replacing(&refused)).await.unwrap_err();
    let second = second.entry.invoice.unwrap();
    assert!(matches!(error, LedgerError::AlreadyReplaced { by } if by == second));
    assert_eq!(world.replacement(&refused).await, Some(second));
    let nowhere = world.invoice_id(&world.outlet);
    let error = world.seal(world.replacing(&nowhere)).await.unwrap_err();
    assert!(matches!(error, LedgerError::UnknownInvoice(id) if id == nowhere));
    world.finish().await;
}

#[tokio::test]
async fn a_stale_lease_writes_nothing() {
    let world = World::new().await;
    let requested = world.seal(world.request(&world.outlet)).await.unwrap();
    let id = requested.entry.invoice.clone().unwrap();
    for token in [LeaseToken(0), LeaseToken(2)] {
        let order = AppendOrder { lease: token, ..world.follow_up(&requested, FollowUp::Sealed) };
        let error = world.ledger().append(order).await.unwrap_err();
        assert!(matches!(error, LedgerError::LeaseLost(_)), "{error}");
    }
    let order = AppendOrder {
        tenant: world.stranger.clone(),
        ..world.follow_up(&requested, FollowUp::Sealed)
    };
    let error = world.ledger().append(order).await.unwrap_err();
    assert!(matches!(error, LedgerError::UnknownInvoice(_)));
    let record = world.ledger().invoice(&world.tenant, &id).await.unwrap().unwrap();
    assert_eq!(record.entries.len(), 1);

    let mut order = world.follow_up(&requested, FollowUp::Unanswered);
    order.change.release = true;
    world.ledger().append(order).await.unwrap();
    let error = world.append(&requested, FollowUp::Sealed).await.unwrap_err();
    assert!(matches!(error, LedgerError::LeaseLost(_)), "the lease was given back");
    world.finish().await;
}
