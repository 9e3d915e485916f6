//! Receipts on paper, recorded once; and which invoice stands for them.

use invoice::{Amount, InvoiceId};
use jiff::civil::date;
use ledger::{
    Environment, FollowUp, LedgerError, NewLease, NewPaper, PaperFilter, PaperId, PaperState,
    Recorded, SealOrder,
};

use crate::world::World;

impl World {
    /// A receipt of the outlet's taxpayer.
    pub(crate) fn paper(&self, number: &str) -> NewPaper {
        NewPaper {
            tenant: self.tenant.clone(),
            id: PaperId { outlet: self.outlet.clone(), number: number.to_owned() },
            taxpayer: "A1234567B".to_owned(),
            environment: Environment::Test,
            kind: "sale".to_owned(),
            issued_on: date(2026, 6, 1),
            since: date(2026, 6, 1),
            paper_until: date(2026, 6, 15),
            stand_by: date(2026, 7, 1),
            total: Amount::parse("4064.00").unwrap(),
            currency: "CDF".to_owned(),
            customer_name: None,
            customer_tax_id: None,
            draft: b"{}".to_vec(),
            recorded_by: "key".to_owned(),
            at: self.now(),
        }
    }

    fn standing_for(&self, number: &str) -> SealOrder {
        SealOrder { stands_for: Some(number.to_owned()), ..self.request(&self.outlet) }
    }

    async fn paper_state(&self, number: &str) -> PaperState {
        let id = self.paper(number).id;
        let paper = self.ledger().paper(&self.tenant, &id).await.unwrap().unwrap();
        paper.summary.state
    }

    /// The invoice under a new lease, as an agent has it after a restart; where that ends no leases,
    /// once the one before has run out.
    async fn leased(&self, recorded: Recorded) -> Recorded {
        let id = recorded.entry.invoice.clone().unwrap();
        let now = self.now().plus_micros(120 * invoice::SECOND);
        let until = now.plus_micros(60 * invoice::SECOND);
        let lease = NewLease { owner: "agent".to_owned(), until };
        let lease = self.ledger().lease(&self.tenant, &id, lease, now).await.unwrap();
        Recorded { lease: Some(lease.lease), ..recorded }
    }
}

fn invoice(recorded: &Recorded) -> InvoiceId {
    recorded.entry.invoice.clone().unwrap()
}

#[tokio::test]
async fn a_number_is_recorded_once_and_its_receipt_is_the_tenants_own() {
    let world = World::new().await;
    world.ledger().record_paper(world.paper("P1")).await.unwrap();
    let again = world.ledger().record_paper(world.paper("P1")).await.unwrap_err();
    assert!(matches!(again, LedgerError::Conflict(_)), "{again}");
    let nobodys = NewPaper { tenant: world.stranger.clone(), ..world.paper("P2") };
    world.ledger().record_paper(nobodys).await.unwrap_err();
    let long = NewPaper { currency: "X".repeat(2_000), ..world.paper("P2") };
    let long = world.ledger().record_paper(long).await.unwrap_err();
    assert!(matches!(long, LedgerError::TooLong { .. }), "{long}");

    let id = world.paper("P1").id;
    assert!(world.ledger().paper(&world.stranger, &id).await.unwrap().is_none());
    let filter = PaperFilter { outlets: vec![world.outlet.clone()], ..PaperFilter::default() };
    let own = world.ledger().papers(&world.tenant, filter.clone(), 10).await.unwrap();
    assert_eq!(own.len(), 1);
    assert_eq!(world.ledger().papers(&world.stranger, filter, 10).await.unwrap(), []);
    world.finish().await;
}

#[tokio::test]
async fn one_invoice_at_a_time_stands_for_a_receipt() {
    let mut world = World::new().await;
    world.ledger().record_paper(world.paper("P1")).await.unwrap();
    let first = world.seal(world.standing_for("P1")).await.unwrap();
    assert_eq!(world.paper_state("P1").await, PaperState::Standing(invoice(&first)));
    world.reopen().await;
    let error = world.seal(world.standing_for("P1")).await.unwrap_err();
    assert!(matches!(error, LedgerError::AlreadyStoodFor { by } if by == invoice(&first)));
    let rejected = world.number().await;
    assert_eq!(rejected, 2, "the order that was rejected took no number");

    let first = world.leased(first).await;
    world.append(&first, FollowUp::Refused).await.unwrap();
    assert_eq!(world.paper_state("P1").await, PaperState::Recorded);
    let second = world.seal(world.standing_for("P1")).await.expect("the first was refused");
    world.append(&second, FollowUp::Sealed).await.unwrap();
    assert_eq!(world.paper_state("P1").await, PaperState::Standing(invoice(&second)));
    // One that nobody recorded is stood for once too.
    world.seal(world.standing_for("P2")).await.unwrap();
    let error = world.seal(world.standing_for("P2")).await.unwrap_err();
    assert!(matches!(error, LedgerError::AlreadyStoodFor { .. }), "{error}");
    // Another taxpayer's receipt of that number is another one.
    let strange =
        SealOrder { stands_for: Some("P1".to_owned()), ..world.order(&world.strange_outlet) };
    world.seal(strange).await.unwrap();
    world.finish().await;
}

#[tokio::test]
async fn of_two_in_one_batch_the_first_stands_for_it() {
    let world = World::new().await;
    let orders = vec![world.standing_for("P1"), world.standing_for("P1"), world.standing_for("P2")];
    let answers = crate::batching::at_once(&world, orders).await;
    assert!(answers[0].is_ok() && answers[2].is_ok());
    assert!(matches!(answers[1], Err(LedgerError::AlreadyStoodFor { .. })), "{:?}", answers[1]);
    world.finish().await;
}

#[tokio::test]
async fn what_is_unsettled_comes_in_pages() {
    let world = World::new().await;
    for number in ["P1", "P2", "P3"] {
        world.ledger().record_paper(world.paper(number)).await.unwrap();
    }
    let stands = SealOrder { stands_for: Some("P2".to_owned()), ..world.order(&world.outlet) };
    world.seal(stands).await.unwrap();
    let mut filter =
        PaperFilter { outlets: vec![world.outlet.clone()], unsettled: true, before: None };
    let mut seen = Vec::new();
    while let Some(last) =
        world.ledger().papers(&world.tenant, filter.clone(), 1).await.unwrap().pop()
    {
        filter.before = Some((last.at, last.id.clone()));
        seen.push(last.id.number);
    }
    assert_eq!(seen, ["P3", "P2", "P1"], "sealed is not acknowledged");
    world.finish().await;
}
