//! What other taxpayers sent: documents, what the authority says of them, and words on ours.

use invoice::{Amount, Hash, InvoiceId, SECOND, Timestamp};
use ledger::{
    APPROVALS_OF_INVOICE_MAX, APPROVALS_OF_SIGNER_MAX, AuthorityState, DecisionDelivery,
    DecisionReceiver, DeliveryState, DocumentWork, InboxFilter, InboxId, InboxSummary,
    InvoiceFilter, Kept, KeptApproval, LeaseToken, LedgerError, NewApproval, NewDecision,
    NewDocument, NewLease, NewStanding, RECEIVED_BYTES_MAX, UNCHECKED_BYTES_A_DAY_MAX,
};

use DecisionReceiver::{Authority, Issuer};
use DeliveryState::{Refused, Sent, ToSend};
use DocumentWork::{Decision, Inquiry};

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
        certificate: TRUE_ONE,
        signer_is_party: false,
        chain_checked: true,
        sender: None,
        document: number.as_bytes().to_vec(),
        receipt: b"<Receipt/>".to_vec(),
        at: world.now(),
    }
}

const TRUE_ONE: Hash = Hash([1; 32]);
const FORGED: Hash = Hash([2; 32]);

pub(crate) async fn kept(world: &World, number: &str) -> InboxId {
    match world.ledger().keep_document(document(world, number)).await.unwrap() {
        Kept::New(id) => id,
        other => panic!("{other:?}"),
    }
}

/// Takes a document in hand.
pub(crate) async fn in_hand(world: &World, (id, work): (&InboxId, DocumentWork)) -> LeaseToken {
    let now = world.now().plus_micros(3_600 * SECOND);
    let lease = NewLease { owner: "agent".to_owned(), until: now.plus_micros(60 * SECOND) };
    world.ledger().lease_document(&world.tenant, (id, work), lease, now).await.unwrap().unwrap()
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
    let hand = in_hand(&world, (&first, Inquiry)).await;
    ledger.tell_standing(tenant, &first, hand, not_yet).await.unwrap();
    assert_eq!(due(&world, now).await, std::slice::from_ref(&second));
    assert_eq!(due(&world, later).await, [second.clone(), first.clone()]);
    // What is not answered changes nothing but the words.
    let silent = said(None, later, Some(later));
    let hand = in_hand(&world, (&first, Inquiry)).await;
    ledger.tell_standing(tenant, &first, hand, silent).await.unwrap();
    let shown = ledger.inbox_document(tenant, &first).await.unwrap().unwrap();
    let standing = shown.summary.authority;
    assert_eq!((standing.state, standing.asked), (AuthorityState::NotFound, 2));
    assert_eq!((standing.words.as_str(), standing.at), ("its words", later));
    assert_eq!((shown.inquiry_code.as_str(), shown.signer_is_party), ("a+/b12", false));

    let hand = in_hand(&world, (&first, Inquiry)).await;
    let last = said(Some(AuthorityState::Rejected), later, None);
    ledger.tell_standing(tenant, &first, hand, last.clone()).await.unwrap();
    let again = ledger.tell_standing(tenant, &first, hand, last).await;
    assert!(matches!(again, Err(LedgerError::DocumentLeaseLost(_))), "{again:?}");
    assert_eq!(due(&world, later.plus_micros(i64::pow(10, 15))).await, [second]);
    let events = ledger.events(tenant, 0, 100).await.unwrap();
    let told = events.iter().filter(|event| event.kind == "document.authority_rejected");
    assert_eq!(told.count(), 1, "once");
    let foreign = said(None, later, None);
    let unknown = ledger.tell_standing(&world.stranger, &first, hand, foreign).await;
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
    let hand = in_hand(&world, (&id, Decision)).await;
    let tell = async |receiver, state| {
        let delivery = DecisionDelivery { receiver, state, words: "w".to_owned(), at: world.now() };
        ledger.tell_delivery(tenant, &id, hand, delivery).await.unwrap();
        !ledger.decisions_due(10).await.unwrap().is_empty()
    };
    assert!(tell(Authority, ToSend).await);
    assert!(tell(Authority, Sent).await, "the issuer is still to know");
    assert!(tell(Issuer, ToSend).await);
    assert!(!tell(Issuer, Refused).await);
    world.finish().await;
}

/// Whose number it is: what may be forged does not keep the true one out.
#[tokio::test]
async fn a_forged_document_keeps_no_true_one_out() {
    let world = World::new().await;
    let keep = async |bytes: &str, certificate: Hash, chain_checked: bool| {
        let document = document(&world, "E310000000001");
        let bytes = bytes.as_bytes().to_vec();
        let new = NewDocument { certificate, chain_checked, document: bytes, ..document };
        world.ledger().keep_document(new).await.unwrap()
    };
    let is_there = |kept: Kept, of: &str| match kept {
        Kept::There { document_hash, .. } => document_hash == Hash::of_note(of.as_bytes()),
        _ => false,
    };
    assert!(matches!(keep("forged", FORGED, false).await, Kept::New(_)));
    assert!(is_there(keep("forged again", FORGED, false).await, "forged"));
    let Kept::New(own) = keep("true", TRUE_ONE, false).await else { panic!("kept out") };
    for (bytes, certificate) in [("forged", FORGED), ("true", TRUE_ONE)] {
        assert!(is_there(keep(bytes, certificate, false).await, bytes), "the same bytes");
    }
    assert_eq!(listed(&world).await.len(), 2, "both are shown");
    // Once the authority has accepted one, no other is taken.
    let third = Hash([3; 32]);
    let accepted = said(Some(AuthorityState::Accepted), world.now(), None);
    let hand = in_hand(&world, (&own, Inquiry)).await;
    world.ledger().tell_standing(&world.tenant, &own, hand, accepted).await.unwrap();
    assert!(is_there(keep("late", third, false).await, "true"));
    assert!(is_there(keep("late", third, true).await, "true"));
    // Nor beside one whose signer is known.
    kept(&world, "E310000000002").await;
    let late = NewDocument {
        document: b"late".to_vec(),
        certificate: FORGED,
        chain_checked: false,
        ..document(&world, "E310000000002")
    };
    let late = world.ledger().keep_document(late).await.unwrap();
    assert!(is_there(late, "E310000000002"));
    world.finish().await;
}

#[tokio::test]
async fn slow_forgers_fill_half_a_day_and_leave_the_rest_to_those_who_are_known() {
    let world = World::new().await;
    let keep = async |number: &str, (certificate, chain_checked): (Hash, bool), bytes: usize| {
        let mut document = document(&world, number);
        document.document.resize(bytes, b' ');
        let new = NewDocument { certificate, chain_checked, at: world.now(), ..document };
        world.ledger().keep_document(new).await.unwrap()
    };
    let Kept::New(own) = keep("own", (TRUE_ONE, false), 100).await else { panic!("not kept") };
    let accepted = said(Some(AuthorityState::Accepted), world.now(), None);
    let hand = in_hand(&world, (&own, Inquiry)).await;
    world.ledger().tell_standing(&world.tenant, &own, hand, accepted).await.unwrap();
    let fit = UNCHECKED_BYTES_A_DAY_MAX / RECEIVED_BYTES_MAX as u64;
    for count in 0..fit {
        let kept = keep(&format!("forged {count}"), (FORGED, false), RECEIVED_BYTES_MAX).await;
        assert!(matches!(kept, Kept::New(_)), "{count}: {kept:?}");
    }
    assert_eq!(keep("forged", (FORGED, false), RECEIVED_BYTES_MAX).await, Kept::TooMany);
    for (number, who) in [("known", (TRUE_ONE, false)), ("checked", (Hash([3; 32]), true))] {
        let kept = keep(number, who, RECEIVED_BYTES_MAX).await;
        assert!(matches!(kept, Kept::New(_)), "{number}: {kept:?}");
    }
    for count in fit + 2..=2 * fit {
        let kept = keep(&format!("more {count}"), (TRUE_ONE, true), RECEIVED_BYTES_MAX).await;
        assert!(matches!(kept, Kept::New(_)), "{count}: {kept:?}");
    }
    let last = keep("last", (TRUE_ONE, true), RECEIVED_BYTES_MAX).await;
    assert_eq!(last, Kept::TooMany, "nobody has more than the day");
    world.finish().await;
}

async fn an_invoice(world: &World) -> InvoiceId {
    world.number().await;
    let invoices = world.ledger().invoices(&world.tenant, InvoiceFilter::default(), None, 1).await;
    invoices.unwrap()[0].invoice.clone()
}

pub(crate) fn word(world: &World, invoice: &InvoiceId, reason: &str, bytes: &str) -> NewApproval {
    NewApproval {
        tenant: world.tenant.clone(),
        invoice: invoice.clone(),
        number: "1".to_owned(),
        buyer_tax_id: "131000002".to_owned(),
        is_approved: reason.is_empty(),
        reason: reason.to_owned(),
        signer: "00100000002".to_owned(),
        certificate: TRUE_ONE,
        signer_is_party: false,
        chain_checked: false,
        document: bytes.as_bytes().to_vec(),
        at: world.now(),
    }
}

#[tokio::test]
async fn words_on_our_invoices_are_bounded_and_never_repeated() {
    let world = World::new().await;
    let invoice = an_invoice(&world).await;
    let keep = async |reason: &str, bytes: &str| {
        let new = word(&world, &invoice, reason, bytes);
        world.ledger().keep_approval(new).await.unwrap()
    };
    assert_eq!(keep("", "1").await, KeptApproval::New);
    assert_eq!(keep("", "2").await, KeptApproval::There, "it says nothing new");
    assert_eq!(keep("no", "3").await, KeptApproval::New);
    assert_eq!(keep("", "1").await, KeptApproval::There, "these bytes were here");
    assert_eq!(keep("", "4").await, KeptApproval::New, "the mind was changed again");
    for count in 3..APPROVALS_OF_SIGNER_MAX {
        let text = format!("reason {count}");
        assert_eq!(keep(&text, &text).await, KeptApproval::New);
    }
    assert_eq!(keep("one more", "5").await, KeptApproval::TooMany);
    let events = world.ledger().events(&world.tenant, 0, 1_000).await.unwrap();
    let told = events.iter().filter(|event| event.kind.starts_with("invoice.buyer_")).count();
    assert_eq!(told as u64, APPROVALS_OF_SIGNER_MAX);
    world.finish().await;
}

#[tokio::test]
async fn forgers_do_not_silence_a_buyer() {
    let world = World::new().await;
    let invoice = an_invoice(&world).await;
    let keep = async |(certificate, chain_checked): (Hash, bool), reason: &str| {
        let bytes = format!("{reason} {certificate:?} {chain_checked}");
        let new = word(&world, &invoice, reason, &bytes);
        let new = NewApproval { certificate, chain_checked, ..new };
        world.ledger().keep_approval(new).await.unwrap()
    };
    let forge = async |certificate: Hash| {
        let mut kept = 0;
        while keep((certificate, false), &format!("no {kept}")).await == KeptApproval::New {
            kept += 1;
        }
        kept
    };
    assert_eq!(forge(FORGED).await, APPROVALS_OF_SIGNER_MAX);
    assert_eq!(keep((TRUE_ONE, false), "").await, KeptApproval::New, "one forger takes no more");
    let mut kept = APPROVALS_OF_SIGNER_MAX + 1;
    for forger in 3..=u8::MAX {
        kept += forge(Hash([forger; 32])).await;
    }
    assert_eq!(kept, APPROVALS_OF_INVOICE_MAX, "nor all together more than this");
    assert_eq!(keep((TRUE_ONE, false), "wait").await, KeptApproval::TooMany);
    let known = keep((TRUE_ONE, true), "").await;
    assert_eq!(known, KeptApproval::New, "nobody takes the room of whoever is known");
    world.finish().await;
}
