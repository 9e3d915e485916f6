//! Numbers that expire and run out, with ranges as the DGII gives them out.

use std::sync::Arc;

use agent::look;
use fiscal::{Desk, IssueError, Issued, NewRange, Order, Patience};
use invoice::SECOND;
use jiff::civil::{Date, date};
use ledger::{LedgerError, Stage};
use serde_json::{Value, json};

use super::world::{Shop, tax_credit_invoice};
use crate::world::read;

const HOUR: i64 = 3_600 * SECOND;

/// A shop whose only numbers of tax credit invoices are these, and what they are held against.
async fn shop_with((first, last): (u64, u64), expires_on: Date) -> Shop {
    let mut shop = Shop::new().await;
    let outlet = shop.desk.outlet.clone();
    shop.desk = shop.desk_of(&outlet).await;
    lend(&shop.desk, (first, last), expires_on).await;
    shop
}

async fn lend(desk: &Desk, (first, last): (u64, u64), expires_on: Date) {
    let new = NewRange {
        kind: "31".to_owned(),
        first: format!("E31{first:010}"),
        last: format!("E31{last:010}"),
        expires_on: Some(expires_on),
        reference: None,
        lend_to: None,
    };
    fiscal::authorise_range(desk, new).await.unwrap();
}

fn dated(day: &str) -> Value {
    let mut draft = tax_credit_invoice();
    draft["issued_on"] = json!(day);
    draft
}

async fn issued(desk: &Arc<Desk>, draft: &Value) -> Result<Issued, IssueError> {
    let order = Order { draft: read(&draft.to_string()), idempotency: None };
    fiscal::issue(desk, order, Patience::None).await
}

/// What has expired today is refused by the DGII (code 145), whatever day the document bears: it
/// would have cost the number.
#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_is_dated_back_draws_nothing_from_what_has_expired() {
    let shop = shop_with((1, 100), date(2026, 11, 20)).await;
    // Half past eleven at night of the last day, there; in UTC it is the next one already.
    shop.clock.advance(13 * HOUR);
    assert!(matches!(issued(&shop.desk, &dated("2026-11-20")).await, Ok(Issued::Sealed(..))));
    shop.deliver().await;
    shop.clock.advance(HOUR);
    for day in ["2026-11-20", "2026-11-21"] {
        match issued(&shop.desk, &dated(day)).await {
            Err(IssueError::Ledger(LedgerError::NoNumbers { kind })) => assert_eq!(kind, "31"),
            other => panic!("{day}: {other:?}"),
        }
    }
    let ranges = shop.ledger().ranges(&shop.desk.outlet.tenant).await.unwrap();
    assert_eq!(ranges[0].shares[0].left, 99, "no number was taken");

    lend(&shop.desk, (201, 300), date(2028, 12, 31)).await;
    let Ok(Issued::Sealed(sealed, _)) = issued(&shop.desk, &dated("2026-11-20")).await else {
        panic!("a range is in force");
    };
    assert_eq!(shop.record(&sealed.id).await.invoice.number, "E310000000201");
    shop.deliver().await;
    // The first is refused: the simulator's own range of these numbers lasts until 2028, and a document
    // that states another day is not believed.
    assert_eq!(shop.stands(&sealed.id).await.0, Stage::Acknowledged);
    shop.verify().await;
}

/// Low, then a range while no agent runs, then low again: people are told twice.
#[tokio::test(flavor = "multi_thread")]
async fn numbers_that_run_low_again_after_a_restart_are_told_of_again() {
    let mut shop = shop_with((1, 2), date(2028, 12, 31)).await;
    for _ in 0..2 {
        shop.issue(&tax_credit_invoice()).await;
        look(shop.desks()).await;
    }
    assert_eq!(shop.told("numbers.low").await.len(), 1);
    lend(&shop.desk, (3, 4), date(2028, 12, 31)).await;
    restarted(&mut shop).await;
    look(shop.desks()).await;
    assert_eq!(shop.told("numbers.low").await.len(), 1, "it no longer holds");
    for _ in 0..2 {
        shop.issue(&tax_credit_invoice()).await;
        look(shop.desks()).await;
    }
    assert_eq!(shop.told("numbers.low").await.len(), 2);
}

async fn restarted(shop: &mut Shop) {
    let outlet = shop.desk.outlet.clone();
    shop.restart().await;
    shop.desk = shop.desk_of(&outlet).await;
}
