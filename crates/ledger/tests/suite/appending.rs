//! Follow-up entries: transitions, returned numbers, fences.

use invoice::EntryKind;
use ledger::{AppendOrder, FollowUp, LeaseToken, LedgerError, SealOrder, Stage, SubmissionState};

use crate::world::{World, queued};

#[tokio::test]
async fn a_requested_invoice_is_sealed_once() {
    let world = World::new().await;
    let requested = world.seal(world.request(&world.outlet)).await.unwrap();
    assert_eq!(requested.entry.kind, EntryKind::Requested);
    let order = AppendOrder {
        authority_code: Some("DGI-CODE".to_owned()),
        ..world.follow_up(&requested, FollowUp::Sealed)
    };
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
