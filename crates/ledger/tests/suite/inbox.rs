//! What other taxpayers sent: documents, what the authority says of them, and words on ours.

use invoice::{Amount, InvoiceId, SECOND, Timestamp};
use ledger::{
    APPROVALS_OF_INVOICE_MAX, AuthorityState, DecisionDelivery, DecisionReceiver, DeliveryState,
    InboxFilter, InboxId, InboxSummary, InvoiceFilter, Kept, KeptApproval, LedgerError,
    NewApproval, NewDecision, NewDocument, NewStanding,
};

use DecisionReceiver::{Authority, Issuer};
use DeliveryState::{Refused, Sent, ToSend};

use crate::world::World;

fn document(world: &World, number: &str) -> NewDocument {
    NewDocument {
        tenant: world.tenant.clone(),
        outlet: world.outlet.clone(),
        issuer_tax_id: "131000002".to_owned(),
        issuer_name: "Proveedora SRL".to_owned(),
        number: number.to_owned(),
        kind: "31".to_owned(),
        issued_on: "2026-11-20".parse().unwrap(),
        total: Amount::parse("1180.00").unwrap(),
        takes_approval: true,
        inquiry_code: "a+/b12".to_owned(),
        signer: "00100000002".to_owned(),
        signer_is_party: false,
        chain_checked: true,
        sender: None,
        document: number.as_bytes().to_vec(),
        receipt: b"<Receipt/>".to_vec(),
        at: world.now(),
    }
}

async fn kept(world: &World, number: &str) -> InboxId {
    match world.ledger().keep_document(document(world, number)).await.unwrap() {
        Kept::New(id) => id,
        other => panic!("{other:?}"),
    }
}

async fn listed(world: &World) -> Vec<InboxSummary> {
    let filter = InboxFilter { outlets: vec![world.outlet.clone()], before: None };
    world.ledger().inbox(&world.tenant, filter, 10).await.unwrap()
}

async fn due(world: &World, at: Timestamp) -> Vec<InboxId> {
    let due = world.ledger().inquiries_due(at, 10).await.unwrap();
    due.into_iter().map(|(_, id)| id).collect()
}

fn said(state: Option<AuthorityState>, at: Timestamp, ask_at: Option<Timestamp>) -> NewStanding {
    NewStanding { state, words: "its words".to_owned(), at, ask_at }
}

#[tokio::test]
async fn a_document_is_asked_about_until_the_last_word() {
    let world = World::new().await;
    let (first, second) =
        (kept(&world, "E310000000001").await, kept(&world, "E310000000002").await);
    let now = world.now();
    assert_eq!(due(&world, now).await, [first.clone(), second.clone()], "at once");
    let fresh = listed(&world).await.remove(0);
    assert_eq!((fresh.authority.state, fresh.authority.asked), (AuthorityState::Unasked, 0));
    assert!(fresh.chain_checked);

    let (ledger, tenant) = (world.ledger(), &world.tenant);
    let later = now.plus_micros(60 * SECOND);
    let not_yet = said(Some(AuthorityState::NotFound), now, Some(later));
    ledger.tell_standing(tenant, &first, not_yet).await.unwrap();
    assert_eq!(due(&world, now).await, std::slice::from_ref(&second));
    assert_eq!(due(&world, later).await, [second.clone(), first.clone()]);
    // What is not answered changes nothing but the words.
    let silent = said(None, later, Some(later));
    ledger.tell_standing(tenant, &first, silent).await.unwrap();
    let shown = ledger.inbox_document(tenant, &first).await.unwrap().unwrap();
    let standing = shown.summary.authority;
    assert_eq!((standing.state, standing.asked), (AuthorityState::NotFound, 2));
    assert_eq!((standing.words.as_str(), standing.at), ("its words", later));
    assert_eq!((shown.inquiry_code.as_str(), shown.signer_is_party), ("a+/b12", false));

    for _ in 0..2 {
        let last = said(Some(AuthorityState::Rejected), later, None);
        ledger.tell_standing(tenant, &first, last).await.unwrap();
    }
    assert_eq!(due(&world, later.plus_micros(i64::pow(10, 15))).await, [second]);
    let events = ledger.events(tenant, 0, 100).await.unwrap();
    let told = events.iter().filter(|event| event.kind == "document.authority_rejected");
    assert_eq!(told.count(), 1, "once");
    let foreign = said(None, later, None);
    let unknown = ledger.tell_standing(&world.stranger, &first, foreign).await;
    assert!(matches!(unknown, Err(LedgerError::Unknown(_))), "{unknown:?}");
    world.finish().await;
}

#[tokio::test]
async fn a_decision_is_due_until_nobody_waits_for_it() {
    let world = World::new().await;
    let id = kept(&world, "E310000000001").await;
    let (ledger, tenant) = (world.ledger(), &world.tenant);
    assert!(ledger.decisions_due(10).await.unwrap().is_empty());
    let decision = NewDecision {
        tenant: tenant.clone(),
        id: id.clone(),
        reason: None,
        document: b"<Word/>".to_vec(),
        by: "key".to_owned(),
        at: world.now(),
    };
    ledger.decide(decision).await.unwrap();
    let tell = async |receiver, state| {
        let delivery = DecisionDelivery { receiver, state, words: "w".to_owned(), at: world.now() };
        ledger.tell_delivery(tenant, &id, delivery).await.unwrap();
        !ledger.decisions_due(10).await.unwrap().is_empty()
    };
    assert!(tell(Authority, ToSend).await);
    assert!(tell(Authority, Sent).await, "the issuer is still to know");
    assert!(tell(Issuer, ToSend).await);
    assert!(!tell(Issuer, Refused).await);
    world.finish().await;
}

#[tokio::test]
async fn words_on_our_invoices_are_bounded_and_never_repeated() {
    let world = World::new().await;
    world.number().await;
    let invoices = world.ledger().invoices(&world.tenant, InvoiceFilter::default(), None, 1).await;
    let invoice: InvoiceId = invoices.unwrap()[0].invoice.clone();
    let keep = async |is_approved: bool, reason: &str, bytes: &str| {
        let new = NewApproval {
            tenant: world.tenant.clone(),
            invoice: invoice.clone(),
            number: "1".to_owned(),
            buyer_tax_id: "131000002".to_owned(),
            is_approved,
            reason: reason.to_owned(),
            signer: "00100000002".to_owned(),
            signer_is_party: false,
            chain_checked: false,
            document: bytes.as_bytes().to_vec(),
            at: world.now(),
        };
        world.ledger().keep_approval(new).await.unwrap()
    };
    assert_eq!(keep(true, "", "1").await, KeptApproval::New);
    assert_eq!(keep(true, "", "2").await, KeptApproval::There, "it says nothing new");
    assert_eq!(keep(false, "no", "3").await, KeptApproval::New);
    assert_eq!(keep(true, "", "1").await, KeptApproval::There, "these bytes were here");
    assert_eq!(keep(true, "", "4").await, KeptApproval::New, "the mind was changed again");
    for count in 3..APPROVALS_OF_INVOICE_MAX {
        let text = format!("reason {count}");
        assert_eq!(keep(false, &text, &text).await, KeptApproval::New);
    }
    assert_eq!(keep(false, "one more", "5").await, KeptApproval::TooMany);
    let events = world.ledger().events(&world.tenant, 0, 1_000).await.unwrap();
    let told = events.iter().filter(|event| event.kind.starts_with("invoice.buyer_")).count();
    assert_eq!(told as u64, APPROVALS_OF_INVOICE_MAX);
    world.finish().await;
}
