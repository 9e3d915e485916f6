//! Numbers, idempotency, the clock, credits: what one order is answered.

use invoice::{EntryKind, OutletId, Quantity, SECOND, Statement, TenantId, Timestamp};
use ledger::{
    ClockOrder, CreditClaim, FollowUp, LedgerError, SealOrder, SealOutcome, Series, Summary,
};

use crate::world::{World, crediting, outlet, payload, series};

#[tokio::test]
async fn numbers_run_through_restarts_and_begin_anew_each_fiscal_year() {
    let mut world = World::new().await;
    for wanted in 1..=3 {
        assert_eq!(world.number().await, wanted);
        world.reopen().await;
    }
    let other = SealOrder { series: series(2027), ..world.order(&world.outlet) };
    let recorded = world.seal(other).await.unwrap();
    assert_eq!(recorded.assigned.number, "KIN01-2027-000001");
    assert_eq!((recorded.assigned.sequence, recorded.entry.sequence), (4, 4));
    let elsewhere = world.seal(world.order(&world.second)).await.unwrap();
    assert_eq!((elsewhere.assigned.sequence_in_series, elsewhere.entry.sequence), (1, 1));
    let report = world.finish().await;
    assert_eq!((report.entries, report.outlets[0].sealed), (5, 4));
}

#[tokio::test]
async fn an_entry_states_what_was_ordered() {
    let world = World::new().await;
    let order = world.order(&world.outlet);
    let (payload_hash, now) = (order.payload.hash(), order.now);
    let entry = world.seal(order).await.unwrap().entry;
    let statement = Statement::parse(&entry.statement).unwrap();
    assert_eq!(statement.entry_hash(), entry.hash);
    assert_eq!((statement.payload_hash, statement.sealed_at), (payload_hash, now));
    assert_eq!(statement.number, "KIN01-2026-000001");
    assert_eq!(statement.kind, EntryKind::Sealed);
    let message = invoice::signed_message(&entry.statement);
    let verifier = world.verifier(&entry.key_id).unwrap();
    assert!(verifier(&message, &entry.signature));
    world.finish().await;
}

#[tokio::test]
async fn the_same_key_and_body_give_the_same_invoice_and_another_body_none() {
    let mut world = World::new().await;
    let first = world.seal(world.keyed("k", b"body")).await.unwrap().entry.invoice.unwrap();
    world.reopen().await;
    let again = world.ledger().seal(world.keyed("k", b"body")).await.unwrap();
    assert!(matches!(again, SealOutcome::Replayed(invoice) if invoice == first));
    let error = world.ledger().seal(world.keyed("k", b"other")).await.unwrap_err();
    assert!(matches!(error, LedgerError::KeyReused { invoice } if invoice == first));
    assert_eq!(world.number().await, 2);
    let found = world.ledger().invoice_by_key(&world.tenant, "k").await.unwrap();
    assert_eq!(found.unwrap().0, first);
    let key = world.keyed("k", b"other").idempotency;
    let strange = SealOrder { idempotency: key, ..world.order(&world.strange_outlet) };
    world.seal(strange).await.expect("keys are the tenant's own");
    world.finish().await;
}

#[tokio::test]
async fn a_clock_that_stands_or_slips_gains_a_microsecond_and_one_that_went_back_stops() {
    let world = World::new().await;
    let last = world.seal(world.order(&world.outlet)).await.unwrap().assigned.sealed_at;
    let at = |now| SealOrder { now, ..world.order(&world.outlet) };
    let standing = world.seal(at(last)).await.unwrap().assigned.sealed_at;
    assert_eq!(standing, last.plus_micros(1));
    let slipped = world.seal(at(last.plus_micros(-SECOND))).await.unwrap().assigned.sealed_at;
    assert_eq!(slipped, last.plus_micros(2));

    let back = last.plus_micros(-10 * SECOND);
    let error = world.seal(at(back)).await.unwrap_err();
    assert!(
        matches!(error, LedgerError::ClockWentBack { last, now } if (last, now) == (slipped, back))
    );
    assert!(error.to_string().contains("let an operator accept it"), "{error}");

    let entry = world.ledger().accept_clock(accepted(&world, back)).await.unwrap();
    assert_eq!((entry.kind, entry.at, entry.sequence), (EntryKind::ClockAccepted, back, 4));
    let note = String::from_utf8(entry.note.unwrap()).unwrap();
    assert!(note.contains("\"reason\":\"the cell was dead\""), "{note}");
    let after = world.seal(at(back.plus_micros(SECOND))).await.unwrap();
    assert_eq!(after.assigned.sealed_at, back.plus_micros(SECOND));
    assert_eq!(after.assigned.sequence_in_series, 4, "the refused order took no number");
    world.finish().await;
}

fn accepted(world: &World, now: Timestamp) -> ClockOrder {
    ClockOrder {
        tenant: world.tenant.clone(),
        outlet: world.outlet.clone(),
        operator: "A. Operator".to_owned(),
        reason: "the cell was dead".to_owned(),
        signer: world.signer(),
        now,
    }
}

#[tokio::test]
async fn credits_never_pass_what_was_sold_and_a_refused_one_gives_them_back() {
    let world = World::new().await;
    let original = world.seal(world.order(&world.outlet)).await.unwrap().entry.invoice.unwrap();
    let claim = |quantity: &str| CreditClaim {
        original: original.clone(),
        line: 2,
        quantity: Quantity::parse(quantity).unwrap(),
        limit: Quantity::parse("5").unwrap(),
    };
    let credit = |claims: Vec<CreditClaim>| crediting(claims, world.request(&world.second));
    let first = world.seal(credit(vec![claim("2"), claim("1.5")])).await.unwrap();
    let error = world.seal(credit(vec![claim("1"), claim("1")])).await.unwrap_err();
    let LedgerError::CreditExceeds { line: 2, already, .. } = error else { panic!("{error}") };
    assert_eq!(already.to_string(), "4.500", "with the order's own first claim");
    let error = world.seal(credit(vec![claim("0")])).await.unwrap_err();
    assert!(matches!(error, LedgerError::CreditExceeds { .. }), "nothing cannot be claimed");

    world.append(&first, FollowUp::Refused).await.unwrap();
    let credited = world.ledger().credited(&world.tenant, &original).await.unwrap();
    assert!(credited[0].quantity.is_zero());
    world.seal(credit(vec![claim("5")])).await.unwrap();
    let error = world.seal(credit(vec![claim("0.001")])).await.unwrap_err();
    assert!(matches!(error, LedgerError::CreditExceeds { .. }));
    let unknown = world.invoice_id(&world.outlet);
    let unknown = CreditClaim { original: unknown, ..claim("1") };
    let error = world.seal(credit(vec![unknown])).await.unwrap_err();
    assert!(matches!(error, LedgerError::UnknownInvoice(_)));
    world.finish().await;
}

/// Verification asks of neither what the other way of counting would claim.
#[tokio::test]
async fn money_of_the_whole_is_credited_and_a_note_of_another_kind_claims_nothing() {
    let world = World::new().await;
    let original = world.seal(world.order(&world.outlet)).await.unwrap().entry.invoice.unwrap();
    let total = Quantity::parse("4064").unwrap();
    let claim = || CreditClaim {
        original: original.clone(),
        line: u32::MAX,
        quantity: total,
        limit: total,
    };
    world.seal(crediting(vec![claim()], world.order(&world.outlet))).await.unwrap();
    let order = world.order(&world.outlet);
    let summary = Summary { document_kind: "debit_note".to_owned(), ..order.summary };
    let payload = payload(&order.invoice, &summary, (None, &[claim()]));
    world.seal(SealOrder { summary, payload, ..order }).await.unwrap();
    assert_eq!(world.finish().await.entries, 3);
}

#[tokio::test]
async fn what_is_not_the_tenants_or_too_long_or_there_already_is_refused() {
    let world = World::new().await;
    let strange = SealOrder { tenant: world.stranger.clone(), ..world.order(&world.outlet) };
    let error = world.seal(strange).await.unwrap_err();
    assert!(matches!(error, LedgerError::UnknownOutlet(_)));
    let nobody = TenantId::from_random([9; 10]);
    let error = world.seal(SealOrder { tenant: nobody, ..world.order(&world.outlet) }).await;
    assert!(matches!(error, Err(LedgerError::UnknownOutlet(_))));
    let long = SealOrder { currency: "X".repeat(2_000), ..world.order(&world.outlet) };
    let error = world.seal(long).await.unwrap_err();
    assert!(matches!(error, LedgerError::TooLong { field: "currency", .. }));

    let mut long = world.order(&world.outlet);
    let Series::Yearly { outlet_code, .. } = &mut long.series else { panic!("{:?}", long.series) };
    *outlet_code = "X".repeat(60);
    let error = world.seal(long).await.unwrap_err();
    assert!(matches!(error, LedgerError::NumberTooLong { length: 78, max: 64 }), "{error}");
    let code = "X".repeat(60);
    let long = outlet(&world.tenant, 0, &code, OutletId::from_random([8; 10]));
    let error = world.ledger().create_outlet(long).await.unwrap_err();
    assert!(matches!(error, LedgerError::NumberTooLong { .. }), "{error}");

    let first = world.order(&world.outlet);
    let again = SealOrder { invoice: first.invoice.clone(), ..world.order(&world.outlet) };
    world.seal(first).await.unwrap();
    let error = world.seal(again).await.unwrap_err();
    assert!(matches!(error, LedgerError::InvoiceExists(_)), "{error}");
    assert_eq!(world.number().await, 2);
    world.finish().await;
}
